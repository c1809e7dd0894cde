//! Why a saved document does not open.

use quorate_event::DecodeError;

/// Why a saved document does not open. Its events still fold to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Bytes are missing or changed.
    #[error("the saved document is damaged: fold the events again")]
    Damaged,
    /// Another version of the format.
    #[error("the saved document has format {found}, and this program reads format 1: fold the events again")]
    Version {
        /// The format's number.
        found: u8,
    },
    /// A part is invalid, although the checksum is valid.
    #[error("the saved document has an invalid part ({what}): fold the events again")]
    Malformed {
        /// Which part.
        what: &'static str,
    },
    /// A part is missing or of another type, although the checksum is valid.
    #[error("the saved document cannot be decoded: fold the events again")]
    Unreadable(#[from] DecodeError),
}
