//! One node: a replica while it is up, a disk and a key for ever.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_event::{EventId, Height, KeyRing, Lane, NetworkId, SecretKey, VerifiedVertex};
use quorate_replica::{Config, Now, Output, RecoveryError, Refusal, Replica, Request};

use crate::disk::Disk;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// The events that it was acknowledged with.
    pub durable: Option<Vec<EventId>>,
    /// The milestone by which all of them were covered.
    pub finality: Option<Height>,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
}

/// A node, up or down.
pub(crate) struct Host {
    pub(crate) config: Config,
    pub(crate) replica: Option<Replica>,
    pub(crate) disk: Disk,
    pub(crate) keys: KeyRing,
    pub(crate) outcomes: BTreeMap<Request, Outcome>,
    /// When it is to be woken; an earlier wake in the heap is stale.
    pub(crate) wake: Option<Duration>,
    /// Counts its lives: what was sent to an earlier one is lost.
    pub(crate) life: u32,
}

impl Host {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            replica: None,
            disk: Disk::default(),
            keys: KeyRing::default(),
            outcomes: BTreeMap::new(),
            wake: None,
            life: 0,
        }
    }

    pub(crate) fn network(&self) -> NetworkId {
        self.config.genesis.network()
    }

    /// Starts on what the disk holds.
    pub(crate) fn start(&mut self, now: Now) -> Result<Vec<Output>, RecoveryError> {
        let network = self.network();
        let stored: Result<Vec<_>, _> =
            self.disk.stored().iter().map(|bytes| VerifiedVertex::from_store(bytes, network)).collect();
        let (replica, outputs) = Replica::recover(self.config.clone(), stored?, self.disk.records(), now)?;
        self.replica = Some(replica);
        Ok(outputs)
    }

    /// Ends at once: what was not on disk is gone.
    pub(crate) fn crash(&mut self) {
        self.replica = None;
        self.wake = None;
        self.life += 1;
        self.disk.crash();
    }
}

/// The key of node `number`, in the scheme that costs nothing.
pub(crate) fn key(number: u64) -> SecretKey {
    SecretKey::simulated(number)
}

/// Every node has one lane: homes are not copied here.
pub(crate) const LANE: Lane = Lane(1);
