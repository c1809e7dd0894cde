//! How far an address reaches, and which addresses a peer may announce.
//!
//! A peer that announces an address makes this node dial it. If every address were allowed, an attacker could make this node
//! connect to its own loopback ports, or to devices in its local network. So a peer may announce only addresses that
//! reach at least as far as its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use crate::addresses::multiaddr::{is_dialable, is_relayed};

/// How far an address reaches, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// This machine.
    Loopback,
    /// A local network: private, link-local, or shared address space of a provider.
    Private,
    /// The public internet.
    Global,
}

/// How far `addr` reaches; `None` if no peer may announce it: a name, no single machine, or not dialable. For an address
/// behind a relay it is the reach of the relay, which is what this node dials.
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

/// How far the peer at the other end of a connection reaches; a peer behind a relay can be anywhere.
pub(crate) fn reach_of_peer(remote: &Multiaddr) -> Reach {
    let near = remote.iter().next().and_then(|part| ip(&part)).and_then(reach_of_ip);
    near.filter(|_| !is_relayed(remote)).unwrap_or(Reach::Global)
}

/// Whether a peer with reach `peer_reach` may announce `addr`.
pub(crate) fn may_announce(peer_reach: Reach, addr: &Multiaddr) -> bool {
    reach(addr).is_some_and(|reach| reach >= peer_reach)
}

/// The IP address in the first part of `addr`; an IPv4-mapped IPv6 address as IPv4.
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
    fn names_and_addresses_of_no_single_machine_may_not_be_announced() {
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
    fn a_peer_may_announce_addresses_that_reach_as_far_as_its_own() {
        let (here, lan, far) = ("/ip4/127.0.0.1/tcp/1", "/ip4/10.1.1.1/tcp/1", "/ip4/8.8.8.8/tcp/1");
        let may = |from: &str, addr: &str| may_announce(reach_of_peer(&from.parse().unwrap()), &addr.parse().unwrap());
        assert_eq!([here, lan, far].map(|addr| may(here, addr)), [true, true, true]);
        assert_eq!([here, lan, far].map(|addr| may(lan, addr)), [false, true, true]);
        assert_eq!([here, lan, far].map(|addr| may(far, addr)), [false, false, true]);
        let relay = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
        let relayed = format!("{here}/p2p/{relay}/p2p-circuit/p2p/{relay}");
        assert_eq!([here, lan, far].map(|addr| may(&relayed, addr)), [false, false, true]);
        assert!(may(here, &relayed) && !may(far, &relayed), "what is dialled is the relay");
    }
}
