//! Errors of the benchmark of signed events.

use quorate_event::{EventError, SecretKeyError};

/// Why the benchmark failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EventsError {
    /// The answer of the first node lacks the network.
    #[error("the status of the first node has no network id")]
    NotANetwork,
    /// Not all events became final, so there are no figures.
    #[error("not everything is final at all nodes within {within_ms} ms; more than two thirds of them must run")]
    NotFinal {
        /// The timeout.
        within_ms: u64,
    },
    /// The requested size is below that of an event.
    #[error("an event with one edit has at least {least} bytes; pass --bytes {least} or more")]
    TooSmall {
        /// The smallest size.
        least: usize,
    },
    /// An event could not be signed.
    #[error("an event cannot be signed")]
    Sign(#[from] EventError),
    /// No demo key.
    #[error(transparent)]
    Key(#[from] SecretKeyError),
}
