//! Why a saved document does not open.

use quorate_event::DecodeError;

/// Why a saved document does not open. Whatever the reason, its events still tell all that it held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not the bytes that were saved: some are lost or changed.
    #[error("the saved document is damaged: fold the events again")]
    Damaged,
    /// Saved by a program whose format is another.
    #[error("the saved document has format {found}, and format 1 is known here: fold the events again")]
    Version {
        /// The format's number.
        found: u8,
    },
    /// Saved by nothing that we know: a part of it cannot be.
    #[error("the saved document names {what} that cannot be: fold the events again")]
    Malformed {
        /// Which part.
        what: &'static str,
    },
    /// Saved by nothing that we know: a part of it is missing or of another type.
    #[error("the saved document does not read: fold the events again")]
    Unreadable(#[from] DecodeError),
}
