//! The bounded queue before a writer thread.
//!
//! Submissions that the writer has taken count until they are on disk. So the bound holds for all memory that waits for the
//! disk, and after a refusal as full a report always follows.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The caller's number of one submission, returned in its report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteTicket(pub u64);

/// The bounds of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueLimits {
    /// Submissions.
    pub(crate) items: usize,
    /// Their weight, in bytes.
    pub(crate) bytes: usize,
}

/// The reason why a submission was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused<T> {
    /// The queue is full. A report of a waiting submission is certain to follow: submit again then.
    #[error("the disk is behind: submit again after its next report")]
    Full(T),
    /// It alone is above the bound.
    #[error("{bytes} bytes at once are more than the {limit} that may wait for the disk: submit smaller batches")]
    TooLarge {
        /// Its weight.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// A write failed earlier, or the writer was closed.
    #[error("writing has stopped for good: start the node again")]
    Stopped,
}

/// Submissions on their way to one writer.
#[derive(Debug)]
pub(crate) struct WriteQueue<T> {
    limits: QueueLimits,
    state: Mutex<QueueState<T>>,
    arrived: Condvar,
}

#[derive(Debug)]
struct QueueState<T> {
    waiting: VecDeque<(T, usize)>,
    waiting_bytes: usize,
    taken_items: usize,
    taken_bytes: usize,
    open: bool,
}

impl<T> WriteQueue<T> {
    /// An empty queue.
    pub(crate) fn new(limits: QueueLimits) -> Self {
        let state =
            QueueState { waiting: VecDeque::new(), waiting_bytes: 0, taken_items: 0, taken_bytes: 0, open: true };
        Self { limits, state: Mutex::new(state), arrived: Condvar::new() }
    }

    /// Appends a submission, or refuses it; does not wait for the disk.
    pub(crate) fn push(&self, item: T, bytes: usize) -> Result<(), Refused<T>> {
        let limits = self.limits;
        let mut state = self.state();
        if !state.open {
            return Err(Refused::Stopped);
        }
        if bytes > limits.bytes {
            let limit = limits.bytes;
            return Err(Refused::TooLarge { bytes, limit });
        }
        let items = state.waiting.len() + state.taken_items;
        if items >= limits.items || state.waiting_bytes + state.taken_bytes + bytes > limits.bytes {
            return Err(Refused::Full(item));
        }
        state.waiting.push_back((item, bytes));
        state.waiting_bytes += bytes;
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Waits for submissions and takes the oldest up to `group_bytes`, at least one. None when closed and empty.
    pub(crate) fn take(&self, group_bytes: usize) -> Option<Vec<T>> {
        let mut state = self
            .arrived
            .wait_while(self.state(), |state| state.open && state.waiting.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let mut group = Vec::new();
        while let Some((item, bytes)) = state.waiting.pop_front() {
            if !group.is_empty() && state.taken_bytes + bytes > group_bytes {
                state.waiting.push_front((item, bytes));
                break;
            }
            state.waiting_bytes -= bytes;
            state.taken_bytes += bytes;
            group.push(item);
        }
        state.taken_items = group.len();
        (!group.is_empty()).then_some(group)
    }

    /// The submissions that were taken are on disk and count no longer.
    pub(crate) fn release(&self) {
        let mut state = self.state();
        state.taken_items = 0;
        state.taken_bytes = 0;
    }

    /// Refuses further submissions; those that wait are still written.
    pub(crate) fn close(&self) {
        self.state().open = false;
        self.arrived.notify_all();
    }

    /// Refuses further submissions and drops those that wait.
    pub(crate) fn stop(&self) {
        let mut state = self.state();
        state.open = false;
        state.waiting.clear();
        state.waiting_bytes = 0;
    }

    /// Whether it accepts submissions.
    pub(crate) fn is_open(&self) -> bool {
        self.state().open
    }

    /// A panic while the lock was held cannot leave the counts half changed: no step under it can panic.
    fn state(&self) -> MutexGuard<'_, QueueState<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops a queue when its writer ends, also by a panic, so that no submission waits without a writer.
#[derive(Debug)]
pub(crate) struct StopOnExit<'a, T>(pub(crate) &'a WriteQueue<T>);

impl<T> Drop for StopOnExit<'_, T> {
    fn drop(&mut self) {
        self.0.stop();
    }
}
