//! The handlers of the routes, one file for each subject. Handlers take their parts by axum's extractors: the shared state, the
//! query that the guard has read, the name in the path, the body.

pub(crate) mod conflicts;
pub(crate) mod documents;
pub(crate) mod events;
pub(crate) mod evidence;
pub(crate) mod graph;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod index_page;
pub(crate) mod metrics;
pub(crate) mod milestones;
pub(crate) mod openapi;
pub(crate) mod status;
pub(crate) mod stream;
pub(crate) mod write;
