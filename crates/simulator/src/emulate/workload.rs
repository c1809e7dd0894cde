//! The request: transactions in edits, edits in events, events in messages, as production packs them.

use std::ops::RangeInclusive;
use std::rc::Rc;

use quorate_event::{
    Canonical, Edit, EventBody, EventId, Lane, NetworkId, Payload, SecretKey, Seq, Target, Timestamp, Value,
    VerifiedEvent,
};
use quorate_replica::{EventDraft, PeerMessage, VERTICES_BYTES};

use crate::clock::EPOCH_MS;
use crate::packet::Packet;

/// Bytes that one transaction may have: an edit with a short key, and at most half of an event.
pub(super) const TRANSACTION_BYTES: RangeInclusive<usize> = 32..=30_000;

/// How large a request is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestSize {
    pub(crate) transactions: usize,
    pub(crate) transaction_bytes: usize,
}

/// What the client sends.
pub(crate) struct Workload {
    /// In the order in which they are sent, each to every member.
    pub(crate) messages: Vec<Rc<Packet>>,
    /// How many events are in them.
    pub(crate) events: usize,
}

impl Workload {
    pub(crate) fn new(size: RequestSize, network: NetworkId, key: &SecretKey) -> Self {
        let edits = (0..size.transactions).map(|number| transaction(number, size.transaction_bytes));
        let events = sign_all(payloads(edits), network, key);
        Self { events: events.len(), messages: messages(&events) }
    }
}

/// A transaction of so many bytes: a key of its own is set to a string.
pub(crate) fn transaction(number: usize, bytes: usize) -> Edit {
    let set = |length: usize| {
        let filler = format!("{number} ").into_bytes().into_iter().cycle().take(length);
        let value = Value::String(filler.map(char::from).collect::<String>().into());
        Edit::Set { target: Target::Root, key: format!("{number:07}"), value }
    };
    // The string's length is written before it, in one byte more or less: the first that fits is right.
    let around = set(0).to_bytes().len();
    let longest = bytes.saturating_sub(around);
    let fitting = (longest.saturating_sub(2)..=longest).rev().map(set).find(|edit| edit.to_bytes().len() <= bytes);
    fitting.unwrap_or_else(|| set(0))
}

/// As many transactions in each event as it holds; those of one event are in a document of its own.
fn payloads(edits: impl Iterator<Item = Edit>) -> Vec<Payload> {
    let name = |number: usize| format!("transactions/{number}");
    let (mut payloads, mut draft) = (Vec::new(), EventDraft::default());
    for edit in edits {
        let edit = vec![edit];
        if draft.would_exceed(&name(payloads.len()), &edit) {
            payloads.extend(std::mem::take(&mut draft).finish());
        }
        draft.add(&name(payloads.len()), edit);
    }
    payloads.extend(draft.finish());
    payloads
}

/// One lane's chain.
fn sign_all(payloads: Vec<Payload>, network: NetworkId, key: &SecretKey) -> Vec<VerifiedEvent> {
    let mut parent: EventId = network.event_id();
    let sign = |(seq, payload)| {
        let time = Timestamp(EPOCH_MS);
        let (author, lane) = (key.address(), Lane(1));
        let body = EventBody { author, lane, seq: Seq(seq), parents: vec![parent], time, payload };
        let event = VerifiedEvent::sign(body, network, key).expect("a draft fits an event");
        parent = event.id();
        event
    };
    (1..).zip(payloads).map(sign).collect()
}

/// As many events in each message as one carries.
fn messages(events: &[VerifiedEvent]) -> Vec<Rc<Packet>> {
    let mut messages: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut room = 0;
    for event in events {
        let bytes = event.bytes().to_vec();
        if bytes.len() > room {
            messages.push(Vec::new());
            room = VERTICES_BYTES;
        }
        room = room.saturating_sub(bytes.len());
        messages.last_mut().expect("one was begun").push(bytes);
    }
    messages.into_iter().map(|vertices| Packet::new(PeerMessage::Vertices(vertices))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_takes_the_bytes_that_it_was_given() {
        for bytes in [32, 40, 279, 280, 281, 315, 1_000, 30_000] {
            let found = transaction(7, bytes).to_bytes().len();
            assert!(found == bytes || found + 1 == bytes, "{found} of {bytes}");
        }
        assert_eq!(transaction(9_999, 315).to_bytes().len(), 315);
    }

    #[test]
    fn ten_thousand_transactions_travel_in_full_events() {
        let payloads = payloads((0..10_000).map(|number| transaction(number, 315)));
        let events = sign_all(payloads, NetworkId::new([7; 32]), &SecretKey::simulated(1));
        assert_eq!(events.len(), 60);
        assert!(events.iter().all(|event| event.bytes().len() <= quorate_event::limits::EVENT_BYTES));
        assert_eq!(messages(&events).len(), 4);
    }
}
