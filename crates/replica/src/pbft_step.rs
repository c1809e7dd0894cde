//! The steps from a request to a reply, by the names of PBFT. They are for observers: no decision depends on them.
//!
//! | PBFT | here |
//! |---|---|
//! | request | an event is admitted |
//! | pre-prepare | a leader's proposal is counted |
//! | prepare, commit | a member's vote is counted |
//! | view change | a member's vote to skip a view is counted |
//! | reply | a milestone is applied and on disk: the receipt with its certificate |
//!
//! Each replica that takes part in a step reports it once, with the stake that this replica has counted. A replica that
//! reaches a height by a certificate or a milestone reports no votes of it.

use std::fmt;

use quorate_event::{
    Address, Committee, EventId, Height, ProposalId, Stake, VerifiedEvent, VerifiedMilestone, VerifiedVote, View,
    VoteKind,
};

/// One step, and its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PbftStep {
    /// The height; that of the next milestone for a request.
    pub height: Height,
    /// The view.
    pub view: View,
    /// The author, leader or voter; for a reply, the replica that has it.
    pub who: Address,
    /// The step.
    pub kind: StepKind,
}

/// The steps by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// An event asks to be ordered.
    Request {
        /// The event.
        event: EventId,
    },
    /// The leader proposes an order.
    PrePrepare {
        /// The proposal.
        proposal: ProposalId,
        /// The leader's stake.
        behind: StakeTally,
    },
    /// A member holds the proposal to be valid.
    Prepare {
        /// The proposal.
        proposal: ProposalId,
        /// The stake of the same votes.
        behind: StakeTally,
    },
    /// A member saw a quorum of prepares.
    Commit {
        /// The proposal.
        proposal: ProposalId,
        /// The stake of the same votes.
        behind: StakeTally,
    },
    /// A member gives the view up.
    ViewChange {
        /// The stake of the same votes.
        behind: StakeTally,
    },
    /// The order is certified.
    Reply {
        /// The milestone.
        milestone: EventId,
        /// The number of events that it newly covers.
        covered: usize,
    },
}

impl StepKind {
    /// PBFT's name of the step.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Request { .. } => "request",
            Self::PrePrepare { .. } => "pre-prepare",
            Self::Prepare { .. } => "prepare",
            Self::Commit { .. } => "commit",
            Self::ViewChange { .. } => "view-change",
            Self::Reply { .. } => "reply",
        }
    }
}

/// The stake of all equal votes so far, and the stake that is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StakeTally {
    /// The stake of the member whose vote was counted now.
    pub stake: Stake,
    /// The stake of all of them, this member included.
    pub sum: Stake,
    /// The least stake that is a quorum.
    pub quorum: Stake,
    /// The stake of the whole committee.
    pub total: Stake,
}

impl fmt::Display for StakeTally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}, quorum {}", self.sum.0, self.total.0, self.quorum.0)
    }
}

impl fmt::Display for StepKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::Request { event } => write!(f, "{name} {event:?}"),
            Self::PrePrepare { proposal, behind } => write!(f, "{name} {proposal:?}, stake {}", behind.stake.0),
            Self::Prepare { proposal, behind } | Self::Commit { proposal, behind } => {
                write!(f, "{name} {proposal:?}, {behind}")
            }
            Self::ViewChange { behind } => write!(f, "{name}, {behind}"),
            Self::Reply { milestone, covered } => write!(f, "{name} {milestone:?}, covers {covered}"),
        }
    }
}

impl PbftStep {
    /// A vote that was counted: `sum` is the stake behind it by now.
    pub(crate) fn of_vote(vote: VerifiedVote, sum: Stake, committee: &Committee) -> Self {
        let (of, who) = (vote.vote(), vote.signer());
        let stake = committee.stake(who).unwrap_or_default();
        let behind = StakeTally { stake, sum, quorum: committee.quorum(), total: committee.total() };
        let proposal = of.proposal;
        let kind = match of.kind {
            VoteKind::Propose => StepKind::PrePrepare { proposal, behind },
            VoteKind::Prepare => StepKind::Prepare { proposal, behind },
            VoteKind::Commit => StepKind::Commit { proposal, behind },
            VoteKind::Skip => StepKind::ViewChange { behind },
        };
        Self { height: of.height, view: of.view, who, kind }
    }

    /// An event that waits for a milestone from now on.
    pub(crate) fn request(event: &VerifiedEvent, height: Height, view: View) -> Self {
        Self { height, view, who: event.body().author, kind: StepKind::Request { event: event.id() } }
    }

    /// A milestone that the replica of `author` applied.
    pub(crate) fn reply(milestone: &VerifiedMilestone, covered: usize, author: Address) -> Self {
        let kind = StepKind::Reply { milestone: milestone.id().event_id(), covered };
        Self { height: milestone.height(), view: milestone.certificate().vote.view, who: author, kind }
    }
}
