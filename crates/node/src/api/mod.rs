//! HTTP: JSON in and out, and errors with a code, a message and a hint.
//!
//! The API is an adapter. Handlers read from the core thread or from snapshots of the store, and write by sending intents to
//! the core thread. No handler takes a decision of the protocol.
//!
//! ```text
//!  socket (timeouts) -> hyper (header limits) -> guard::receive: Host
//!      -> guard::admit: Origin, token, media type, query parameters
//!      -> handler -> CoreHandle::read, write, submit or Store::page, get -> reply, or a problem
//! ```
//!
//! | module | content |
//! |---|---|
//! | `serve`, `socket` | connections: accepting, limits, timeouts |
//! | `routes`, `route` | the table of all routes, and the router; start here to add one |
//! | `guard` | the checks before a handler |
//! | `handlers` | one file for each subject |
//! | `state` | the state that all handlers share |
//! | `query`, `preconditions`, `body`, `media_types` | the parts of a request |
//! | `wait` | waiting until a write is durable or final |
//! | `problem`, `reply` | the table of errors (docs/errors.md shows it); answers and their headers |
//! | `json` | vertices and edits as JSON |
//! | `stream` | server-sent events |
//! | `metrics`, `peers` | the metrics of the API; the list of peers |
//!
//! # Rules
//!
//! 1. A `Host` that is neither loopback nor in [`Api::hosts`] is refused. This prevents DNS rebinding.
//! 2. A writing request is refused if its `Origin` is another site, then if the token is missing or wrong, then if the media
//!    type is wrong. Only then the body is read, at most [`BODY_BYTES`] of it.
//! 3. Programs on the same machine may read without a token. The program `quorate` listens on 127.0.0.1 only. If the listener
//!    that [`serve`] gets has another address, reading requires the token too.
//! 4. A stream that falls behind restarts, and a client that stops reading is disconnected. All that waits for a client has a
//!    bound.
//! 5. No answer has CORS headers, and no token is taken from a URL.
//!
//! # Limits
//!
//! HTTP/1.1 without TLS; a proxy can add it. `If-Match` is checked against the merged value of this node, and excludes other
//! clients of this node. It does not exclude concurrent writes at other nodes, which are merged.

mod body;
mod guard;
mod handlers;
mod json;
mod media_types;
mod metrics;
mod peers;
mod preconditions;
mod problem;
mod query;
mod reply;
mod route;
mod routes;
mod serve;
mod socket;
mod state;
mod stream;
mod wait;

pub use body::BODY_BYTES;
pub use peers::{PeerView, PeersView};
pub use problem::{PROBLEMS, Problem, ProblemRow};
pub use serve::{ApiError, serve};
pub use state::Api;

#[cfg(test)]
mod tests;
