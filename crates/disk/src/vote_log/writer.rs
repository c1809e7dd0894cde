//! The thread that writes votes. All votes that wait share one fdatasync.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use quorate_event::vote_log::{MAX_PAYLOAD_BYTES, RECORD_OVERHEAD};

use super::error::VoteLogError;
use super::file::VoteLog;
use super::last_signed::LastSigned;
use crate::write_queue::{QueueLimits, Refused, StopOnExit, WriteQueue, WriteTicket};

/// Three votes a view and a certificate with each: more than this waits only for a disk that no longer answers.
pub(super) const QUEUE: QueueLimits = QueueLimits { items: 1_024, bytes: 16 << 20 };

/// The most bytes of one append, unless one submission is larger.
const GROUP_BYTES: usize = 4 << 20;

/// Records of votes, which must be durable before the votes are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteBatch {
    /// Their number in the report.
    pub ticket: WriteTicket,
    /// In order, each of at most [`MAX_PAYLOAD_BYTES`].
    pub records: Vec<Vec<u8>>,
    /// Whether they are appended, or replace the content of the log.
    pub mode: VoteWriteMode,
}

/// The effect of a submission on the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoteWriteMode {
    /// Its records are appended.
    Append,
    /// Its records replace all others.
    Rewrite,
}

/// The result of a submission. Reports come in the order of the submissions.
#[derive(Debug)]
pub enum VoteReport {
    /// These votes, and all submitted before them, are on disk: they may be sent.
    Durable(WriteTicket),
    /// A write failed. No vote after the last durable one may be sent, and this is the last report.
    Failed(VoteLogError),
}

/// The log with its writer thread. Dropping it writes the votes that wait.
#[derive(Debug)]
pub struct VoteLogWriter {
    queue: Arc<WriteQueue<VoteBatch>>,
    thread: Option<JoinHandle<()>>,
}

impl VoteLogWriter {
    /// Starts writing `log`, and how far it reaches. `report` is called on the writer's thread, so it should only pass the report on.
    pub fn start(
        log: VoteLog,
        last_signed: LastSigned,
        report: impl FnMut(VoteReport) + Send + 'static,
    ) -> io::Result<Self> {
        let queue = Arc::new(WriteQueue::new(QUEUE));
        let taken = Arc::clone(&queue);
        let run = move || run(log, last_signed, &taken, report);
        let thread = thread::Builder::new().name("vote-log".to_owned()).spawn(run)?;
        Ok(Self { queue, thread: Some(thread) })
    }

    /// Hands votes to the writer without waiting for the disk, so an async task may call it. When the queue is full
    /// they come back, and a [`VoteReport`] is certain to follow: that is the moment to submit them again.
    pub fn try_submit(&self, votes: VoteBatch) -> Result<(), Refused<VoteBatch>> {
        let oversize = votes.records.iter().map(Vec::len).find(|len| *len > MAX_PAYLOAD_BYTES);
        if let Some(bytes) = oversize {
            let limit = MAX_PAYLOAD_BYTES;
            return Err(Refused::TooLarge { bytes, limit });
        }
        let records = votes.records.iter().map(|record| record.len() + RECORD_OVERHEAD);
        let weight = RECORD_OVERHEAD + records.sum::<usize>();
        self.queue.push(votes, weight)
    }
}

impl Drop for VoteLogWriter {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has stopped the queue already.
            let _ = thread.join();
        }
    }
}

fn run(
    mut log: VoteLog,
    mut last_signed: LastSigned,
    queue: &WriteQueue<VoteBatch>,
    mut report: impl FnMut(VoteReport),
) {
    let _stop = StopOnExit(queue);
    while let Some(group) = queue.take(GROUP_BYTES) {
        let tickets: Vec<_> = group.iter().map(|votes| votes.ticket).collect();
        let written = write(&mut log, group).and_then(|()| last_signed.cast(log.next_sequence()));
        if let Err(error) = written {
            queue.stop();
            return report(VoteReport::Failed(error));
        }
        queue.release();
        tickets.into_iter().for_each(|ticket| report(VoteReport::Durable(ticket)));
    }
}

/// Appends neighbours together; a rewrite stands alone.
fn write(log: &mut VoteLog, group: Vec<VoteBatch>) -> Result<(), VoteLogError> {
    let mut pending = Vec::new();
    for votes in group {
        match votes.mode {
            VoteWriteMode::Append => pending.extend(votes.records),
            VoteWriteMode::Rewrite => {
                // Records that the rewrite replaces need no fsync before it.
                pending.clear();
                log.rewrite(&votes.records)?;
            }
        }
    }
    log.append(&pending)
}
