//! One row of the table of routes.

use std::sync::Arc;

use axum::routing::MethodRouter;

use super::state::AppState;

/// The credentials that a route requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RouteAccess {
    /// None: the answer holds nothing but the state of the process.
    Open,
    /// The token, unless the node listens on loopback.
    Read,
    /// The token, and no `Origin` of another site.
    Write,
}

/// One route.
#[derive(Debug)]
pub(super) struct HttpRoute {
    /// The method, in lower case.
    pub(super) method: &'static str,
    /// The path, with `{name}` for a segment that the handler extracts.
    pub(super) path: &'static str,
    pub(super) access: RouteAccess,
    /// The query parameters that the route accepts. All others are refused.
    pub(super) query: &'static [&'static str],
    /// The media types that the body may have; empty if the route takes no body.
    pub(super) body: &'static [&'static str],
    /// One line for `/openapi.json` and the page at `/`.
    pub(super) summary: &'static str,
    /// Makes the handler. A function, since a `MethodRouter` cannot stand in a constant.
    pub(super) handler: HandlerFactory,
}

pub(super) type HandlerFactory = fn() -> MethodRouter<Arc<AppState>>;
