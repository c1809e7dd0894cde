//! The table of routes. The router, the checks before handlers, `/openapi.json` and the tests read it.
//!
//! To add a route: write a handler in a file of `handlers/`, and add a row to [`ROUTES`] with path, query parameters, body media
//! types, summary and handler. `read` makes a row for GET, `write` for all other methods, which need the token. The guard
//! then refuses unknown parameters and media types, so that the handler need not. CONTRIBUTING.md has the whole recipe.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::middleware;
use axum::routing::{delete, get, patch, post, put};

use super::guard;
use super::handlers::{
    conflicts, documents, events, evidence, graph, health, history, index_page, metrics, milestones, openapi, status,
    stream, write,
};
use super::media_types::{CBOR, CBOR_SEQUENCE, JSON, PATCHES};
use super::problem::Problem;
use super::route::{HandlerFactory, HttpRoute, RouteAccess};
use super::state::AppState;

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

/// Every route.
#[rustfmt::skip]
pub(super) const ROUTES: &[HttpRoute] = &[
    open("/livez", "Whether the process serves", || get(health::live)),
    open("/readyz", "Whether the node answers: 200, or 503", || get(health::ready)),
    open("/openapi.json", "This description", || get(async || openapi::describe(ROUTES))),
    read("/", &[], "A page for people", || get(|app: State<Arc<AppState>>| index_page::index(app, ROUTES))),
    read("/metrics", &[], "Metrics, in OpenMetrics text", || get(metrics::scrape)),
    read("/v1/health", &[], "200 ready, 206 catching up, 503", || get(health::health)),
    read("/v1/status", &[], "The state of the node, and the reason if writes do not become final", || get(status::status)),
    read("/v1/peers", &[], "Connected peers, and the reason for each peer that is not connected", || get(status::peers)),
    read("/v1/committee", &[], "Members and stakes of the next height", || get(status::committee)),
    read("/v1/evidence", &["after", "limit"], "Evidence of equivocation, by key, with the milestone that orders it", || get(evidence::get)),
    read("/v1/clock", &[], "The last event of each author's lanes", || get(status::clock)),
    read("/v1/docs", &["level", "after", "limit"], "Documents by name, with their digests", || get(documents::list)),
    read(DOCUMENT, &["level", "at"], "A document; its ETag is its digest", || get(documents::get)),
    read("/v1/docs/{name}/conflicts", &["pointer", "level", "at"], "The pointers with several concurrent values, or the values at one pointer", || get(conflicts::get)),
    read("/v1/docs/{name}/history", &["after", "limit"], "The changes of a document with their authors, the latest first", || get(history::get)),
    write(("put", DOCUMENT), &["pointer", "wait", "timeout_ms", "atomic"], &[JSON], "Sets the whole value, or the value at a pointer", || put(write::put)),
    write(("patch", DOCUMENT), &["wait", "timeout_ms", "atomic"], PATCHES, "Applies a merge patch, a JSON patch, or edits of texts, lists and counters", || patch(write::patch)),
    write(("delete", DOCUMENT), &["pointer", "wait", "timeout_ms", "atomic"], &[], "Deletes the value at a pointer", || delete(write::delete)),
    read("/v1/events", &["after", "limit"], "Events in this node's order of admission, after a cursor", || get(events::list)),
    write(("post", "/v1/events"), WAIT, &[CBOR, CBOR_SEQUENCE], "Submits events that the client signed: one, or a sequence of up to 1,024, parents first", || post(events::submit)),
    read("/v1/events/{id}", &[], "One event, with its bytes", || get(events::get)),
    read("/v1/milestones/head", &[], "The last milestone, with its certificate", || get(milestones::head)),
    read("/v1/milestones/{height}", &[], "The milestone of a height, with its certificate", || get(milestones::at)),
    write(("post", "/v1/milestones"), WAIT, &[], "Requests a milestone over all events of this node", || post(milestones::seal)),
    write(("post", "/v1/leader/skip"), &[], &[], "Makes this member skip the present leader", || post(milestones::skip_leader)),
    read("/v1/graph", &["format"], "The whole graph, as json or dot", || get(graph::export)),
    read("/v1/stream", &["doc", "steps"], "Server-sent events of the node, or with `doc` of one document; Last-Event-ID resumes. With steps=true also each step of agreement, live: events `step`, schema PbftStep", || get(stream::open)),
];

/// The router that serves [`ROUTES`], each behind [`guard::admit`], and all of them behind [`guard::receive`].
pub(super) fn router(app: &Arc<AppState>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let admit = middleware::from_fn_with_state((Arc::clone(app), route), guard::admit);
        router = router.route(route.path, (route.handler)().route_layer(admit));
    }
    router
        .fallback(async || Problem::UnknownRoute)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(middleware::from_fn_with_state(Arc::clone(app), guard::receive))
        .with_state(Arc::clone(app))
}
