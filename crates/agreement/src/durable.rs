//! What may leave: only this file makes it, and own votes only from records that are on disk (A1).

use quorate_event::{SignedVote, VerifiedCertificate, VerifiedMilestone, VerifiedVote};

use crate::message::{AgreementMessage, Position, SignedProposal};
use crate::vote_record::VoteRecord;

/// An own vote whose record is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurableVote(SignedVote);

impl DurableVote {
    /// The vote of a record that was synced, or read back.
    pub(crate) const fn of(record: &VoteRecord) -> Self {
        Self(record.vote)
    }

    /// With its signature.
    pub const fn signed(&self) -> SignedVote {
        self.0
    }

    /// To be counted: we signed it.
    pub(crate) const fn verified(&self) -> VerifiedVote {
        VerifiedVote::from_store(self.0)
    }
}

/// A message that may be sent: whatever it says in this node's name is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing(AgreementMessage);

impl Outgoing {
    /// What to encode and send.
    pub const fn message(&self) -> &AgreementMessage {
        &self.0
    }

    /// The same, owned.
    pub fn into_message(self) -> AgreementMessage {
        self.0
    }

    pub(crate) const fn vote(vote: DurableVote) -> Self {
        Self(AgreementMessage::Vote(vote.signed()))
    }

    /// An offer that its leader signed; an own one is held only once it is durable.
    pub(crate) fn proposal<'a>(signed: SignedProposal, shown: impl Iterator<Item = &'a VerifiedCertificate>) -> Self {
        Self(AgreementMessage::Proposal {
            signed: Box::new(signed),
            certificates: shown.map(|shown| shown.certificate().clone()).collect(),
        })
    }

    pub(crate) fn certificate(certificate: &VerifiedCertificate) -> Self {
        Self(AgreementMessage::Certificate(certificate.certificate().clone()))
    }

    pub(crate) fn position(position: Position, said: impl Iterator<Item = DurableVote>) -> Self {
        Self(AgreementMessage::Position(Position { votes: said.map(|vote| vote.signed()).collect(), ..position }))
    }

    pub(crate) fn milestone(milestone: &VerifiedMilestone) -> Self {
        Self(AgreementMessage::Milestone(milestone.bytes().to_vec()))
    }
}
