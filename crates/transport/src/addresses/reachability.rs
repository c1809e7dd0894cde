//! How far an address reaches, and which addresses a peer's word is enough for.
//!
//! Whoever tells an address makes this node dial it. A peer that could name any address would make this node knock at
//! its own loopback ports, or at its owner's printer. So a peer is heard only on addresses that reach as far as it does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use crate::addresses::multiaddr::{is_dialable, is_relayed};

/// How far an address reaches, the least far first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// This machine.
    Loopback,
    /// A local network: private, link-local, or shared by a provider.
    Private,
    /// Anywhere.
    Global,
}

/// How far `addr` reaches; `None` if a peer's word is never enough for it: it is a name, no single machine, or not to be
/// dialled. Behind a relay's address stands a peer whose own place is unknown, but what is dialled is the relay.
pub(crate) fn reach(addr: &Multiaddr) -> Option<Reach> {
    if !is_dialable(addr) {
        return None;
    }
    let mut parts = addr.iter();
    let ip = parts.next().and_then(|part| ip(&part))?;
    match parts.next()? {
        Protocol::Tcp(0) => None,
        _ => reach_of_ip(ip),
    }
}

/// How far the peer at the other end of a connection may reach; one behind a relay can be anywhere.
pub(crate) fn reach_of_peer(remote: &Multiaddr) -> Reach {
    let near = remote.iter().next().and_then(|part| ip(&part)).and_then(reach_of_ip);
    near.filter(|_| !is_relayed(remote)).unwrap_or(Reach::Global)
}

/// Whether a peer that reaches as far as `teller` is heard on `addr`.
pub(crate) fn may_announce(peer_reach: Reach, addr: &Multiaddr) -> bool {
    reach(addr).is_some_and(|reach| reach >= peer_reach)
}

/// The IP address with which `addr` begins, an IPv4 address in the clothes of IPv6 as what it is.
pub(crate) fn ip_of(addr: &Multiaddr) -> Option<IpAddr> {
    addr.iter().next().and_then(|part| ip(&part))
}

/// Whether one of these addresses to listen on can be dialled from another machine.
#[must_use]
pub fn reaches_beyond_loopback(listen: &[Multiaddr]) -> bool {
    listen.iter().filter_map(ip_of).any(|ip| !ip.is_loopback())
}

fn ip(part: &Protocol<'_>) -> Option<IpAddr> {
    match part {
        Protocol::Ip4(ip) => Some((*ip).into()),
        Protocol::Ip6(ip) => Some(ip.to_canonical()),
        _ => None,
    }
}

fn reach_of_ip(ip: IpAddr) -> Option<Reach> {
    match ip {
        IpAddr::V4(ip) => of_v4(ip),
        IpAddr::V6(ip) => of_v6(ip),
    }
}

fn of_v4(ip: Ipv4Addr) -> Option<Reach> {
    match ip.octets() {
        [127, ..] => Some(Reach::Loopback),
        // "This network", multicast, reserved, broadcast.
        [0 | 224..=255, ..] => None,
        // RFC 1918, RFC 3927, RFC 6598.
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [169, 254, ..] | [100, 64..=127, ..] => Some(Reach::Private),
        _ => Some(Reach::Global),
    }
}

fn of_v6(ip: Ipv6Addr) -> Option<Reach> {
    if ip.is_loopback() {
        return Some(Reach::Loopback);
    }
    if ip.is_unspecified() || ip.is_multicast() {
        return None;
    }
    let local = ip.is_unique_local() || ip.is_unicast_link_local();
    Some(if local { Reach::Private } else { Reach::Global })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(addr: &str) -> Option<Reach> {
        reach(&addr.parse().unwrap())
    }

    #[test]
    fn an_address_reaches_this_machine_a_local_network_or_anywhere() {
        for addr in ["/ip4/127.0.0.1/tcp/1", "/ip4/127.9.9.9/tcp/1", "/ip6/::1/tcp/1", "/ip6/::ffff:127.0.0.1/tcp/1"] {
            assert_eq!(at(addr), Some(Reach::Loopback), "{addr}");
        }
        for ip in ["10.0.0.1", "172.16.0.1", "172.31.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1"] {
            assert_eq!(at(&format!("/ip4/{ip}/tcp/1")), Some(Reach::Private), "{ip}");
            assert_eq!(at(&format!("/ip6/::ffff:{ip}/tcp/1")), Some(Reach::Private), "{ip}");
        }
        for ip in ["fe80::1", "fd00::2"] {
            assert_eq!(at(&format!("/ip6/{ip}/tcp/1")), Some(Reach::Private), "{ip}");
        }
        for addr in ["/ip4/172.32.0.1/tcp/1", "/ip4/8.8.8.8/tcp/1", "/ip6/2001:db8::1/tcp/1"] {
            assert_eq!(at(addr), Some(Reach::Global), "{addr}");
        }
    }

    #[test]
    fn names_and_addresses_of_nobody_are_not_learnt() {
        let addrs = [
            "/ip4/0.0.0.0/tcp/1",
            "/ip4/224.0.0.251/tcp/1",
            "/ip4/255.255.255.255/tcp/1",
            "/ip6/::/tcp/1",
            "/ip6/ff02::1/tcp/1",
            "/ip4/8.8.8.8/tcp/0",
            "/ip4/8.8.8.8/udp/53",
            "/dns4/localhost/tcp/1",
            "/memory/1",
        ];
        for addr in addrs {
            assert_eq!(at(addr), None, "{addr}");
        }
    }

    #[test]
    fn a_peer_is_heard_on_addresses_that_reach_as_far_as_it_does() {
        let (here, lan, far) = ("/ip4/127.0.0.1/tcp/1", "/ip4/10.1.1.1/tcp/1", "/ip4/8.8.8.8/tcp/1");
        let heard =
            |from: &str, addr: &str| may_announce(reach_of_peer(&from.parse().unwrap()), &addr.parse().unwrap());
        assert_eq!([here, lan, far].map(|addr| heard(here, addr)), [true, true, true]);
        assert_eq!([here, lan, far].map(|addr| heard(lan, addr)), [false, true, true]);
        assert_eq!([here, lan, far].map(|addr| heard(far, addr)), [false, false, true]);
        let relay = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
        let relayed = format!("{here}/p2p/{relay}/p2p-circuit/p2p/{relay}");
        assert_eq!([here, lan, far].map(|addr| heard(&relayed, addr)), [false, false, true]);
        assert!(heard(here, &relayed) && !heard(far, &relayed), "what is dialled is the relay");
    }
}
