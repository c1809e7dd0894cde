//! The state of a replica in one answer.

use quorate_event::{Address, Digest, EventId, Height, NetworkId, Stake, View};

use crate::replica::Replica;
use crate::views::moment::ConsistencyLevel;

/// The reason why writes are not becoming final.
#[derive(Debug, Clone, PartialEq)]
pub enum NotFinal {
    /// All events are covered.
    NothingWaits,
    /// The network seals only on request.
    WaitsForMilestoneRequest,
    /// Members with more than a third of the stake cannot be reached.
    NoQuorum {
        /// The stake of the members that can be reached, this one included.
        reachable: u128,
        /// The least stake that is a quorum.
        quorum: u128,
        /// The committee's stake.
        total: u128,
        /// The members that cannot be reached, with their stakes.
        away: Vec<(Address, Stake)>,
    },
    /// Agreement is under way.
    UnderWay,
}

/// The state of a replica.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The network.
    pub network: NetworkId,
    /// This replica's author.
    pub address: Address,
    /// Its stake at the next height; none if it is no member, and follows without a vote.
    pub stake: Option<Stake>,
    /// The last milestone's height.
    pub height: Height,
    /// The last milestone.
    pub milestone: EventId,
    /// The view of the next height.
    pub view: View,
    /// The leader of that view.
    pub leader: Address,
    /// Vertices admitted, the genesis included.
    pub events: usize,
    /// Events admitted and not covered yet.
    pub uncovered: usize,
    /// Vertices in the waiting room.
    pub waiting: usize,
    /// Vertices without children.
    pub heads: Vec<EventId>,
    /// Root over all documents, at level merged.
    pub merged: Digest,
    /// Root over all documents, at level final.
    pub finalised: Digest,
    /// The reason why writes are not becoming final.
    pub why_not_final: NotFinal,
}

impl Replica {
    /// The state of this replica.
    pub fn status(&self) -> Status {
        let graph = self.state().graph();
        let (height, milestone) = graph.last_milestone();
        let agreement = self.milestones().status();
        Status {
            network: self.state().network(),
            address: self.address(),
            stake: self.committee().stake(self.address()),
            height,
            milestone,
            view: agreement.view,
            leader: agreement.leader,
            events: graph.len(),
            uncovered: graph.coverable(),
            waiting: graph.waiting().vertices,
            heads: graph.heads(),
            merged: self.digests(ConsistencyLevel::Merged).root(),
            finalised: self.digests(ConsistencyLevel::Final).root(),
            why_not_final: self.why_not_final(),
        }
    }

    fn why_not_final(&self) -> NotFinal {
        if self.state().graph().coverable() == 0 {
            return NotFinal::NothingWaits;
        }
        let committee = self.committee();
        let away = self.sync().away(committee, self.address());
        let members = committee.members().iter().map(|(member, _)| *member);
        let reachable = committee.stake_of(members.filter(|member| !away.contains(member)));
        if !committee.is_quorum(reachable) {
            let stake = |member: Address| committee.stake(member).unwrap_or_default();
            return NotFinal::NoQuorum {
                reachable: reachable.0,
                quorum: committee.quorum().0,
                total: committee.total().0,
                away: away.into_iter().map(|member| (member, stake(member))).collect(),
            };
        }
        if self.state().waits_for_request() {
            return NotFinal::WaitsForMilestoneRequest;
        }
        NotFinal::UnderWay
    }
}
