//! The settings of a replica.

use std::sync::Arc;

use quorate_event::{Genesis, Lane, SecretKey};

use crate::committee_rule::{CommitteeRule, FixedCommittee};

/// Whether intents that wait for the same disk write become one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// They do: one signature and one write for many.
    #[default]
    Shared,
    /// Each is an event of its own.
    Single,
}

/// The identity and the settings of a replica.
#[derive(Debug, Clone)]
pub struct ReplicaConfig {
    /// The network.
    pub genesis: Genesis,
    /// Signs this replica's events and votes.
    pub key: SecretKey,
    /// This installation of the key: drawn at random once, fresh after a restore from a backup.
    pub lane: Lane,
    /// Whether intents share events.
    pub sharing: Sharing,
    /// Whether the vote log was lost while the store was not: this member then casts no vote until none of the votes that
    /// it may have cast can matter.
    pub votes_lost: bool,
    /// The rule by which one committee follows another; the same for all replicas of the network.
    pub committee_rule: Arc<dyn CommitteeRule>,
}

impl ReplicaConfig {
    /// The settings of a replica that has lost nothing, in a network whose committee never changes.
    pub fn new(genesis: Genesis, key: SecretKey, lane: Lane) -> Self {
        let committee_rule = Arc::new(FixedCommittee);
        Self { genesis, key, lane, sharing: Sharing::Shared, votes_lost: false, committee_rule }
    }
}
