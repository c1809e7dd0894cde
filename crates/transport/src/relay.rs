//! Reaching peers that cannot be dialled: this node as a relay for others, and others as relays for this node.
//!
//! A node that does not listen reserves a place at a relay or two, and is reached at `/…/p2p/<relay>/p2p-circuit`. What
//! passes there is Noise between the two ends: the relay sees bytes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use libp2p::core::transport::ListenerId;
use libp2p::{Multiaddr, PeerId, relay};

use crate::direct::send_queue::SendQueues;

/// Relays at which a node that does not listen is to be reached: one may fail.
const WANTED: usize = 2;

/// Peers for which a relay keeps a place: a large committee behind NAT.
const MAX_RESERVATIONS: usize = 64;

/// Circuits through a relay: every pair of a dozen such peers.
const MAX_CIRCUITS: usize = 64;

/// Circuits to and from one peer.
const MAX_CIRCUITS_PER_PEER: usize = 16;

/// A circuit ends after this, and is made anew if it is still needed.
const CIRCUIT: Duration = Duration::from_secs(3_600);

/// What passes through a circuit before it ends: a catch-up, not a backup of everything.
const CIRCUIT_BYTES: u64 = 64 << 20;

/// This node as a relay, for connected peers of this network and nobody else.
pub(crate) fn server(local: PeerId, send_queues: &Arc<SendQueues>) -> relay::Behaviour {
    let mut config = relay::Config {
        max_reservations: MAX_RESERVATIONS,
        max_reservations_per_peer: 1,
        reservation_rate_limiters: Vec::new(),
        max_circuits: MAX_CIRCUITS,
        max_circuits_per_peer: MAX_CIRCUITS_PER_PEER,
        max_circuit_duration: CIRCUIT,
        max_circuit_bytes: CIRCUIT_BYTES,
        circuit_src_rate_limiters: Vec::new(),
        ..relay::Config::default()
    };
    for limiters in [&mut config.reservation_rate_limiters, &mut config.circuit_src_rate_limiters] {
        let send_queues = Arc::clone(send_queues);
        // What libp2p asks for each request may refuse for any reason; here it is whose peer it is.
        limiters.push(Box::new(move |peer: PeerId, _: &Multiaddr, _| send_queues.is_connected(&peer)));
    }
    relay::Behaviour::new(local, config)
}

/// The places at relays that this node has or asked for.
#[derive(Default)]
pub(crate) struct RelayReservations {
    /// Whether this node needs any: it does not listen.
    pub(crate) needed: bool,
    /// At most `WANTED`.
    pub(crate) held: Vec<(ListenerId, PeerId)>,
    /// Peers that said they are relays, and where; connected ones alone, which the connection limits bound.
    pub(crate) relays: BTreeMap<PeerId, Multiaddr>,
}

impl RelayReservations {
    pub(crate) fn new(needed: bool) -> Self {
        Self { needed, ..Self::default() }
    }

    /// Whether a listener was a place at a relay. It is gone now.
    pub(crate) fn lost(&mut self, listener: ListenerId) -> bool {
        let held = self.held.len();
        self.held.retain(|(other, _)| *other != listener);
        self.held.len() < held
    }

    /// The relay that was dialled at `addr`.
    pub(crate) fn relay_at(&self, addr: &Multiaddr) -> Option<PeerId> {
        self.relays.iter().find(|(_, other)| *other == addr).map(|(relay, _)| *relay)
    }

    /// The relay to ask next, if one is needed.
    pub(crate) fn next(&self) -> Option<(PeerId, Multiaddr)> {
        if !self.needed || self.held.len() >= WANTED {
            return None;
        }
        let free = self.relays.iter().find(|(relay, _)| self.held.iter().all(|(_, held)| held != *relay))?;
        Some((*free.0, free.1.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::multiaddr::loopback;

    #[test]
    fn a_node_that_does_not_listen_has_places_at_two_relays() {
        let mut reservations = RelayReservations::new(true);
        assert_eq!(reservations.next(), None);
        for _ in 0..5 {
            reservations.relays.insert(PeerId::random(), loopback(1));
        }
        let listeners: Vec<ListenerId> = std::iter::from_fn(|| {
            let (relay, _) = reservations.next()?;
            let listener = ListenerId::next();
            assert!(!reservations.held.iter().any(|(_, held)| *held == relay), "not twice at one");
            reservations.held.push((listener, relay));
            Some(listener)
        })
        .collect();
        assert_eq!(listeners.len(), WANTED);
        assert!(reservations.lost(listeners[0]) && !reservations.lost(listeners[0]));
        assert!(reservations.next().is_some());
        reservations.needed = false;
        assert!(reservations.next().is_none());
    }
}
