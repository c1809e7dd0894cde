//! A disk that keeps what it was given time to write, and of the rest as much as chance likes.

mod vote_log;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use quorate_event::{EventId, VerifiedVertex};
use quorate_replica::DiskTicket;

pub(crate) use self::vote_log::SimulatedVoteLog;
use crate::rng::Rng;

/// What all disks are like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskModel {
    /// How long a write takes until it is durable.
    pub fsync: RangeInclusive<Duration>,
    /// Writes that fail, of a million: the process that asked for one ends.
    pub fail_per_million: u32,
    /// What a crash leaves of what was written and not synced.
    pub unsynced: UnsyncedWrites,
}

/// What a crash leaves of what was written and not synced.
///
/// A store's transaction is there whole or not at all. A vote log is a file: of what was being appended to it any sectors
/// of 512 bytes may have arrived, up to any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsyncedWrites {
    /// Nothing.
    Lost,
    /// Some of the first writes, the store's and the vote log's apart from each other, and pieces of a record.
    SomeKept,
}

impl Default for DiskModel {
    /// A calm disk: a write takes up to four milliseconds.
    fn default() -> Self {
        let fsync = Duration::from_millis(1)..=Duration::from_millis(4);
        Self { fsync, fail_per_million: 0, unsynced: UnsyncedWrites::Lost }
    }
}

/// What one node has on disk, and what is on its way there.
#[derive(Debug, Clone, Default)]
pub(crate) struct SimulatedDisk {
    pub(crate) log: SimulatedVoteLog,
    stored: Vec<VerifiedVertex>,
    places: BTreeMap<EventId, usize>,
    storing: Vec<(DiskTicket, Vec<VerifiedVertex>)>,
    /// Those of which a bit has flipped: their seals do not fit them.
    rotten: BTreeSet<EventId>,
}

impl SimulatedDisk {
    pub(crate) fn store(&mut self, ticket: DiskTicket, vertices: Vec<VerifiedVertex>) {
        self.storing.push((ticket, vertices));
    }

    /// The write of `ticket` and all before it is done. False if a crash came first.
    pub(crate) fn finish_store(&mut self, ticket: DiskTicket) -> bool {
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

    /// What was not synced is gone, or some of it.
    pub(crate) fn crash(&mut self, unsynced: UnsyncedWrites, rng: &mut Rng) {
        if unsynced == UnsyncedWrites::SomeKept {
            self.keep_stored(rng.up_to(self.storing.len()));
        }
        self.storing.clear();
        self.log.crash(unsynced, rng);
    }

    /// A copy of it that somebody keeps: what is synced.
    pub(crate) fn backup(&self) -> Self {
        let mut copy = self.clone();
        copy.storing.clear();
        copy.log.crash(UnsyncedWrites::Lost, &mut Rng::new(0, "backup"));
        copy
    }

    /// One bit flips, in the vote log or in a stored vertex.
    pub(crate) fn rot(&mut self, rng: &mut Rng) {
        let is_log = rng.below(2) == 0;
        if is_log && self.log.rot(rng) || self.stored.is_empty() {
            return;
        }
        let at = rng.below(self.stored.len() as u64) as usize;
        self.rotten.insert(self.stored[at].id());
    }

    /// A stored vertex that cannot be read. The store seals what it keeps with a checksum over key and value, which no
    /// flipped bit passes.
    pub(crate) fn unreadable(&self) -> Option<EventId> {
        self.rotten.first().copied()
    }

    /// Its owner moves the store away and leaves the vote log.
    pub(crate) fn move_store_away(&mut self) {
        *self = Self { log: std::mem::take(&mut self.log), ..Self::default() };
    }

    /// Every vertex, in the order in which they were written.
    pub(crate) fn stored(&self) -> &[VerifiedVertex] {
        &self.stored
    }

    /// A vertex, if it is there and can be read.
    pub(crate) fn vertex(&self, id: &EventId) -> Option<&VerifiedVertex> {
        let place = self.places.get(id).filter(|_| !self.rotten.contains(id));
        place.and_then(|place| self.stored.get(*place))
    }
}
