//! I10: what peers can make grow stays within what is stated.
//!
//! When: with the digests (I5), at every sixteenth milestone of a node and in the end. Cost: nothing beside theirs.

use quorate_replica::{Replica, Status};

use super::recompute::Law;
use quorate_event::Writers;

/// Vertices of one author that wait for their parents; milestones count as one author's.
const WAITING_OF_ONE: usize = 256;
/// Waiting vertices of all, where anybody may write: 64 MiB of the smallest events, which have a signature and a parent.
const WAITING_OF_ALL: usize = 64 * 1024 * 1024 / 128;
/// Names of vertices that are asked for.
const WANTED: usize = 65_536;
/// A vote log is begun anew by the first vote of a height once it has a mebibyte; one height adds to it.
const VOTE_LOG_BYTES: usize = 4 * 1024 * 1024;
/// What one height adds for each member: a certificate or two in each of its views, a hundred bytes a signature.
const VOTE_LOG_BYTES_EACH: usize = 64 * 1024;

/// Something that grew beyond its bound: what, how much of it there is, and how much there may be.
pub(crate) type Excess = (&'static str, usize, usize);

/// What is there of everything that has a bound.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sizes {
    pub(crate) waiting: usize,
    pub(crate) wanted: usize,
    pub(crate) vote_log_bytes: usize,
}

impl Sizes {
    pub(crate) fn of(replica: &Replica, status: &Status, vote_log_bytes: usize) -> Self {
        Self { waiting: status.waiting, wanted: replica.wanted(), vote_log_bytes }
    }

    pub(crate) fn excess(&self, law: &Law) -> Option<Excess> {
        let members = law.stakes.len();
        let waiting = match law.writers {
            Writers::Members => WAITING_OF_ONE * (members + 1),
            Writers::Open => WAITING_OF_ALL,
        };
        let vote_log = VOTE_LOG_BYTES + VOTE_LOG_BYTES_EACH * members;
        let sizes = [
            ("waiting vertices", self.waiting, waiting),
            ("wanted vertices", self.wanted, WANTED),
            ("bytes of the vote log", self.vote_log_bytes, vote_log),
        ];
        sizes.into_iter().find(|(_, found, bound)| found > bound)
    }
}
