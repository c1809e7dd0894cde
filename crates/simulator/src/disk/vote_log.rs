//! The vote log of a simulated disk: a file in the production format, byte by byte.

use std::collections::BTreeSet;

use quorate_event::vote_log::{Header, LogFlaw, RECORD_OVERHEAD, SECTOR_BYTES, append, scan};
use quorate_replica::DiskTicket;

use super::model::UnsyncedWrites;
use crate::rng::Rng;

/// The synced bytes of one node's vote log and its appends in progress.
#[derive(Debug, Clone, Default)]
pub(crate) struct SimulatedVoteLog {
    /// The synced bytes; empty if there is no file.
    file: Vec<u8>,
    network: [u8; 32],
    next_sequence: u64,
    /// The offset of the last record.
    last: usize,
    waiting: Vec<PendingAppend>,
    /// The flipped bits.
    rotten: BTreeSet<u64>,
}

#[derive(Debug, Clone)]
struct PendingAppend {
    ticket: DiskTicket,
    payload: Vec<u8>,
    supersedes: bool,
}

/// The result of opening a log.
pub(crate) struct OpenedVoteLog {
    pub(crate) payloads: Vec<Vec<u8>>,
    /// Whether a torn end was truncated.
    pub(crate) was_torn: bool,
    /// Whether an earlier file was lost and this one holds no record.
    pub(crate) votes_lost: bool,
}

impl SimulatedVoteLog {
    /// Opens the file, or creates it.
    pub(crate) fn open(&mut self, network: [u8; 32]) -> Result<OpenedVoteLog, LogFlaw> {
        self.network = network;
        if self.file.is_empty() {
            self.begin();
        }
        let scan = scan(&self.file, network)?;
        let was_torn = scan.end < self.file.len();
        self.file.truncate(scan.end);
        self.next_sequence = scan.next_sequence;
        self.last = scan.payloads.last().map_or(scan.end, |last| scan.end - last.len() - RECORD_OVERHEAD);
        let votes_lost = scan.votes_lost();
        Ok(OpenedVoteLog { payloads: scan.payloads, was_torn, votes_lost })
    }

    /// Replaces the file by an empty one.
    fn begin(&mut self) {
        self.file.clear();
        self.rotten.clear();
        Header::new(self.network, self.next_sequence).encode(&mut self.file);
        self.last = self.file.len();
    }

    pub(crate) fn write(&mut self, ticket: DiskTicket, payload: Vec<u8>, supersedes: bool) {
        self.waiting.push(PendingAppend { ticket, payload, supersedes });
    }

    /// Syncs the appends up to `ticket`. False if a crash lost them.
    pub(crate) fn finish(&mut self, ticket: DiskTicket) -> bool {
        let done = self.waiting.iter().take_while(|write| write.ticket <= ticket).count();
        self.sync(done);
        done > 0
    }

    /// Syncs the first appends: one sync for each replacement of the file and for each group of appends between replacements.
    fn sync(&mut self, first: usize) {
        let writes: Vec<PendingAppend> = self.waiting.drain(..first).collect();
        for group in writes.chunk_by(|_, next| !next.supersedes) {
            if group[0].supersedes {
                self.begin();
            }
            self.append(group);
        }
    }

    fn append(&mut self, group: &[PendingAppend]) {
        let payloads = group.iter().map(|write| &write.payload);
        self.next_sequence =
            append(self.next_sequence, payloads, &mut self.file).expect("a record of agreement fits the vote log");
        let last = group.last().map_or(0, |last| last.payload.len() + RECORD_OVERHEAD);
        self.last = self.file.len() - last;
    }

    /// A random prefix of the appends was synced. Of the next group any sectors may be on disk; a replacement in progress leaves
    /// the old file.
    pub(crate) fn crash(&mut self, unsynced: UnsyncedWrites, rng: &mut Rng) {
        if unsynced == UnsyncedWrites::SomeKept {
            self.sync(rng.up_to(self.waiting.len()));
            let group: Vec<PendingAppend> = self.waiting.drain(..).take_while(|write| !write.supersedes).collect();
            self.tear(&group, rng);
        }
        self.waiting.clear();
    }

    fn tear(&mut self, group: &[PendingAppend], rng: &mut Rng) {
        let (synced, last) = (self.file.len(), self.last);
        self.append(group);
        self.last = last;
        if rng.below(2) == 0 {
            let kept = rng.up_to(self.file.len() - synced);
            self.file.truncate(synced + kept);
        }
        let loses = if rng.below(2) == 0 { 500 } else { 0 };
        let mut at = synced;
        while at < self.file.len() {
            let end = self.file.len().min((at / SECTOR_BYTES + 1) * SECTOR_BYTES);
            if loses > 0 && rng.per_mille(loses) {
                self.file[at..end].fill(0);
            }
            at = end;
        }
    }

    /// Flips a bit, but not in the last record: a flipped bit there can look like a torn end. False if there is no file.
    pub(crate) fn rot(&mut self, rng: &mut Rng) -> bool {
        if self.last == 0 {
            return false;
        }
        let bit = rng.below(self.last as u64 * 8);
        self.file[(bit / 8) as usize] ^= 1 << (bit % 8);
        if !self.rotten.remove(&bit) {
            self.rotten.insert(bit);
        }
        true
    }

    /// Whether these bytes are synced; searches from the end.
    pub(crate) fn holds(&self, bytes: &[u8]) -> bool {
        self.file.windows(bytes.len()).rev().any(|part| part == bytes)
    }

    pub(crate) fn is_rotten(&self) -> bool {
        !self.rotten.is_empty()
    }

    /// The operator moves the file away: the header of the next one records the loss.
    pub(crate) fn move_away(&mut self) {
        let next_sequence = Header::after_loss(self.network).first_sequence;
        *self = Self { next_sequence, ..Self::default() };
    }

    /// Truncates the file at a random record.
    pub(crate) fn forget(&mut self, rng: &mut Rng) {
        let mut payloads = self.payloads();
        payloads.truncate(rng.up_to(payloads.len()));
        self.next_sequence = 0;
        let writes =
            payloads.into_iter().map(|payload| PendingAppend { ticket: DiskTicket(0), payload, supersedes: false });
        self.begin();
        self.append(&writes.collect::<Vec<_>>());
    }

    /// The synced records, if the file is undamaged.
    pub(crate) fn payloads(&self) -> Vec<Vec<u8>> {
        scan(&self.file, self.network).map(|scan| scan.payloads).unwrap_or_default()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: [u8; 32] = [3; 32];

    fn payload(number: u64) -> Vec<u8> {
        format!("promise {number} ").repeat(1 + number as usize * 7 % 60).into_bytes()
    }

    fn payloads(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
        range.map(payload).collect()
    }

    /// A log with `synced` records, each with a sync of its own, and some that wait.
    fn log(synced: u64, waiting: u64) -> SimulatedVoteLog {
        let mut log = SimulatedVoteLog::default();
        log.open(NETWORK).unwrap();
        for number in 0..synced + waiting {
            log.write(DiskTicket(number), payload(number), false);
            if number < synced {
                assert!(log.finish(DiskTicket(number)));
            }
        }
        log
    }

    #[test]
    fn after_a_crash_what_was_synced_is_there_and_of_the_rest_a_beginning() {
        let mut torn = 0;
        for seed in 0..500 {
            let mut log = log(5, 4);
            log.crash(UnsyncedWrites::SomeKept, &mut Rng::new(seed, "disks"));
            let opened = log.open(NETWORK).unwrap();
            assert!(opened.payloads.len() >= 5, "seed {seed}");
            assert!(payloads(0..9).starts_with(&opened.payloads), "seed {seed}");
            torn += usize::from(opened.was_torn);
            log.write(DiskTicket(9), payload(9), false);
            log.finish(DiskTicket(9));
            assert_eq!(log.payloads(), [opened.payloads, payloads(9..10)].concat(), "seed {seed}");
        }
        assert!((200..500).contains(&torn), "{torn} were torn");
    }

    #[test]
    fn a_file_that_was_being_replaced_is_the_old_one_or_the_new_one() {
        let mut sizes = BTreeSet::new();
        for seed in 0..100 {
            let mut log = log(3, 0);
            log.write(DiskTicket(3), payload(3), true);
            log.crash(UnsyncedWrites::SomeKept, &mut Rng::new(seed, "disks"));
            sizes.insert(log.open(NETWORK).unwrap().payloads);
        }
        assert_eq!(sizes, BTreeSet::from([payloads(0..3), payloads(3..4)]));
    }

    #[test]
    fn a_flipped_bit_is_noticed_whatever_a_crash_leaves_behind_it() {
        for seed in 0..2_000 {
            let (mut rng, mut log) = (Rng::new(seed, "disks"), log(8, seed % 4));
            assert!(log.rot(&mut rng));
            log.crash(UnsyncedWrites::SomeKept, &mut rng);
            assert!(log.is_rotten());
            assert!(matches!(log.open(NETWORK), Err(LogFlaw::Damaged { .. })), "seed {seed}");
        }
    }
}
