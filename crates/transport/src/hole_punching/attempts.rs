//! The peers at relays, and the time of the next attempt with each.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::swarm::ConnectionId;

/// The wait after the first attempt, longer than a dial takes to fail; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(15);

/// The longest wait: four small packets through a relay and some unanswered ones, every ten minutes.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Disconnected peers whose waits are kept. Of more, the one with the earliest next attempt is removed.
pub(crate) const MAX_ABSENT: usize = 256;

/// A peer with which this node starts the coordination. There is one attempt at a time for all connections to it: in two dials
/// that cross, both sides would be the dialer.
struct RelayedPeer {
    /// The connections through relays. Empty once the peer is disconnected; its wait stays.
    connections: Vec<ConnectionId>,
    attempts: u32,
    next: Instant,
}

/// An attempt that is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DueAttempt {
    pub(crate) peer: PeerId,
    pub(crate) connection: ConnectionId,
    /// The number of attempts before it.
    pub(crate) attempts: u32,
}

/// All peers at relays. The connection limits bound those that are connected.
#[derive(Default)]
pub(crate) struct AttemptSchedule(BTreeMap<PeerId, RelayedPeer>);

impl AttemptSchedule {
    /// A relayed connection to `peer` opened.
    pub(crate) fn connected(&mut self, peer: PeerId, connection: ConnectionId, now: Instant) {
        let new = || RelayedPeer { connections: Vec::new(), attempts: 0, next: now };
        self.0.entry(peer).or_insert_with(new).connections.push(connection);
    }

    /// A connection to `peer` closed.
    pub(crate) fn disconnected(&mut self, peer: &PeerId, connection: ConnectionId) {
        if let Some(peer_at_relay) = self.0.get_mut(peer) {
            peer_at_relay.connections.retain(|other| *other != connection);
        }
        let absent = || self.0.iter().filter(|(_, peer_at_relay)| peer_at_relay.connections.is_empty());
        if absent().count() > MAX_ABSENT
            && let Some(first) = absent().min_by_key(|(_, peer_at_relay)| peer_at_relay.next).map(|(peer, _)| *peer)
        {
            self.0.remove(&first);
        }
    }

    /// The attempts that are due, with peers that have no direct connection. The next one with each is scheduled.
    pub(crate) fn due(&mut self, now: Instant, is_direct: impl Fn(&PeerId) -> bool) -> Vec<DueAttempt> {
        let due = self.0.iter_mut().filter(|(peer, peer_at_relay)| peer_at_relay.next <= now && !is_direct(peer));
        due.filter_map(|(peer, peer_at_relay)| {
            let connection = *peer_at_relay.connections.last()?;
            if now >= peer_at_relay.next + LONGEST_WAIT {
                // The peer was away, or connected directly, for so long that its network may have changed.
                peer_at_relay.attempts = 0;
            }
            let attempts = peer_at_relay.attempts;
            peer_at_relay.next = now + wait(attempts);
            peer_at_relay.attempts = attempts.saturating_add(1);
            Some(DueAttempt { peer: *peer, connection, attempts })
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
