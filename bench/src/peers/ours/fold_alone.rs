//! A document by itself: edits folded under made-up names, as the other libraries do it. Nothing is signed.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;

use quorate_document::{Batch, Document, Past};
use quorate_event::{Address, Canonical, Edit, EventId, Payload, limits::EVENT_EDITS};

use super::{changing, events, framed, making_text, pieces, text_of, typing};
use crate::peers::{JsonOp, JsonPeer, TextPeer};
use crate::trace::Patch;

const DOCUMENT: &str = "bench";
/// Whose event makes the text.
const MAKER: u64 = u64::MAX;
/// Bytes of a writer's number and of a count.
const NUMBER: usize = 8;

pub struct FoldAlone {
    agent: u64,
    history: History,
    document: Document,
    log: Vec<Event>,
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

/// Whatever was folded, by name.
#[derive(Default)]
struct History {
    events: HashMap<EventId, Happened>,
    now: BTreeMap<u64, u64>,
}

struct Happened {
    agent: u64,
    /// Its place among its writer's events, from 1.
    seq: u64,
    past: Clock,
}

impl Past for History {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        let (Some(a), Some(b)) = (self.events.get(a), self.events.get(b)) else { return false };
        b.past.iter().any(|(agent, seen)| *agent == a.agent && *seen >= a.seq)
    }

    fn depth(&self, event: &EventId) -> u64 {
        self.events.get(event).map_or(0, |event| event.past.iter().map(|(_, seen)| seen).sum::<u64>() + 1)
    }

    fn author(&self, _: &EventId) -> Option<Address> {
        None
    }
}

/// A name that says who and when; the first byte mixes, as a hash would.
fn name(agent: u64, seq: u64) -> EventId {
    let mut bytes = [0; 32];
    bytes[0] = (agent.wrapping_mul(31) ^ seq.wrapping_mul(131)) as u8;
    bytes[8..16].copy_from_slice(&agent.to_be_bytes());
    bytes[16..24].copy_from_slice(&seq.to_be_bytes());
    EventId::new(bytes)
}

impl FoldAlone {
    fn new(agent: u64) -> Self {
        Self { agent, history: History::default(), document: Document::default(), log: Vec::new() }
    }

    fn say(&mut self, edits: Vec<Edit>) {
        let mut batch = Batch::new(DOCUMENT, edits);
        while let Some((payload, rest)) = batch.next_payload() {
            let (agent, now) = (self.agent, &self.history.now);
            let seq = now.get(&agent).map_or(1, |last| last + 1);
            let past = now.iter().map(|(agent, seq)| (*agent, *seq)).collect();
            batch = rest.signed(name(agent, seq));
            self.fold(Event { agent, seq, past, payload });
        }
    }

    fn fold(&mut self, event: Event) {
        let Event { agent, seq, ref past, ref payload } = event;
        self.history.events.insert(name(agent, seq), Happened { agent, seq, past: past.clone() });
        self.history.now.insert(agent, seq);
        if let Payload::Edits(documents) = payload {
            for edits in documents {
                self.document.fold(name(agent, seq), 0, &edits.edits, &self.history);
            }
        }
        self.log.push(event);
    }

    fn take(&mut self, update: &[u8]) -> Result<(), Box<dyn Error>> {
        for piece in pieces(update)? {
            let event = Event::decode(piece).ok_or("not an event")?;
            if !self.history.events.contains_key(&name(event.agent, event.seq)) {
                self.fold(event);
            }
        }
        Ok(())
    }

    fn log_from(&self, first: usize) -> Vec<u8> {
        let encoded: Vec<_> = self.log[first..].iter().map(Event::encode).collect();
        framed(encoded.iter().map(Vec::as_slice))
    }
}

impl Event {
    /// Writer, count, and what it had seen of whom, as numbers of one size; then the payload.
    fn encode(&self) -> Vec<u8> {
        let seen = self.past.iter().flat_map(|(agent, seq)| [*agent, *seq]);
        let head = [self.agent, self.seq, self.past.len() as u64].into_iter().chain(seen);
        let mut bytes: Vec<u8> = head.flat_map(u64::to_be_bytes).collect();
        bytes.extend(self.payload.to_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let number =
            |place: usize| bytes.get(place * NUMBER..)?.first_chunk().map(|number| u64::from_be_bytes(*number));
        let (agent, seq, writers) = (number(0)?, number(1)?, usize::try_from(number(2)?).ok()?);
        let head = 2_usize.checked_mul(writers)?.checked_add(3)?;
        let payload = Payload::from_bytes(bytes.get(head.checked_mul(NUMBER)?..)?).ok()?;
        let past = (3..head).step_by(2).map(|place| Some((number(place)?, number(place + 1)?)));
        Some(Self { agent, seq, past: past.collect::<Option<_>>()?, payload })
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
        self.log_from(first)
    }

    fn everything(&mut self) -> Vec<u8> {
        self.log_from(0)
    }

    fn receive(&mut self, update: &Vec<u8>) -> Result<(), Box<dyn Error>> {
        self.take(update)
    }

    fn save(&mut self) -> Vec<u8> {
        self.log_from(0)
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
        self.log_from(0)
    }

    fn receive(&mut self, update: &[u8]) -> Result<(), Box<dyn Error>> {
        self.take(update)
    }

    fn value(&self) -> serde_json::Value {
        self.document.value(&quorate_document::Everything, &self.history)
    }
}
