//! What members say to each other, as bytes. Nothing in here has been checked.

use quorate_event::cbor::{CborReader, CborWriter, FORMAT_VERSION};
use quorate_event::{Canonical, Certificate, DecodeError, Height, Proposal, ProposalId, SignedVote, View, limits};

/// Certificates that travel with a proposal: the prepare certificate and the latest skip certificates. With a thousand
/// signatures each they fill half of the largest urgent message; older ones are asked for by a [`Position`].
pub const SHOWN_CERTIFICATES: usize = 5;
/// Views whose certificates one [`Position`] asks for: a bound on what one small message can make another send.
pub const WANTED_VIEWS: usize = 16;
/// One of each kind.
const OWN_VOTES: usize = 4;

const KIND_PROPOSAL: u64 = 0;
const KIND_VOTE: u64 = 1;
const KIND_CERTIFICATE: u64 = 2;
const KIND_POSITION: u64 = 3;
const KIND_MILESTONE: u64 = 4;

/// A proposal as its leader shows it in one view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedProposal {
    /// The content.
    pub proposal: Proposal,
    /// The view whose prepare certificate obliges the leader to offer this again; `None` for a fresh cut.
    pub prepared: Option<View>,
    /// The leader's word: (height, view, id).
    pub vote: SignedVote,
}

/// Where a node stands, what it has said there and what it lacks. Sent on connect, each half timer while a height is
/// under way, and as the heartbeat; the last applied milestone is the one below its height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The height it works on.
    pub height: Height,
    /// The view it is in.
    pub view: View,
    /// The proposal it holds of that view, or [`ProposalId::NONE`].
    pub proposal: ProposalId,
    /// A certified proposal whose content it lacks, or [`ProposalId::NONE`].
    pub wanted: ProposalId,
    /// Views of whose certificates it lacks one.
    pub wanted_views: Vec<View>,
    /// What it has said in (height, view).
    pub votes: Vec<SignedVote>,
}

/// A message between nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgreementMessage {
    /// A proposal and certificates that justify it.
    Proposal {
        /// What the leader offers.
        signed: Box<SignedProposal>,
        /// The prepare certificate that it names, then the latest skip certificates.
        certificates: Vec<Certificate>,
    },
    /// A member's vote.
    Vote(SignedVote),
    /// A quorum's.
    Certificate(Certificate),
    /// Where the sender stands.
    Position(Position),
    /// A milestone as it is stored, for one who still works on its height.
    Milestone(Vec<u8>),
}

fn encode_view(to: &mut CborWriter, view: &View) {
    to.uint(view.0);
}

fn decode_view(from: &mut CborReader<'_>) -> Result<View, DecodeError> {
    from.uint("view").map(View)
}

/// One or none, as a list.
pub(crate) fn at_most_one<T>(mut list: Vec<T>) -> Option<T> {
    list.pop()
}

impl SignedProposal {
    /// The id of the proposal, as its leader signed it.
    pub const fn id(&self) -> ProposalId {
        self.vote.vote.proposal
    }

    /// The view in which it is proposed.
    pub const fn view(&self) -> View {
        self.vote.vote.view
    }
}

impl Canonical for SignedProposal {
    fn encode(&self, to: &mut CborWriter) {
        self.proposal.encode(to.array(3));
        to.list(self.prepared.as_slice(), encode_view);
        self.vote.encode(to);
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(3, "offer")?;
        Ok(Self {
            proposal: Proposal::decode(from)?,
            prepared: at_most_one(from.list(1, "prepared view", decode_view)?),
            vote: SignedVote::decode(from)?,
        })
    }
}

impl Canonical for Position {
    fn encode(&self, to: &mut CborWriter) {
        to.array(6).uint(self.height.0).uint(self.view.0);
        to.bytes(self.proposal.as_bytes());
        to.bytes(self.wanted.as_bytes());
        to.list(&self.wanted_views, encode_view);
        to.list(&self.votes, |to, vote| vote.encode(to));
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(6, "position")?;
        Ok(Self {
            height: Height(from.uint("height")?),
            view: decode_view(from)?,
            proposal: from.proposal_id()?,
            wanted: from.proposal_id()?,
            wanted_views: from.list(WANTED_VIEWS, "wanted views", decode_view)?,
            votes: from.list(OWN_VOTES, "own votes", SignedVote::decode)?,
        })
    }
}

impl Canonical for AgreementMessage {
    fn encode(&self, to: &mut CborWriter) {
        to.array(3).uint(FORMAT_VERSION);
        match self {
            Self::Proposal { signed, certificates } => {
                signed.encode(to.uint(KIND_PROPOSAL).array(2));
                to.list(certificates, |to, certificate| certificate.encode(to));
            }
            Self::Vote(vote) => vote.encode(to.uint(KIND_VOTE)),
            Self::Certificate(certificate) => certificate.encode(to.uint(KIND_CERTIFICATE)),
            Self::Position(position) => position.encode(to.uint(KIND_POSITION)),
            Self::Milestone(bytes) => {
                to.uint(KIND_MILESTONE).bytes(bytes);
            }
        }
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(3, "message")?;
        from.version()?;
        match from.uint("message kind")? {
            KIND_PROPOSAL => {
                from.array(2, "proposal and certificates")?;
                let signed = Box::new(SignedProposal::decode(from)?);
                let certificates = from.list(SHOWN_CERTIFICATES, "certificates", Certificate::decode)?;
                Ok(Self::Proposal { signed, certificates })
            }
            KIND_VOTE => SignedVote::decode(from).map(Self::Vote),
            KIND_CERTIFICATE => Certificate::decode(from).map(Self::Certificate),
            KIND_POSITION => Position::decode(from).map(Self::Position),
            KIND_MILESTONE => {
                let bytes = from.bytes("milestone")?;
                if bytes.len() > limits::MILESTONE_BYTES {
                    return Err(DecodeError::TooLarge {
                        what: "milestone",
                        found: bytes.len() as u64,
                        limit: limits::MILESTONE_BYTES as u64,
                    });
                }
                Ok(Self::Milestone(bytes.to_vec()))
            }
            _ => Err(DecodeError::OutOfRange { what: "message kind" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quorate_event::{NetworkId, SecretKey, Vote, VoteKind};

    use super::*;

    fn position(votes: u64) -> AgreementMessage {
        let key = SecretKey::simulated(1);
        let vote =
            |view| Vote { kind: VoteKind::Skip, height: Height(3), view: View(view), proposal: ProposalId::NONE };
        AgreementMessage::Position(Position {
            height: Height(3),
            view: View(300),
            proposal: ProposalId::new([7; 32]),
            wanted: ProposalId::NONE,
            wanted_views: vec![View(1), View(70_000)],
            votes: (0..votes).map(|view| vote(view).sign(NetworkId::new([1; 32]), &key)).collect(),
        })
    }

    #[test]
    fn a_position_with_more_votes_than_there_are_kinds_is_refused() {
        assert_eq!(AgreementMessage::from_bytes(&position(4).to_bytes()), Ok(position(4)));
        let refused = AgreementMessage::from_bytes(&position(5).to_bytes());
        assert!(matches!(refused, Err(DecodeError::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn whatever_decodes_encodes_to_the_same_bytes(at in 0_usize..400, to in any::<u8>(), cut in 0_usize..400) {
            let mut bytes = position(3).to_bytes();
            let (at, cut) = (at % bytes.len(), cut % bytes.len());
            prop_assert!(AgreementMessage::from_bytes(&bytes[..cut]).is_err());
            bytes[at] = to;
            if let Ok(message) = AgreementMessage::from_bytes(&bytes) {
                prop_assert_eq!(message.to_bytes(), bytes);
            }
        }
    }
}
