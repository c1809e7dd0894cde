//! The peers in answers of the API.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use quorate_event::Address;
use serde::Serialize;

use quorate_transport::{Direction, NetHandle, NotConnectedReason, PeerInfo, PeerRoute, PeerStatus};

/// One peer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PeerView {
    /// The libp2p id, once it is known.
    pub peer_id: Option<String>,
    /// The Ethereum address of its key.
    pub address: Option<String>,
    /// Its addresses.
    pub addrs: Vec<String>,
    /// `inbound` if it dialled this node, `outbound` if this node dialled it.
    pub direction: Option<&'static str>,
    /// `direct`, or `relayed` if the connection goes through a relay.
    pub route: Option<&'static str>,
    /// The libp2p id of that relay.
    pub relay: Option<String>,
    /// Whether messages can be sent to it.
    pub connected: bool,
    /// `connected`, `offline` if it was connected before, or `never_reached`.
    pub state: &'static str,
    /// How long it has been offline, in milliseconds.
    pub offline_ms: Option<u64>,
    /// Whether `--peers` or a founding named it.
    pub configured: bool,
    /// The last measured round trip, in milliseconds.
    pub rtt_ms: Option<f64>,
    /// How long ago it last answered, in milliseconds.
    pub last_seen_ms: Option<u64>,
    /// Its score in gossip.
    pub score: f64,
    /// A stable name of the reason why it is not connected.
    pub why_not: Option<&'static str>,
    /// The reason why it is not connected, and a remedy.
    pub message: Option<String>,
}

/// A source of the list of peers.
#[derive(Clone)]
pub struct PeersView(Arc<dyn Fn() -> BoxFuture<'static, Vec<PeerView>> + Send + Sync>);

impl PeersView {
    /// A source that calls `ask`.
    pub fn new<F>(ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Vec<PeerView>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(ask())))
    }

    /// The peers of a running network; empty once it has ended.
    pub fn of(net: &NetHandle) -> Self {
        let net = net.clone();
        Self::new(move || {
            let net = net.clone();
            async move { net.peers().await.unwrap_or_default().iter().map(describe).collect() }
        })
    }

    /// All peers now.
    pub(super) async fn all(&self) -> Vec<PeerView> {
        (self.0)().await
    }
}

#[expect(clippy::disallowed_methods, reason = "how long ago a peer answered is for people; nothing follows from it")]
fn age_ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn describe(info: &PeerInfo) -> PeerView {
    let (state, offline_ms) = match info.state {
        PeerStatus::Connected => ("connected", None),
        PeerStatus::Offline { since } => ("offline", Some(age_ms(since))),
        PeerStatus::NeverReached => ("never_reached", None),
    };
    let (route, relay) = match info.route {
        Some(PeerRoute::Direct) => (Some("direct"), None),
        Some(PeerRoute::Relayed(relay)) => (Some("relayed"), relay.map(|relay| relay.to_string())),
        None => (None, None),
    };
    PeerView {
        peer_id: info.peer.map(|peer| peer.to_string()),
        address: info.address.map(|address| Address::new(address).to_string()),
        addrs: info.addrs.iter().map(ToString::to_string).collect(),
        direction: info.direction.map(|direction| match direction {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
        }),
        route,
        relay,
        connected: info.state == PeerStatus::Connected,
        state,
        offline_ms,
        configured: info.configured,
        rtt_ms: info.rtt.map(|rtt| rtt.as_secs_f64() * 1_000.0),
        last_seen_ms: info.last_seen.map(age_ms),
        score: info.score,
        why_not: info.not_connected_reason.as_ref().map(NotConnectedReason::as_str),
        message: info.not_connected_reason.as_ref().map(ToString::to_string),
    }
}
