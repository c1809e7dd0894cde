//! The forms of multiaddresses that this crate uses: an IP address or a name, a TCP port, then perhaps a peer or a relay.

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// `/ip4/127.0.0.1/tcp/<port>`.
#[must_use]
pub fn loopback(port: u16) -> Multiaddr {
    Multiaddr::empty().with(Protocol::Ip4([127, 0, 0, 1].into())).with(Protocol::Tcp(port))
}

/// `/ip4/0.0.0.0/tcp/<port>`: all interfaces of this machine.
#[must_use]
pub fn all_interfaces(port: u16) -> Multiaddr {
    Multiaddr::empty().with(Protocol::Ip4([0; 4].into())).with(Protocol::Tcp(port))
}

/// Whether this node can listen on `addr`: an IP address and a TCP port.
pub(crate) fn is_tcp(addr: &Multiaddr) -> bool {
    let mut parts = addr.iter();
    matches!(parts.next(), Some(Protocol::Ip4(_) | Protocol::Ip6(_)))
        && matches!(parts.next(), Some(Protocol::Tcp(_)))
        && parts.next().is_none()
}

/// Whether `addr` can be dialled: an IP address and a TCP port, then nothing, the peer there, or the relay there and the peer
/// behind it.
pub(crate) fn is_dialable(addr: &Multiaddr) -> bool {
    matches!(addr.iter().next(), Some(Protocol::Ip4(_) | Protocol::Ip6(_))) && has_port(addr)
}

/// Whether `addr` can be dialled, after a lookup if it begins with a name.
pub(crate) fn is_static(addr: &Multiaddr) -> bool {
    is_dialable(addr) || (is_named(addr) && has_port(addr))
}

/// Whether the parts after the first are as [`is_dialable`] requires.
fn has_port(addr: &Multiaddr) -> bool {
    let parts: Vec<Protocol<'_>> = addr.iter().skip(1).collect();
    let [Protocol::Tcp(_), behind @ ..] = parts.as_slice() else {
        return false;
    };
    matches!(behind, [] | [Protocol::P2p(_)] | [Protocol::P2p(_), Protocol::P2pCircuit, Protocol::P2p(_)])
}

/// Whether `addr` is one behind a relay.
pub(crate) fn is_relayed(addr: &Multiaddr) -> bool {
    addr.iter().any(|part| part == Protocol::P2pCircuit)
}

/// The peer id at the end of `addr`, if it names one.
pub(crate) fn named_peer(addr: &Multiaddr) -> Option<PeerId> {
    match addr.iter().last() {
        Some(Protocol::P2p(peer)) => Some(peer),
        _ => None,
    }
}

/// Whether `addr` begins with a name.
pub(crate) fn is_named(addr: &Multiaddr) -> bool {
    addr.iter().next().is_some_and(|host| name(&host).is_some())
}

/// The DNS name in the first part of an address.
pub(crate) fn name<'a>(host: &'a Protocol<'_>) -> Option<&'a str> {
    match host {
        Protocol::Dns(name) | Protocol::Dns4(name) | Protocol::Dns6(name) => Some(name),
        _ => None,
    }
}
