//! Catching up: one peer is asked at a time, for as much as one message holds, and again when that is taken.
//!
//! Peers lie and stall, and links are slow: how long an answer may take is learnt from those that came.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_agreement::Peer;
use quorate_event::EventId;

/// What an answer may take as long as nothing is known: a round trip around the world, and a disk that is busy.
const PATIENCE: Duration = Duration::from_secs(2);
/// What an answer may take at most: one message over a link of 128 kbit/s.
const MOST_PATIENCE: Duration = Duration::from_secs(120);
/// An answer may take so many times what the last one took.
const SLACK: u32 = 4;

/// A question that is under way.
#[derive(Debug, Clone, Copy)]
struct Ask {
    peer: Peer,
    since: Duration,
    due: Duration,
    /// What the peer named and we lacked; nothing where it said that it has more.
    named: Option<EventId>,
}

/// Whom we asked for the rest.
#[derive(Debug)]
pub(crate) struct Fetch {
    under_way: Option<Ask>,
    patience: Duration,
    /// Since when answers are overdue. Peers that disconnect are forgotten.
    late: BTreeMap<Peer, Duration>,
}

/// A question that was not answered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overdue {
    pub(crate) peer: Peer,
    /// What the peer had named, if it is still of use.
    pub(crate) named: Option<EventId>,
}

impl Default for Fetch {
    fn default() -> Self {
        Self { under_way: None, patience: PATIENCE, late: BTreeMap::new() }
    }
}

impl Fetch {
    /// Whether nobody is being asked.
    pub(crate) const fn is_idle(&self) -> bool {
        self.under_way.is_none()
    }

    /// `peer` is asked now, who should have `named`, or more of what it sent.
    pub(crate) fn begin(&mut self, peer: Peer, named: Option<EventId>, now: Duration) {
        let due = now.saturating_add(self.patience);
        self.under_way = Some(Ask { peer, since: now, due, named });
    }

    /// `peer` answered, in time or late; whether it is the one that is being asked.
    pub(crate) fn answered(&mut self, peer: Peer, now: Duration) -> bool {
        let late = self.late.remove(&peer);
        let asked = self.under_way.take_if(|ask| ask.peer == peer).map(|ask| ask.since);
        if let Some(since) = late.or(asked) {
            let took = now.saturating_sub(since);
            self.patience = took.saturating_mul(SLACK).clamp(PATIENCE, MOST_PATIENCE);
        }
        asked.is_some()
    }

    /// The question that is overdue by now: nobody is being asked any more.
    pub(crate) fn overdue(&mut self, now: Duration) -> Option<Overdue> {
        let Ask { peer, since, named, .. } = self.under_way.take_if(|ask| ask.due <= now)?;
        self.late.entry(peer).or_insert(since);
        Some(Overdue { peer, named })
    }

    /// Nothing will come from `peer`; whether it was the one that is being asked.
    pub(crate) fn forget(&mut self, peer: Peer) -> bool {
        self.late.remove(&peer);
        self.under_way.take_if(|ask| ask.peer == peer).is_some()
    }

    /// When the answer is due.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.under_way.map(|ask| ask.due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Peer = Peer(1);
    const B: Peer = Peer(2);
    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn an_answer_that_does_not_come_in_time_is_overdue_once() {
        let mut fetch = Fetch::default();
        fetch.begin(A, None, S(0));
        assert_eq!(fetch.overdue(S(1)), None);
        assert_eq!(fetch.overdue(PATIENCE), Some(Overdue { peer: A, named: None }));
        assert_eq!((fetch.overdue(S(100)), fetch.is_idle()), (None, true));
    }

    #[test]
    fn a_slow_link_is_given_the_time_that_it_took() {
        let mut fetch = Fetch::default();
        fetch.begin(A, None, S(0));
        assert!(fetch.overdue(S(2)).is_some());
        fetch.begin(B, None, S(2));
        fetch.answered(A, S(20));
        assert!(!fetch.is_idle());
        fetch.answered(B, S(22));
        fetch.begin(A, None, S(22));
        assert_eq!(fetch.next_due(), Some(S(22 + 4 * 20)));
        fetch.answered(A, S(23));
        fetch.begin(A, None, S(23));
        assert_eq!(fetch.next_due(), Some(S(23 + 4)));
    }

    #[test]
    fn whoever_leaves_is_not_waited_for() {
        let mut fetch = Fetch::default();
        fetch.begin(A, None, S(0));
        assert!(!fetch.forget(B));
        assert!(fetch.forget(A));
        assert!(fetch.is_idle());
    }
}
