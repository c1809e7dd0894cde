//! The inputs of the state machine.

use std::time::Duration;

use quorate_event::{Address, Height, Proposal, ProposalId, Timestamp, View};

use crate::chain_tip::ChainTip;
use crate::verify::VerifiedMessage;
use crate::vote_record::{VoteRecord, VoteTicket};

/// The two clocks, read once for each input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Now {
    /// Since some fixed moment; never goes back. All timers live on it.
    pub elapsed: Duration,
    /// The calendar's. Only a fresh proposal's time is compared with it.
    pub wall: Timestamp,
}

/// Another node, by the number that the caller gave its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer(pub u64);

/// Where a message came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageSource {
    /// Over which connection.
    pub peer: Peer,
    /// Whose key the connection proved, if it proved an author's.
    pub author: Option<Address>,
}

/// Whether there is something to cover.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Work {
    /// Nothing.
    #[default]
    None,
    /// Something that becomes work when [`Now::elapsed`] reaches this.
    At(Duration),
    /// Enough events, or one that has waited long enough.
    Now,
}

/// What the caller found of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalVerdict {
    /// All of its cut is held and the same roots follow.
    Valid,
    /// Cannot be decided before [`Now::elapsed`] reaches `until`; the machine then asks again.
    NotYet {
        /// When to ask again.
        until: Duration,
    },
    /// Other roots follow, or the cut breaks a rule.
    Invalid,
}

/// One thing that happened. Whatever the world answers comes back as one of these.
#[derive(Debug, Clone)]
pub enum AgreementInput {
    /// Time moved: due at [`Agreement::next_wake`](crate::Agreement::next_wake), harmless at any other time.
    Tick,
    /// What there is to cover has changed.
    Work(Work),
    /// The answer to [`AgreementOutput::Build`](crate::AgreementOutput::Build); without a proposal if there is nothing to cover after
    /// all.
    Built {
        /// As asked.
        height: Height,
        /// As asked.
        view: View,
        /// A fresh cut, which the caller has derived itself.
        proposal: Option<Proposal>,
    },
    /// The answer to [`AgreementOutput::Check`](crate::AgreementOutput::Check), once it is known.
    Checked {
        /// Which proposal.
        id: ProposalId,
        /// What was found.
        verdict: ProposalVerdict,
    },
    /// The answer to [`AgreementOutput::PersistVote`](crate::AgreementOutput::PersistVote): signed, written and synced.
    Durable {
        /// Which pending vote.
        ticket: VoteTicket,
        /// The record on disk.
        record: VoteRecord,
    },
    /// A message came and its signatures are good.
    Received {
        /// From whom.
        from: MessageSource,
        /// What.
        message: VerifiedMessage,
    },
    /// A connection is ready.
    Connected(Peer),
    /// A milestone was applied, by whatever way it came: the next height begins.
    Applied(ChainTip),
    /// The operator gives up the view.
    SkipNow,
}
