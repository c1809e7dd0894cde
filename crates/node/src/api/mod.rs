//! HTTP: JSON in and out, problems with hints, and nothing that the replica does not say.
//!
//! A thin adapter. Reads go to the core thread or to the store's snapshots, writes to the core thread as intents; no
//! handler decides anything about the protocol.
//!
//! ```text
//!  socket (stall timeout) -> hyper (header timeout, one timer) -> guard: Host, route, Origin, token, media type, query
//!      -> handler -> CoreHandle::read / write / submit, Store::page / get -> reply, or a row of the table of problems
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `app` | what the caller hands in, what all handlers share |
//! | `serve`, `socket` | connections: accepting, their limits, their end |
//! | `routes`, `guard` | the one table of routes, and what a request must show before its handler runs |
//! | `query`, `expected`, `body`, `wait` | parameters, conditions, bodies, how long a write waits for which promise |
//! | `problem`, `reply` | the one table of errors (`docs/errors.md` shows it), and what every answer carries |
//! | `health`, `metrics`, `status`, `peers`, `evidence` | how the node is, and what it has against whom |
//! | `documents`, `conflicts`, `write` | documents: reading, writing |
//! | `history`, `paths`, `edits` | who wrote what to a document, and where that lies |
//! | `events`, `vertex`, `milestones`, `graph` | the graph: pages, one vertex as JSON, certificates, the export |
//! | `stream`, `ring` | server-sent events out of a bounded memory of what happened |
//! | `steps` | the steps of agreement, live, for those streams that ask for them |
//! | `follow`, `changes` | server-sent events of one document: its value, then what changes in it |
//! | `page`, `openapi` | a page for people, a description for tools |
//!
//! Rules:
//! 1. Upon a `Host` that is neither loopback nor configured: refused, so that no foreign name can be rebound to a node.
//! 2. Upon a writing request: a foreign `Origin` is refused, then a missing or wrong token, then a wrong media type;
//!    only then is the body read, at most [`BODY_BYTES`] of it.
//! 3. On loopback whoever runs programs here may read. On any other address reading needs the token too.
//! 4. Upon a listener that falls behind, or a reader that stops reading: it is told to start anew, or is disconnected.
//!    What waits for it is bounded.
//! 5. No answer carries CORS headers, and no token is taken from a URL.
//!
//! Limits: HTTP/1.1 without TLS; a proxy adds it. `If-Match` is checked against this node's merged value and excludes
//! this node's other clients; a write of a peer may still be merged beside it.

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
