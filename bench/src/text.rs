//! Measurements of one text, at one peer.

use std::error::Error;

use crate::measure::{Numbers, cpu_ms, live_bytes, median};
use crate::peers::{TextPeer, Unit};
use crate::report::say;
use crate::trace::{Patch, Trace, in_bytes};

/// The number of edits of the text into which a backdated edit is merged.
const BACKDATED_EDITS: usize = 100_000;
/// The number of replicas that have only the start.
const LATE_WRITERS: u64 = 5;

/// Typing or reception, then merge, load, size and memory.
pub fn trace<P: TextPeer>(trace: &Trace) -> Result<(), Box<dyn Error>> {
    let mut writer = if trace.is_concurrent() { received::<P>(trace)? } else { typed::<P>(trace) };
    check("the text", writer.text(), trace)?;
    if trace.is_concurrent() && !P::RELAYS {
        return Ok(());
    }
    let everything = writer.everything();

    let (ms, merged) = cpu_ms(|| {
        let mut merged = P::empty(50);
        merged.receive(&everything).map(|()| merged)
    });
    say("merge", ms);
    check("merged", merged?.text(), trace)?;

    let (bytes, merged) = live_bytes(|| {
        let mut merged = P::empty(51);
        let received = merged.receive(&everything);
        merged.release_log();
        received.map(|()| merged)
    });
    merged?;
    say("memory", bytes as f64 / trace.end_content.chars().count() as f64);

    let saved = writer.save();
    say("size", saved.len() as f64 / 1e3);
    let (ms, loaded) = cpu_ms(|| P::load(&saved));
    say("load", ms);
    check("loaded", loaded?.text(), trace)
}

fn typed<P: TextPeer>(trace: &Trace) -> P {
    let patches = trace.patches();
    let patches = if P::UNIT == Unit::Bytes { in_bytes("", &patches) } else { patches };
    let (ms, writer) = cpu_ms(|| {
        let mut writer = P::empty(0);
        writer.write(&patches);
        writer
    });
    say("local", ms);
    writer
}

/// The trace written by replicas that see what their writers saw, and received by one more, update by update.
fn received<P: TextPeer>(trace: &Trace) -> Result<P, Box<dyn Error>> {
    let mut writers: Vec<P> = (0..trace.agents()).map(|agent| P::empty(agent as u64)).collect();
    let (mut updates, mut held) = (Vec::with_capacity(trace.txns.len()), vec![Vec::new(); writers.len()]);
    for (number, (txn, seen)) in trace.txns.iter().zip(trace.deliveries()).enumerate() {
        let writer = &mut writers[txn.agent];
        seen.iter().try_for_each(|seen| writer.receive(&updates[*seen]))?;
        updates.push(write_one(writer, &txn.patches));
        held[txn.agent].extend(seen);
        held[txn.agent].push(number);
    }
    let (ms, reader) = cpu_ms(|| {
        let mut reader = P::empty(40);
        updates.iter().try_for_each(|update| reader.receive(update)).map(|()| reader)
    });
    say("reception", ms);
    let mut first = writers.swap_remove(0);
    held[0].sort_unstable();
    let lacking = (0..updates.len()).filter(|number| held[0].binary_search(number).is_err());
    lacking.into_iter().try_for_each(|number| first.receive(&updates[number]))?;
    let same = reader?.text() == first.text();
    if same { Ok(first) } else { Err("writer and reader differ".into()) }
}

fn write_one<P: TextPeer>(writer: &mut P, patches: &[Patch]) -> P::Update {
    if P::UNIT == Unit::Scalars {
        return writer.update(patches);
    }
    let text = writer.text().unwrap_or_default();
    writer.update(&in_bytes(&text, patches))
}

fn check(what: &str, text: Option<String>, trace: &Trace) -> Result<(), Box<dyn Error>> {
    if text.is_none_or(|text| text == trace.end_content) { Ok(()) } else { Err(format!("{what}: another end").into()) }
}

/// One insertion by a replica that has only the start, merged into a text of many edits whose writer's cursor jumped
/// after each `burst` of them: microseconds.
pub fn backdated<P: TextPeer>(burst: usize) -> Result<(), Box<dyn Error>> {
    let mut full = P::empty(0);
    let start = full.update(&[Patch(0, 0, "start".into())]);
    let (mut numbers, mut at) = (Numbers(7), 0);
    let edits = (5..BACKDATED_EDITS).map(|len| {
        at = if len % burst == 0 { numbers.below(len) } else { at + 1 };
        Patch(at, 0, "x".into())
    });
    full.write(&edits.collect::<Vec<_>>());
    let mut times = Vec::new();
    for agent in 1..=LATE_WRITERS {
        let mut late = P::empty(agent);
        late.receive(&start)?;
        let update = late.update(&[Patch(2, 0, "y".into())]);
        let (ms, received) = cpu_ms(|| full.receive(&update));
        received?;
        times.push(ms * 1e3);
    }
    say("backdated", median(times));
    let expected = BACKDATED_EDITS + LATE_WRITERS as usize;
    let right = full.text().is_none_or(|text| text.matches('y').count() == 5 && text.len() == expected);
    if right { Ok(()) } else { Err("a backdated edit is lost".into()) }
}
