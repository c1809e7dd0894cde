//! A disk that keeps what it was given time to write, and of the rest as much as chance likes.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use quorate_event::{EventId, VerifiedVertex};
use quorate_replica::Ticket;

use crate::chance::Chance;

/// What all disks are like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disks {
    /// How long a write takes until it is durable.
    pub fsync: RangeInclusive<Duration>,
    /// Writes that fail, of a million: the process that asked for one ends.
    pub fail_per_million: u32,
    /// What a crash leaves of what was written and not synced.
    pub unsynced: Unsynced,
}

/// What a crash leaves of what was written and not synced.
///
/// A store's transaction is there whole or not at all, and a torn last record of a vote log is cut off when it is opened:
/// so of both, what is left is a beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsynced {
    /// Nothing.
    Lost,
    /// Some of the first writes, the store's and the vote log's apart from each other.
    SomeKept,
}

impl Default for Disks {
    /// A calm disk: a write takes up to four milliseconds.
    fn default() -> Self {
        let fsync = Duration::from_millis(1)..=Duration::from_millis(4);
        Self { fsync, fail_per_million: 0, unsynced: Unsynced::Lost }
    }
}

/// What one node has on disk, and what is on its way there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    stored: Vec<VerifiedVertex>,
    places: BTreeMap<EventId, usize>,
    storing: Vec<(Ticket, Vec<VerifiedVertex>)>,
    records: Vec<Vec<u8>>,
    recording: Vec<(Ticket, Vec<u8>, bool)>,
}

impl Disk {
    pub(crate) fn store(&mut self, ticket: Ticket, vertices: Vec<VerifiedVertex>) {
        self.storing.push((ticket, vertices));
    }

    pub(crate) fn record(&mut self, ticket: Ticket, bytes: Vec<u8>, supersedes: bool) {
        self.recording.push((ticket, bytes, supersedes));
    }

    /// The write of `ticket` and all before it is done. False if a crash came first.
    pub(crate) fn finish_store(&mut self, ticket: Ticket) -> bool {
        let done = self.storing.iter().take_while(|(waiting, _)| *waiting <= ticket).count();
        self.keep_stored(done);
        done > 0
    }

    fn keep_stored(&mut self, first: usize) {
        for (_, vertices) in self.storing.drain(..first) {
            for vertex in vertices {
                self.places.insert(vertex.id(), self.stored.len());
                self.stored.push(vertex);
            }
        }
    }

    /// The record of `ticket` and all before it is done. False if a crash came first.
    pub(crate) fn finish_record(&mut self, ticket: Ticket) -> bool {
        let done = self.recording.iter().take_while(|(waiting, _, _)| *waiting <= ticket).count();
        self.keep_records(done);
        done > 0
    }

    fn keep_records(&mut self, first: usize) {
        for (_, bytes, supersedes) in self.recording.drain(..first) {
            if supersedes {
                self.records.clear();
            }
            self.records.push(bytes);
        }
    }

    /// What was not synced is gone, or some of it.
    pub(crate) fn crash(&mut self, unsynced: Unsynced, chance: &mut Chance) {
        if unsynced == Unsynced::SomeKept {
            self.keep_stored(chance.up_to(self.storing.len()));
            self.keep_records(chance.up_to(self.recording.len()));
        }
        self.storing.clear();
        self.recording.clear();
    }

    /// The end of the vote log is gone, or all of it.
    pub(crate) fn forget_votes(&mut self, chance: &mut Chance) {
        self.records.truncate(chance.up_to(self.records.len()));
    }

    /// Every vertex, in the order in which they were written.
    pub(crate) fn stored(&self) -> &[VerifiedVertex] {
        &self.stored
    }

    pub(crate) fn vertex(&self, id: &EventId) -> Option<&VerifiedVertex> {
        self.places.get(id).and_then(|place| self.stored.get(*place))
    }

    pub(crate) fn records(&self) -> &[Vec<u8>] {
        &self.records
    }

    /// Whether these bytes are part of a record of the vote log. The last ones are looked at first.
    pub(crate) fn has_recorded(&self, bytes: &[u8]) -> bool {
        let holds = |record: &Vec<u8>| record.windows(bytes.len()).any(|part| part == bytes);
        self.records.iter().rev().any(holds)
    }
}
