//! I5: nodes with the same vertices show the same documents, and after the same milestone the same documents are final.
//!
//! Checked at every sixteenth milestone of a node and at the end. The set of a node's vertices is known from its admissions and from
//! its disk at its start; the cost of a check is that of [`Replica::status`].
//!
//! At the end the documents are read as well: their canonical JSON (RFC 8785) is written by code of its own, and its keccak256 and
//! the Merkle map over all names must be those of the last milestone. Documents with fractions are not recomputed.

use std::collections::BTreeMap;

use quorate_event::{Digest, EventId, keccak256};
use quorate_replica::{ConsistencyLevel, Replica, Status};
use serde_json::Value;

use super::reference_model::merkle;
use super::vertex_table::SetHash;
use crate::node_id::NodeId;

/// The first state shown for each set of vertices and each milestone, with its node.
#[derive(Default)]
pub(crate) struct Digests {
    merged: BTreeMap<SetHash, (NodeId, Digest)>,
    finalised: BTreeMap<EventId, (NodeId, Digest)>,
}

impl Digests {
    /// Compares the state of a node. Returns the levels at which it differs, with the node that showed another state first.
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

/// A document at level final.
#[derive(Debug, Clone)]
pub(crate) struct DocumentReading {
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) digest: Digest,
    /// Its digest in the root, if it is part of the root.
    pub(crate) in_root: Option<Digest>,
}

/// All documents of a replica at level final.
pub(crate) fn shown(replica: &Replica) -> Vec<DocumentReading> {
    let documents = replica.documents(ConsistencyLevel::Final).into_iter();
    let shown = documents.filter_map(|(name, in_root)| {
        let document = replica.document(&name, ConsistencyLevel::Final)?;
        Some(DocumentReading { name, value: document.value, digest: document.digest, in_root })
    });
    shown.collect()
}

/// The first document whose digest is not that of its value; or the root, if it is not that of all documents.
pub(crate) fn misread(documents: &[DocumentReading], root: Digest) -> Option<String> {
    let mut leaves = Vec::new();
    for DocumentReading { name, value, digest, in_root } in documents {
        let mut text = String::new();
        let is_whole = write_canonical(value, &mut text);
        let found = if is_whole { Digest::new(keccak256(&[text.as_bytes()])) } else { *digest };
        if found != *digest || in_root.is_some_and(|in_root| in_root != found) {
            return Some(name.clone());
        }
        if in_root.is_some() {
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
