//! Nodes that cannot be dialled meet through a relay, and talk.

use std::time::Duration;

use quorate_transport::{
    Bytes, Multiaddr, NetEvent, NetEvents, NetHandle, PeerId, PeerRoute, TransportConfig, Urgency, start,
};

const NETWORK: [u8; 32] = [7; 32];

/// Far above what any step takes; reaching it is a failure, not a means to wait.
const TOO_LONG: Duration = Duration::from_secs(60);

struct Node {
    handle: NetHandle,
    events: NetEvents,
}

impl Node {
    async fn start(key: u8, with: impl FnOnce(&mut TransportConfig)) -> Self {
        let mut config = TransportConfig::new([key; 32], NETWORK).unwrap();
        with(&mut config);
        let (handle, events) = start(config).await.unwrap();
        Self { handle, events }
    }

    /// A relay that listens on loopback.
    async fn relay() -> (Self, Multiaddr) {
        let relay = Self::start(1, |config| {
            config.relay = true;
            config.discovery.lookup = true;
        })
        .await;
        let addr = relay.handle.listen_addrs().await.unwrap().remove(0);
        (relay, addr)
    }

    fn id(&self) -> PeerId {
        self.handle.peer_id()
    }

    async fn until(&mut self, what: &str, mut wanted: impl FnMut(&NetEvent) -> bool) -> NetEvent {
        let wait = async {
            loop {
                let event = self.events.recv().await.expect("the network runs");
                if wanted(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(TOO_LONG, wait).await.unwrap_or_else(|_| panic!("waited too long for {what}"))
    }

    async fn connected(&mut self, peer: PeerId) {
        self.until("a connection", |event| *event == NetEvent::Connected { peer }).await;
    }

    async fn message(&mut self) -> Bytes {
        match self.until("a message", |event| matches!(event, NetEvent::Message { .. })).await {
            NetEvent::Message { bytes, .. } => bytes,
            other => panic!("{other:?}"),
        }
    }

    /// The route of the connection to `peer` in use.
    async fn route(&self, peer: PeerId) -> Option<PeerRoute> {
        let peers = self.handle.peers().await.unwrap();
        peers.into_iter().find(|info| info.peer == Some(peer)).and_then(|info| info.route)
    }

    /// Waits until the connection in use is direct.
    #[cfg(feature = "hole-punching")]
    async fn direct(&mut self, peer: PeerId) {
        let wait = async {
            while self.route(peer).await != Some(PeerRoute::Direct) {
                self.until("a change of the peers", |event| *event == NetEvent::PeersChanged).await;
            }
        };
        tokio::time::timeout(TOO_LONG, wait).await.expect("a direct connection");
    }
}

/// Does not listen, and knows the relay.
fn hidden(relay: &Multiaddr) -> impl FnOnce(&mut TransportConfig) + use<> {
    let relay = relay.clone();
    |config: &mut TransportConfig| {
        config.listen.clear();
        config.static_peers = vec![relay];
        config.discovery.lookup = true;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_do_not_listen_reach_each_other_through_a_relay() {
    let (relay, addr) = Node::relay().await;
    let mut one = Node::start(2, hidden(&addr)).await;
    let mut two = Node::start(3, hidden(&addr)).await;
    let (first, second) = (one.id(), two.id());
    tokio::join!(one.connected(second), two.connected(first));
    let relayed = Some(PeerRoute::Relayed(Some(relay.id())));
    assert_eq!((one.route(second).await, two.route(first).await), (relayed, relayed));
    one.handle.send(second, Urgency::Urgent, "vote").unwrap();
    assert_eq!(two.message().await, "vote");
    two.handle.send(first, Urgency::Bulk, vec![1; 1 << 20]).unwrap();
    assert_eq!(one.message().await, vec![1; 1 << 20]);
}

/// Listens without announcing it, and knows the relay.
#[cfg(feature = "hole-punching")]
fn behind_nat(relay: &Multiaddr) -> impl FnOnce(&mut TransportConfig) + use<> {
    let relay = relay.clone();
    |config: &mut TransportConfig| {
        config.behind_nat = true;
        config.static_peers = vec![relay];
        config.discovery.lookup = true;
    }
}

#[cfg(feature = "hole-punching")]
#[tokio::test(flavor = "multi_thread")]
async fn two_peers_at_a_relay_go_on_directly() {
    let (relay, addr) = Node::relay().await;
    let mut one = Node::start(2, behind_nat(&addr)).await;
    let mut two = Node::start(3, behind_nat(&addr)).await;
    let (first, second) = (one.id(), two.id());
    tokio::join!(one.connected(second), two.connected(first));
    tokio::join!(one.direct(second), two.direct(first));
    // The relayed connections end, and the session does not.
    relay.handle.shutdown().await;
    one.handle.send(second, Urgency::Urgent, "vote").unwrap();
    assert_eq!(two.message().await, "vote");
    two.handle.send(first, Urgency::Bulk, vec![1; 1 << 20]).unwrap();
    assert_eq!(one.message().await, vec![1; 1 << 20]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_announces_the_addresses_that_its_operator_configured() {
    let announced: Multiaddr = "/ip4/203.0.113.7/tcp/4001".parse().unwrap();
    let with = announced.clone();
    let announcer = Node::start(2, |config| config.announce = vec![with]).await;
    let addr = announcer.handle.listen_addrs().await.unwrap().remove(0);
    let mut receiver = Node::start(3, |config| config.static_peers = vec![addr]).await;
    let wanted = announced.with_p2p(announcer.id()).unwrap();
    let wait = async {
        while !receiver.handle.peers().await.unwrap().iter().any(|info| info.addrs.contains(&wanted)) {
            receiver.until("a change of the peers", |event| *event == NetEvent::PeersChanged).await;
        }
    };
    tokio::time::timeout(TOO_LONG, wait).await.expect("the announced address");
}
