//! The static peers and their dials: at the start, and again whenever a peer is lost, at growing intervals.

use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use crate::addresses::multiaddr::named_peer;
use crate::connections::not_connected_reason::NotConnectedReason;

/// The wait after the first failure: a node that restarts is back within a second.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// The longest wait: one dial every ten seconds costs little.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// One static peer.
pub(crate) struct StaticPeer {
    pub(crate) addr: Multiaddr,
    /// The peer that the address names, or the one that answered there last.
    pub(crate) peer: Option<PeerId>,
    pub(crate) reason: Option<NotConnectedReason>,
    failures: u32,
    next: Instant,
    /// Whether its name is being looked up.
    resolving: bool,
    dialling: Option<ConnectionId>,
}

/// All static peers, in the order in which the configuration names them.
pub(crate) struct StaticPeers {
    /// Makes the waits of different nodes differ.
    salt: [u8; 32],
    pub(crate) targets: Vec<StaticPeer>,
}

impl StaticPeers {
    pub(crate) fn new(local: &PeerId, addrs: Vec<Multiaddr>, now: Instant) -> Self {
        let target = |addr: Multiaddr| StaticPeer {
            peer: named_peer(&addr),
            addr,
            reason: None,
            failures: 0,
            next: now,
            resolving: false,
            dialling: None,
        };
        let salt = *blake3::hash(&local.to_bytes()).as_bytes();
        Self { salt, targets: addrs.into_iter().map(target).collect() }
    }

    /// The time of the next dial; `None` if all static peers are connected or being dialled.
    pub(crate) fn next(&self, connected: impl Fn(&PeerId) -> bool) -> Option<Instant> {
        self.waiting(connected).map(|(_, target)| target.next).min()
    }

    /// The static peers to dial now, by their places in the list.
    pub(crate) fn due(&self, now: Instant, connected: impl Fn(&PeerId) -> bool) -> Vec<usize> {
        self.waiting(connected).filter(|(_, target)| target.next <= now).map(|(at, _)| at).collect()
    }

    fn waiting(&self, connected: impl Fn(&PeerId) -> bool) -> impl Iterator<Item = (usize, &StaticPeer)> {
        let idle = move |target: &StaticPeer| {
            target.dialling.is_none()
                && !target.resolving
                && target.reason != Some(NotConnectedReason::Itself)
                && !target.peer.as_ref().is_some_and(&connected)
        };
        self.targets.iter().enumerate().filter(move |(_, target)| idle(target))
    }

    /// The lookup of a name began.
    pub(crate) fn resolving(&mut self, at: usize) {
        if let Some(target) = self.targets.get_mut(at) {
            target.resolving = true;
        }
    }

    /// The lookup of a name ended. Returns the address to dial: after each failure the next of those found.
    pub(crate) fn resolved(&mut self, at: usize, mut found: Vec<Multiaddr>) -> Option<Multiaddr> {
        let target = self.targets.get_mut(at)?;
        target.resolving = false;
        let turn = usize::try_from(target.failures).unwrap_or_default().checked_rem(found.len())?;
        Some(found.swap_remove(turn))
    }

    pub(crate) fn dial_started(&mut self, at: usize, connection: ConnectionId) {
        if let Some(target) = self.targets.get_mut(at) {
            target.dialling = Some(connection);
        }
    }

    /// A peer answered a dial; its network is not known yet.
    pub(crate) fn answered(&mut self, connection: ConnectionId, peer: PeerId) {
        for target in self.targets.iter_mut().filter(|target| target.dialling == Some(connection)) {
            target.peer = Some(peer);
        }
    }

    /// A peer of this network is connected, by its dial or by this node's.
    pub(crate) fn connected(&mut self, peer: &PeerId) {
        for target in self.targets.iter_mut().filter(|target| target.peer == Some(*peer)) {
            target.failures = 0;
            target.dialling = None;
            target.reason = None;
        }
    }

    /// The last connection to a peer closed.
    pub(crate) fn disconnected(&mut self, peer: &PeerId, now: Instant) {
        let salt = self.salt;
        for (at, target) in self.targets.iter_mut().enumerate() {
            if target.peer == Some(*peer) && target.dialling.is_none() {
                target.next = now + wait(&salt, at, target.failures);
            }
        }
    }

    /// A dial ended without a connection that is ready.
    pub(crate) fn dial_failed(&mut self, connection: ConnectionId, reason: NotConnectedReason, now: Instant) {
        let at = self.targets.iter().position(|target| target.dialling == Some(connection));
        if let Some(at) = at {
            self.postpone(at, reason, now);
        }
    }

    /// A dial failed or could not begin.
    pub(crate) fn postpone(&mut self, at: usize, reason: NotConnectedReason, now: Instant) {
        let salt = self.salt;
        let Some(target) = self.targets.get_mut(at) else {
            return;
        };
        target.failures = target.failures.saturating_add(1);
        target.next = now + wait(&salt, at, target.failures);
        target.reason = Some(reason);
        target.dialling = None;
    }
}

/// `FIRST_WAIT` doubled for each failure after the first, at most `LONGEST_WAIT`, minus up to a quarter. The part that is
/// subtracted follows from the node, the peer and the count, so that nodes that fail together do not dial together.
fn wait(salt: &[u8; 32], at: usize, failures: u32) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
    let longest = doubled.min(LONGEST_WAIT);
    let draw =
        blake3::Hasher::new_keyed(salt).update(&(at as u64).to_be_bytes()).update(&failures.to_be_bytes()).finalize();
    longest - longest * u32::from(draw.as_bytes()[0]) / 1024
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::multiaddr::loopback;
    use crate::clock::now;

    #[test]
    fn the_wait_grows_to_its_cap_and_stays_there() {
        let (salt, other) = ([1; 32], [2; 32]);
        assert!(wait(&salt, 0, 1) <= FIRST_WAIT && wait(&salt, 0, 1) >= FIRST_WAIT * 3 / 4);
        assert!((1..6).all(|n| wait(&salt, 0, n + 1) > wait(&salt, 0, n)));
        for failures in [10, 32, 33, u32::MAX] {
            assert!((LONGEST_WAIT * 3 / 4..=LONGEST_WAIT).contains(&wait(&salt, 0, failures)));
        }
        assert_eq!(wait(&salt, 3, 4), wait(&salt, 3, 4));
        assert!((0..8).any(|at| wait(&salt, at, 4) != wait(&other, at, 4)));
    }

    #[test]
    fn a_target_with_a_name_is_dialled_at_each_of_its_addresses_in_turn() {
        let now = now();
        let mut redial = StaticPeers::new(&PeerId::random(), vec!["/dns/localhost/tcp/1".parse().unwrap()], now);
        for turn in [1, 2, 1] {
            redial.resolving(0);
            assert!(redial.due(now + LONGEST_WAIT, |_| false).is_empty(), "one lookup at a time");
            assert_eq!(redial.resolved(0, vec![loopback(1), loopback(2)]), Some(loopback(turn)));
            redial.postpone(0, NotConnectedReason::Refused, now);
            assert_eq!(redial.due(now + LONGEST_WAIT, |_| false), [0]);
        }
        assert_eq!(redial.resolved(0, Vec::new()), None);
    }

    #[test]
    fn a_target_is_due_until_it_is_connected_and_again_when_it_is_lost() {
        let (local, peer, now) = (PeerId::random(), PeerId::random(), now());
        let mut redial = StaticPeers::new(&local, vec![loopback(1)], now);
        let connection = ConnectionId::new_unchecked(7);
        assert_eq!(redial.due(now, |_| false), [0]);
        redial.dial_started(0, connection);
        assert_eq!(redial.next(|_| false), None);
        redial.dial_failed(connection, NotConnectedReason::Refused, now);
        assert!(redial.due(now, |_| false).is_empty());
        assert!(redial.next(|_| false).unwrap() > now);
        redial.dial_started(0, connection);
        redial.answered(connection, peer);
        redial.connected(&peer);
        assert_eq!(redial.next(|other| *other == peer), None);
        redial.disconnected(&peer, now);
        assert_eq!(redial.due(now + FIRST_WAIT, |_| false), [0]);
    }
}
