//! Errors of an import.

use std::path::PathBuf;

use super::records::RecordError;
use crate::http::HttpError;

/// Why an import did not finish. Sending the same file again completes it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is not JSON.
    #[error("{} is not JSON: {source}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where, and what was expected.
        source: serde_json::Error,
    },
    /// The file holds no records with usable keys.
    #[error("{}: {source}", path.display())]
    Records {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: RecordError,
    },
    /// A record was refused, or no node acknowledged it in time.
    #[error("{acknowledged} of {records} records are acknowledged; {key:?} is not: {source}")]
    Unacknowledged {
        /// The number of acknowledged records.
        acknowledged: usize,
        /// The number of records.
        records: usize,
        /// The key of the failed record.
        key: String,
        /// The error of the last node.
        source: Box<HttpError>,
    },
}

impl ImportError {
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Syntax { .. } => "the file must be one JSON value in UTF-8",
            Self::Records { .. } => "name a key that every record has with a different value, or leave --array-key out",
            Self::Unacknowledged { .. } => {
                "start the nodes that are offline, and import the same file again: acknowledged records are not written twice"
            }
        };
        Some(hint.to_owned())
    }
}
