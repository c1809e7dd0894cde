//! The late node: processes messages of history as a node does, and measures each part.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use quorate_disk::store::{Refused, Store, StoreBatch, StoreReport};
use quorate_event::{Canonical, Digest, Height, KeyRing};
use quorate_node::core::batch_of;
use quorate_replica::{CheckedVertices, DiskTicket, Input, Now, Output, PeerMessage, Replica, VertexValidator};

use super::error::CatchUpError;
use super::source::{PEER, Source, key, replica};
use crate::args::CatchUpArgs;
use crate::bench::figures::cpu_s;

/// A replica that is not a member, with a temporary store.
pub(super) struct Late {
    replica: Replica,
    door: VertexValidator,
    store: Option<Store>,
    reports: Receiver<StoreReport>,
    place: PathBuf,
    now: Now,
    /// Tickets that are written and not yet reported.
    open: usize,
}

/// The time of each part.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    /// Decoding of a message.
    pub(super) read: Duration,
    /// Checks of certificates, ids and proofs.
    pub(super) check: Duration,
    /// The replica: graph, documents, derived roots.
    pub(super) handle: Duration,
    /// Waits for the disk, when its queue was full and at the end.
    pub(super) wait: Duration,
    /// Wall time from the first byte until everything is on disk.
    pub(super) all: Duration,
    /// CPU time of all threads.
    pub(super) cpu_s: f64,
    pub(super) events: u64,
    pub(super) commits: u64,
}

fn timed<T>(spent: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    *spent += start.elapsed();
    done
}

impl Late {
    pub(super) fn new(source: &Source, args: &CatchUpArgs) -> Result<Self, CatchUpError> {
        let room = args.store.clone().unwrap_or_else(env::temp_dir);
        let place = room.join(format!("quorate-catch-up-{}", process::id()));
        fs::create_dir_all(&place).map_err(|source| CatchUpError::Room { path: room, source })?;
        let (sender, reports) = channel();
        // The benchmark may have ended; the report is not needed then.
        let store = Store::open(place.join("store.redb"), move |report| drop(sender.send(report)))?;
        let mut replica = replica(source.genesis(), key(1_000)?, source.now())?;
        replica.handle(Input::Connected { peer: PEER, address: key(0)?.address() }, source.now());
        let door = replica.vertex_validator();
        Ok(Self { replica, door, store: Some(store), reports, place, now: source.now(), open: 0 })
    }

    pub(super) fn height(&self) -> Height {
        self.replica.height()
    }

    pub(super) fn digest(&self) -> Digest {
        self.replica.status().finalised
    }

    /// Processes messages one after the other, like a node that requests the next one after the last.
    pub(super) fn take(&mut self, messages: &[Vec<u8>]) -> Result<Spent, CatchUpError> {
        let (mut spent, cpu) = (Spent::default(), cpu_s(process::id()));
        let start = Instant::now();
        for bytes in messages {
            let Ok(PeerMessage::SyncResponse(rest)) = timed(&mut spent.read, || PeerMessage::from_bytes(bytes)) else {
                continue;
            };
            let checked = timed(&mut spent.check, || self.door.check_sync_response(&rest, &mut KeyRing::default()));
            let Ok(CheckedVertices { vertices, left_out, .. }) = checked else { continue };
            self.handle(Input::SyncResponse { from: PEER, vertices, more: rest.more || left_out }, &mut spent)?;
            while let Ok(report) = self.reports.try_recv() {
                self.report(report, &mut spent)?;
            }
        }
        while self.open > 0 {
            self.wait(&mut spent)?;
        }
        (spent.all, spent.cpu_s) = (start.elapsed(), cpu_s(process::id()) - cpu);
        let stats = self.store.as_ref().map(Store::stats);
        (spent.events, spent.commits) = stats.map_or((0, 0), |stats| (stats.events, stats.commits));
        Ok(spent)
    }

    fn handle(&mut self, input: Input, spent: &mut Spent) -> Result<(), CatchUpError> {
        for output in timed(&mut spent.handle, || self.replica.handle(input, self.now)) {
            if let Output::Persist { ticket, vertices } = output {
                self.open += 1;
                let mut batch = timed(&mut spent.handle, || batch_of(ticket, &vertices));
                while let Some(again) = self.submit(batch)? {
                    batch = again;
                    self.wait(spent)?;
                }
            }
        }
        Ok(())
    }

    /// Returns the batch while the queue of the disk is full.
    fn submit(&self, batch: StoreBatch) -> Result<Option<StoreBatch>, CatchUpError> {
        match self.store.as_ref().map_or(Ok(()), |store| store.try_submit(batch)) {
            Ok(()) => Ok(None),
            Err(Refused::Full(batch)) => Ok(Some(batch)),
            Err(Refused::TooLarge { .. } | Refused::Stopped) => Err(self.failed()),
        }
    }

    fn wait(&mut self, spent: &mut Spent) -> Result<(), CatchUpError> {
        let report = timed(&mut spent.wait, || self.reports.recv());
        self.report(report.map_err(|_| self.failed())?, spent)
    }

    fn report(&mut self, report: StoreReport, spent: &mut Spent) -> Result<(), CatchUpError> {
        match report {
            StoreReport::Completed { ticket, .. } => {
                self.open -= 1;
                self.handle(Input::Stored(DiskTicket(ticket.0)), spent)
            }
            StoreReport::Failed(error) => Err(error.into()),
        }
    }

    fn failed(&self) -> CatchUpError {
        let source = std::io::Error::other("the store has stopped");
        CatchUpError::Room { path: self.place.clone(), source }
    }
}

impl Drop for Late {
    fn drop(&mut self) {
        self.store = None;
        // A leftover in the temporary directory does no harm.
        let _left = fs::remove_dir_all(&self.place);
    }
}
