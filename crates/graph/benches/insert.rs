//! What a million events cost: time and memory to insert, time to ask.
//!
//! 100 authors write in turn at random, each event on its lane's last event and one of the others' last; nothing is
//! covered, so that no answer profits from a milestone. Only `Graph::insert` is timed: signing and checking come
//! before it.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock, to measure")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use quorate_event::{
    EventBody, EventId, Height, KeyRing, Lane, NetworkId, Payload, SecretKey, Seq, SignedEvent, Timestamp,
    VerifiedVertex,
};
use quorate_graph::{Graph, Insertion, Origin, Weight};

const NETWORK: NetworkId = NetworkId::new([7; 32]);
const EVENTS: u64 = 1_000_000;
const BATCH: u64 = 10_000;
const AUTHORS: usize = 100;

struct Authors {
    keys: Vec<SecretKey>,
    tips: Vec<(u64, EventId)>,
    ring: KeyRing,
    state: u64,
}

impl Authors {
    fn new() -> Self {
        Self {
            keys: (0..AUTHORS as u64).map(SecretKey::simulated).collect(),
            tips: vec![(0, NETWORK.event_id()); AUTHORS],
            ring: KeyRing::default(),
            state: 1,
        }
    }

    /// A linear congruential generator's high bits: the same events at every run.
    fn draw(&mut self) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % AUTHORS
    }

    fn write(&mut self) -> VerifiedVertex {
        let (author, other) = (self.draw(), self.draw());
        let (seq, own) = self.tips[author];
        let mut parents = vec![own];
        if self.tips[other].1 != own {
            parents.push(self.tips[other].1);
        }
        let key = &self.keys[author];
        let body = EventBody {
            author: key.address(),
            lane: Lane(1),
            seq: Seq(seq + 1),
            parents,
            time: Timestamp(0),
            payload: Payload::MilestoneRequest,
        };
        let event = SignedEvent::sign(body, NETWORK, key).expect("its own key");
        self.tips[author] = (seq + 1, event.id());
        VerifiedVertex::Event(event.verify(&mut self.ring).expect("its own signature"))
    }
}

/// How long this process has computed: others on the same machine do not count. The wall clock where the system has no
/// such clock.
fn computed(since: Instant) -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    nanos.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// Resident bytes of this process; 0 where the system does not report them.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0_u64) * 4_096
}

fn timed<T>(what: &str, ask: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let answer = ask();
    println!("{what}: {:?}", started.elapsed());
    answer
}

fn main() {
    let mut writers = Authors::new();
    let mut graph = Graph::new(NETWORK.event_id());
    let (mut spent, mut slowest) = (Duration::ZERO, Duration::ZERO);
    let mut before = 0;
    let epoch = Instant::now();
    for batch in 0..EVENTS / BATCH {
        let events: Vec<_> = (0..BATCH).map(|_| writers.write()).collect();
        if batch == 0 {
            before = resident();
        }
        let started = computed(epoch);
        for event in events {
            let inserted = graph.insert(event, Origin::Local, Duration::ZERO);
            assert!(matches!(inserted, Insertion::Ready { .. }));
        }
        let took = computed(epoch).saturating_sub(started);
        spent += took;
        slowest = slowest.max(took);
    }
    let per_event = |bytes: u64| bytes / EVENTS;
    let mean = spent / EVENTS as u32;
    println!("insert: {mean:?} an event, {slowest:?} for the slowest {BATCH}");
    let estimate = per_event(graph.memory_bytes() as u64);
    let grown = per_event(resident().saturating_sub(before));
    println!("memory: {estimate} bytes an event by estimate, {grown} by resident size");
    ask(&graph, &writers);
}

fn ask(graph: &Graph, writers: &Authors) {
    let ids: Vec<_> = graph.ids().collect();
    let pairs = |distance: usize| {
        let later = ids.iter().skip(ids.len() - 1_000);
        let earlier = ids.iter().skip(ids.len() - 1_000 - distance);
        earlier.zip(later).map(|(a, b)| (*a, *b))
    };
    for distance in [10, 1_000, 100_000] {
        timed(&format!("1,000 x precedes, {distance} events apart"), || {
            black_box(pairs(distance).filter(|(a, b)| graph.precedes(*a, *b)).count())
        });
    }
    timed("clock", || black_box(graph.clock(ids[ids.len() - 1])));
    timed("summary", || black_box(graph.summary()));
    let blank = Graph::new(NETWORK.event_id()).summary();
    timed("lacking, all of it", || black_box(graph.lacking(&blank).count()));
    let key = &writers.keys[0];
    timed("parents_for", || black_box(graph.parents_for(key.address(), Lane(1))).is_ok());
    let limit = Weight { events: 8_192, bytes: 8 << 20 };
    let heads = timed("cut of 8,192", || graph.cut(limit)).expect("coverable events");
    let genesis = NETWORK.event_id();
    let newly = timed("newly_covered", || graph.newly_covered(genesis, &heads)).expect("a cut");
    timed("linearise", || black_box(graph.linearise(&newly, genesis, Height(1), &heads)));
}
