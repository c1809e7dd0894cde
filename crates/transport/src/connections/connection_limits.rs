//! Limits of inbound connections from one IP address, for their number and their rate. The connection limits of libp2p have
//! neither.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::{
    ConnectionClosed, ConnectionDenied, ConnectionId, FromSwarm, ListenFailure, NetworkBehaviour, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

use crate::addresses::reachability::ip_of;
use crate::clock::now;
use crate::config::ResourceLimits;

/// IP addresses whose rate is counted: some hundred kilobytes during a flood from many.
const MAX_RECENT: usize = 4_096;

/// The interval of the rate limit.
const MINUTE: Duration = Duration::from_secs(60);

/// The inbound connections of each IP address, from the first byte of the handshake on.
pub(crate) struct InboundLimits {
    per_ip: usize,
    rate: u32,
    loopback_counts: bool,
    /// For each IP address the time until which its connections count, as in a leaky bucket: each adds its part of a minute.
    recent: BTreeMap<IpAddr, Instant>,
    /// Bounded by the limit of pending and established connections.
    inbound: BTreeMap<ConnectionId, IpAddr>,
}

/// One IP address is at a limit.
#[derive(Debug, thiserror::Error)]
enum InboundRefusal {
    #[error("{ip} has {max} connections already")]
    TooMany { ip: IpAddr, max: usize },
    #[error("{ip} came {rate} times within a minute")]
    TooFast { ip: IpAddr, rate: u32 },
}

impl InboundLimits {
    pub(crate) fn new(limits: &ResourceLimits) -> Self {
        Self {
            per_ip: usize::try_from(limits.inbound_per_ip).unwrap_or(usize::MAX),
            rate: limits.inbound_rate_per_ip,
            loopback_counts: limits.loopback_counts,
            recent: BTreeMap::new(),
            inbound: BTreeMap::new(),
        }
    }

    fn admit(&mut self, connection: ConnectionId, ip: IpAddr, now: Instant) -> Result<(), InboundRefusal> {
        if ip.is_loopback() && !self.loopback_counts {
            return Ok(());
        }
        let ip = subscriber_prefix(ip);
        if self.inbound.values().filter(|other| **other == ip).count() >= self.per_ip {
            return Err(InboundRefusal::TooMany { ip, max: self.per_ip });
        }
        self.count_recent(ip, now)?;
        self.inbound.insert(connection, ip);
        Ok(())
    }

    /// Counts one more connection of `ip`, or refuses it if the rate is exceeded.
    fn count_recent(&mut self, ip: IpAddr, now: Instant) -> Result<(), InboundRefusal> {
        let too_fast = InboundRefusal::TooFast { ip, rate: self.rate };
        let Some(each) = MINUTE.checked_div(self.rate) else {
            return Err(too_fast);
        };
        let forgotten = self.recent.get(&ip).map_or(now, |last| (*last).max(now)) + each;
        if forgotten > now + MINUTE {
            return Err(too_fast);
        }
        if self.recent.len() >= MAX_RECENT {
            self.recent.retain(|_, last| *last > now);
        }
        // With a full table a new address is not counted; the limits for all connections still hold.
        if self.recent.len() < MAX_RECENT || self.recent.contains_key(&ip) {
            self.recent.insert(ip, forgotten);
        }
        Ok(())
    }
}

/// The addresses that one subscriber of a provider has: one IPv4 address, or a /64 of IPv6.
fn subscriber_prefix(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into(),
    }
}

impl NetworkBehaviour for InboundLimits {
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
        self.admit(connection, ip, now()).map_err(ConnectionDenied::new)
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

    fn limits(inbound_per_ip: u32, inbound_rate_per_ip: u32) -> InboundLimits {
        InboundLimits::new(&ResourceLimits { inbound_per_ip, inbound_rate_per_ip, ..ResourceLimits::default() })
    }

    #[test]
    fn one_ip_address_gets_its_share_and_loopback_is_free() {
        let (mut limits, now) = (limits(2, 60), now());
        let far: IpAddr = [192, 0, 2, 1].into();
        let id = ConnectionId::new_unchecked;
        assert!(limits.admit(id(1), far, now).is_ok() && limits.admit(id(2), far, now).is_ok());
        assert!(limits.admit(id(3), far, now).is_err());
        assert!(limits.admit(id(4), [192, 0, 2, 2].into(), now).is_ok());
        assert!((5..9).all(|n| limits.admit(id(n), [127, 0, 0, 1].into(), now).is_ok()));
        limits.inbound.remove(&id(1));
        assert!(limits.admit(id(9), far, now).is_ok());
    }

    #[test]
    fn the_rate_of_one_ip_address_is_limited_also_if_it_closes_its_connections() {
        let (mut limits, start) = (limits(100, 6), now());
        let far: IpAddr = [192, 0, 2, 1].into();
        let mut admitted = |after: u64| {
            let id = ConnectionId::new_unchecked(0);
            let is_ok = limits.admit(id, far, start + Duration::from_secs(after)).is_ok();
            limits.inbound.clear();
            is_ok
        };
        assert!((0..6).all(|_| admitted(0)) && !admitted(0) && !admitted(9));
        assert!(admitted(10) && !admitted(10), "one more each ten seconds");
        assert!((0..6).all(|_| admitted(100)) && !admitted(100));
    }

    #[test]
    fn a_subscriber_of_ipv6_counts_as_one_address_and_the_table_is_bounded() {
        let (mut limits, now) = (limits(100, 1), now());
        let id = ConnectionId::new_unchecked;
        let v6 = |high: u128, low: u128| IpAddr::from(Ipv6Addr::from_bits(0x2001 << 112 | high << 64 | low));
        assert!(limits.admit(id(1), v6(0, 1), now).is_ok() && limits.admit(id(2), v6(0, 2), now).is_err());
        for n in 1..=2 * MAX_RECENT {
            assert!(limits.admit(id(n), v6(n as u128, 0), now).is_ok());
        }
        assert_eq!(limits.recent.len(), MAX_RECENT);
        assert!(limits.admit(id(0), v6(0, 1), now + MINUTE).is_ok());
        assert!(limits.recent.len() <= 2, "an address without connections for a minute is removed");
    }
}
