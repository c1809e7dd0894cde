//! What a write and a digest cost: `cargo bench -p quorate-document`.
//!
//! One author, whose every event follows the one before it: the shape of most histories.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

mod chain;

use std::hint::black_box;
use std::time::{Duration, Instant};

use chain::BenchChain;
use quorate_document::{Document, Everything};
use quorate_event::EventId;
use serde_json::{Map, Value, json};

const KEYS: usize = 1_000;
const WRITES_PER_KEY: usize = 10;
const STRING_BYTES: usize = 256;
const RECORDS: usize = 5_000;
const FIELDS: usize = 5;
const ROUNDS: u32 = 100;

/// A document and the number of events in it.
#[derive(Default)]
struct BenchDocument {
    document: Document,
    events: u64,
}

impl BenchDocument {
    fn patch(&mut self, patch: &Value) {
        let edits = self.document.merge_patch(&Everything, &BenchChain, "", patch).expect("the patch fits");
        self.events += 1;
        let mut id = [0; 32];
        id[..8].copy_from_slice(&self.events.to_be_bytes());
        self.document.fold(EventId::new(id), 0, &edits, &BenchChain);
    }
}

fn key(number: usize) -> String {
    format!("key-{number:04}")
}

fn string(seed: usize) -> String {
    format!("{seed:08}").repeat(STRING_BYTES / 8)
}

/// The mean of `ROUNDS` calls.
fn mean(mut call: impl FnMut(u32)) -> Duration {
    let start = Instant::now();
    (0..ROUNDS).for_each(&mut call);
    start.elapsed() / ROUNDS
}

fn large_document() {
    let mut large = BenchDocument::default();
    for round in 0..WRITES_PER_KEY {
        let all: Map<_, _> = (0..KEYS).map(|number| (key(number), json!(string(number + round)))).collect();
        large.patch(&Value::Object(all));
    }
    println!("{KEYS} keys of {STRING_BYTES} bytes, written {WRITES_PER_KEY} times:");
    let document = &large.document;
    let patch = json!({ key(KEYS / 2): "another" });
    let patched = mean(|_| drop(black_box(document.merge_patch(&Everything, &BenchChain, "", &patch))));
    println!("  merge patch of one key      {patched:>12.2?}");
    let pointer = format!("/{}", key(KEYS / 2));
    let set = mean(|_| drop(black_box(document.set(&Everything, &BenchChain, &pointer, &json!("another")))));
    println!("  set of one key              {set:>12.2?}");
    let put = document.value(&Everything, &BenchChain);
    let put = mean(|_| drop(black_box(document.put(&Everything, &BenchChain, &put))));
    println!("  put of what shows           {put:>12.2?}");
    let digest = mean(|_| _ = black_box(document.digest(&Everything, &BenchChain)));
    println!("  digest                      {digest:>12.2?}");
    let conflicts = mean(|_| drop(black_box(document.conflicted(&Everything, &BenchChain))));
    println!("  all conflicts               {conflicts:>12.2?}");
}

fn busy_key() {
    let mut busy = BenchDocument::default();
    for round in 0..KEYS * WRITES_PER_KEY {
        busy.patch(&json!({ "key": round }));
    }
    busy.patch(&json!({ "key": null }));
    println!("a key written {} times, then deleted:", KEYS * WRITES_PER_KEY);
    let read = mean(|_| drop(black_box(busy.document.conflicts("/key", &Everything, &BenchChain))));
    println!("  read                        {read:>12.2?}");
}

fn records() {
    let mut book = BenchDocument::default();
    let start = Instant::now();
    for number in 0..RECORDS {
        let fields: Map<_, _> = (0..FIELDS).map(|field| (format!("field-{field}"), json!(number + field))).collect();
        book.patch(&json!({ key(number): fields }));
    }
    let added = start.elapsed() / u32::try_from(RECORDS).expect("a small number");
    println!("{RECORDS} records of {FIELDS} fields:");
    println!("  added record, made and folded {added:>10.2?}");
}

fn main() {
    large_document();
    busy_key();
    records();
}
