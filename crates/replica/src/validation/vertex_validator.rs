//! The checks of a vertex from outside. Their only state are the committees, so that they run on any thread.

use quorate_event::{
    Address, CertificateError, Committee, Genesis, Height, KeyRing, Milestone, NetworkId, Proposal, ProposalId,
    VerifiedVertex, Vertex, VertexError, Writers,
};

use crate::validation::committees::Committees;

/// The reason why a vertex is refused: no honest peer passes it on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VertexRejection {
    /// Not a vertex, or with a signature that does not count.
    #[error(transparent)]
    Vertex(#[from] VertexError),
    /// A milestone whose certificate proves nothing.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// History with a proof that proves nothing.
    #[error("{milestone:?} does not cover what was sent as covered by it")]
    NotCovered {
        /// The milestone, whose certificate is good.
        milestone: ProposalId,
    },
    /// The author may not write in this network.
    #[error("{author:?} may not write in this network")]
    MayNotWrite {
        /// The author.
        author: Address,
    },
}

/// The vertices of a message that may enter.
#[derive(Debug, Clone, Default)]
pub struct CheckedVertices {
    /// Checked vertices.
    pub vertices: Vec<VerifiedVertex>,
    /// Unchecked milestones: the committees of their heights are not known yet.
    pub early: Vec<Milestone>,
    /// Whether a vertex was left out that may be good and cannot be checked yet.
    pub left_out: bool,
}

impl CheckedVertices {
    /// Whether the whole message was checked.
    pub const fn is_whole(&self) -> bool {
        self.early.is_empty() && !self.left_out
    }
}

/// Checks vertices from outside. An honest peer checks a vertex before it passes it on, so that a vertex that fails is its
/// sender's fault. A vertex that cannot be checked yet is no fault.
#[derive(Debug, Clone)]
pub struct VertexValidator {
    pub(super) network: NetworkId,
    writers: Writers,
    pub(super) committees: Committees,
}

impl VertexValidator {
    pub(crate) fn new(genesis: &Genesis, may_change: bool) -> Self {
        let committees = Committees::new(&genesis.committee, may_change);
        Self { network: genesis.network(), writers: genesis.writers, committees }
    }

    /// The greatest height with a known committee: two validators of one network at the same place give the same verdicts.
    pub const fn place(&self) -> Height {
        self.committees.known()
    }

    /// Decodes vertices and checks their signatures and certificates, and whether their authors may write.
    ///
    /// # Errors
    /// When no honest peer would have sent one of them; none enters then.
    pub fn check(&self, vertices: &[Vec<u8>], keys: &mut KeyRing) -> Result<CheckedVertices, VertexRejection> {
        let mut arrivals = CheckedVertices::default();
        for bytes in vertices {
            self.check_one(bytes, keys, &mut arrivals)?;
        }
        Ok(arrivals)
    }

    pub(super) fn check_one(
        &self,
        bytes: &[u8],
        keys: &mut KeyRing,
        arrivals: &mut CheckedVertices,
    ) -> Result<(), VertexRejection> {
        match Vertex::decode(bytes, self.network)? {
            Vertex::Event(event) => {
                let author = event.body().author;
                if self.may_write(author) {
                    let event = event.verify(keys).map_err(VertexError::from)?;
                    arrivals.vertices.push(VerifiedVertex::Event(event));
                } else if self.committees.are_fixed() {
                    return Err(VertexRejection::MayNotWrite { author });
                } else {
                    // A milestone that is not held here may have made it a member.
                    arrivals.left_out = true;
                }
            }
            Vertex::Milestone(milestone) => {
                let height = milestone.proposal().height;
                match self.committee_of(milestone.proposal()) {
                    Some(committee) => {
                        let milestone = milestone.verify(self.network, committee)?;
                        arrivals.vertices.push(VerifiedVertex::Milestone(milestone));
                    }
                    None if height > self.place() => arrivals.early.push(milestone),
                    None => arrivals.left_out = true,
                }
            }
        }
        Ok(())
    }

    pub(crate) const fn committees(&self) -> &Committees {
        &self.committees
    }

    pub(crate) const fn committees_mut(&mut self) -> &mut Committees {
        &mut self.committees
    }

    /// The committee that certifies a proposal, as far as it is known.
    pub(super) fn committee_of(&self, proposal: &Proposal) -> Option<&Committee> {
        let Proposal { height, previous, .. } = proposal;
        self.committees.of(*height).filter(|_| self.committees.is_known_above(*height, *previous))
    }

    /// Present and past members may write: otherwise the verdict would depend on the time of arrival.
    pub(crate) fn may_write(&self, author: Address) -> bool {
        match self.writers {
            Writers::Open => true,
            Writers::Members => self.committees.ever_had(author),
        }
    }
}
