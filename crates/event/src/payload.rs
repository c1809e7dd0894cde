//! What an event says.

use crate::cbor::{Canonical, CborReader, CborWriter, DecodeError};
use crate::edit::{DocumentEdits, Edit, non_empty};
use crate::evidence::Evidence;
use crate::limits;

/// The content of an event. Kind 1 is reserved for calls to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Kind 0: edits of documents, at most 1,024 in all, each document named once.
    Edits(Vec<DocumentEdits>),
    /// Kind 2: two signatures by one key that an honest key never makes.
    Evidence(Box<Evidence>),
    /// Kind 3: asks for a milestone that covers this event's past, now.
    MilestoneRequest,
}

impl Canonical for Payload {
    fn encode(&self, to: &mut CborWriter) {
        match self {
            Self::Edits(documents) => {
                let mut next = 0;
                to.array(2).uint(0).list(documents, |to, document| document.write(&mut next, to));
            }
            Self::Evidence(evidence) => evidence.encode(to.array(2).uint(2)),
            Self::MilestoneRequest => {
                to.array(1).uint(3);
            }
        }
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        let len = from.array_head("payload")?;
        match (from.uint("payload kind")?, len) {
            (0, 2) => decode_edits(from).map(Self::Edits),
            (2, 2) => Evidence::decode(from).map(|evidence| Self::Evidence(Box::new(evidence))),
            (3, 1) => Ok(Self::MilestoneRequest),
            _ => Err(DecodeError::OutOfRange { what: "payload kind" }),
        }
    }
}

fn decode_edits(from: &mut CborReader<'_>) -> Result<Vec<DocumentEdits>, DecodeError> {
    let mut next = 0;
    let documents = from.list(limits::EVENT_EDITS, "documents", |from| DocumentEdits::read(&mut next, from))?;
    let documents = non_empty(documents)?;
    let edits: usize = documents.iter().flat_map(|document| &document.edits).map(Edit::count).sum();
    if edits > limits::EVENT_EDITS {
        let (found, limit) = (edits as u64, limits::EVENT_EDITS as u64);
        return Err(DecodeError::TooLarge { what: "edits", found, limit });
    }
    let ascending = documents.is_sorted_by(|a, b| a.document < b.document);
    if ascending { Ok(documents) } else { Err(DecodeError::OutOfRange { what: "order of documents" }) }
}
