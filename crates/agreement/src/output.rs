//! What the machine asks for.

use quorate_event::{
    Address, Evidence, Height, Proposal, ProposalId, Stake, Timestamp, VerifiedMilestone, VerifiedVote, View,
};

use crate::durable::Outgoing;
use crate::input::{MessageSource, Peer};
use crate::message::AgreementMessage;
use crate::vote_record::{PendingVote, VoteTicket};

/// Who is to get a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// Every connected node.
    All,
    /// A member, if it is connected.
    Member(Address),
    /// The other end of a connection.
    Peer(Peer),
}

/// One thing to be done. The order matters only where a type says so.
#[derive(Debug, Clone, PartialEq)]
pub enum AgreementOutput {
    /// Derive a fresh cut; answer [`AgreementInput::Built`](crate::AgreementInput::Built).
    Build {
        /// For this height.
        height: Height,
        /// In this view.
        view: View,
        /// The time to put into it: now, or just after the previous milestone.
        time: Timestamp,
    },
    /// Fetch what is missing, derive, compare; answer [`AgreementInput::Checked`](crate::AgreementInput::Checked) when it is known.
    Check {
        /// For this height.
        height: Height,
        /// In which view it was offered.
        view: View,
        /// Its name.
        id: ProposalId,
        /// What was offered.
        proposal: Proposal,
    },
    /// Sign, append to the vote log, sync; answer [`AgreementInput::Durable`](crate::AgreementInput::Durable). Votes of one call may
    /// share a sync, in their order.
    PersistVote {
        /// To be named in the answer.
        ticket: VoteTicket,
        /// The vote to be signed, and what is written with it.
        pending: PendingVote,
    },
    /// Send a message.
    Send {
        /// To whom.
        to: Recipient,
        /// What.
        message: Outgoing,
    },
    /// The height is decided: apply this, then say [`AgreementInput::Applied`](crate::AgreementInput::Applied).
    Certified(VerifiedMilestone),
    /// We are behind: ask this peer for milestones.
    FetchMilestones {
        /// Who seems to have them.
        from: Peer,
        /// Our last applied height.
        above: Height,
    },
    /// This peer is behind: send it the milestones that it lacks.
    SendMilestones {
        /// Who is behind.
        to: Peer,
        /// Its last height.
        above: Height,
    },
    /// Messages that came before their height began: verify them now, and bring them again.
    Verify(Vec<(MessageSource, AgreementMessage)>),
    /// A vote was counted: the first of its kind by this member in this view. For observers; nothing follows from it.
    Counted {
        /// Which.
        vote: VerifiedVote,
        /// The stake that has said the same by now.
        behind: Stake,
    },
    /// Somebody signed what an honest key never signs. Given once for a member and view.
    Evidence(Evidence),
}
