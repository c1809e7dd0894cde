//! The thread that writes: all waiting batches, one transaction, one commit.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use redb::{Database, Table, WriteTransaction};

use super::batch::{Cursor, MilestoneRecord, NamedValue, StoreBatch, VertexRecord};
use super::error::{StoreError, guarded};
use super::report::{StoreCounters, StoreReport};
use super::seal::{seal, seal_into};
use super::tables::{EVENTS, META, MILESTONES, ORDER};
use crate::write_queue::{StopOnExit, WriteQueue, WriteTicket};

/// The most bytes of one transaction, unless one batch is larger. Beyond it the fsync is a small part of the cost, and
/// the first batch would wait for the last.
const GROUP_BYTES: usize = 16 << 20;

/// The pause between two commits: each costs a millisecond of CPU besides its fsyncs, so on a fast disk more batches
/// should share it.
const GATHER: Duration = Duration::from_millis(2);

/// The only writer of the store.
pub(super) struct StoreWriter {
    pub(super) path: PathBuf,
    pub(super) database: Arc<Database>,
    pub(super) queue: Arc<WriteQueue<StoreBatch>>,
    pub(super) counters: Arc<StoreCounters>,
    pub(super) last: Cursor,
}

/// The result of a commit.
struct Commit {
    completed: Vec<(WriteTicket, Cursor)>,
    events: u64,
    event_bytes: u64,
}

impl StoreWriter {
    /// Writes until the queue is closed and empty, or a write fails.
    pub(super) fn run(mut self, mut report: impl FnMut(StoreReport)) {
        let queue = Arc::clone(&self.queue);
        let _stop = StopOnExit(&queue);
        while let Some(group) = queue.take(GROUP_BYTES) {
            match guarded(&self.path, || self.commit(&group)) {
                Ok(commit) => {
                    self.complete(commit, &mut report);
                    thread::sleep(GATHER);
                }
                Err(error) => {
                    queue.stop();
                    return report(StoreReport::Failed(error));
                }
            }
        }
    }

    /// Frees the queue before the reports, upon which a refused caller submits again.
    fn complete(&mut self, commit: Commit, report: &mut impl FnMut(StoreReport)) {
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        self.counters.events.fetch_add(commit.events, Ordering::Relaxed);
        self.counters.event_bytes.fetch_add(commit.event_bytes, Ordering::Relaxed);
        self.queue.release();
        for (ticket, last) in commit.completed {
            self.last = last;
            report(StoreReport::Completed { ticket, last });
        }
    }

    fn commit(&self, group: &[StoreBatch]) -> Result<Commit, StoreError> {
        let write = || -> Result<Commit, redb::Error> {
            let mut transaction = self.database.begin_write()?;
            transaction.set_quick_repair(true);
            let commit = apply(&transaction, group, self.last)?;
            transaction.commit()?;
            Ok(commit)
        };
        write().map_err(|error| StoreError::engine(&self.path, error))
    }
}

fn apply(transaction: &WriteTransaction, group: &[StoreBatch], last: Cursor) -> Result<Commit, redb::Error> {
    let mut order = transaction.open_table(ORDER)?;
    let mut milestones = transaction.open_table(MILESTONES)?;
    let mut meta = transaction.open_table(META)?;
    let events: Vec<&VertexRecord> = group.iter().flat_map(|batch| &batch.events).collect();
    let mut cursors = index(&mut transaction.open_table(EVENTS)?, &events, last)?.into_iter();
    let mut commit = Commit { completed: Vec::with_capacity(group.len()), events: 0, event_bytes: 0 };
    let (mut last, mut sealed) = (last, Vec::new());
    for batch in group {
        for (event, cursor) in batch.events.iter().zip(cursors.by_ref()) {
            let Some(cursor) = cursor else { continue };
            seal_into(&mut sealed, &cursor.0.to_be_bytes(), &[&[event.flags], &event.id, &event.bytes]);
            order.insert(cursor.0, sealed.as_slice())?;
            commit.events += 1;
            commit.event_bytes += event.bytes.len() as u64;
            last = cursor;
        }
        for milestone in &batch.milestones {
            put_milestone(&mut milestones, milestone)?;
        }
        for named in &batch.meta {
            put_meta(&mut meta, named)?;
        }
        commit.completed.push((batch.ticket, last));
    }
    Ok(commit)
}

/// Gives each event the next place after `last`, and those that are stored already none. Ids are hashes, so they are taken
/// in their own order here: neighbours are then on one page.
fn index(
    table: &mut Table<'_, &'static [u8; 32], u64>,
    events: &[&VertexRecord],
    last: Cursor,
) -> Result<Vec<Option<Cursor>>, redb::Error> {
    let mut by_id: Vec<(usize, &[u8; 32])> = events.iter().map(|event| &event.id).enumerate().collect();
    by_id.sort_by_key(|(_, id)| *id);
    let place = |number: usize| Cursor(last.0 + 1 + number as u64);
    let mut cursors: Vec<_> = (0..events.len()).map(|number| Some(place(number))).collect();
    for (number, id) in &by_id {
        let stored = table.insert(*id, place(*number).0)?.map(|stored| stored.value());
        if let Some(stored) = stored {
            table.insert(*id, stored)?;
            cursors[*number] = None;
        }
    }
    if cursors.iter().all(Option::is_some) {
        return Ok(cursors);
    }
    let mut next = last;
    for cursor in cursors.iter_mut().flatten() {
        next = next.next();
        *cursor = next;
    }
    for (number, id) in by_id {
        if let Some(cursor) = cursors[number].filter(|cursor| *cursor != place(number)) {
            table.insert(id, cursor.0)?;
        }
    }
    Ok(cursors)
}

fn put_milestone(table: &mut Table<'_, u64, &'static [u8]>, milestone: &MilestoneRecord) -> Result<(), redb::Error> {
    let sealed = seal(&milestone.height.to_be_bytes(), &[&milestone.id]);
    table.insert(milestone.height, sealed.as_slice())?;
    Ok(())
}

fn put_meta(table: &mut Table<'_, &'static str, &'static [u8]>, meta: &NamedValue) -> Result<(), redb::Error> {
    let key = meta.key.as_str();
    match &meta.value {
        Some(value) => table.insert(key, seal(key.as_bytes(), &[value]).as_slice())?,
        None => table.remove(key)?,
    };
    Ok(())
}
