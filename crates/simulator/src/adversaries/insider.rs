//! The knowledge of a Byzantine member.

use std::time::Duration;

use quorate_event::{Address, Genesis, NetworkId, SecretKey, SignedVote, Vote};

use crate::node_id::NodeId;
use crate::rng::Rng;

/// The knowledge of a member: its own key and public data.
#[derive(Debug, Clone)]
pub struct Insider {
    /// Its node.
    pub node: NodeId,
    /// All other nodes with a replica.
    pub others: Vec<NodeId>,
    /// Its own key.
    pub key: SecretKey,
    /// The network's id.
    pub network: NetworkId,
    /// Its genesis.
    pub genesis: Genesis,
}

impl Insider {
    pub(crate) fn me(&self) -> Address {
        self.key.address()
    }

    pub(crate) fn sign(&self, vote: Vote) -> SignedVote {
        vote.sign(self.network, &self.key)
    }

    /// Whether a node belongs to the half that gets the first of two conflicting messages.
    pub(crate) fn is_in_first_half(&self, node: NodeId) -> bool {
        self.others.iter().position(|other| *other == node).is_some_and(|at| at < self.others.len() / 2)
    }

    /// A random other node.
    pub(crate) fn somebody(&self, rng: &mut Rng) -> NodeId {
        let at = rng.up_to(self.others.len().saturating_sub(1));
        self.others.get(at).copied().unwrap_or(self.node)
    }

    /// How long a view waits for its leader at first.
    pub(crate) const fn view_timer(&self) -> Duration {
        Duration::from_millis(self.genesis.parameters.view_timer_ms)
    }
}
