//! The log of recent notices, one for all streams: a slow client costs no memory but its position.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quorate_replica::Notice;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::core::NumberedNotice;

/// Notices that the log retains: seconds of an import, hours of a quiet network. At 100 bytes each and a document's name,
/// which the replica holds too, less than 1 MiB.
pub(crate) const RETAINED: usize = 8_192;

/// A position in the log, which clients hold as the id of an event. It is valid in one run of the process only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamPosition {
    run: u64,
    /// The cursor of the last notice that the client has received.
    pub(crate) seen: u64,
}

impl std::fmt::Display for StreamPosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}-{}", self.run, self.seen)
    }
}

/// A text that no position prints.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidPosition;

impl FromStr for StreamPosition {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (run, seen) = text.split_once('-').ok_or(InvalidPosition)?;
        let run = u64::from_str_radix(run, 16).map_err(|_| InvalidPosition)?;
        let seen = seen.parse().map_err(|_| InvalidPosition)?;
        let position = Self { run, seen };
        // One form only: `+1` and leading zeros parse as numbers too.
        if position.to_string() == text { Ok(position) } else { Err(InvalidPosition) }
    }
}

/// The notices after a position.
#[derive(Debug)]
pub(crate) enum Since {
    /// In order; empty if there are none yet.
    Notices(Vec<NumberedNotice>),
    /// The log no longer holds the next notice, or the position is of another run.
    Expired,
}

/// The log. The cursors of its notices are consecutive.
#[derive(Debug)]
pub(crate) struct NoticeLog {
    run: u64,
    held: Mutex<VecDeque<NumberedNotice>>,
    latest: watch::Sender<u64>,
}

impl Default for NoticeLog {
    fn default() -> Self {
        // The standard library seeds its hashers from the system, so two runs differ.
        let run = RandomState::new().hash_one(0);
        Self { run, held: Mutex::default(), latest: watch::Sender::new(0) }
    }
}

impl NoticeLog {
    /// Records all notices until the core thread ends.
    pub(crate) async fn record(self: Arc<Self>, mut notices: Receiver<NumberedNotice>) {
        loop {
            match notices.recv().await {
                Ok(noticed) => self.push(noticed),
                // `push` finds the gap in the cursors.
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "notices were missed, so all streams restart")
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Records a notice. After a gap in the cursors the earlier notices are removed, so that no stream skips the gap.
    pub(crate) fn push(&self, noticed: NumberedNotice) {
        let cursor = noticed.cursor;
        let mut held = self.held();
        if held.back().is_some_and(|last| last.cursor.checked_add(1) != Some(cursor)) {
            held.clear();
        }
        if held.len() >= RETAINED {
            held.pop_front();
        }
        held.push_back(noticed);
        drop(held);
        self.latest.send_replace(cursor);
    }

    /// The position after the last notice.
    pub(crate) fn latest(&self) -> StreamPosition {
        StreamPosition { run: self.run, seen: *self.latest.borrow() }
    }

    /// At most `limit` notices after a position.
    pub(crate) fn since(&self, position: StreamPosition, limit: usize) -> Since {
        if position.run != self.run {
            return Since::Expired;
        }
        let held = self.held();
        let Some(first) = held.front().map(|first| first.cursor) else {
            return if position.seen == 0 { Since::Notices(Vec::new()) } else { Since::Expired };
        };
        let skipped = position.seen.checked_add(1).and_then(|next| next.checked_sub(first));
        match skipped.and_then(|skipped| usize::try_from(skipped).ok()) {
            Some(skipped) if skipped <= held.len() => {
                Since::Notices(held.iter().skip(skipped).take(limit).cloned().collect())
            }
            _ => Since::Expired,
        }
    }

    /// Changes with each notice, to wait for the next one.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    fn held(&self) -> MutexGuard<'_, VecDeque<NumberedNotice>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name and the data of a notice as an event.
pub(crate) fn describe(notice: &Notice) -> (&'static str, Value) {
    match notice {
        Notice::Changed { document, event } => {
            ("changed", json!({ "document": &**document, "event": event.to_string() }))
        }
        Notice::Admitted { id } => ("admitted", json!({ "id": id.to_string() })),
        Notice::Milestone { height, id, covered, signers } => {
            let data = json!({ "height": height.0, "id": id.to_string(), "covered": covered, "signers": signers });
            ("milestone", data)
        }
        Notice::Evidence { culprit } => ("evidence", json!({ "culprit": culprit.to_string() })),
    }
}

#[cfg(test)]
mod tests {
    use quorate_event::EventId;

    use super::*;

    fn entry(cursor: u64) -> NumberedNotice {
        NumberedNotice { cursor, notice: Notice::Admitted { id: EventId::new([0; 32]) } }
    }

    fn cursors(log: &NoticeLog, seen: u64) -> Option<Vec<u64>> {
        match log.since(StreamPosition { seen, ..log.latest() }, usize::MAX) {
            Since::Notices(entries) => Some(entries.iter().map(|entry| entry.cursor).collect()),
            Since::Expired => None,
        }
    }

    #[test]
    fn the_log_returns_the_notices_after_a_position_or_says_that_it_expired() {
        let log = NoticeLog::default();
        assert_eq!(cursors(&log, 0), Some(vec![]));
        assert_eq!(cursors(&log, 1), None);
        for cursor in 1..=RETAINED as u64 {
            log.push(entry(cursor));
        }
        assert_eq!(cursors(&log, 0).map(|all| all.len()), Some(RETAINED));
        log.push(entry(RETAINED as u64 + 1));
        assert_eq!(cursors(&log, 0), None);
        assert_eq!(cursors(&log, 1).map(|all| all.len()), Some(RETAINED));
        let last = RETAINED as u64 + 1;
        assert_eq!(cursors(&log, last), Some(vec![]));
        for wrong in [last + 1, u64::MAX] {
            assert_eq!(cursors(&log, wrong), None);
        }
    }

    #[test]
    fn notices_before_a_gap_expire() {
        let log = NoticeLog::default();
        for cursor in [1, 2, 7, 8] {
            log.push(entry(cursor));
        }
        assert_eq!(cursors(&log, 2), None);
        assert_eq!(cursors(&log, 6), Some(vec![7, 8]));
    }

    #[test]
    fn a_position_has_one_form_and_belongs_to_one_run() {
        let log = NoticeLog::default();
        let position = log.latest();
        assert_eq!(position.to_string().parse(), Ok(position));
        for wrong in ["", "-", "1-1", "0000000000000001-+1", "0000000000000001-01", "0000000000000001-1 ", "x-1"] {
            assert_eq!(wrong.parse::<StreamPosition>(), Err(InvalidPosition), "{wrong}");
        }
        let foreign = StreamPosition { run: position.run ^ 1, ..position };
        assert!(matches!(log.since(foreign, 1), Since::Expired));
    }
}
