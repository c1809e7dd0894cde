//! The peers that are met at a relay, and when a talk with each is due.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::swarm::ConnectionId;

/// The wait after the first attempt: longer than a dial takes to fail. It doubles.
const FIRST_WAIT: Duration = Duration::from_secs(15);

/// The longest wait: four small packets through a relay and some unanswered ones, every ten minutes.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Peers that left and whose waits are kept. Of more, those are forgotten that would be due first.
pub(crate) const MAX_ABSENT: usize = 256;

/// A peer with which this node opens the talk. There is one talk at a time for all the ways to it: of two dials that cross,
/// both sides would be the dialer.
struct Meeting {
    /// None once the peer has left: who comes back goes on waiting.
    ways: Vec<ConnectionId>,
    attempts: u32,
    next: Instant,
}

/// A talk that is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) peer: PeerId,
    pub(crate) way: ConnectionId,
    /// How many there were before.
    pub(crate) attempts: u32,
}

/// All of them. The connection limits bound those present.
#[derive(Default)]
pub(crate) struct Meetings(BTreeMap<PeerId, Meeting>);

impl Meetings {
    /// A relayed connection to `peer` opened.
    pub(crate) fn met(&mut self, peer: PeerId, way: ConnectionId, now: Instant) {
        let new = || Meeting { ways: Vec::new(), attempts: 0, next: now };
        self.0.entry(peer).or_insert_with(new).ways.push(way);
    }

    /// A connection to `peer` closed.
    pub(crate) fn left(&mut self, peer: &PeerId, way: ConnectionId) {
        if let Some(meeting) = self.0.get_mut(peer) {
            meeting.ways.retain(|other| *other != way);
        }
        let absent = || self.0.iter().filter(|(_, meeting)| meeting.ways.is_empty());
        if absent().count() > MAX_ABSENT
            && let Some(first) = absent().min_by_key(|(_, meeting)| meeting.next).map(|(peer, _)| *peer)
        {
            self.0.remove(&first);
        }
    }

    /// The talks that are due with peers that are not reached directly. Each is the last for a while.
    pub(crate) fn due(&mut self, now: Instant, is_direct: impl Fn(&PeerId) -> bool) -> Vec<Due> {
        let due = self.0.iter_mut().filter(|(peer, meeting)| meeting.next <= now && !is_direct(peer));
        due.filter_map(|(peer, meeting)| {
            let way = *meeting.ways.last()?;
            if now >= meeting.next + LONGEST_WAIT {
                // The peer was away, or reached directly, for so long that nobody can say how it is now.
                meeting.attempts = 0;
            }
            let attempts = meeting.attempts;
            meeting.next = now + wait(attempts);
            meeting.attempts = attempts.saturating_add(1);
            Some(Due { peer: *peer, way, attempts })
        })
        .collect()
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// `FIRST_WAIT` doubled for each attempt before, at most `LONGEST_WAIT`.
fn wait(attempts: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1_u32.checked_shl(attempts).unwrap_or(u32::MAX)).min(LONGEST_WAIT)
}
