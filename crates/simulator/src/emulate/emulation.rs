//! The emulated request, and its run in a world of production replicas.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use quorate_event::{Digest, Pace, Parameters, SecretKey, Writers, limits};

use super::client::EmulationClient;
use super::workload::{RequestSize, TRANSACTION_BYTES, Workload};
use crate::disk::{DiskModel, UnsyncedWrites};
use crate::network::{Bandwidth, Latency, LinkModel, QueueScope};
use crate::oracle::Violation;
use crate::world::{InitialHellos, Setup, World};

/// How long a write takes at every member until it is durable: an SSD's fsync.
pub const DISK: Duration = Duration::from_millis(1);

/// Members: fewer than four tolerate no fault, and a run with more than a thousand takes more memory than most have.
const NODES: std::ops::RangeInclusive<usize> = 4..=1_000;
/// Transactions of one request: what one milestone may cover, many times.
const TRANSACTIONS: std::ops::RangeInclusive<usize> = 1..=1_000_000;
/// The names of members' keys begin at nothing; the client's is none of them.
const CLIENT_KEY: u64 = u64::MAX;

/// A client's request, the members, and the links between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emulation {
    /// Members, of equal stake.
    pub nodes: usize,
    /// Transactions of the request.
    pub transactions: usize,
    /// Bytes of each on the wire.
    pub transaction_bytes: usize,
    /// The latency of a message.
    pub latency: Latency,
    /// Bits per second of each connection; none means unlimited.
    pub bandwidth: Option<u64>,
}

/// Why an emulation has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmulationError {
    /// Too few members, or too many.
    #[error("{found} members cannot be emulated: name 4 to 1000, since fewer than 4 tolerate no fault")]
    Nodes {
        /// How many were asked for.
        found: usize,
    },
    /// No transactions, or too many.
    #[error("{found} transactions cannot be emulated: name 1 to 1000000")]
    Transactions {
        /// How many were asked for.
        found: usize,
    },
    /// A transaction that cannot be one edit.
    #[error("transactions of {found} bytes cannot be emulated: name {} to {}", TRANSACTION_BYTES.start(), TRANSACTION_BYTES.end())]
    TransactionBytes {
        /// How many were asked for.
        found: usize,
    },
    /// Too little bandwidth.
    #[error(
        "a bandwidth of {bits_per_second} bits a second cannot be emulated: name at least 1000, or 0 for unlimited"
    )]
    Bandwidth {
        /// How much was asked for.
        bits_per_second: u64,
    },
    /// The request did not become final within a generous limit.
    #[error("seed {seed}: the request is not final after {} s", waited.as_secs())]
    NotFinal {
        /// Of which run.
        seed: u64,
        /// How long it was given.
        waited: Duration,
    },
    /// An invariant broke.
    #[error("seed {seed}: {violation}")]
    Violated {
        /// In which run.
        seed: u64,
        /// What.
        violation: Violation,
    },
}

/// The result of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmulationRun {
    /// From the request to the last receipt that was needed.
    pub time: Duration,
    /// Events that held the request.
    pub events: usize,
    /// Number of events processed in the world.
    pub event_count: u64,
    /// The trace digest.
    pub trace: Digest,
}

impl Emulation {
    /// Uniform latencies from a tenth of the largest to the largest.
    pub fn latency_up_to(longest: Duration) -> Latency {
        Latency::Uniform(longest / 10..=longest)
    }

    /// Whether it can be run.
    ///
    /// # Errors
    /// The parameter that is out of range, and its range.
    pub fn check(&self) -> Result<(), EmulationError> {
        if !NODES.contains(&self.nodes) {
            return Err(EmulationError::Nodes { found: self.nodes });
        }
        if !TRANSACTIONS.contains(&self.transactions) {
            return Err(EmulationError::Transactions { found: self.transactions });
        }
        if !TRANSACTION_BYTES.contains(&self.transaction_bytes) {
            return Err(EmulationError::TransactionBytes { found: self.transaction_bytes });
        }
        match self.bandwidth {
            Some(bits_per_second) if bits_per_second < 1_000 => Err(EmulationError::Bandwidth { bits_per_second }),
            _ => Ok(()),
        }
    }

    /// The time from the request to enough receipts, among production replicas.
    ///
    /// # Errors
    /// When it cannot be run, or did not end well.
    pub fn run(&self, seed: u64) -> Result<EmulationRun, EmulationError> {
        self.check()?;
        let setup = self.setup();
        let size = RequestSize { transactions: self.transactions, transaction_bytes: self.transaction_bytes };
        let workload = Workload::new(size, setup.genesis().network(), &SecretKey::simulated(CLIENT_KEY));
        let events = workload.events;
        let mut world = World::new(seed, setup);
        let (asked, answered) = (world.elapsed(), Rc::new(Cell::new(None)));
        let client =
            world.join(Box::new(EmulationClient::new(workload, self.nodes, self.faults() + 1, Rc::clone(&answered))));
        world.subscribe(client);
        let limit = self.patience();
        world.run_until(limit, |_| answered.get().is_some());
        if let Some(violation) = world.violations().first() {
            return Err(EmulationError::Violated { seed, violation: violation.clone() });
        }
        let time = answered.get().ok_or(EmulationError::NotFinal { seed, waited: limit })?;
        Ok(EmulationRun {
            time: time.saturating_sub(asked),
            events,
            event_count: world.event_count(),
            trace: world.trace(),
        })
    }

    /// How many members may be faulty.
    pub(crate) const fn faults(&self) -> usize {
        (self.nodes - 1) / 3
    }

    /// Bytes of the whole request.
    pub(crate) const fn bytes(&self) -> usize {
        self.transactions.saturating_mul(self.transaction_bytes)
    }

    /// The time that these bytes take to leave on one connection.
    pub(crate) fn transfer(&self, bytes: usize) -> Duration {
        self.link().map_or(Duration::ZERO, |link| link.time_of(bytes))
    }

    fn link(&self) -> Option<Bandwidth> {
        self.bandwidth.map(|bits_per_second| Bandwidth { bits_per_second, queue: QueueScope::PerLink })
    }

    fn setup(&self) -> Setup {
        let parameters = Parameters {
            pace: Pace::Automatic,
            min_events: 1,
            max_wait_ms: 0,
            view_timer_ms: u64::try_from(self.view_timer().as_millis()).unwrap_or(u64::MAX),
            ..Parameters::default()
        };
        // A connection is a stream: what was sent first arrives first.
        let links =
            LinkModel { latency: self.latency.clone(), bandwidth: self.link(), in_order: true, ..LinkModel::default() };
        let disks = DiskModel { fsync: DISK..=DISK, fail_per_million: 0, unsynced: UnsyncedWrites::Lost };
        let initial_hellos = InitialHellos::AlreadyExchanged;
        Setup { writers: Writers::Open, links, disks, initial_hellos, ..Setup::equal(self.nodes, parameters) }
    }

    /// Long enough that no view is skipped while the bytes of a milestone, of some votes and of the request travel.
    fn view_timer(&self) -> Duration {
        let milestone = self.transfer(limits::MILESTONE_BYTES).min(Duration::from_secs(600));
        let day = Duration::from_secs(86_400);
        (Duration::from_secs(10) + self.latency.longest() * 30 + milestone + self.transfer(self.bytes())).min(day)
    }

    /// After this time the request counts as lost.
    fn patience(&self) -> Duration {
        (self.view_timer() + self.transfer(self.bytes())) * 20
    }
}
