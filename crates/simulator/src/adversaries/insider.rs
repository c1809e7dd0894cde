//! What a dishonest member has to work with.

use std::time::Duration;

use quorate_event::{Address, Genesis, NetworkId, SecretKey, SignedVote, Vote};

use crate::node_id::NodeId;
use crate::rng::Rng;

/// What a member knows: its own key, and what everybody knows.
#[derive(Debug, Clone)]
pub struct Insider {
    /// Its place in the world.
    pub node: NodeId,
    /// The places of all others that run a replica.
    pub others: Vec<NodeId>,
    /// Its own key.
    pub key: SecretKey,
    /// The network's name.
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

    /// Whether a node is of the half that hears the first of two stories.
    pub(crate) fn is_in_first_half(&self, node: NodeId) -> bool {
        self.others.iter().position(|other| *other == node).is_some_and(|at| at < self.others.len() / 2)
    }

    /// One of the others.
    pub(crate) fn somebody(&self, rng: &mut Rng) -> NodeId {
        let at = rng.up_to(self.others.len().saturating_sub(1));
        self.others.get(at).copied().unwrap_or(self.node)
    }

    /// How long a view waits for its leader at first.
    pub(crate) const fn view_timer(&self) -> Duration {
        Duration::from_millis(self.genesis.parameters.view_timer_ms)
    }
}
