//! A vertex of the graph as JSON.

use std::fmt::Write;

use quorate_disk::store::StoredVertex;
use quorate_event::{Canonical, DocumentEdits, EventId, Evidence, NetworkId, Payload, VerifiedVertex, VoteKind};
use quorate_replica::VertexStatus;
use serde_json::{Value, json};

use super::edits;
use crate::api::problem::Problem;

/// Decodes a stored vertex.
pub(crate) fn decode(record: &StoredVertex, network: NetworkId) -> Result<VerifiedVertex, Problem> {
    VerifiedVertex::from_store(&record.bytes, network).map_err(|_| Problem::Damaged)
}

/// The value of `kind` in answers.
pub(crate) fn kind(vertex: &VerifiedVertex) -> &'static str {
    match vertex {
        VerifiedVertex::Event(_) => "event",
        VerifiedVertex::Milestone(_) => "milestone",
    }
}

/// A vertex as the routes for events show it. Without a placement the graph does not hold it.
pub(crate) fn describe(cursor: u64, vertex: &VerifiedVertex, place: Option<&VertexStatus>) -> Value {
    let parents: Vec<String> = vertex.parents().iter().map(ToString::to_string).collect();
    let (author, lane, seq, time, payload) = match vertex {
        VerifiedVertex::Event(event) => {
            let body = event.body();
            let payload = describe_payload(event.id(), &body.payload);
            (Some(body.author.to_string()), Some(body.lane.0), Some(body.seq.0), body.time, payload)
        }
        VerifiedVertex::Milestone(milestone) => {
            let payload = json!({ "type": "milestone", "height": milestone.height().0 });
            (None, None, None, milestone.proposal().time, payload)
        }
    };
    json!({
        "cursor": cursor.to_string(),
        "id": vertex.id().to_string(),
        "kind": kind(vertex),
        "author": author,
        "lane": lane,
        "seq": seq,
        "depth": place.map(|place| place.depth),
        "parents": parents,
        "time_ms": time.0,
        "covered_at": place.and_then(|place| place.covered_at).map(|height| height.0),
        "void": place.is_some_and(|place| place.void),
        "payload": payload,
    })
}

/// M0, the genesis, in the same form. It comes before all stored vertices, and has another encoding.
pub(crate) fn describe_genesis(network: NetworkId, time_ms: u64) -> Value {
    json!({
        "cursor": "0",
        "id": network.to_string(),
        "kind": "genesis",
        "author": null,
        "lane": null,
        "seq": null,
        "depth": 0,
        "parents": [],
        "time_ms": time_ms,
        "covered_at": 0,
        "void": false,
        "payload": { "type": "genesis" },
    })
}

fn describe_payload(id: EventId, payload: &Payload) -> Value {
    match payload {
        Payload::Edits(documents) => {
            let edits: Vec<Value> = documents.iter().flat_map(|document| describe_edits(id, document)).collect();
            json!({ "type": "edits", "edits": edits })
        }
        Payload::Evidence(evidence) => {
            json!({ "type": "evidence", "votes": describe_votes(evidence) })
        }
        Payload::MilestoneRequest => json!({ "type": "seal" }),
    }
}

fn describe_edits(id: EventId, edits: &DocumentEdits) -> impl Iterator<Item = Value> + '_ {
    edits.edits.iter().map(move |edit| {
        let mut described = edits::describe(id, edit);
        described["document"] = json!(edits.document);
        described
    })
}

/// The two votes of a piece of evidence.
pub(crate) fn describe_votes(evidence: &Evidence) -> Vec<Value> {
    let describe = |signed: &quorate_event::SignedVote| {
        let vote = signed.vote;
        json!({
            "signer": signed.signer.to_string(),
            "kind": match vote.kind {
                VoteKind::Propose => "propose",
                VoteKind::Prepare => "prepare",
                VoteKind::Commit => "commit",
                VoteKind::Skip => "skip",
            },
            "height": vote.height.0,
            "view": vote.view.0,
            "proposal": vote.proposal.to_string(),
            "cbor": hex(&signed.to_bytes()),
        })
    };
    evidence.votes().into_iter().map(describe).collect()
}

/// Bytes as `0x` and hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2).saturating_add(2));
    text.push_str("0x");
    for byte in bytes {
        // Writing to a string cannot fail.
        let _written = write!(text, "{byte:02x}");
    }
    text
}
