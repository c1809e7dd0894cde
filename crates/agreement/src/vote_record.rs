//! A vote that waits for its disk write, and its record in the vote log.

use quorate_event::cbor::{CborReader, CborWriter, FORMAT_VERSION};
use quorate_event::{Address, Canonical, Certificate, DecodeError, Proposal, SignedVote, View, Vote};

use crate::message::{SignedProposal, at_most_one};

/// The certificate by which the view was entered, and the prepares that a commit follows.
const CERTIFICATES: usize = 2;

/// Names a pending vote until its record is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoteTicket(pub u64);

/// Content that must be durable with a vote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CarriedProposal {
    /// A skip, a commit, or a prepare of what lies in the log already.
    None,
    /// What we offer ourselves: the record's vote is the leader's word.
    Own(Box<Proposal>, Option<View>),
    /// What another leader offered and we prepare.
    OfLeader(Box<SignedProposal>),
}

/// A vote that the machine wants to cast, with what must be durable before it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingVote {
    pub(crate) vote: Vote,
    pub(crate) carried: CarriedProposal,
    pub(crate) certificates: Vec<Certificate>,
}

/// A vote in the vote log: all that a machine needs after a crash to contradict no vote of its own and to send it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoteRecord {
    /// The vote.
    pub vote: SignedVote,
    /// The proposal that it is about, in a propose or a prepare, unless an earlier record has it.
    pub proposal: Option<Box<SignedProposal>>,
    /// The certificate by which the view was entered, with the first vote in it; with a commit, the prepares.
    pub certificates: Vec<Certificate>,
}

impl PendingVote {
    /// The vote to be signed.
    pub const fn vote(&self) -> Vote {
        self.vote
    }

    /// The record to be written, once the caller has signed [`Self::vote`]. The key itself never enters this crate.
    pub fn into_record(self, vote: SignedVote) -> VoteRecord {
        let proposal = match self.carried {
            CarriedProposal::None => None,
            CarriedProposal::Own(proposal, prepared) => {
                Some(Box::new(SignedProposal { proposal: *proposal, prepared, vote }))
            }
            CarriedProposal::OfLeader(signed) => Some(signed),
        };
        VoteRecord { vote, proposal, certificates: self.certificates }
    }

    /// Whether `record` is this vote, signed by `me`.
    pub(crate) fn is_fulfilled_by(&self, record: &VoteRecord, me: Address) -> bool {
        record.vote.vote == self.vote && record.vote.signer == me
    }
}

impl Canonical for VoteRecord {
    fn encode(&self, to: &mut CborWriter) {
        self.vote.encode(to.array(4).uint(FORMAT_VERSION));
        to.list(self.proposal.as_slice(), |to, signed| signed.encode(to));
        to.list(&self.certificates, |to, certificate| certificate.encode(to));
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(4, "vote record")?;
        from.version()?;
        Ok(Self {
            vote: SignedVote::decode(from)?,
            proposal: at_most_one(from.list(1, "offer", SignedProposal::decode)?).map(Box::new),
            certificates: from.list(CERTIFICATES, "certificates", Certificate::decode)?,
        })
    }
}
