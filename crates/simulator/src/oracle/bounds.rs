//! I10: all state that peers can make grow stays within its bound.
//!
//! Checked with the digests (I5), at every sixteenth milestone of a node and at the end; the state of agreement also whenever a
//! timer of its node runs out, since the next milestone clears it. Cost: negligible beside the digests.

use quorate_replica::{BufferSizes, Replica, Status};

use super::reference_model::ProtocolModel;
use quorate_event::Writers;

/// Vertices of one author that wait for missing parents; milestones count as one author.
const WAITING_OF_ONE: usize = 256;
/// Waiting vertices of all authors, if any address may write: 64 MiB of the smallest events, which have a signature and a parent.
const WAITING_OF_ALL: usize = 64 * 1024 * 1024 / 128;
/// Ids of requested vertices.
const WANTED: usize = 65_536;
/// A vote log is begun anew by the first vote of a height once it has a mebibyte; one height adds to it.
const VOTE_LOG_BYTES: usize = 4 * 1024 * 1024;
/// What one height adds for each member: a certificate or two in each of its views, a hundred bytes a signature.
const VOTE_LOG_BYTES_EACH: usize = 64 * 1024;

/// Counted votes of one member: four in each of nine views.
const VOTES_OF_ONE: usize = 36;
/// Offers of one height: one in each of nine views, and as many whose leader made two; one of each may be older.
const OFFERS: usize = 20;
/// Certificates of one view, which only a quorum can make; the commit's comes on top.
const CERTIFICATES_OF_A_VIEW: usize = 2;
/// Messages of the next height by one member.
const EARLY_OF_ONE: usize = 5;

/// A size beyond its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Excess {
    pub(crate) what: &'static str,
    pub(crate) found: usize,
    pub(crate) bound: usize,
}

/// The sizes of all bounded state of a node.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sizes {
    pub(crate) waiting: usize,
    pub(crate) wanted: usize,
    pub(crate) vote_log_bytes: usize,
    pub(crate) held: BufferSizes,
}

impl Sizes {
    pub(crate) fn of(replica: &Replica, status: &Status, vote_log_bytes: usize) -> Self {
        Self { waiting: status.waiting, wanted: replica.missing_parents(), vote_log_bytes, held: replica.held() }
    }

    pub(crate) fn excess(&self, model: &ProtocolModel) -> Option<Excess> {
        // A node that lags may still follow an earlier committee.
        let members = model.ever.len();
        let waiting = match model.writers {
            Writers::Members => WAITING_OF_ONE * (members + 1),
            Writers::Open => WAITING_OF_ALL,
        };
        let views = usize::try_from(self.held.views).unwrap_or(usize::MAX).saturating_add(2);
        let vote_log = VOTE_LOG_BYTES + VOTE_LOG_BYTES_EACH * members;
        let sizes = [
            ("waiting vertices", self.waiting, waiting),
            ("wanted vertices", self.wanted, WANTED),
            ("bytes of the vote log", self.vote_log_bytes, vote_log),
            ("votes", self.held.votes, VOTES_OF_ONE * members),
            ("offers", self.held.proposals, OFFERS),
            ("certificates", self.held.certificates, CERTIFICATES_OF_A_VIEW * views + 1),
            ("messages of the next height", self.held.future_height, EARLY_OF_ONE * members),
        ];
        let sizes = sizes.into_iter().map(|(what, found, bound)| Excess { what, found, bound });
        sizes.into_iter().find(|size| size.found > size.bound)
    }
}
