//! I5: nodes that hold the same vertices show the same, and after the same milestone the same is final.
//!
//! When: at every sixteenth milestone of a node, and in the end. Which vertices a node holds is summed up from what it
//! says it admitted and from its disk when it started; the cost of a look is that of [`Replica::status`].
//!
//! In the end the documents are read as well: their canonical JSON (RFC 8785) is written once more, and its keccak256 and
//! the Merkle map over all names must be those of the last milestone. Documents with fractions are taken as they are.

use std::collections::BTreeMap;

use quorate_event::{Digest, EventId, keccak256};
use quorate_replica::{ConsistencyLevel, Replica, Status};
use serde_json::Value;

use super::reference_model::merkle;
use super::vertex_table::SetHash;
use crate::node_id::NodeId;

/// What was shown where, by whom first.
#[derive(Default)]
pub(crate) struct Digests {
    merged: BTreeMap<SetHash, (NodeId, Digest)>,
    finalised: BTreeMap<EventId, (NodeId, Digest)>,
}

impl Digests {
    /// What a node shows: who shows something else at which level, if anybody.
    pub(crate) fn look(&mut self, node: NodeId, held: SetHash, status: &Status) -> Vec<(ConsistencyLevel, NodeId)> {
        let merged = *self.merged.entry(held).or_insert((node, status.merged));
        let finalised = *self.finalised.entry(status.milestone).or_insert((node, status.finalised));
        let seen =
            [(ConsistencyLevel::Merged, merged, status.merged), (ConsistencyLevel::Final, finalised, status.finalised)];
        seen.into_iter()
            .filter(|(_, first, shown)| first.1 != *shown)
            .map(|(level, first, _)| (level, first.0))
            .collect()
    }
}

/// What a replica shows at level final: each document's name, value and digest, and its place in the root, if it has one.
pub(crate) type DocumentReading = (String, Value, Digest, Option<Digest>);

/// All documents of a replica at level final.
pub(crate) fn shown(replica: &Replica) -> Vec<DocumentReading> {
    let documents = replica.documents(ConsistencyLevel::Final).into_iter();
    let shown = documents.filter_map(|(name, placed)| {
        let document = replica.document(&name, ConsistencyLevel::Final)?;
        Some((name, document.value, document.digest, placed))
    });
    shown.collect()
}

/// A document whose digest is not that of what it says, or else the root over all of them, if it is another.
pub(crate) fn misread(documents: &[DocumentReading], root: Digest) -> Option<String> {
    let mut leaves = Vec::new();
    for (name, value, digest, placed) in documents {
        let mut text = String::new();
        let is_whole = write_canonical(value, &mut text);
        let found = if is_whole { Digest::new(keccak256(&[text.as_bytes()])) } else { *digest };
        if found != *digest || placed.is_some_and(|placed| placed != found) {
            return Some(name.clone());
        }
        if placed.is_some() {
            leaves.push([keccak256(&[name.as_bytes()]), *found.as_bytes()].as_flattened().to_vec());
        }
    }
    leaves.sort_unstable();
    (root != Digest::new(merkle(&leaves))).then(|| "the root of all".to_owned())
}

/// RFC 8785 without fractions: keys by their UTF-16, no spaces. False where there is a fraction.
pub(super) fn write_canonical(value: &Value, text: &mut String) -> bool {
    match value {
        Value::Number(number) if number.is_f64() => return false,
        Value::Array(elements) => {
            text.push('[');
            for (place, element) in elements.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { "," });
                if !write_canonical(element, text) {
                    return false;
                }
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(key, _)| key.encode_utf16().collect::<Vec<u16>>());
            text.push('{');
            for (place, (key, member)) in members.into_iter().enumerate() {
                text.push_str(if place == 0 { "" } else { "," });
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                if !write_canonical(member, text) {
                    return false;
                }
            }
            text.push('}');
        }
        simple => text.push_str(&simple.to_string()),
    }
    true
}
