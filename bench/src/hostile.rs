//! The result of damaged updates, and of two histories under one name.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::measure::Numbers;
use crate::peers::BytesPeer;
use crate::report::note;
use crate::trace::Patch;

/// How many damaged updates are received.
pub const MUTATIONS: u64 = 1_000;
/// The number of edits in the update that is damaged.
const EDITS: usize = 500;

/// Receives updates with one to four bytes changed, from number `first` on; every other one is a saved replica, for
/// an empty one. Prints the result of each, and a line before it: the process may not survive it.
pub fn mutations<P: BytesPeer>(first: u64) -> Result<(), Box<dyn Error>> {
    std::panic::set_hook(Box::new(|_| {}));
    let mut numbers = Numbers(11);
    let edits: Vec<_> = (0..EDITS)
        .map(|len| if len % 7 == 6 { Patch(numbers.below(len / 2), 1, String::new()) } else { word(&mut numbers, len) })
        .collect();
    let mut writer = P::empty(0);
    let start = writer.update(&[Patch(0, 0, "start".into())]);
    let good = [writer.update(&edits), writer.save()];
    for number in first..MUTATIONS {
        note("begins", number);
        let [update, saved] = &good;
        let received = catch_unwind(AssertUnwindSafe(|| match number % 2 {
            0 => takes::<P>(Some(&start), &mutated(update, number)),
            _ => takes::<P>(None, &mutated(saved, number)),
        }));
        note("ends", received.map_or("panicked", |accepted| if accepted { "accepted" } else { "refused" }));
    }
    Ok(())
}

/// Whether an update changes a replica that holds `start`.
fn takes<P: BytesPeer>(start: Option<&Vec<u8>>, update: &Vec<u8>) -> bool {
    let mut reader = P::empty(1);
    if let Some(start) = start {
        reader.receive(start).expect("an undamaged update is received");
    }
    let before = reader.text();
    let received = reader.receive(update);
    reader.text() != before && received.is_ok()
}

fn word(numbers: &mut Numbers, len: usize) -> Patch {
    Patch(numbers.below(len / 2 + 1), 0, "ab".into())
}

fn mutated(good: &[u8], seed: u64) -> Vec<u8> {
    let (mut bytes, mut numbers) = (good.to_vec(), Numbers(seed));
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        bytes[at] ^= 1 + numbers.below(255) as u8;
    }
    bytes
}

/// One writer signs two histories with one name. Two readers receive both, in different orders, then each other's.
pub fn equivocation<P: BytesPeer>() -> Result<(), Box<dyn Error>> {
    std::panic::set_hook(Box::new(|_| {}));
    let say = catch_unwind(AssertUnwindSafe(equivocate::<P>)).unwrap_or("panics");
    note("equivocation", say);
    Ok(())
}

fn equivocate<P: BytesPeer>() -> &'static str {
    let [one, other] = ["to Ann", "to Bob"].map(|text| P::empty(0).update(&[Patch(0, 0, text.into())]));
    let (mut ann, mut bob) = (P::empty(1), P::empty(2));
    let mut heard = [ann.receive(&one), ann.receive(&other), bob.receive(&other), bob.receive(&one)].map(|r| r.is_ok());
    let (anns, bobs) = (ann.everything(), bob.everything());
    heard[1] &= ann.receive(&bobs).is_ok();
    heard[3] &= bob.receive(&anns).is_ok();
    match (ann.text() == bob.text(), heard.iter().all(|ok| *ok)) {
        (true, true) => "converges",
        (true, false) => "converges, with an error",
        (false, true) => "diverges, silently",
        (false, false) => "diverges, with an error",
    }
}
