//! Listening, with an error that names the cause if it fails.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::core::transport::{PortUse, TransportError};
use libp2p::futures::StreamExt;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::SwarmEvent;
use tokio::time::timeout;

use super::run::Task;
use crate::addresses::reachability::reaches_beyond_loopback;
use crate::error::NetError;

/// The deadline of the first address: the system reports it at once, and never on a machine without an interface.
const FIRST_ADDRESS: Duration = Duration::from_secs(10);

impl Task {
    /// Listens on all addresses. Returns when each listener has an address and, if this node dials from its listening port,
    /// one of them is beyond loopback.
    pub(crate) async fn listen(&mut self, addrs: &[Multiaddr]) -> Result<(), NetError> {
        let mut waiting = Vec::new();
        for addr in addrs {
            probe(addr)?;
            let listener = self.swarm.listen_on(addr.clone()).map_err(|error| refused(addr, error))?;
            waiting.push(listener);
        }
        let all = async {
            while !waiting.is_empty() {
                let event = self.swarm.select_next_some().await;
                if let SwarmEvent::NewListenAddr { listener_id, .. } = &event {
                    waiting.retain(|listener| listener != listener_id);
                }
                self.on_swarm_event(event)?;
            }
            Ok(())
        };
        timeout(FIRST_ADDRESS, all).await.map_err(|_| NetError::ListenerClosed)??;
        if self.ports == PortUse::Reuse && reaches_beyond_loopback(addrs) {
            // A machine that has only loopback so far goes on without.
            timeout(FIRST_ADDRESS, self.beyond()).await.unwrap_or(Ok(()))?;
        }
        Ok(())
    }

    /// Waits until one of the listening addresses can be dialled from another machine. Before that libp2p does not dial from
    /// the port of the listener.
    async fn beyond(&mut self) -> Result<(), NetError> {
        while !reaches_beyond_loopback(&self.swarm.listeners().cloned().collect::<Vec<_>>()) {
            let event = self.swarm.select_next_some().await;
            self.on_swarm_event(event)?;
        }
        Ok(())
    }
}

/// Fails if another process listens on the address. libp2p sets SO_REUSEPORT for hole punching, so the system would let two
/// nodes of one user listen on one port and give each some of the connections.
fn probe(addr: &Multiaddr) -> Result<(), NetError> {
    let Some(socket) = socket_of(addr).filter(|socket| socket.port() != 0) else {
        return Ok(());
    };
    TcpListener::bind(socket).map(drop).map_err(|source| failed(addr, source))
}

fn socket_of(addr: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = addr.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

fn refused(addr: &Multiaddr, error: TransportError<io::Error>) -> NetError {
    match error {
        TransportError::MultiaddrNotSupported(addr) => NetError::Unusable { addr },
        TransportError::Other(source) => failed(addr, source),
    }
}

fn failed(addr: &Multiaddr, source: io::Error) -> NetError {
    match source.kind() {
        io::ErrorKind::AddrInUse => NetError::PortInUse { addr: addr.clone() },
        _ => NetError::Listen { addr: addr.clone(), source },
    }
}
