//! What happened lately, remembered once for all streams: a slow reader costs nothing but its place.

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

/// Notices that are remembered: seconds of an import, hours of a quiet network. At 100 bytes each and a document's name,
/// which the replica holds too, less than 1 MiB.
pub(crate) const RETAINED: usize = 8_192;

/// A place in the stream, as clients hold it: it means nothing in another run of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamPosition {
    run: u64,
    /// The last notice that the client has seen.
    pub(crate) seen: u64,
}

impl std::fmt::Display for StreamPosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}-{}", self.run, self.seen)
    }
}

/// Not a place that this program gave out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidPosition;

impl FromStr for StreamPosition {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (run, seen) = text.split_once('-').ok_or(InvalidPosition)?;
        let run = u64::from_str_radix(run, 16).map_err(|_| InvalidPosition)?;
        let seen = seen.parse().map_err(|_| InvalidPosition)?;
        let place = Self { run, seen };
        // One form only: `+1` and leading zeros parse as numbers too.
        if place.to_string() == text { Ok(place) } else { Err(InvalidPosition) }
    }
}

/// What follows a place.
#[derive(Debug)]
pub(crate) enum Since {
    /// These, in order; none if nothing has happened since.
    Entries(Vec<NumberedNotice>),
    /// It is not remembered what followed, or the place is of another run.
    Expired,
}

/// The memory. Its entries' cursors follow on one another.
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
    /// Remembers what is noticed, until the core ends.
    pub(crate) async fn record(self: Arc<Self>, mut notices: Receiver<NumberedNotice>) {
        loop {
            match notices.recv().await {
                Ok(noticed) => self.push(noticed),
                // The gap in the cursors tells; see `push`.
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "streams start anew: notices were missed")
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Remembers a notice. After a gap everything before it is forgotten, so that no stream skips unawares.
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

    /// Where the stream is now.
    pub(crate) fn latest(&self) -> StreamPosition {
        StreamPosition { run: self.run, seen: *self.latest.borrow() }
    }

    /// At most `limit` entries after a place.
    pub(crate) fn since(&self, place: StreamPosition, limit: usize) -> Since {
        if place.run != self.run {
            return Since::Expired;
        }
        let held = self.held();
        let Some(first) = held.front().map(|first| first.cursor) else {
            return if place.seen == 0 { Since::Entries(Vec::new()) } else { Since::Expired };
        };
        let skipped = place.seen.checked_add(1).and_then(|next| next.checked_sub(first));
        match skipped.and_then(|skipped| usize::try_from(skipped).ok()) {
            Some(skipped) if skipped <= held.len() => {
                Since::Entries(held.iter().skip(skipped).take(limit).cloned().collect())
            }
            _ => Since::Expired,
        }
    }

    /// Wakes whoever waits for more.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    fn held(&self) -> MutexGuard<'_, VecDeque<NumberedNotice>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A notice as the stream tells it: its name, and JSON.
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
            Since::Entries(entries) => Some(entries.iter().map(|entry| entry.cursor).collect()),
            Since::Expired => None,
        }
    }

    #[test]
    fn a_ring_tells_what_followed_a_place_or_that_it_has_forgotten() {
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
    fn after_a_gap_nothing_before_it_is_remembered() {
        let log = NoticeLog::default();
        for cursor in [1, 2, 7, 8] {
            log.push(entry(cursor));
        }
        assert_eq!(cursors(&log, 2), None);
        assert_eq!(cursors(&log, 6), Some(vec![7, 8]));
    }

    #[test]
    fn a_place_has_one_form_and_belongs_to_one_run() {
        let log = NoticeLog::default();
        let place = log.latest();
        assert_eq!(place.to_string().parse(), Ok(place));
        for wrong in ["", "-", "1-1", "0000000000000001-+1", "0000000000000001-01", "0000000000000001-1 ", "x-1"] {
            assert_eq!(wrong.parse::<StreamPosition>(), Err(InvalidPosition), "{wrong}");
        }
        let foreign = StreamPosition { run: place.run ^ 1, ..place };
        assert!(matches!(log.since(foreign, 1), Since::Expired));
    }
}
