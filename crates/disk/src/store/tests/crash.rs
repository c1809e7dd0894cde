//! Power fails at any moment, and any part of what was not synced is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::disk::SimulatedDisk;
use super::{Cursor, Random, batch, event, id, reports};

const EVENTS: u64 = 5;
const BATCHES: u64 = 24;

/// Numbers of the events submitted, in order.
fn submitted() -> impl Iterator<Item = u64> {
    (0..BATCHES).flat_map(|ticket| ticket * 100..ticket * 100 + EVENTS)
}

#[test]
fn completed_batches_survive_a_crash_at_any_moment() {
    let disk = SimulatedDisk::default();
    let count = Arc::new(AtomicU64::new(0));
    let (mut report, receiver) = reports();
    let counting = Arc::clone(&count);
    let store = disk.make(move |completed| {
        counting.fetch_add(1, Ordering::SeqCst);
        report(completed);
    });
    let seen = Arc::clone(&count);
    disk.crash_everywhere(Random(7), move || seen.load(Ordering::SeqCst));
    for ticket in 0..BATCHES {
        store.try_submit(batch(ticket, EVENTS)).unwrap();
        if ticket % 3 == 2 {
            while count.load(Ordering::SeqCst) <= ticket {
                receiver.recv().unwrap();
            }
        }
    }
    drop(store);
    let crashes = disk.crashes();
    assert!(crashes.len() > 100, "only {} moments", crashes.len());
    for (moment, (image, completed)) in crashes.into_iter().enumerate() {
        check(moment, image, completed);
    }
}

fn check(moment: usize, image: Vec<u8>, completed: u64) {
    let store = SimulatedDisk::holding(image).open(|_| ()).unwrap_or_else(|error| panic!("moment {moment}: {error}"));
    let records: Vec<_> = store.replay(Cursor::START).unwrap().map(Result::unwrap).collect();
    let found = records.len() as u64;
    assert!(found >= completed * EVENTS, "moment {moment}: {found} events of {completed} batches");
    assert_eq!(found % EVENTS, 0, "moment {moment}: half a batch");
    for (record, expected) in records.iter().zip(submitted().map(event)) {
        assert_eq!((record.id, &*record.bytes), (expected.id, &*expected.bytes), "moment {moment}");
    }
    for ticket in 0..found / EVENTS {
        assert_eq!(store.milestone(ticket).unwrap(), Some(id(ticket * 100)), "moment {moment}");
    }
    store.try_submit(batch(BATCHES + 1, 1)).unwrap();
    drop(store);
}
