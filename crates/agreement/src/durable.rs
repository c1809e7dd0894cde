//! What may leave: only this file makes it, and own votes only from records that are on disk (A1).

use quorate_event::{SignedVote, VerifiedCertificate, VerifiedMilestone, VerifiedVote};

use crate::message::{Message, Offer, Position};
use crate::record::Record;

/// An own vote whose record is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurableVote(SignedVote);

impl DurableVote {
    /// The vote of a record that was synced, or read back.
    pub(crate) const fn of(record: &Record) -> Self {
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
pub struct Outgoing(Message);

impl Outgoing {
    /// What to encode and send.
    pub const fn message(&self) -> &Message {
        &self.0
    }

    /// The same, owned.
    pub fn into_message(self) -> Message {
        self.0
    }

    pub(crate) const fn vote(vote: DurableVote) -> Self {
        Self(Message::Vote(vote.signed()))
    }

    /// An offer that its leader signed; an own one is held only once it is durable.
    pub(crate) fn proposal<'a>(offer: Offer, shown: impl Iterator<Item = &'a VerifiedCertificate>) -> Self {
        Self(Message::Proposal {
            offer: Box::new(offer),
            certificates: shown.map(|shown| shown.certificate().clone()).collect(),
        })
    }

    pub(crate) fn certificate(certificate: &VerifiedCertificate) -> Self {
        Self(Message::Certificate(certificate.certificate().clone()))
    }

    pub(crate) fn position(position: Position, said: impl Iterator<Item = DurableVote>) -> Self {
        Self(Message::Position(Position { votes: said.map(|vote| vote.signed()).collect(), ..position }))
    }

    pub(crate) fn milestone(milestone: &VerifiedMilestone) -> Self {
        Self(Message::Milestone(milestone.bytes().to_vec()))
    }
}
