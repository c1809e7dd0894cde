//! From a request to a reply by the names that PBFT gave the steps. They are for whoever watches: nothing follows from them.
//!
//! | PBFT | here |
//! |---|---|
//! | request | an event is admitted |
//! | pre-prepare | a leader's proposal is counted |
//! | prepare, commit | a member's vote is counted |
//! | view change | a member's vote to skip a view is counted |
//! | reply | a milestone is applied and on disk: the receipt with its certificate |
//!
//! A step is told once by each replica that takes part in it, and says what this replica has counted. Whoever comes to a
//! height by a certificate or a milestone tells no votes of it.

use std::fmt;

use quorate_event::{
    Address, Committee, EventId, Height, ProposalId, Stake, VerifiedEvent, VerifiedMilestone, VerifiedVote, View,
    VoteKind,
};

use crate::output::Output;
use crate::replica::Replica;

/// One step, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PbftStep {
    /// At which height; that of the next milestone for a request.
    pub height: Height,
    /// In which view.
    pub view: View,
    /// Who wrote, proposed or voted; for a reply, the replica that has it.
    pub who: Address,
    /// Which step.
    pub kind: StepKind,
}

/// The steps by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// Somebody asks for something to be ordered.
    Request {
        /// The event that asks.
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
        /// Who says the same.
        behind: StakeTally,
    },
    /// A member saw a quorum of prepares.
    Commit {
        /// The proposal.
        proposal: ProposalId,
        /// Who says the same.
        behind: StakeTally,
    },
    /// A member gives the view up.
    ViewChange {
        /// Who says the same.
        behind: StakeTally,
    },
    /// The order is certified.
    Reply {
        /// The milestone.
        milestone: EventId,
        /// How many events it newly covers.
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

/// How much stake has said one thing so far, and how much is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StakeTally {
    /// Of the member that said it now.
    pub stake: Stake,
    /// Of all that have said it, this member included.
    pub sum: Stake,
    /// The least that is a quorum.
    pub quorum: Stake,
    /// Of the whole committee.
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
    /// A vote that was counted.
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
}

impl Replica {
    /// Tells a step to whoever watches.
    pub(crate) fn tell_step(&self, step: PbftStep, out: &mut Vec<Output>) {
        if !self.recovering {
            out.push(Output::Step(step));
        }
    }

    /// An event that waits for a milestone from now on.
    pub(crate) fn request_step(&self, event: &VerifiedEvent) -> PbftStep {
        let status = self.agreement.status();
        let kind = StepKind::Request { event: event.id() };
        PbftStep { height: status.height, view: status.view, who: event.body().author, kind }
    }

    /// A milestone that this replica applied.
    pub(crate) fn reply_step(&self, milestone: &VerifiedMilestone, covered: usize) -> PbftStep {
        let kind = StepKind::Reply { milestone: milestone.id().event_id(), covered };
        PbftStep { height: milestone.height(), view: milestone.certificate().vote.view, who: self.address(), kind }
    }
}
