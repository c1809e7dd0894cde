//! Measurements of one JSON value, at one peer.

use std::error::Error;

use serde_json::{Map, Value, json};

use crate::measure::{Numbers, cpu_ms};
use crate::peers::{JsonOp, JsonPeer};
use crate::report::say;

const SETS: usize = 100_000;
const KEYS: usize = 1_000;
/// The number of groups of objects.
const GROUPS: usize = 200;
const OBJECTS: usize = 20_000;
const OBJECT_EDITS: usize = 10_000;
const OBJECT_DELETES: usize = 5_000;
const WRITERS: u64 = 100;
const SETS_A_WRITER: usize = 1_000;

/// Many writes of few keys, many small objects, and many concurrent writers.
pub fn json<P: JsonPeer>() -> Result<(), Box<dyn Error>> {
    let (ms, value) = local::<P>(&sets(SETS));
    say("sets", ms);
    check(value == keys(SETS), "sets")?;

    let (ms, value) = local::<P>(&objects());
    say("objects", ms);
    check(value == expected_objects(), "objects")?;
    merged::<P>()
}

fn local<P: JsonPeer>(ops: &[JsonOp]) -> (f64, Value) {
    let (ms, peer) = cpu_ms(|| {
        let mut peer = P::empty(0);
        peer.apply(ops);
        peer
    });
    (ms, peer.value())
}

fn merged<P: JsonPeer>() -> Result<(), Box<dyn Error>> {
    let ops = sets(SETS_A_WRITER);
    let updates: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let mut peer = P::empty(writer);
            peer.apply(&ops);
            peer.everything()
        })
        .collect();
    let (ms, peer) = cpu_ms(|| {
        let mut peer = P::empty(WRITERS);
        updates.iter().try_for_each(|update| peer.receive(update)).map(|()| peer)
    });
    say("writers", ms);
    check(peer?.value() == keys(SETS_A_WRITER), "writers")
}

fn sets(count: usize) -> Vec<JsonOp> {
    (0..count).map(|n| JsonOp::Set(vec![format!("key {}", n % KEYS)], n as i64)).collect()
}

fn keys(sets: usize) -> Value {
    (sets - KEYS..sets).map(|n| (format!("key {}", n % KEYS), json!(n))).collect::<Map<_, _>>().into()
}

/// The objects, two keys each; then edits of some, in no order; then deletions of others.
fn objects() -> Vec<JsonOp> {
    let mut ops: Vec<_> = (0..GROUPS).map(|group| JsonOp::Make(vec![format!("group {group}")])).collect();
    for n in 0..OBJECTS {
        ops.push(JsonOp::Make(path(n)));
        ops.push(JsonOp::Set(field(n, "x"), n as i64));
        ops.push(JsonOp::Set(field(n, "y"), 0));
    }
    let mut numbers = Numbers(3);
    ops.extend((0..OBJECT_EDITS).map(|n| JsonOp::Set(field(numbers.below(OBJECTS), "y"), n as i64)));
    ops.extend((0..OBJECT_DELETES).map(|n| JsonOp::Delete(path(n * (OBJECTS / OBJECT_DELETES)))));
    ops
}

fn path(object: usize) -> Vec<String> {
    vec![format!("group {}", object % GROUPS), format!("object {object}")]
}

fn field(object: usize, key: &str) -> Vec<String> {
    let mut path = path(object);
    path.push(key.to_owned());
    path
}

/// The effect of the operations on a plain value.
fn expected_objects() -> Value {
    let mut root = json!({});
    for op in objects() {
        let (JsonOp::Make(path) | JsonOp::Set(path, _) | JsonOp::Delete(path)) = &op;
        let (key, parents) = path.split_last().expect("a key");
        let map = parents.iter().fold(&mut root, |value, key| &mut value[key]);
        match op {
            JsonOp::Make(_) => map[key] = json!({}),
            JsonOp::Set(_, value) => map[key] = json!(value),
            JsonOp::Delete(_) => drop(map.as_object_mut().and_then(|map| map.remove(key))),
        }
    }
    root
}

fn check(right: bool, what: &str) -> Result<(), Box<dyn Error>> {
    if right { Ok(()) } else { Err(format!("{what}: another value").into()) }
}
