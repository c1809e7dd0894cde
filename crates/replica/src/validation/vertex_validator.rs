//! The checks of what comes from outside that need no more state than who is a member: these run on worker threads.

use quorate_event::{
    Address, CertificateError, Committee, Genesis, Height, KeyRing, Milestone, NetworkId, Proposal, ProposalId,
    VerifiedVertex, Vertex, VertexError, Writers,
};

use crate::validation::committees::Committees;

/// Why a vertex does not enter: no honest peer passes it on.
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
    /// Somebody who may not write in this network.
    #[error("{author:?} may not write in this network")]
    MayNotWrite {
        /// Who.
        author: Address,
    },
}

/// What of a message may enter.
#[derive(Debug, Clone, Default)]
pub struct CheckedVertices {
    /// What is checked.
    pub vertices: Vec<VerifiedVertex>,
    /// Milestones of heights whose committee is not known yet: unchecked.
    pub early: Vec<Milestone>,
    /// Whether something was left out that may be good, and cannot be judged yet.
    pub left_out: bool,
}

impl CheckedVertices {
    /// Whether all of the message is good.
    pub const fn is_whole(&self) -> bool {
        self.early.is_empty() && !self.left_out
    }
}

/// The checks of a vertex from outside that need no state but the committees: may run on any thread. Whoever passes a
/// vertex on has made them too, so a vertex that fails them is its sender's fault. What cannot be judged yet is nobody's.
#[derive(Debug, Clone)]
pub struct VertexValidator {
    network: NetworkId,
    writers: Writers,
    pub(crate) committees: Committees,
}

impl VertexValidator {
    pub(crate) fn new(genesis: &Genesis, may_change: bool) -> Self {
        let committees = Committees::new(&genesis.committee, may_change);
        Self { network: genesis.network(), writers: genesis.writers, committees }
    }

    /// Up to which height it is known who certifies it: two of one network that stand at one place judge alike.
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

    pub(crate) fn check_one(
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
                    // A milestone that is not known here may have made it a member.
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

    pub(crate) const fn network(&self) -> NetworkId {
        self.network
    }

    /// Who certifies a proposal, as far as that is known.
    pub(crate) fn committee_of(&self, proposal: &Proposal) -> Option<&Committee> {
        let Proposal { height, previous, .. } = proposal;
        self.committees.of(*height).filter(|_| self.committees.know_whose(*height, *previous))
    }

    /// Whoever is a member may write, and whoever was: else it would depend on when an event arrives whether it enters.
    pub(crate) fn may_write(&self, author: Address) -> bool {
        match self.writers {
            Writers::Open => true,
            Writers::Members => self.committees.ever_had(author),
        }
    }
}
