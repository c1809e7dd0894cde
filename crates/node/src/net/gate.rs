//! A bound on inbound connections from one IP address, which libp2p's own connection limits do not have.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{
    ConnectionClosed, ConnectionDenied, ConnectionId, FromSwarm, ListenFailure, NetworkBehaviour, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

/// Counts inbound connections, from the first byte of their handshake on.
pub(super) struct Gate {
    per_ip: usize,
    /// Bounded by the limit of pending and established connections.
    inbound: BTreeMap<ConnectionId, IpAddr>,
}

/// One address has too many connections.
#[derive(Debug, thiserror::Error)]
#[error("{ip} has {max} connections already")]
struct Crowded {
    ip: IpAddr,
    max: usize,
}

impl Gate {
    pub(super) fn new(per_ip: u32) -> Self {
        Self { per_ip: usize::try_from(per_ip).unwrap_or(usize::MAX), inbound: BTreeMap::new() }
    }

    fn admit(&mut self, connection: ConnectionId, ip: IpAddr) -> Result<(), Crowded> {
        if ip.is_loopback() {
            return Ok(());
        }
        if self.inbound.values().filter(|other| **other == ip).count() >= self.per_ip {
            return Err(Crowded { ip, max: self.per_ip });
        }
        self.inbound.insert(connection, ip);
        Ok(())
    }
}

fn ip_of(addr: &Multiaddr) -> Option<IpAddr> {
    addr.iter().find_map(|part| match part {
        Protocol::Ip4(ip) => Some(ip.into()),
        Protocol::Ip6(ip) => Some(ip.to_canonical()),
        _ => None,
    })
}

impl NetworkBehaviour for Gate {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        let Some(ip) = ip_of(remote) else {
            return Ok(());
        };
        self.admit(connection, ip).map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        match event {
            FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. })
            | FromSwarm::ListenFailure(ListenFailure { connection_id, .. }) => {
                self.inbound.remove(&connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_gets_its_share_and_loopback_is_free() {
        let mut gate = Gate::new(2);
        let far: IpAddr = [192, 0, 2, 1].into();
        let id = ConnectionId::new_unchecked;
        assert!(gate.admit(id(1), far).is_ok() && gate.admit(id(2), far).is_ok());
        assert!(gate.admit(id(3), far).is_err());
        assert!(gate.admit(id(4), [192, 0, 2, 2].into()).is_ok());
        assert!((5..9).all(|n| gate.admit(id(n), [127, 0, 0, 1].into()).is_ok()));
        gate.inbound.remove(&id(1));
        assert!(gate.admit(id(9), far).is_ok());
    }
}
