//! A replica as in a node: events are encoded, signed, verified, added to the graph, then folded.

use std::error::Error;
use std::time::Duration;

use quorate_document::{CausalOrder, Document, EditBatch};
use quorate_event::{Address, Edit, EventBody, EventId, KeyRing, Lane, NetworkId, Payload, SecretKey, SignedEvent};
use quorate_event::{Timestamp, VerifiedEvent, VerifiedVertex, limits::EVENT_EDITS};
use quorate_graph::{Graph, Insertion, Origin};

use super::{changing, events, framed, making_text, pieces, text_of, typing};
use crate::peers::{JsonOp, JsonPeer, TextPeer};
use crate::trace::Patch;

const DOCUMENT: &str = "bench";
const LANE: Lane = Lane(1);
const NETWORK: NetworkId = NetworkId::new([7; 32]);
/// The author of the event that makes the text.
const MAKER: u64 = 200;

pub struct Everything {
    key: SecretKey,
    keys: KeyRing,
    graph: Graph,
    document: Document,
    /// A node stores these on disk.
    store: Vec<VerifiedEvent>,
}

struct PastIn<'g>(&'g Graph);

impl CausalOrder for PastIn<'_> {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        self.0.precedes(*a, *b)
    }

    fn depth(&self, event: &EventId) -> u64 {
        self.0.depth(*event).map_or(0, u64::from)
    }

    fn author(&self, event: &EventId) -> Option<Address> {
        self.0.author(*event)
    }
}

impl Everything {
    fn new(agent: u64) -> Self {
        Self {
            key: key(agent),
            keys: KeyRing::default(),
            graph: Graph::new(NETWORK.event_id()),
            document: Document::default(),
            store: Vec::new(),
        }
    }

    /// Signs edits as the next events, and folds them.
    fn say(&mut self, edits: Vec<Edit>) {
        let mut batch = EditBatch::new(DOCUMENT, edits);
        while let Some((payload, rest)) = batch.next_payload() {
            let event = self.sign(payload);
            batch = rest.signed(event.id());
            self.admit(event, Origin::Local).expect("our own event fits");
        }
    }

    fn sign(&self, payload: Payload) -> VerifiedEvent {
        let author = self.key.address();
        let (seq, parents) = self.graph.parents_for(author, LANE).expect("the lane goes on");
        let body = EventBody { author, lane: LANE, seq, parents, time: Timestamp(0), payload };
        VerifiedEvent::sign(body, NETWORK, &self.key).expect("a payload that fits")
    }

    fn admit(&mut self, event: VerifiedEvent, from: Origin) -> Result<(), Box<dyn Error>> {
        match self.graph.insert(VerifiedVertex::Event(event), from, Duration::ZERO) {
            Insertion::Ready { admitted, .. } => admitted.into_iter().for_each(|vertex| self.fold(vertex)),
            Insertion::Refused(why) => return Err(why.into()),
            Insertion::Dropped(why) => return Err(why.into()),
            Insertion::Waiting { .. } | Insertion::Known => {}
        }
        Ok(())
    }

    fn fold(&mut self, vertex: VerifiedVertex) {
        let VerifiedVertex::Event(event) = vertex else { return };
        if let Payload::Edits(documents) = &event.body().payload {
            for edits in documents {
                self.document.fold(event.id(), 0, &edits.edits, &PastIn(&self.graph));
            }
        }
        self.store.push(event);
    }

    fn take(&mut self, update: &[u8]) -> Result<(), Box<dyn Error>> {
        for bytes in pieces(update)? {
            let event = SignedEvent::decode(bytes, NETWORK)?.verify(&mut self.keys)?;
            self.admit(event, Origin::Peer(1))?;
        }
        Ok(())
    }

    fn stored_from(&self, first: usize) -> Vec<u8> {
        framed(self.store[first..].iter().map(|event| &**event.bytes()))
    }
}

fn key(agent: u64) -> SecretKey {
    SecretKey::from_bytes([agent as u8 + 1; 32]).expect("a small number is a key")
}

impl TextPeer for Everything {
    type Update = Vec<u8>;

    fn empty(agent: u64) -> Self {
        let mut replica = Self::new(MAKER);
        replica.say(making_text(&replica.document, &PastIn(&replica.graph)));
        replica.key = key(agent);
        replica
    }

    fn write(&mut self, patches: &[Patch]) {
        for event in events(patches) {
            self.say(typing(&self.document, &PastIn(&self.graph), event));
        }
    }

    fn update(&mut self, patches: &[Patch]) -> Vec<u8> {
        let first = self.store.len();
        self.write(patches);
        self.stored_from(first)
    }

    fn everything(&mut self) -> Vec<u8> {
        self.stored_from(0)
    }

    fn receive(&mut self, update: &Vec<u8>) -> Result<(), Box<dyn Error>> {
        self.take(update)
    }

    fn save(&mut self) -> Vec<u8> {
        self.stored_from(0)
    }

    /// As after a restart: ids are recomputed, but signatures are not checked again.
    fn load(bytes: &[u8]) -> Result<Self, Box<dyn Error>> {
        let mut replica = Self::new(0);
        for bytes in pieces(bytes)? {
            replica.admit(VerifiedEvent::from_store(bytes, NETWORK)?, Origin::Local)?;
        }
        Ok(replica)
    }

    fn text(&self) -> Option<String> {
        text_of(&self.document, &PastIn(&self.graph))
    }

    fn release_log(&mut self) {
        self.store = Vec::new();
    }
}

impl JsonPeer for Everything {
    fn empty(agent: u64) -> Self {
        Self::new(agent)
    }

    fn apply(&mut self, ops: &[JsonOp]) {
        for event in ops.chunks(EVENT_EDITS) {
            self.say(changing(&self.document, &PastIn(&self.graph), event));
        }
    }

    fn everything(&mut self) -> Vec<u8> {
        self.stored_from(0)
    }

    fn receive(&mut self, update: &[u8]) -> Result<(), Box<dyn Error>> {
        self.take(update)
    }

    fn value(&self) -> serde_json::Value {
        self.document.value(&quorate_document::Everything, &PastIn(&self.graph))
    }
}
