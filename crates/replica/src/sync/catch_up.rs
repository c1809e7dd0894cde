//! Catching up: one peer is asked at a time, for as many vertices as one message holds, and again once they are applied.
//!
//! Peers lie and stall, and links are slow: the time limit of a response follows from the duration of earlier ones.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_agreement::Peer;
use quorate_event::EventId;

/// The first time limit: a round trip around the world, and a busy disk.
const FIRST_LIMIT: Duration = Duration::from_secs(2);
/// The greatest time limit: one message over a link of 128 kbit/s.
const GREATEST_LIMIT: Duration = Duration::from_secs(120);
/// The time limit as a multiple of the duration of the last response.
const SLACK: u32 = 4;

/// A request that is under way.
#[derive(Debug, Clone, Copy)]
struct SyncRequest {
    peer: Peer,
    since: Duration,
    due: Duration,
    /// The vertex that the peer named and we lacked; none where it reported more of them.
    named: Option<EventId>,
}

/// The peer that is asked, and the late ones.
#[derive(Debug)]
pub(super) struct CatchUp {
    under_way: Option<SyncRequest>,
    limit: Duration,
    /// Peers with an overdue response, and the time of the request. Peers that disconnect are removed.
    late: BTreeMap<Peer, Duration>,
}

/// A request without a response in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overdue {
    pub(super) peer: Peer,
    /// The vertex that the peer had named.
    pub(super) named: Option<EventId>,
}

impl Default for CatchUp {
    fn default() -> Self {
        Self { under_way: None, limit: FIRST_LIMIT, late: BTreeMap::new() }
    }
}

impl CatchUp {
    /// Whether no request is under way.
    pub(super) const fn is_idle(&self) -> bool {
        self.under_way.is_none()
    }

    /// `peer` is asked now: it holds `named`, or more of what it sent.
    pub(super) fn begin(&mut self, peer: Peer, named: Option<EventId>, now: Duration) {
        let due = now.saturating_add(self.limit);
        self.under_way = Some(SyncRequest { peer, since: now, due, named });
    }

    /// `peer` responded, in time or late. Returns whether its request was under way.
    pub(super) fn answered(&mut self, peer: Peer, now: Duration) -> bool {
        let late = self.late.remove(&peer);
        let asked = self.under_way.take_if(|request| request.peer == peer).map(|request| request.since);
        if let Some(since) = late.or(asked) {
            let took = now.saturating_sub(since);
            self.limit = took.saturating_mul(SLACK).clamp(FIRST_LIMIT, GREATEST_LIMIT);
        }
        asked.is_some()
    }

    /// Takes the request that is overdue by now.
    pub(super) fn take_overdue(&mut self, now: Duration) -> Option<Overdue> {
        let SyncRequest { peer, since, named, .. } = self.under_way.take_if(|request| request.due <= now)?;
        self.late.entry(peer).or_insert(since);
        Some(Overdue { peer, named })
    }

    /// `peer` disconnected. Returns whether its request was under way.
    pub(super) fn cancel(&mut self, peer: Peer) -> bool {
        self.late.remove(&peer);
        self.under_way.take_if(|request| request.peer == peer).is_some()
    }

    /// The time limit of the request under way.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.under_way.map(|request| request.due)
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
        let mut catch_up = CatchUp::default();
        catch_up.begin(A, None, S(0));
        assert_eq!(catch_up.take_overdue(S(1)), None);
        assert_eq!(catch_up.take_overdue(FIRST_LIMIT), Some(Overdue { peer: A, named: None }));
        assert_eq!((catch_up.take_overdue(S(100)), catch_up.is_idle()), (None, true));
    }

    #[test]
    fn a_slow_link_is_given_the_time_that_it_took() {
        let mut catch_up = CatchUp::default();
        catch_up.begin(A, None, S(0));
        assert!(catch_up.take_overdue(S(2)).is_some());
        catch_up.begin(B, None, S(2));
        catch_up.answered(A, S(20));
        assert!(!catch_up.is_idle());
        catch_up.answered(B, S(22));
        catch_up.begin(A, None, S(22));
        assert_eq!(catch_up.next_due(), Some(S(22 + 4 * 20)));
        catch_up.answered(A, S(23));
        catch_up.begin(A, None, S(23));
        assert_eq!(catch_up.next_due(), Some(S(23 + 4)));
    }

    #[test]
    fn a_peer_that_disconnects_is_not_waited_for() {
        let mut catch_up = CatchUp::default();
        catch_up.begin(A, None, S(0));
        assert!(!catch_up.cancel(B));
        assert!(catch_up.cancel(A));
        assert!(catch_up.is_idle());
    }
}
