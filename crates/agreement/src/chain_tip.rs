//! Where the chain stands, and by which numbers it runs.

use std::sync::Arc;

use quorate_event::{
    Address, Committee, Digest, Genesis, Height, NetworkId, Parameters, ProposalId, Timestamp, VerifiedMilestone,
};

/// The configuration of a machine, fixed when it is made.
#[derive(Debug, Clone, Copy)]
pub struct AgreementConfig {
    /// Of which network.
    pub network: NetworkId,
    /// Whose votes this machine casts; `None` follows certificates and never votes.
    pub me: Option<Address>,
    /// The genesis's.
    pub parameters: Parameters,
    /// Whether the vote log was lost: the member casts no vote until no vote of the past can matter (A9).
    pub abstain: bool,
}

/// The last applied milestone, and the committee that it names for the next height.
#[derive(Debug, Clone)]
pub struct ChainTip {
    height: Height,
    id: ProposalId,
    time: Timestamp,
    milestone: Option<VerifiedMilestone>,
    committee: Arc<Committee>,
}

/// The ledger's committee is not the one that a quorum certified: this node has diverged and must not vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the milestone names committee {certified:?}, the ledger has {derived:?}")]
pub struct CommitteeMismatch {
    /// What the milestone names.
    pub certified: Digest,
    /// What the ledger came to.
    pub derived: Digest,
}

impl ChainTip {
    /// Height 0.
    pub fn genesis(genesis: &Genesis) -> Self {
        Self {
            height: Height(0),
            id: genesis.network().proposal_id(),
            time: genesis.time,
            milestone: None,
            committee: Arc::new(genesis.committee.clone()),
        }
    }

    /// After `milestone`, when `committee` is the one of the next height.
    ///
    /// # Errors
    /// When the milestone names another committee.
    pub fn new(milestone: VerifiedMilestone, committee: Committee) -> Result<Self, CommitteeMismatch> {
        let (certified, derived) = (milestone.proposal().next_committee, committee.digest());
        if certified != derived {
            return Err(CommitteeMismatch { certified, derived });
        }
        Ok(Self {
            height: milestone.height(),
            id: milestone.id(),
            time: milestone.proposal().time,
            committee: Arc::new(committee),
            milestone: Some(milestone),
        })
    }

    /// The last applied height.
    pub const fn height(&self) -> Height {
        self.height
    }

    /// The last applied milestone's name.
    pub const fn id(&self) -> ProposalId {
        self.id
    }

    /// The last applied milestone's time.
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// The last applied milestone; none at the genesis.
    pub const fn milestone(&self) -> Option<&VerifiedMilestone> {
        self.milestone.as_ref()
    }

    /// Who votes at the next height.
    pub const fn committee(&self) -> &Arc<Committee> {
        &self.committee
    }
}
