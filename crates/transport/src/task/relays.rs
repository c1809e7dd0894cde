//! Reservations at relays, for a node that others cannot dial.

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, StreamProtocol, relay};

use super::run::Task;
use crate::addresses::multiaddr::is_relayed;

impl Task {
    /// Notes a peer that speaks the relay protocol, if this node needs relays and dialled the peer directly.
    pub(crate) fn on_protocols(&mut self, peer: PeerId, dialled: Option<Multiaddr>, protocols: &[StreamProtocol]) {
        let serves = self.reservations.needed && protocols.contains(&relay::HOP_PROTOCOL_NAME);
        let Some(addr) = dialled.filter(|addr| serves && !is_relayed(addr)) else { return };
        let direct = addr.iter().take_while(|part| !matches!(part, Protocol::P2p(_))).collect();
        self.reservations.relays.insert(peer, direct);
        self.reserve();
    }

    /// Removes a relay that is disconnected.
    pub(crate) fn remove_relay(&mut self, peer: &PeerId) {
        self.reservations.relays.remove(peer);
    }

    /// Requests reservations while there are too few.
    pub(crate) fn reserve(&mut self) {
        while let Some((relay, addr)) = self.reservations.next() {
            match self.swarm.listen_on(addr.with(Protocol::P2p(relay)).with(Protocol::P2pCircuit)) {
                Ok(listener) => self.reservations.held.push((listener, relay)),
                Err(error) => {
                    tracing::debug!(%relay, %error, "no relay");
                    self.remove_relay(&relay);
                }
            }
        }
    }
}
