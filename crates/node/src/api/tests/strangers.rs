//! Authors who sign their own events, honest ones and others.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use quorate_event::{
    DocumentEdits, Edit, EventBody, EventId, Lane, Payload, SecretKey, Seq, SignedEvent, Target, Timestamp, Value,
};

use super::fixture::Node;

/// Somebody with a key.
pub(super) struct Stranger {
    pub(super) key: SecretKey,
    lane: Lane,
}

impl Stranger {
    pub(super) fn new(seed: u8) -> Self {
        Self { key: SecretKey::from_bytes([seed; 32]).unwrap(), lane: Lane(9) }
    }

    /// Hands in a first event that knows of these others alone.
    pub(super) async fn write(&self, node: &Node, others: &[EventId], (document, edits): (&str, Vec<Edit>)) -> EventId {
        let payload = Payload::Edits(vec![DocumentEdits { document: document.to_owned(), edits }]);
        self.hand_in(node, others, payload).await
    }

    /// Hands in a first event with whatever in it.
    pub(super) async fn hand_in(&self, node: &Node, others: &[EventId], payload: Payload) -> EventId {
        let network = node.app.network;
        let body = EventBody {
            author: self.key.address(),
            lane: self.lane,
            seq: Seq(1),
            parents: [&[network.event_id()], others].concat(),
            time: Timestamp(7),
            payload,
        };
        let signed = SignedEvent::sign(body, network, &self.key).unwrap();
        let request = node.request("POST", "/v1/events").header(CONTENT_TYPE, "application/cbor");
        let reply = node.send(request.body(Body::from(signed.bytes().to_vec())).unwrap()).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        signed.id()
    }
}

/// Writes a string at a key of the root.
pub(super) fn set(key: &str, value: &str) -> Edit {
    Edit::Set { target: Target::Root, key: key.to_owned(), value: Value::String(value.into()) }
}
