//! Swarms on loopback: delivery, the order of the two classes, and the ends of connections.

use std::collections::BTreeSet;
use std::time::Duration;

use quorate_transport::{
    Bytes, GossipVerdict, Multiaddr, NetError, NetEvent, NetEvents, NetHandle, NotConnectedReason, Offence, PeerId,
    SendError, TransportConfig, Urgency, loopback, start,
};

const NETWORK: [u8; 32] = [7; 32];

/// Far above what any step takes; reaching it is a failure, not a means to wait.
const TOO_LONG: Duration = Duration::from_secs(30);

struct Node {
    handle: NetHandle,
    events: NetEvents,
    addr: Multiaddr,
}

async fn node_of(network: [u8; 32], key: u8, listen: Multiaddr, peers: &[Multiaddr]) -> Node {
    let mut config = TransportConfig::new([key; 32], network).unwrap();
    config.listen = vec![listen];
    config.static_peers = peers.to_vec();
    let (handle, events) = start(config).await.unwrap();
    let addr = handle.listen_addrs().await.unwrap().remove(0);
    Node { handle, events, addr }
}

async fn node(key: u8, peers: &[Multiaddr]) -> Node {
    node_of(NETWORK, key, loopback(0), peers).await
}

async fn pair() -> (Node, Node) {
    let mut one = node(1, &[]).await;
    let mut two = node(2, &[one.addr.clone()]).await;
    one.connected(two.id()).await;
    two.connected(one.id()).await;
    (one, two)
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(TOO_LONG, future).await.unwrap_or_else(|_| panic!("waited too long for {what}"))
}

async fn stop(mut node: Node) {
    node.handle.shutdown().await;
    soon("the end", node.events.closed()).await.unwrap();
    assert!(matches!(node.handle.peers().await, Err(NetError::Closed)));
}

impl Node {
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
        soon(what, wait).await
    }

    async fn connected(&mut self, peer: PeerId) {
        self.until("a connection", |event| *event == NetEvent::Connected { peer }).await;
    }

    async fn all_connected(&mut self, mut missing: BTreeSet<PeerId>) {
        let wanted = |event: &NetEvent| {
            if let NetEvent::Connected { peer } = event {
                missing.remove(peer);
            }
            missing.is_empty()
        };
        self.until("all connections", wanted).await;
    }

    async fn disconnected(&mut self, peer: PeerId) {
        self.until("a disconnection", |event| *event == NetEvent::Disconnected { peer }).await;
    }

    async fn why_not(&self, peer: PeerId) -> Option<NotConnectedReason> {
        let peers = self.handle.peers().await.unwrap();
        peers.into_iter().find(|info| info.peer == Some(peer)).and_then(|info| info.not_connected_reason)
    }

    async fn message(&mut self) -> (PeerId, Urgency, Bytes) {
        match self.until("a message", |event| matches!(event, NetEvent::Message { .. })).await {
            NetEvent::Message { from, urgency, bytes } => (from, urgency, bytes),
            other => panic!("{other:?}"),
        }
    }

    /// The next gossip message, after its verdict was given.
    async fn gossip(&mut self, verdict: GossipVerdict) -> (PeerId, Bytes) {
        match self.until("gossip", |event| matches!(event, NetEvent::Gossip { .. })).await {
            NetEvent::Gossip { from, token, bytes } => {
                self.handle.verdict(token, verdict).await.unwrap();
                (from, bytes)
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn direct_messages_go_both_ways_with_their_sender_and_class() {
    let (mut one, mut two) = pair().await;
    one.handle.send(two.id(), Urgency::Urgent, "vote").unwrap();
    assert_eq!(two.message().await, (one.id(), Urgency::Urgent, "vote".into()));
    two.handle.send(one.id(), Urgency::Bulk, vec![1; 1 << 20]).unwrap();
    assert_eq!(one.message().await, (two.id(), Urgency::Bulk, vec![1; 1 << 20].into()));
    let peer = PeerId::random();
    assert_eq!(one.handle.send(peer, Urgency::Bulk, "x"), Err(SendError::NotConnected { peer }));
}

#[tokio::test(flavor = "multi_thread")]
async fn gossip_of_each_of_four_reaches_the_three_others() {
    let mut nodes: Vec<Node> = Vec::new();
    for key in 1..=4 {
        let peers: Vec<Multiaddr> = nodes.iter().map(|node| node.addr.clone()).collect();
        nodes.push(node(key, &peers).await);
    }
    let ids: BTreeSet<PeerId> = nodes.iter().map(Node::id).collect();
    for node in &mut nodes {
        node.all_connected(&ids - &BTreeSet::from([node.id()])).await;
    }
    for (n, node) in nodes.iter().enumerate() {
        node.handle.gossip(format!("from {n}")).await.unwrap();
    }
    for (n, node) in nodes.iter_mut().enumerate() {
        let mut heard = BTreeSet::new();
        while heard.len() < 3 {
            assert!(heard.insert(node.gossip(GossipVerdict::Accept).await.1), "a message is delivered once");
        }
        assert!(!heard.contains(format!("from {n}").as_bytes()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gossip_passes_on_only_what_was_accepted() {
    let mut middle = node(1, &[]).await;
    let mut left = node(2, &[middle.addr.clone()]).await;
    let mut right = node(3, &[middle.addr.clone()]).await;
    left.connected(middle.id()).await;
    right.connected(middle.id()).await;
    middle.all_connected(BTreeSet::from([left.id(), right.id()])).await;
    for (text, verdict) in [("bad", GossipVerdict::Ignore), ("good", GossipVerdict::Accept)] {
        left.handle.gossip(text).await.unwrap();
        assert_eq!(middle.gossip(verdict).await, (left.id(), text.into()));
    }
    assert_eq!(right.gossip(GossipVerdict::Accept).await, (middle.id(), "good".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_urgent_message_overtakes_a_queue_of_bulk_to_the_same_peer() {
    let (one, mut two) = pair().await;
    let long = Bytes::from(vec![0; 4 << 20]);
    let mut queued = 0;
    while one.handle.send(two.id(), Urgency::Bulk, long.clone()).is_ok() {
        queued += 1;
    }
    assert!(queued >= 4, "the bulk queue holds sixteen mebibytes");
    one.handle.send(two.id(), Urgency::Urgent, "vote").unwrap();
    let mut before = 0;
    while two.message().await.1 == Urgency::Bulk {
        before += 1;
    }
    assert!(before <= 1, "{before} of {queued} bulk messages came before the urgent one");
    for _ in before..queued {
        assert_eq!(two.message().await.1, Urgency::Bulk);
    }
    soon("room", one.handle.room(&two.id(), long.len())).await;
    one.handle.send(two.id(), Urgency::Bulk, long).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_read_does_not_delay_others() {
    let mut sender = node(1, &[]).await;
    let mut asleep = node(2, &[sender.addr.clone()]).await;
    let mut awake = node(3, &[sender.addr.clone()]).await;
    asleep.connected(sender.id()).await;
    awake.connected(sender.id()).await;
    sender.all_connected(BTreeSet::from([asleep.id(), awake.id()])).await;
    let long = Bytes::from(vec![0; 4 << 20]);
    while sender.handle.send(asleep.id(), Urgency::Bulk, long.clone()).is_ok() {}
    for _ in 0..20 {
        sender.handle.send(awake.id(), Urgency::Bulk, long.clone()).unwrap();
        assert_eq!(awake.message().await.2, long);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_of_another_network_exchanges_nothing() {
    let mut one = node(1, &[]).await;
    let foreign = node_of([8; 32], 2, loopback(0), &[one.addr.clone()]).await;
    let (id, foreign_id) = (one.id(), foreign.id());
    while one.why_not(foreign_id).await != Some(NotConnectedReason::OtherNetwork) {
        one.until("a refusal", |event| *event == NetEvent::PeersChanged).await;
    }
    foreign.handle.gossip("foreign").await.unwrap();
    assert_eq!(foreign.handle.send(id, Urgency::Urgent, "x"), Err(SendError::NotConnected { peer: id }));
    assert!(one.handle.send(foreign_id, Urgency::Urgent, "x").is_err());
    let mut friend = node(3, &[one.addr.clone()]).await;
    friend.connected(id).await;
    friend.handle.gossip("friendly").await.unwrap();
    let not_news = |event: &NetEvent| !matches!(event, NetEvent::PeersChanged | NetEvent::Listening(_));
    let first = one.until("the friend", not_news).await;
    let second = one.until("its gossip", not_news).await;
    let peer = friend.id();
    assert!([&first, &second].contains(&&NetEvent::Connected { peer }), "{first:?} {second:?}");
    let friendly = |event: &NetEvent| matches!(event, NetEvent::Gossip { bytes, .. } if bytes == "friendly");
    assert!(friendly(&first) || friendly(&second), "{first:?} {second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_restarts_on_its_port_is_found_again() {
    let (one, mut two) = pair().await;
    let (id, addr) = (one.id(), one.addr.clone());
    stop(one).await;
    two.disconnected(id).await;
    let mut one = node_of(NETWORK, 1, addr, &[]).await;
    two.connected(id).await;
    one.connected(two.id()).await;
    two.handle.send(id, Urgency::Urgent, "again").unwrap();
    assert_eq!(one.message().await.2, "again");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_dial_each_other_at_once_have_one_session() {
    let (one, two) = (node(1, &[]).await, node(2, &[]).await);
    let (first, second) = (one.addr.clone(), two.addr.clone());
    stop(one).await;
    stop(two).await;
    let peers = ([second.clone()], [first.clone()]);
    let (mut one, mut two) = tokio::join!(node_of(NETWORK, 1, first, &peers.0), node_of(NETWORK, 2, second, &peers.1));
    one.connected(two.id()).await;
    two.connected(one.id()).await;
    for n in 0..100_u8 {
        one.handle.send(two.id(), Urgency::Urgent, vec![n]).unwrap();
    }
    let mut got = BTreeSet::new();
    while got.len() < 100 {
        match two.until("messages", |event| *event != NetEvent::PeersChanged).await {
            NetEvent::Message { bytes, .. } => drop(got.insert(bytes)),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_whose_gossip_is_rejected_again_and_again_is_banned() {
    let (mut one, two) = pair().await;
    for n in 0..10 {
        assert_eq!(one.why_not(two.id()).await, None, "after {n} rejected messages");
        two.handle.gossip(format!("bad {n}")).await.unwrap();
        one.gossip(GossipVerdict::Reject).await;
    }
    one.disconnected(two.id()).await;
    assert_eq!(one.why_not(two.id()).await, Some(NotConnectedReason::Banned { offence: Offence::Gossip }));
    assert!(one.handle.send(two.id(), Urgency::Urgent, "x").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fourth_offence_bans() {
    let (mut one, two) = pair().await;
    for _ in 0..3 {
        one.handle.penalise(two.id()).await.unwrap();
    }
    assert_eq!(one.why_not(two.id()).await, None);
    one.handle.penalise(two.id()).await.unwrap();
    one.disconnected(two.id()).await;
    assert_eq!(one.why_not(two.id()).await, Some(NotConnectedReason::Banned { offence: Offence::Message }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named_with_the_remedy() {
    let one = node(1, &[]).await;
    let mut config = TransportConfig::new([2; 32], NETWORK).unwrap();
    config.listen = vec![one.addr.clone()];
    let error = start(config).await.err().unwrap();
    assert!(matches!(&error, NetError::PortInUse { addr } if *addr == one.addr));
    assert!(error.to_string().contains("--port"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_peer_that_is_not_there_is_named_with_the_reason() {
    let gone = node(1, &[]).await;
    let addr = gone.addr.clone();
    stop(gone).await;
    let mut two = node(2, std::slice::from_ref(&addr)).await;
    two.until("a failed dial", |event| *event == NetEvent::PeersChanged).await;
    let peers = two.handle.peers().await.unwrap();
    assert_eq!(peers[0].addrs, [addr]);
    assert_eq!(peers[0].not_connected_reason, Some(NotConnectedReason::Refused));
}

/// The bound is far above the cost, so that a loaded machine meets it, and far below what a message would cost if each
/// waited for a timer or for an acknowledgement that the system delays.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_urgent_round_trips_take_less_than_three_seconds() {
    let (mut one, mut two) = pair().await;
    let all = async {
        for _ in 0..100 {
            one.handle.send(two.id(), Urgency::Urgent, "there").unwrap();
            two.message().await;
            two.handle.send(one.id(), Urgency::Urgent, "back").unwrap();
            one.message().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3), all).await.expect("a message costs well under a millisecond");
}
