//! The store against a disk that crashes, fails and rots.

mod crash;
mod disk;
mod failure;
mod rot;

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::*;
use disk::SimulatedDisk;

/// More reports than the queue can hold batches, so that no report waits for a test to read it.
const REPORTS: usize = 2 * database::QUEUE.items;

/// Reports, as the node would receive them.
fn reports() -> (impl FnMut(StoreReport) + Send + 'static, Receiver<StoreReport>) {
    let (sender, receiver) = sync_channel(REPORTS);
    (move |report| sender.send(report).unwrap_or_default(), receiver)
}

fn id(n: u64) -> [u8; 32] {
    // Spread as hashes would be, so that the tree is written everywhere.
    let mut random = Random(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    std::array::from_fn(|_| random.next() as u8)
}

fn event(n: u64) -> VertexRecord {
    VertexRecord {
        id: id(n),
        flags: n as u8,
        bytes: format!("event {n} ").repeat(1 + n as usize % 40).into_bytes().into(),
    }
}

/// A batch of `count` events, a milestone and a named value, all derived from its ticket.
fn batch(ticket: u64, count: u64) -> StoreBatch {
    let events = (ticket * 100..ticket * 100 + count).map(event).collect();
    StoreBatch {
        events,
        milestones: vec![MilestoneRecord { height: ticket, id: id(ticket * 100) }],
        meta: vec![NamedValue { key: format!("named/{ticket}"), value: Some(vec![ticket as u8; 3]) }],
        ..StoreBatch::new(WriteTicket(ticket))
    }
}

fn completed(report: StoreReport) -> WriteTicket {
    match report {
        StoreReport::Completed { ticket, .. } => ticket,
        StoreReport::Failed(error) => panic!("failed: {error}"),
    }
}

/// A small generator with a seed that a failure can print.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

#[test]
fn completed_batches_are_there_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("store.redb");
    let (report, receiver) = reports();
    let store = Store::open(&path, report).unwrap();
    for ticket in 0..5 {
        store.try_submit(batch(ticket, 7)).unwrap();
    }
    for ticket in 0..5 {
        assert_eq!(completed(receiver.recv().unwrap()), WriteTicket(ticket));
    }
    drop(store);
    let store = Store::open(&path, |_| ()).unwrap();
    assert_eq!(store.len().unwrap(), 35);
    let records: Vec<_> = store.replay(Cursor::START).unwrap().map(Result::unwrap).collect();
    for (at, record) in records.iter().enumerate() {
        let expected = event(at as u64 / 7 * 100 + at as u64 % 7);
        assert_eq!(record.cursor, Cursor(at as u64 + 1));
        assert_eq!((record.id, record.flags, &*record.bytes), (expected.id, expected.flags, &*expected.bytes));
        assert_eq!(store.get(&expected.id).unwrap().as_ref(), Some(record));
    }
    assert_eq!(records.len(), 35);
    assert_eq!(store.milestone(3).unwrap(), Some(id(300)));
    assert_eq!(store.milestone(9).unwrap(), None);
    assert_eq!(store.meta("named/4").unwrap(), Some(vec![4; 3]));
    assert_eq!(store.get(&[0; 32]).unwrap(), None);
}

#[test]
fn waiting_submissions_are_written_before_the_store_closes() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("store.redb");
    let store = Store::open(&path, |_| ()).unwrap();
    for ticket in 0..20 {
        store.try_submit(batch(ticket, 3)).unwrap();
    }
    drop(store);
    assert_eq!(Store::open(&path, |_| ()).unwrap().len().unwrap(), 60);
}

/// A report that waits for leave, so that a test decides what the writer finds when it looks again.
fn held_reports() -> (impl FnMut(StoreReport) + Send + 'static, Receiver<StoreReport>, SyncSender<()>) {
    let (sender, receiver) = sync_channel(REPORTS);
    let (leave, held) = sync_channel(REPORTS);
    let report = move |report| {
        sender.send(report).unwrap_or_default();
        held.recv().unwrap_or_default();
    };
    (report, receiver, leave)
}

#[test]
fn batches_that_wait_share_one_commit() {
    let (report, receiver, leave) = held_reports();
    let store = SimulatedDisk::default().make(report);
    store.try_submit(batch(0, 1)).unwrap();
    completed(receiver.recv().unwrap());
    let before = store.stats();
    for ticket in 1..=100 {
        store.try_submit(batch(ticket, 10)).unwrap();
    }
    drop(leave);
    for ticket in 1..=100 {
        assert_eq!(completed(receiver.recv().unwrap()), WriteTicket(ticket));
    }
    let after = store.stats();
    assert_eq!(after.commits - before.commits, 1);
    assert_eq!(after.fsyncs - before.fsyncs, 2);
    assert_eq!(after.events - before.events, 1_000);
}

#[test]
fn a_full_queue_gives_the_batch_back_until_the_next_report() {
    let (report, receiver, leave) = held_reports();
    let store = SimulatedDisk::default().make(report);
    store.try_submit(batch(0, 1)).unwrap();
    completed(receiver.recv().unwrap());
    let mut ticket = 1;
    let refused = loop {
        match store.try_submit(StoreBatch::new(WriteTicket(ticket))) {
            Ok(()) => ticket += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, Refused::Full(StoreBatch::new(WriteTicket(ticket))));
    assert_eq!(ticket as usize, database::QUEUE.items + 1);
    leave.send(()).unwrap();
    assert_eq!(completed(receiver.recv().unwrap()), WriteTicket(1));
    store.try_submit(StoreBatch::new(WriteTicket(ticket))).unwrap();
    // The writer must not be left waiting for leave: closing the store waits for it.
    drop(leave);
}

#[test]
fn a_batch_that_could_never_wait_is_refused() {
    let store = SimulatedDisk::default().make(|_| ());
    let mut large = StoreBatch::new(WriteTicket(0));
    large.events.push(VertexRecord { id: id(0), flags: 0, bytes: vec![0; database::QUEUE.bytes].into() });
    let refused = store.try_submit(large).unwrap_err();
    assert!(matches!(refused, Refused::TooLarge { .. }), "{refused}");
}

#[test]
fn an_event_stored_twice_keeps_its_first_place() {
    let (report, receiver) = reports();
    let store = SimulatedDisk::default().make(report);
    store.try_submit(batch(1, 3)).unwrap();
    store.try_submit(batch(1, 4)).unwrap();
    completed(receiver.recv().unwrap());
    completed(receiver.recv().unwrap());
    assert_eq!(store.len().unwrap(), 4);
    assert_eq!(store.get(&id(100)).unwrap().unwrap().cursor, Cursor(1));
}

#[test]
fn places_have_no_gap_where_a_batch_repeats_what_is_stored_and_itself() {
    let (report, receiver) = reports();
    let store = SimulatedDisk::default().make(report);
    store.try_submit(batch(1, 2)).unwrap();
    completed(receiver.recv().unwrap());
    let mut mixed = StoreBatch::new(WriteTicket(2));
    mixed.events = [907, 101, 305, 907, 100, 501, 305, 203].map(event).into();
    store.try_submit(mixed).unwrap();
    completed(receiver.recv().unwrap());
    let records: Vec<_> = store.replay(Cursor::START).unwrap().map(Result::unwrap).collect();
    let found: Vec<_> = records.iter().map(|record| (record.cursor.0, record.id)).collect();
    assert_eq!(
        found,
        [100, 101, 907, 305, 501, 203]
            .map(id)
            .into_iter()
            .enumerate()
            .map(|(at, id)| (at as u64 + 1, id))
            .collect::<Vec<_>>()
    );
    for record in records {
        assert_eq!(store.get(&record.id).unwrap(), Some(record));
    }
}

#[test]
fn pages_follow_each_other_to_the_end() {
    let (report, receiver) = reports();
    let store = SimulatedDisk::default().make(report);
    store.try_submit(batch(1, 25)).unwrap();
    completed(receiver.recv().unwrap());
    let mut after = Cursor::START;
    let mut sizes = Vec::new();
    loop {
        let page = store.page(after, 10).unwrap();
        sizes.push(page.len());
        let Some(last) = page.last() else { break };
        after = last.cursor;
    }
    assert_eq!(sizes, [10, 10, 5, 0]);
    assert_eq!(after, Cursor(25));
}

#[test]
fn names_are_listed_by_prefix_and_removed() {
    let (report, receiver) = reports();
    let store = SimulatedDisk::default().make(report);
    for ticket in 1..=3 {
        store.try_submit(batch(ticket, 0)).unwrap();
    }
    let mut forget = StoreBatch::new(WriteTicket(4));
    forget.meta.push(NamedValue { key: "named/2".to_owned(), value: None });
    forget.meta.push(NamedValue { key: "other".to_owned(), value: Some(Vec::new()) });
    store.try_submit(forget).unwrap();
    for ticket in 1..=4 {
        assert_eq!(completed(receiver.recv().unwrap()), WriteTicket(ticket));
    }
    assert_eq!(store.meta_names("named/", "", 10).unwrap(), ["named/1", "named/3"]);
    assert_eq!(store.meta_names("named/", "named/1", 10).unwrap(), ["named/3"]);
    assert_eq!(store.meta_names("named/", "", 1).unwrap(), ["named/1"]);
    assert_eq!(store.meta("named/2").unwrap(), None);
    assert_eq!(store.meta("other").unwrap(), Some(Vec::new()));
}

#[test]
fn a_second_open_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("store.redb");
    let _store = Store::open(&path, |_| ()).unwrap();
    let error = Store::open(&path, |_| ()).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
}

fn refusal(path: &Path) -> String {
    Store::open(path, |_| ()).unwrap_err().to_string()
}

#[test]
fn a_file_that_is_no_store_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("store.redb");
    for content in [Vec::new(), b"not a store".to_vec(), vec![0; 8192]] {
        std::fs::write(&path, content).unwrap();
        let said = refusal(&path);
        assert!(said.contains("store.redb is damaged: move it away"), "{said}");
    }
}

#[test]
fn a_newer_format_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("store.redb");
    database::create(&path, tables::FORMAT + 1).unwrap();
    let said = refusal(&path);
    assert!(said.contains("has format 2, and this program reads up to 1"), "{said}");
}

#[test]
fn the_remains_of_a_new_store_after_a_crash_are_ignored() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("store.redb");
    std::fs::write(home.path().join("store.redb.new"), b"half a store").unwrap();
    assert!(Store::open(&path, |_| ()).unwrap().is_empty().unwrap());
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
}
