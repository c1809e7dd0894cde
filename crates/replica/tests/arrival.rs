//! Recorded typing, signed event by event, that arrives in any order: it ends as recorded.
//!
//! Without the records those tests say that they are skipped; a made-up text is typed in any case.

mod alone;

use alone::Alone;
use quorate_document::{CausalOrder, Document, Everything, PositionRange};
use quorate_event::{
    Address, Container, DocumentEdits, EventBody, EventId, KeyRing, Lane, NetworkId, Payload, SecretKey, Seq,
    SignedEvent, Timestamp, VerifiedEvent, VerifiedVertex,
};
use quorate_replica::{ConsistencyLevel, Input, Peer};
use quorate_traces::Replacement;

/// At most so many events wait for their parents.
const EVENTS: usize = 200;

/// Events that follow one another, by the order in which they were signed.
#[derive(Default)]
struct Chain(Vec<EventId>);

impl Chain {
    fn place(&self, event: &EventId) -> Option<usize> {
        self.0.iter().position(|known| known == event)
    }
}

impl CausalOrder for Chain {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        let before = |a| self.place(b).is_none_or(|b| a < b);
        self.place(a).is_some_and(before)
    }

    fn depth(&self, event: &EventId) -> u64 {
        self.place(event).map_or(0, |place| place as u64 + 1)
    }

    fn author(&self, _: &EventId) -> Option<Address> {
        None
    }
}

/// Numbers that look like chance (SplitMix64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }
}

/// Two authors take turns at one text; each has seen all that the other wrote. The bytes of their events.
fn typed(patches: &[Replacement], network: NetworkId) -> Vec<Vec<u8>> {
    let keys = [SecretKey::simulated(2), SecretKey::simulated(3)];
    let mut chain = Chain::default();
    let mut document = Document::default();
    let mut lanes: [Vec<EventId>; 2] = Default::default();
    let mut sent = Vec::new();
    for (number, patches) in patches.chunks(patches.len().div_ceil(EVENTS)).enumerate() {
        let edits = document.edit(&Everything, &chain, |doc| {
            if number == 0 {
                doc.make("/text", Container::Text)?;
            }
            let mut text = doc.text("/text")?;
            patches.iter().try_for_each(|it| text.replace(PositionRange { at: it.at, count: it.removed }, &it.inserted))
        });
        let edits = edits.unwrap();
        let (key, lane) = (&keys[number % 2], &lanes[number % 2]);
        let genesis = network.event_id();
        let own = lane.last().copied().unwrap_or(genesis);
        let others = lanes[(number + 1) % 2].last().copied().filter(|other| *other != own);
        let body = EventBody {
            author: key.address(),
            lane: Lane(7),
            seq: Seq(lane.len() as u64 + 1),
            parents: [own].into_iter().chain(others).collect(),
            time: Timestamp(3_000),
            payload: Payload::Edits(vec![DocumentEdits { document: "paper".to_owned(), edits: edits.clone() }]),
        };
        let event = VerifiedEvent::sign(body, network, key).unwrap();
        chain.0.push(event.id());
        lanes[number % 2].push(event.id());
        document.fold(event.id(), 0, &edits, &chain);
        sent.push(event.bytes().to_vec());
    }
    sent
}

fn check(patches: &[Replacement], end: &str) {
    let network = Alone::new().config.genesis.network();
    let sent = typed(patches, network);
    let digests = (1..4).map(|seed| {
        let (mut alone, mut dice, mut left, mut keys) = (Alone::new(), Dice(seed), sent.clone(), KeyRing::default());
        while !left.is_empty() {
            let bytes = left.swap_remove(dice.throw(left.len()));
            let event = SignedEvent::decode(&bytes, network).unwrap().verify(&mut keys).unwrap();
            let vertices = vec![VerifiedVertex::Event(event)];
            let outputs = alone.handle(Input::Vertices { from: Peer(1), vertices });
            alone.let_the_disk_work(outputs);
        }
        let shown = |level| alone.replica.document("paper", level).unwrap();
        let (merged, last) = (shown(ConsistencyLevel::Merged), shown(ConsistencyLevel::Final));
        assert!(merged.value["text"] == *end, "the text ends otherwise");
        assert_eq!(merged.digest, last.digest, "seed {seed}");
        merged.digest
    });
    let digests: Vec<_> = digests.collect();
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]));
}

fn recorded(name: &str) {
    let Some(trace) = quorate_traces::read(name) else { return };
    let patches: Vec<_> = trace.transactions.into_iter().flat_map(|transaction| transaction.patches).collect();
    check(&patches, &trace.end_content);
}

#[test]
fn sc19_a_paper_that_arrives_in_any_order_ends_as_recorded() {
    recorded("automerge-paper");
}

#[test]
fn a_source_file_that_arrives_in_any_order_ends_as_recorded() {
    recorded("sveltecomponent");
}

#[test]
fn made_up_typing_that_arrives_in_any_order_ends_alike() {
    let (mut dice, mut model, mut patches) = (Dice(5), Vec::new(), Vec::new());
    for number in 0..1_000 {
        let at = dice.throw(model.len() + 1);
        let gone = dice.throw(3).min(model.len() - at);
        let come: String = ["é", "ab", "中", ""][number % 4].repeat(dice.throw(3));
        model.splice(at..at + gone, come.chars());
        patches.push(Replacement { at: at as u32, removed: gone as u32, inserted: come });
    }
    check(&patches, &model.into_iter().collect::<String>());
}
