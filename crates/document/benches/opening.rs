//! What opening a saved text costs beside folding its events: `cargo bench -p quorate-document --bench opening`.
//!
//! The paper is read from `QUORATE_DATA` or `../shared/data` beside the checkout; without it, only a made-up text is
//! measured.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

mod chain;

use std::hint::black_box;
use std::time::{Duration, Instant};

use chain::BenchChain;
use quorate_document::{Document, Everything, PositionRange};
use quorate_event::{Container, Edit, EventId};
use quorate_traces::Replacement;

/// Of a made-up text: characters, and of each run's as many as people type before they go elsewhere.
const CHARS: u32 = 100_000;
const RUN_CHARS: usize = 9;
/// How many changes share an event.
const SHARED: usize = 256;
const ROUNDS: usize = 101;

fn id(number: u64) -> EventId {
    let mut id = [7; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    EventId::new(id)
}

fn paper() -> Option<Vec<Replacement>> {
    let trace = quorate_traces::read("automerge-paper")?;
    Some(trace.transactions.into_iter().flat_map(|transaction| transaction.patches).collect())
}

/// Runs typed here and there, some of which take a character away; `stem` is typed again and again.
fn made_up(stem: &str) -> Vec<Replacement> {
    let (mut seed, mut len, mut changes) = (1_u64, 0_u32, Vec::new());
    while len < CHARS {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = u32::try_from(seed >> 33).expect("31 bits") % (len + 1);
        let removed = u32::from(seed >> 20 & 3 == 0).min(len - at);
        let typed: String = stem.chars().cycle().take(RUN_CHARS).collect();
        len += u32::try_from(RUN_CHARS).expect("a small number") - removed;
        changes.push(Replacement { at, removed, inserted: typed });
    }
    changes
}

/// The events that make a text and type it, and the document of them.
fn typed(changes: &[Replacement]) -> (Vec<Vec<Edit>>, Document) {
    let mut document = Document::default();
    let make = document.edit(&Everything, &BenchChain, |doc| doc.make("/text", Container::Text)).expect("it is new");
    let mut events = Vec::new();
    let mut fold = |document: &mut Document, edits: Vec<Edit>| {
        document.fold(id(events.len() as u64), 0, &edits, &BenchChain);
        events.push(edits);
    };
    fold(&mut document, make);
    for changes in changes.chunks(SHARED) {
        let edits = document.edit(&Everything, &BenchChain, |doc| {
            let mut text = doc.text("/text")?;
            changes.iter().try_for_each(|it| text.replace(PositionRange { at: it.at, count: it.removed }, &it.inserted))
        });
        fold(&mut document, edits.expect("positions are in the text"));
    }
    (events, document)
}

/// How long a call takes: the fastest, and the median.
type Took = [Duration; 2];

/// Times two calls in turn.
fn timed(mut one: impl FnMut(), mut other: impl FnMut()) -> [Took; 2] {
    let time = |call: &mut dyn FnMut()| {
        let start = Instant::now();
        call();
        start.elapsed()
    };
    let mut times: Vec<_> = (0..ROUNDS).map(|_| [time(&mut one), time(&mut other)]).collect();
    [0, 1].map(|which| {
        times.sort_by_key(|pair| pair[which]);
        [times[0][which], times[ROUNDS / 2][which]]
    })
}

fn measure(name: &str, changes: &[Replacement]) {
    let (events, document) = typed(changes);
    let saved = document.save();
    let shown = document.value(&Everything, &BenchChain)["text"].as_str().map_or(0, |text| text.chars().count());
    let (events_len, len) = (events.len(), saved.len());
    println!("{name}: {shown} characters, {} changes, {events_len} events, {len} bytes saved:", changes.len());
    let fold = || {
        let mut folded = Document::default();
        for (number, edits) in (0..).zip(&events) {
            folded.fold(id(number), 0, edits, &BenchChain);
        }
        black_box(folded);
    };
    let [open, fold] = timed(|| drop(black_box(Document::open(black_box(&saved)))), fold);
    println!("  opened                  {:>10.2?} fastest {:>10.2?} median", open[0], open[1]);
    println!("  folded from its events  {:>10.2?} fastest {:>10.2?} median", fold[0], fold[1]);
    let [save, digest] =
        timed(|| drop(black_box(document.save())), || _ = black_box(document.digest(&Everything, &BenchChain)));
    println!("  saved                   {:>10.2?} fastest {:>10.2?} median", save[0], save[1]);
    println!("  digest                  {:>10.2?} fastest {:>10.2?} median", digest[0], digest[1]);
    let mut opened = Document::open(&saved).expect("it was saved just now");
    assert_eq!(opened.digest(&Everything, &BenchChain), document.digest(&Everything, &BenchChain));
    let start = Instant::now();
    for number in 0..1_000_u32 {
        let edits = opened.edit(&Everything, &BenchChain, |doc| doc.text("/text")?.insert(number * 97, "typed"));
        opened.fold(id(1 << 40 | u64::from(number)), 0, &edits.expect("it is in the text"), &BenchChain);
    }
    println!("  then an edit, made and folded {:>10.2?}", start.elapsed() / 1_000);
}

fn main() {
    measure("a made-up text", &made_up("people "));
    measure("a made-up text of longer characters", &made_up("écrit à "));
    if let Some(changes) = paper() {
        measure("the paper", &changes);
    }
}
