//! Evidence: two signatures by one key that an honest key never makes. Proves itself to anyone, offline.

use crate::address::Address;
use crate::cbor::{Canonical, CborReader, CborWriter, DecodeError};
use crate::event::{Authentication, Lane, Seq, VerifiedEvent};
use crate::id::NetworkId;
use crate::signature::SignatureError;
use crate::vote::{SignedVote, VerifiedVote, Vote, VoteKind};

/// Two votes of one member in one view that exclude each other.
///
/// Two events of one (author, lane, seq) need no record of their own in the graph that holds both; elsewhere they are a
/// [`ForkEvidence`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    first: SignedVote,
    second: SignedVote,
}

/// Why something is not evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// One honest member may have signed both.
    #[error("the two votes do not exclude each other")]
    NoConflict,
    /// One of the signatures does not count.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Whether no honest member signs both: two of one kind, or a commit and a skip, in one view.
fn exclude_each_other(a: Vote, b: Vote) -> bool {
    let one_view = (a.height, a.view) == (b.height, b.view);
    let kinds = match (a.kind, b.kind) {
        (VoteKind::Commit, VoteKind::Skip) | (VoteKind::Skip, VoteKind::Commit) => true,
        (a_kind, b_kind) => a_kind == b_kind && a.proposal != b.proposal,
    };
    one_view && kinds
}

impl Evidence {
    /// The evidence that two verified votes are, if one signer made both and they exclude each other.
    pub fn of(a: VerifiedVote, b: VerifiedVote) -> Option<Self> {
        let conflict = a.signer() == b.signer() && exclude_each_other(a.vote(), b.vote());
        let (first, second) = (a.signed().min(b.signed()), a.signed().max(b.signed()));
        conflict.then_some(Self { first, second })
    }

    /// Checks both signatures and that they exclude each other: whose key it was.
    ///
    /// # Errors
    /// Why it is no evidence.
    pub fn verify(&self, network: NetworkId) -> Result<Address, EvidenceError> {
        if self.first.signer != self.second.signer || !exclude_each_other(self.first.vote, self.second.vote) {
            return Err(EvidenceError::NoConflict);
        }
        self.first.verify(network)?;
        self.second.verify(network)?;
        Ok(self.first.signer)
    }

    /// The two votes, the lesser first.
    pub const fn votes(&self) -> [&SignedVote; 2] {
        [&self.first, &self.second]
    }
}

/// Two events of one author at one place of one lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkEvidence {
    first: VerifiedEvent,
    second: VerifiedEvent,
}

impl ForkEvidence {
    /// The fork that two verified events are, if one author made both for one place and both signatures were checked. Two
    /// signatures of one event are none.
    pub fn of(a: VerifiedEvent, b: VerifiedEvent) -> Option<Self> {
        let place = |event: &VerifiedEvent| {
            let body = event.body();
            (body.author, body.lane, body.seq)
        };
        let is_proof = [&a, &b].iter().all(|event| event.authentication() == Authentication::Signature);
        let conflict = is_proof && place(&a) == place(&b) && a.id() != b.id();
        let (first, second) = if a.id() < b.id() { (a, b) } else { (b, a) };
        conflict.then_some(Self { first, second })
    }

    /// Whose key it was.
    pub fn culprit(&self) -> Address {
        self.first.body().author
    }

    /// Where the author wrote twice.
    pub fn place(&self) -> (Lane, Seq) {
        (self.first.body().lane, self.first.body().seq)
    }

    /// The two events, the lesser id first.
    pub const fn events(&self) -> [&VerifiedEvent; 2] {
        [&self.first, &self.second]
    }
}

impl Canonical for Evidence {
    fn encode(&self, to: &mut CborWriter) {
        self.first.encode(to.array(2));
        self.second.encode(to);
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(2, "evidence")?;
        let (first, second) = (SignedVote::decode(from)?, SignedVote::decode(from)?);
        if first < second {
            Ok(Self { first, second })
        } else {
            Err(DecodeError::OutOfRange { what: "order of votes" })
        }
    }
}
