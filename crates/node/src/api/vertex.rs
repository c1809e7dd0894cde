//! A vertex of the graph as JSON.

use quorate_event::{
    Container, DocumentEdits, Edit, ElementRef, EventId, Evidence, NetworkId, Payload, Target, Value as Written,
    VerifiedVertex, VoteKind,
};
use quorate_replica::Placement;
use serde_json::{Number, Value, json};

use super::problem::Problem;
use crate::store::Record;

/// What the graph says of a vertex, or that it has not been asked.
type Place<'a> = Option<&'a Placement>;

/// A stored vertex, its bytes read.
pub(super) fn decode(record: &Record, network: NetworkId) -> Result<VerifiedVertex, Problem> {
    VerifiedVertex::from_store(&record.bytes, network).map_err(|_| Problem::Damaged)
}

/// Its kind, as the API calls it.
pub(super) fn kind(vertex: &VerifiedVertex) -> &'static str {
    match vertex {
        VerifiedVertex::Event(_) => "event",
        VerifiedVertex::Milestone(_) => "milestone",
    }
}

/// A vertex as the list of events shows it.
pub(super) fn describe(cursor: u64, vertex: &VerifiedVertex, place: Place<'_>) -> Value {
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

/// M0, which stands before every stored vertex and is written as a genesis rather than as one of them.
pub(super) fn describe_genesis(network: NetworkId, time_ms: u64) -> Value {
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
            let edits: Vec<Value> = documents.iter().flat_map(|edits| describe_edits(id, edits)).collect();
            json!({ "type": "edits", "edits": edits })
        }
        Payload::Evidence(evidence) => {
            json!({ "type": "evidence", "votes": describe_votes(evidence) })
        }
        Payload::Seal => json!({ "type": "seal" }),
    }
}

fn describe_edits(id: EventId, edits: &DocumentEdits) -> impl Iterator<Item = Value> + '_ {
    let document = &edits.document;
    edits.edits.iter().map(move |edit| match edit {
        Edit::Set { target, key, value } => {
            json!({ "document": document, "op": "set", "target": container(id, target), "key": key, "value": written(value) })
        }
        Edit::Delete { target, key } => {
            json!({ "document": document, "op": "delete", "target": container(id, target), "key": key })
        }
        Edit::Assign { value } => {
            json!({ "document": document, "op": "assign", "target": "root", "value": written(value) })
        }
        Edit::Insert { target, left, right, values } => json!({
            "document": document,
            "op": "insert",
            "target": container(id, target),
            "left": left.as_ref().map(|left| element(id, left)),
            "right": right.as_ref().map(|right| element(id, right)),
            "values": values.iter().map(written).collect::<Vec<_>>(),
        }),
        Edit::Remove { target, element: removed } => {
            json!({ "document": document, "op": "remove", "target": container(id, target), "element": element(id, removed) })
        }
    })
}

fn container(id: EventId, target: &Target) -> Value {
    match target {
        Target::Root => json!("root"),
        Target::Made(made) => element(id, made),
    }
}

fn element(id: EventId, reference: &ElementRef) -> Value {
    let (event, index) = match reference {
        ElementRef::Here(index) => (id, index),
        ElementRef::There(event, index) => (*event, index),
    };
    json!({ "event": event.to_string(), "index": index })
}

/// A scalar stands for itself; a new container is an object that says so, which no scalar can be mistaken for.
fn written(value: &Written) -> Value {
    match value {
        Written::Null => Value::Null,
        Written::Bool(value) => json!(value),
        Written::Integer(integer) => Number::from_i128(integer.value()).map_or(Value::Null, Value::Number),
        Written::Float(float) => json!(float.value()),
        Written::String(text) => json!(text),
        Written::New(Container::Object) => json!({ "new": "object" }),
        Written::New(Container::List) => json!({ "new": "list" }),
    }
}

/// The two votes of a piece of evidence.
pub(super) fn describe_votes(evidence: &Evidence) -> Vec<Value> {
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
        })
    };
    evidence.votes().into_iter().map(describe).collect()
}
