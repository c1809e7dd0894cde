//! A document alone: edits are folded under made-up event ids, as in the other libraries. Nothing is signed.

use std::collections::BTreeMap;
use std::error::Error;

use quorate_document::{CausalOrder, Document, EditBatch};
use quorate_event::{Address, Canonical, Edit, EventId, Payload, limits::EVENT_EDITS};

use super::{changing, events, framed, making_text, pieces, text_of, typing};
use crate::peers::{JsonOp, JsonPeer, TextPeer};
use crate::trace::Patch;

const DOCUMENT: &str = "bench";
/// The writer of the event that makes the text.
const MAKER: u64 = u64::MAX;
/// Bytes of a writer's number and of a count.
const NUMBER: usize = 8;

pub struct FoldAlone {
    agent: u64,
    history: History,
    document: Document,
    /// All folded updates with their lengths: a program has them on disk.
    log: Vec<u8>,
}

/// Edits folded at once.
struct Event {
    agent: u64,
    /// Its place among its writer's events, from 1.
    seq: u64,
    past: Clock,
    payload: Payload,
}

/// How many events of each writer an event has in its past, ascending by writer.
type Clock = Box<[(u64, u64)]>;

/// The past of the folded events, by writer and place.
#[derive(Default)]
struct History(BTreeMap<u64, Vec<Clock>>);

impl History {
    fn past(&self, agent: u64, seq: u64) -> Option<&Clock> {
        self.0.get(&agent)?.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    fn now(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().map(|(agent, events)| (*agent, events.len() as u64))
    }

    fn last(&self, agent: u64) -> u64 {
        self.0.get(&agent).map_or(0, |events| events.len() as u64)
    }
}

impl CausalOrder for History {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        let ((agent, seq), (later, its_seq)) = (named(a), named(b));
        let seen = self.past(later, its_seq).and_then(|past| past.iter().find(|(other, _)| *other == agent));
        seen.is_some_and(|(_, seen)| *seen >= seq) && self.past(agent, seq).is_some()
    }

    fn depth(&self, event: &EventId) -> u64 {
        let (agent, seq) = named(event);
        self.past(agent, seq).map_or(0, |past| past.iter().map(|(_, seen)| seen).sum::<u64>() + 1)
    }

    fn author(&self, _: &EventId) -> Option<Address> {
        None
    }
}

/// An event id that contains the writer and the count; its first bytes are mixed, as in a hash.
fn name(agent: u64, seq: u64) -> EventId {
    let mut bytes = [0; 32];
    let mixed = (agent.rotate_left(32) ^ seq).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bytes[..8].copy_from_slice(&(mixed ^ (mixed >> 32)).to_le_bytes());
    bytes[8..16].copy_from_slice(&agent.to_be_bytes());
    bytes[16..24].copy_from_slice(&seq.to_be_bytes());
    EventId::new(bytes)
}

/// The writer and the count of an event id.
fn named(event: &EventId) -> (u64, u64) {
    let number = |place: usize| event.as_bytes()[place..].first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    (number(8), number(16))
}

impl FoldAlone {
    fn new(agent: u64) -> Self {
        Self { agent, history: History::default(), document: Document::default(), log: Vec::new() }
    }

    fn say(&mut self, edits: Vec<Edit>) {
        let mut batch = EditBatch::new(DOCUMENT, edits);
        while let Some((payload, rest)) = batch.next_payload() {
            let agent = self.agent;
            let seq = self.history.last(agent) + 1;
            batch = rest.signed(name(agent, seq));
            let event = Event { agent, seq, past: self.history.now().collect(), payload };
            self.log.extend(framed([event.encode().as_slice()]));
            self.fold(event);
        }
    }

    fn fold(&mut self, event: Event) {
        let Event { agent, seq, past, payload } = event;
        self.history.0.entry(agent).or_default().push(past);
        if let Payload::Edits(documents) = payload {
            for edits in documents {
                self.document.fold(name(agent, seq), 0, &edits.edits, &self.history);
            }
        }
    }

    fn take(&mut self, update: &[u8]) -> Result<(), Box<dyn Error>> {
        for piece in pieces(update)? {
            let event = Event::decode(piece).ok_or("not an event")?;
            match event.seq.checked_sub(self.history.last(event.agent)) {
                None | Some(0) => {}
                Some(1) => {
                    self.log.extend((piece.len() as u32).to_be_bytes());
                    self.log.extend_from_slice(piece);
                    self.fold(event);
                }
                Some(_) => return Err("not its writer's next event".into()),
            }
        }
        Ok(())
    }
}

impl Event {
    /// The writer, the count and the clock of an event, as numbers of one size; then the payload.
    fn encode(&self) -> Vec<u8> {
        let seen = self.past.iter().flat_map(|(agent, seq)| [*agent, *seq]);
        let head = [self.agent, self.seq, self.past.len() as u64].into_iter().chain(seen);
        let mut bytes: Vec<u8> = head.flat_map(u64::to_be_bytes).collect();
        bytes.extend(self.payload.to_bytes());
        bytes
    }

    fn decode(piece: &[u8]) -> Option<Self> {
        let (numbers, _) = piece.as_chunks::<NUMBER>();
        let number = |place: usize| numbers.get(place).map(|number| u64::from_be_bytes(*number));
        let (agent, seq, writers) = (number(0)?, number(1)?, usize::try_from(number(2)?).ok()?);
        let head = 2_usize.checked_mul(writers)?.checked_add(3)?;
        let payload = Payload::from_bytes(piece.get(head.checked_mul(NUMBER)?..)?).ok()?;
        let (pairs, _) = numbers.get(3..head)?.as_chunks::<2>();
        let past = pairs.iter().map(|pair| pair.map(u64::from_be_bytes)).map(|[agent, seq]| (agent, seq)).collect();
        Some(Self { agent, seq, past, payload })
    }
}

impl TextPeer for FoldAlone {
    type Update = Vec<u8>;

    fn empty(agent: u64) -> Self {
        let mut replica = Self::new(MAKER);
        replica.say(making_text(&replica.document, &replica.history));
        replica.agent = agent;
        replica
    }

    fn write(&mut self, patches: &[Patch]) {
        for event in events(patches) {
            self.say(typing(&self.document, &self.history, event));
        }
    }

    fn update(&mut self, patches: &[Patch]) -> Vec<u8> {
        let first = self.log.len();
        self.write(patches);
        self.log[first..].to_vec()
    }

    fn everything(&mut self) -> Vec<u8> {
        self.log.clone()
    }

    fn receive(&mut self, update: &Vec<u8>) -> Result<(), Box<dyn Error>> {
        self.take(update)
    }

    fn save(&mut self) -> Vec<u8> {
        self.log.clone()
    }

    fn load(bytes: &[u8]) -> Result<Self, Box<dyn Error>> {
        let mut replica = Self::new(0);
        replica.take(bytes)?;
        Ok(replica)
    }

    fn text(&self) -> Option<String> {
        text_of(&self.document, &self.history)
    }

    fn release_log(&mut self) {
        self.log = Vec::new();
    }
}

impl JsonPeer for FoldAlone {
    fn empty(agent: u64) -> Self {
        Self::new(agent)
    }

    fn apply(&mut self, ops: &[JsonOp]) {
        for event in ops.chunks(EVENT_EDITS) {
            self.say(changing(&self.document, &self.history, event));
        }
    }

    fn everything(&mut self) -> Vec<u8> {
        self.log.clone()
    }

    fn receive(&mut self, update: &[u8]) -> Result<(), Box<dyn Error>> {
        self.take(update)
    }

    fn value(&self) -> serde_json::Value {
        self.document.value(&quorate_document::Everything, &self.history)
    }
}
