//! The header `Last-Event-ID`, by which a client resumes a stream.

use axum::http::HeaderMap;

/// The position that a client sends when it opens a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastEventId<P> {
    /// No header: a new client.
    Absent,
    /// A header that no position of this program prints.
    Unreadable,
    /// The position of the last event that the client received.
    Position(P),
}

impl<P> LastEventId<P> {
    /// Reads the header with `parse`.
    pub(crate) fn read(headers: &HeaderMap, parse: impl FnOnce(&str) -> Option<P>) -> Self {
        let Some(value) = headers.get("last-event-id") else {
            return Self::Absent;
        };
        value.to_str().ok().and_then(parse).map_or(Self::Unreadable, Self::Position)
    }
}
