//! Names in addresses that the operator gave: the system looks them up, anew before each dial.
//!
//! What such a name leads to has the operator's trust, as an IP address beside it has, so nobody asks how far it reaches. A
//! name that a peer tells is never looked up.

use std::net::IpAddr;
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use tokio::net::lookup_host;
use tokio::time::timeout;

/// A resolver that has not answered after this long does not answer.
const LOOKUP: Duration = Duration::from_secs(10);

/// Addresses of one name that are tried, one a dial.
const MAX_FOUND: usize = 8;

/// The name with which an address begins.
fn name<'a>(host: &'a Protocol<'_>) -> Option<&'a str> {
    match host {
        Protocol::Dns(name) | Protocol::Dns4(name) | Protocol::Dns6(name) => Some(name),
        _ => None,
    }
}

/// Whether `host` may stand for this address.
fn may_be(host: &Protocol<'_>, ip: IpAddr) -> bool {
    match host {
        Protocol::Dns4(_) => ip.is_ipv4(),
        Protocol::Dns6(_) => ip.is_ipv6(),
        _ => true,
    }
}

/// Whether `addr` begins with a name.
pub(super) fn is_named(addr: &Multiaddr) -> bool {
    addr.iter().next().is_some_and(|host| name(&host).is_some())
}

/// The addresses that `addr` stands for: with each IP address in the place of its name. None if the name leads nowhere.
pub(super) async fn look_up(addr: &Multiaddr) -> Vec<Multiaddr> {
    let Some(host) = addr.iter().next() else { return Vec::new() };
    let Some(name) = name(&host) else { return vec![addr.clone()] };
    match timeout(LOOKUP, lookup_host((name, 0))).await {
        Ok(Ok(found)) => {
            let ips = found.map(|socket| socket.ip()).filter(|ip| may_be(&host, *ip)).take(MAX_FOUND);
            ips.map(|ip| std::iter::once(Protocol::from(ip)).chain(addr.iter().skip(1)).collect()).collect()
        }
        Ok(Err(error)) => {
            tracing::debug!(%addr, %error, "not resolved");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn found(addr: &str) -> Vec<String> {
        let mut found: Vec<String> = look_up(&addr.parse().unwrap()).await.iter().map(ToString::to_string).collect();
        found.sort();
        found.dedup();
        found
    }

    #[tokio::test]
    async fn a_name_gives_way_to_its_addresses_and_nothing_behind_it_changes() {
        assert_eq!(found("/dns4/localhost/tcp/7").await, ["/ip4/127.0.0.1/tcp/7"]);
        assert!(found("/dns/localhost/tcp/7").await.contains(&"/ip4/127.0.0.1/tcp/7".to_owned()));
        assert!(found("/dns6/localhost/tcp/7").await.iter().all(|addr| addr.starts_with("/ip6/")));
        let relay = "16Uiu2HAmP44YB5WWWdYccDYRzByum6fWDma13csdVUcySzwPMqYx";
        let behind = format!("/tcp/7/p2p/{relay}/p2p-circuit/p2p/{relay}");
        assert_eq!(found(&format!("/dns4/localhost{behind}")).await, [format!("/ip4/127.0.0.1{behind}")]);
        assert_eq!(found("/ip4/10.0.0.1/tcp/7").await, ["/ip4/10.0.0.1/tcp/7"]);
    }

    #[tokio::test]
    async fn a_name_that_leads_nowhere_gives_nothing() {
        assert_eq!(found("/dns4/nobody.invalid/tcp/7").await, Vec::<String>::new());
    }
}
