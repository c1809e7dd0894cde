//! One node: a disk and a key that stay, and a replica while the process is up; or an actor without a replica.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quorate_event::vote_log::LogFlaw;
use quorate_event::{Address, EventId, Height, Lane, NetworkId, SecretKey, VerifiedVertex, VertexError};
use quorate_replica::{Now, Output, RecoveryError, Refusal, Replica, ReplicaConfig, Request};

use crate::actor::Actor;
use crate::clock::ClockSkew;
use crate::disk::SimulatedDisk;

/// The progress of a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestOutcome {
    /// The events that hold it, once they are durable.
    pub durable: Option<Vec<EventId>>,
    /// The height at which all of them are covered.
    pub finality: Option<Height>,
    /// The world's time at which the replica reported it final.
    pub final_at: Option<Duration>,
    /// Why the replica refused it.
    pub refusal: Option<Refusal>,
}

/// A node, up or down.
pub(crate) struct Host {
    /// The configuration of its replica; nothing for nodes without a replica.
    pub(crate) config: Option<ReplicaConfig>,
    pub(crate) replica: Option<Replica>,
    /// The actor between the replica and the network, or in the replica's place.
    pub(crate) actor: Option<Box<dyn Actor>>,
    pub(crate) disk: SimulatedDisk,
    /// Whether it never starts again.
    pub(crate) is_retired: bool,
    /// Whether every write fails.
    pub(crate) is_full: bool,
    /// The last copy of its disk, with the configuration at that time.
    pub(crate) backup: Option<Box<(SimulatedDisk, ReplicaConfig)>>,
    pub(crate) clock: ClockSkew,
    pub(crate) outcomes: BTreeMap<Request, RequestOutcome>,
    /// The keys against which its replica has reported evidence.
    pub(crate) accused: BTreeSet<Address>,
    /// The replica's next wake-up, by its own clock; any other wake-up in the queue is stale.
    pub(crate) wake: Option<Duration>,
    /// Counts its restarts: messages and disk completions of an earlier life are dropped.
    pub(crate) life: u32,
}

/// The result of a start.
#[derive(Default)]
pub(crate) struct Started {
    /// The first outputs of its replica.
    pub(crate) outputs: Vec<Output>,
    /// Whether the torn end of its vote log was cut off.
    pub(crate) was_torn: bool,
    /// Whether its vote log was lost and holds no vote since.
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

    /// Whether it receives messages.
    pub(crate) const fn is_up(&self) -> bool {
        self.replica.is_some() || self.config.is_none()
    }

    pub(crate) fn address(&self) -> Option<Address> {
        self.config.as_ref().map(|config| config.key.address())
    }

    pub(crate) fn network(&self) -> Option<NetworkId> {
        self.config.as_ref().map(|config| config.genesis.network())
    }

    /// Starts from the disk: every vertex and every record is decoded again from its bytes.
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

    /// Ends the process.
    pub(crate) fn stop(&mut self) {
        self.replica = None;
        self.wake = None;
        self.life += 1;
    }
}

/// A vertex as the store returns it: decoded from its bytes, with its flag whether the signature was checked.
pub(crate) fn reread(stored: &VerifiedVertex, network: NetworkId) -> Result<VerifiedVertex, VertexError> {
    let read = if stored.is_unchecked() { VerifiedVertex::from_store_unchecked } else { VerifiedVertex::from_store };
    read(stored.bytes(), network)
}

/// The simulated key of node `number`.
pub(crate) fn key(number: u64) -> SecretKey {
    SecretKey::simulated(number)
}

/// The lane of every node at the start.
pub(crate) const LANE: Lane = Lane(1);
