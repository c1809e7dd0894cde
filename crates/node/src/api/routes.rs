//! The one table of routes: the router, the guards, the description for tools and the tests all read it.

use std::sync::Arc;

use axum::routing::{MethodRouter, delete, get, patch, post, put};

use super::handlers::{
    conflicts, documents, events, evidence, graph, health, history, index_page, milestones, openapi, status, write,
};
use super::metrics;
use super::problem::Problem;
use super::state::AppState;
use super::stream::node_stream;

/// What a request must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RouteAccess {
    /// Nothing: it says only that the node runs.
    Open,
    /// The token, unless the node listens on loopback.
    Read,
    /// The token, and no foreign Origin.
    Write,
}

/// One route.
#[derive(Debug)]
pub(super) struct HttpRoute {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) access: RouteAccess,
    /// The query parameters that it knows.
    pub(super) query: &'static [&'static str],
    /// The media types that its body may have; none if it takes no body.
    pub(super) body: &'static [&'static str],
    pub(super) summary: &'static str,
    pub(super) handler: fn() -> MethodRouter<Arc<AppState>>,
}

type HandlerFactory = fn() -> MethodRouter<Arc<AppState>>;

const fn read(
    path: &'static str,
    query: &'static [&'static str],
    summary: &'static str,
    handler: HandlerFactory,
) -> HttpRoute {
    HttpRoute { method: "get", path, access: RouteAccess::Read, query, body: &[], summary, handler }
}

const fn open(path: &'static str, summary: &'static str, handler: HandlerFactory) -> HttpRoute {
    HttpRoute { method: "get", path, access: RouteAccess::Open, query: &[], body: &[], summary, handler }
}

const fn write(
    (method, path): (&'static str, &'static str),
    query: &'static [&'static str],
    body: &'static [&'static str],
    summary: &'static str,
    handler: HandlerFactory,
) -> HttpRoute {
    HttpRoute { method, path, access: RouteAccess::Write, query, body, summary, handler }
}

const DOCUMENT: &str = "/v1/docs/{name}";
const WAIT: &[&str] = &["wait", "timeout_ms"];

/// The media type of a merge patch (RFC 7386).
pub(super) const MERGE_PATCH: &str = "application/merge-patch+json";
/// The media type of a JSON patch (RFC 6902).
pub(super) const JSON_PATCH: &str = "application/json-patch+json";
/// The media type of edits of texts, lists and counters.
pub(super) const EDITS: &str = "application/vnd.quorate.edits+json";
/// What a document can be patched with. Plain JSON is a merge patch.
pub(super) const PATCHES: &[&str] = &[MERGE_PATCH, JSON_PATCH, EDITS, JSON];
/// The media type of a signed event.
pub(super) const CBOR: &str = "application/cbor";
/// The media type of several, one after the other (RFC 8742).
pub(super) const CBOR_SEQUENCE: &str = "application/cbor-seq";
/// The media type of a document's value.
pub(super) const JSON: &str = "application/json";

/// Every route.
#[rustfmt::skip]
pub(super) const ROUTES: &[HttpRoute] = &[
    open("/livez", "Whether the process serves", || get(health::live)),
    open("/readyz", "Whether the node answers: 200, or 503", || get(health::ready)),
    open("/openapi.json", "This description", || get(openapi::describe)),
    read("/", &[], "A page for people", || get(index_page::index)),
    read("/metrics", &[], "Metrics, in OpenMetrics text", || get(metrics::scrape)),
    read("/v1/health", &[], "200 ready, 206 catching up, 503", || get(health::health)),
    read("/v1/status", &[], "Where the node stands, and why writes are not becoming final", || get(status::status)),
    read("/v1/peers", &[], "Who is connected, and why others are not", || get(status::peers)),
    read("/v1/committee", &[], "Members and stakes of the next height", || get(status::committee)),
    read("/v1/evidence", &["after", "limit"], "What no honest key signs, whose key did, and which milestone orders it", || get(evidence::get)),
    read("/v1/clock", &[], "The last event of each author's lanes", || get(status::clock)),
    read("/v1/docs", &["level", "after", "limit"], "Documents by name, with their digests", || get(documents::list)),
    read(DOCUMENT, &["level", "at"], "A document; its ETag is its digest", || get(documents::get)),
    read("/v1/docs/{name}/conflicts", &["pointer", "level", "at"], "Where a document holds several concurrent values, or those at a pointer", || get(conflicts::get)),
    read("/v1/docs/{name}/history", &["after", "limit"], "Who wrote what to a document, the latest first", || get(history::get)),
    write(("put", DOCUMENT), &["pointer", "wait", "timeout_ms", "atomic"], &[JSON], "Sets the whole value, or the value at a pointer", || put(write::put)),
    write(("patch", DOCUMENT), &["wait", "timeout_ms", "atomic"], PATCHES, "Applies a merge patch, a JSON patch, or edits of texts, lists and counters", || patch(write::patch)),
    write(("delete", DOCUMENT), &["pointer", "wait", "timeout_ms", "atomic"], &[], "Deletes the value at a pointer", || delete(write::delete)),
    read("/v1/events", &["after", "limit"], "Events in this node's order of admission, after a cursor", || get(events::list)),
    write(("post", "/v1/events"), WAIT, &[CBOR, CBOR_SEQUENCE], "Hands in events that the client signed: one, or up to 1,024 one after the other, parents first", || post(events::submit)),
    read("/v1/events/{id}", &[], "One event, with its bytes", || get(events::get)),
    read("/v1/milestones/head", &[], "The last milestone, with its certificate", || get(milestones::head)),
    read("/v1/milestones/{height}", &[], "The milestone of a height, with its certificate", || get(milestones::at)),
    write(("post", "/v1/milestones"), WAIT, &[], "Asks for a milestone over all that is held here", || post(milestones::seal)),
    write(("post", "/v1/leader/skip"), &[], &[], "Makes this member skip the present leader", || post(milestones::skip_leader)),
    read("/v1/graph", &["format"], "The whole graph, as json or dot", || get(graph::export)),
    read("/v1/stream", &["doc", "steps"], "What happens, or what changes in a document, as server-sent events; Last-Event-ID resumes. With steps=true also each step of agreement, live: events `step`, schema PbftStep", || get(node_stream::open)),
];

/// What answers a path that is no route.
pub(super) async fn unknown() -> Problem {
    Problem::UnknownRoute
}

/// What answers a method that a route does not know.
pub(super) async fn other_method() -> Problem {
    Problem::MethodNotAllowed
}
