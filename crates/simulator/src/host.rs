//! One node: a replica while it is up, a disk and a key for ever; or somebody who plays by rules of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quorate_event::vote_log::LogFlaw;
use quorate_event::{Address, EventId, Height, Lane, NetworkId, SecretKey, VerifiedVertex, VertexError};
use quorate_replica::{Now, Output, RecoveryError, Refusal, Replica, ReplicaConfig, Request};

use crate::actor::Actor;
use crate::clock::ClockSkew;
use crate::disk::SimulatedDisk;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestOutcome {
    /// The events that it was acknowledged with.
    pub durable: Option<Vec<EventId>>,
    /// The milestone by which all of them were covered.
    pub finality: Option<Height>,
    /// When that was told, in the world's time.
    pub final_at: Option<Duration>,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
}

/// A node, up or down.
pub(crate) struct Host {
    /// What it starts its replica with; nothing for those who run none.
    pub(crate) config: Option<ReplicaConfig>,
    pub(crate) replica: Option<Replica>,
    /// Who stands between the replica and the network, or in its place.
    pub(crate) actor: Option<Box<dyn Actor>>,
    pub(crate) disk: SimulatedDisk,
    /// Whether it is down for good.
    pub(crate) is_retired: bool,
    /// Whether every write fails.
    pub(crate) is_full: bool,
    /// The last copy of its disk, and what it was started with then.
    pub(crate) backup: Option<Box<(SimulatedDisk, ReplicaConfig)>>,
    pub(crate) clock: ClockSkew,
    pub(crate) outcomes: BTreeMap<Request, RequestOutcome>,
    /// Whose keys it was given evidence of.
    pub(crate) accused: BTreeSet<Address>,
    /// When it is to be woken, by its own clock; an earlier wake in the heap is stale.
    pub(crate) wake: Option<Duration>,
    /// Counts its lives: what was sent to an earlier one is lost.
    pub(crate) life: u32,
}

/// A node that has started.
#[derive(Default)]
pub(crate) struct Started {
    /// What its replica wants done first.
    pub(crate) outputs: Vec<Output>,
    /// Whether the torn end of its vote log was cut off.
    pub(crate) was_torn: bool,
    /// Whether its vote log was lost, and it has voted nothing since.
    pub(crate) votes_lost: bool,
}

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("the store cannot be read: {0}")]
    Store(#[from] VertexError),
    #[error("the stored vertex {0} is damaged")]
    Rotten(EventId),
    #[error("the vote log is {0}")]
    VoteLog(#[from] LogFlaw),
    #[error("the replica does not recover: {0}")]
    Recovery(#[from] RecoveryError),
}

impl Host {
    pub(crate) fn new(config: Option<ReplicaConfig>, actor: Option<Box<dyn Actor>>) -> Self {
        Self {
            config,
            replica: None,
            actor,
            disk: SimulatedDisk::default(),
            is_retired: false,
            is_full: false,
            backup: None,
            clock: ClockSkew::default(),
            outcomes: BTreeMap::new(),
            accused: BTreeSet::new(),
            wake: None,
            life: 0,
        }
    }

    /// Whether it hears what is sent to it.
    pub(crate) const fn is_up(&self) -> bool {
        self.replica.is_some() || self.config.is_none()
    }

    pub(crate) fn address(&self) -> Option<Address> {
        self.config.as_ref().map(|config| config.key.address())
    }

    pub(crate) fn network(&self) -> Option<NetworkId> {
        self.config.as_ref().map(|config| config.genesis.network())
    }

    /// Starts on what the disk holds: every vertex and every record is read again from its bytes.
    pub(crate) fn start(&mut self, now: Now) -> Result<Started, StartError> {
        let Some(mut config) = self.config.clone() else {
            return Ok(Started::default());
        };
        let network = config.genesis.network();
        let log = self.disk.log.open(*network.as_bytes())?;
        if let Some(id) = self.disk.unreadable() {
            return Err(StartError::Rotten(id));
        }
        let stored = self.disk.stored().iter().map(|vertex| reread(vertex, network));
        config.votes_lost = log.votes_lost;
        let (replica, outputs) = Replica::recover(config, stored.collect::<Result<Vec<_>, _>>()?, &log.payloads, now)?;
        self.replica = Some(replica);
        Ok(Started { outputs, was_torn: log.was_torn, votes_lost: log.votes_lost })
    }

    /// Ends at once.
    pub(crate) fn stop(&mut self) {
        self.replica = None;
        self.wake = None;
        self.life += 1;
    }
}

/// A vertex as it is read from a store: its bytes, and whether its signature was checked.
pub(crate) fn reread(stored: &VerifiedVertex, network: NetworkId) -> Result<VerifiedVertex, VertexError> {
    let read = if stored.is_unchecked() { VerifiedVertex::from_store_unchecked } else { VerifiedVertex::from_store };
    read(stored.bytes(), network)
}

/// The key of node `number`, in the scheme that costs nothing.
pub(crate) fn key(number: u64) -> SecretKey {
    SecretKey::simulated(number)
}

/// Every node has one lane: homes are not copied here.
pub(crate) const LANE: Lane = Lane(1);
