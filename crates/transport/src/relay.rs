//! Circuit relays: this node as a relay for others, and the reservations of this node at other relays.
//!
//! A node that does not listen makes reservations at two relays, and is reached at `/…/p2p/<relay>/p2p-circuit`. The
//! traffic through a relay is encrypted by Noise between its two ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use libp2p::core::transport::ListenerId;
use libp2p::{Multiaddr, PeerId, relay};

use crate::direct::send_queue::SendQueues;

/// Reservations of a node that does not listen: one relay may fail.
const WANTED: usize = 2;

/// Reservations at this relay: a large committee behind NAT.
const MAX_RESERVATIONS: usize = 64;

/// Circuits through this relay: every pair of a dozen peers behind NAT.
const MAX_CIRCUITS: usize = 64;

/// Circuits to and from one peer.
const MAX_CIRCUITS_PER_PEER: usize = 16;

/// The duration after which a circuit ends; peers that still need one open another.
const CIRCUIT: Duration = Duration::from_secs(3_600);

/// The bytes after which a circuit ends: enough to catch up, too few for all history.
const CIRCUIT_BYTES: u64 = 64 << 20;

/// This node as a relay, for connected peers of this network only.
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
        // libp2p calls a rate limiter for each request. This one refuses every peer that is not of this network.
        limiters.push(Box::new(move |peer: PeerId, _: &Multiaddr, _| send_queues.is_connected(&peer)));
    }
    relay::Behaviour::new(local, config)
}

/// The reservations of this node, made or requested.
#[derive(Default)]
pub(crate) struct RelayReservations {
    /// Whether this node needs any: it does not listen.
    pub(crate) needed: bool,
    /// At most `WANTED`.
    pub(crate) held: Vec<(ListenerId, PeerId)>,
    /// Connected peers that are relays, and their addresses; the connection limits bound their number.
    pub(crate) relays: BTreeMap<PeerId, Multiaddr>,
}

impl RelayReservations {
    pub(crate) fn new(needed: bool) -> Self {
        Self { needed, ..Self::default() }
    }

    /// Removes the reservation of a listener that closed. Returns whether there was one.
    pub(crate) fn lost(&mut self, listener: ListenerId) -> bool {
        let held = self.held.len();
        self.held.retain(|(other, _)| *other != listener);
        self.held.len() < held
    }

    /// The relay that was dialled at `addr`.
    pub(crate) fn relay_at(&self, addr: &Multiaddr) -> Option<PeerId> {
        self.relays.iter().find(|(_, other)| *other == addr).map(|(relay, _)| *relay)
    }

    /// The next relay for a reservation, if one is needed.
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
    fn a_node_that_does_not_listen_reserves_at_two_relays() {
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
