//! The edge: from bytes that anybody may have sent to messages whose signatures are good.

use std::sync::Arc;

use quorate_event::{
    Address, Certificate, CertificateError, Committee, DecodeError, Height, Milestone, NetworkId, ProposalId,
    SignatureError, SignedVote, VerifiedCertificate, VerifiedMilestone, VerifiedVote, View, Vote, VoteKind,
};

use crate::leader::leader;
use crate::message::{AgreementMessage, Position, SignedProposal};

/// What is needed to judge the messages of one height. Cheap to clone; may be used on any thread.
#[derive(Debug, Clone)]
pub struct Verifier {
    pub(crate) network: NetworkId,
    pub(crate) height: Height,
    pub(crate) previous: ProposalId,
    pub(crate) committee: Arc<Committee>,
}

/// A message whose signatures are good, or whose height is not ours and which is then no more than a hint.
#[derive(Debug, Clone)]
pub struct VerifiedMessage {
    pub(crate) height: Height,
    pub(crate) content: VerifiedContent,
}

#[derive(Debug, Clone)]
pub(crate) enum VerifiedContent {
    Proposal {
        id: ProposalId,
        signed: Box<SignedProposal>,
        certificates: Vec<VerifiedCertificate>,
    },
    Vote(VerifiedVote),
    Certificate(VerifiedCertificate),
    /// The votes it held, checked; none of another height.
    Position(Position, Vec<VerifiedVote>),
    Milestone(VerifiedMilestone),
    /// Of the next height, whose committee is not known yet: unchecked.
    NextHeight(AgreementMessage),
    /// Of a height further away, of which only the height is looked at: unchecked.
    OtherHeight,
}

/// Why a message is refused. An honest node never sends such a one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// A signature does not count.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A certificate proves nothing.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A milestone is malformed.
    #[error(transparent)]
    Milestone(#[from] DecodeError),
    /// A vote of somebody who has none.
    #[error("{signer:?} is not a member")]
    Stranger {
        /// Who signed.
        signer: Address,
    },
    /// A proposal of somebody whose turn it is not.
    #[error("{signer:?} does not lead view {} of height {}", view.0, height.0)]
    NotTheLeader {
        /// Who signed.
        signer: Address,
        /// At which height.
        height: Height,
        /// In which view.
        view: View,
    },
    /// Parts that do not belong together.
    #[error("the {what} does not fit the rest of the message")]
    Mismatch {
        /// Which part.
        what: &'static str,
    },
}

impl Verifier {
    /// The height whose messages are judged; those of others become hints.
    pub const fn height(&self) -> Height {
        self.height
    }

    /// Where in the chain it stands: two that stand at one place judge alike.
    pub const fn place(&self) -> (Height, ProposalId) {
        (self.height, self.previous)
    }

    /// Checks every signature of a message of this height, and who may send it.
    ///
    /// # Errors
    /// Why the message is refused: always the sender's fault.
    pub fn verify(&self, message: AgreementMessage) -> Result<VerifiedMessage, MessageError> {
        match message {
            AgreementMessage::Position(position) => self.position(position),
            AgreementMessage::Milestone(bytes) => self.milestone(&bytes),
            AgreementMessage::Proposal { ref signed, .. } => {
                self.of_height(signed.vote.vote.height, message, Self::proposal)
            }
            AgreementMessage::Vote(vote) => {
                self.of_height(vote.vote.height, message, |this, _| this.vote(vote).map(VerifiedContent::Vote))
            }
            AgreementMessage::Certificate(ref certificate) => {
                self.of_height(certificate.vote.height, message, |this, message| {
                    let AgreementMessage::Certificate(certificate) = message else {
                        return Ok(VerifiedContent::OtherHeight);
                    };
                    this.certificate(certificate).map(VerifiedContent::Certificate)
                })
            }
        }
    }

    fn of_height(
        &self,
        height: Height,
        message: AgreementMessage,
        judge: impl FnOnce(&Self, AgreementMessage) -> Result<VerifiedContent, MessageError>,
    ) -> Result<VerifiedMessage, MessageError> {
        let content = if height == self.height {
            judge(self, message)?
        } else if height == self.height.next() {
            VerifiedContent::NextHeight(message)
        } else {
            VerifiedContent::OtherHeight
        };
        Ok(VerifiedMessage { height, content })
    }

    fn vote(&self, vote: SignedVote) -> Result<VerifiedVote, MessageError> {
        if !self.committee.contains(vote.signer) {
            return Err(MessageError::Stranger { signer: vote.signer });
        }
        Ok(vote.verify(self.network)?)
    }

    fn certificate(&self, certificate: Certificate) -> Result<VerifiedCertificate, MessageError> {
        Ok(certificate.verify(self.network, &self.committee)?)
    }

    fn proposal(&self, message: AgreementMessage) -> Result<VerifiedContent, MessageError> {
        let AgreementMessage::Proposal { signed, certificates } = message else {
            return Ok(VerifiedContent::OtherHeight);
        };
        let (vote, id) = (signed.vote.vote, signed.proposal.id(self.network));
        let said = Vote { kind: VoteKind::Propose, height: signed.proposal.height, view: vote.view, proposal: id };
        if vote != said {
            return Err(MessageError::Mismatch { what: "vote" });
        }
        if signed.prepared.is_some_and(|prepared| prepared >= vote.view) {
            return Err(MessageError::Mismatch { what: "prepared view" });
        }
        let turn = leader(&self.committee, self.previous, self.height, vote.view);
        if signed.vote.signer != turn {
            return Err(MessageError::NotTheLeader {
                signer: signed.vote.signer,
                height: vote.height,
                view: vote.view,
            });
        }
        signed.vote.verify(self.network)?;
        let shown = |certificate: &Certificate| {
            let of = certificate.vote;
            of.height == self.height && of.view < vote.view && of.kind != VoteKind::Commit
        };
        if !certificates.iter().all(shown) {
            return Err(MessageError::Mismatch { what: "certificate" });
        }
        let certificates =
            certificates.into_iter().map(|certificate| self.certificate(certificate)).collect::<Result<_, _>>()?;
        Ok(VerifiedContent::Proposal { id, signed, certificates })
    }

    fn position(&self, mut position: Position) -> Result<VerifiedMessage, MessageError> {
        let height = position.height;
        if height != self.height {
            position.votes.clear();
            return Ok(VerifiedMessage { height, content: VerifiedContent::Position(position, Vec::new()) });
        }
        let here = (height, position.view);
        let votes = std::mem::take(&mut position.votes);
        if votes.iter().any(|vote| (vote.vote.height, vote.vote.view) != here) {
            return Err(MessageError::Mismatch { what: "own vote" });
        }
        let votes = votes.into_iter().map(|vote| self.vote(vote)).collect::<Result<_, _>>()?;
        let content = VerifiedContent::Position(position, votes);
        Ok(VerifiedMessage { height, content })
    }

    fn milestone(&self, bytes: &[u8]) -> Result<VerifiedMessage, MessageError> {
        let milestone = Milestone::decode(bytes, self.network)?;
        let height = milestone.proposal().height;
        if height != self.height {
            let content = VerifiedContent::OtherHeight;
            return Ok(VerifiedMessage { height, content });
        }
        if milestone.proposal().previous != self.previous {
            return Err(MessageError::Mismatch { what: "previous milestone" });
        }
        let content = VerifiedContent::Milestone(milestone.verify(self.network, &self.committee)?);
        Ok(VerifiedMessage { height, content })
    }
}
