//! Events as a peer sends them: signed bytes, which are verified before they are folded.

use quorate_event::{
    Edit, EventBody, EventError, EventId, KeyRing, Lane, NetworkId, Payload, SecretKey, Seq, SignedEvent, Timestamp,
};

use super::{EventHistory, payload};

/// The document that signed events write to.
pub(crate) const DOCUMENT: &str = "d";

pub(crate) fn network() -> NetworkId {
    NetworkId::new([7; 32])
}

pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes([number; 32]).unwrap()
}

/// The next event of an author on these parents.
pub(crate) fn body(author: u8, seq: u64, parents: &[EventId], edits: Vec<Edit>) -> EventBody {
    EventBody {
        author: key(author).address(),
        lane: Lane(1),
        seq: Seq(seq),
        parents: if parents.is_empty() { vec![network().event_id()] } else { parents.to_vec() },
        time: Timestamp(0),
        payload: payload(DOCUMENT, edits),
    }
}

pub(crate) fn sign(author: u8, body: EventBody) -> Vec<u8> {
    SignedEvent::sign(body, network(), &key(author)).unwrap().bytes().to_vec()
}

impl EventHistory {
    /// Adds an event if its bytes and its signature are valid; its number. Its parents must exist.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Result<usize, EventError> {
        let event = SignedEvent::decode(bytes, network())?.verify(&mut KeyRing::default())?;
        let parents: Vec<_> = event.body().parents.iter().filter_map(|parent| self.number(parent)).collect();
        let edits = match &event.body().payload {
            Payload::Edits(documents) => documents.iter().flat_map(|document| document.edits.clone()).collect(),
            _ => Vec::new(),
        };
        let number = self.write(0, &parents, edits);
        self.rename(number, event.id());
        Ok(number)
    }

    fn rename(&mut self, number: usize, id: EventId) {
        let before = std::mem::replace(&mut self.events[number].id, id);
        self.numbers.remove(&before);
        self.numbers.insert(id, number);
    }
}
