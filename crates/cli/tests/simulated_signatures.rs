//! The scheme of simulated signatures, tag 255, is a keyed hash that anybody can make. `quorate` refuses it, however it was
//! built. A build of the whole workspace compiles the scheme into the crate `event`, as the build of this test does:
//! cargo unifies the features of one build.

mod cluster;

use cluster::{Asked, Ground, Node, TOO_LONG, until};
use quorate_event::{
    Canonical, DocumentEdits, Edit, EventBody, EventId, KeyRing, Lane, NetworkId, Payload, SecretKey, Seq, SignedEvent,
    Target, Timestamp, Value, VerifiedEvent, keccak256,
};
use quorate_replica::PeerMessage;
use quorate_scenario::{DemoSeed, demo_key};
use quorate_transport::{Multiaddr, NetEvent, TransportConfig, Urgency, start};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// Bytes of a real signature at the end of an event: an array of the tag and 65 bytes.
const REAL_SIGNATURE: usize = 1 + 1 + 2 + 65;

/// Rejected messages after which a peer is banned, and some more.
const MESSAGES: usize = 20;

fn network(node: &Node) -> NetworkId {
    let id: EventId = node.get("/v1/status")["network"].as_str().unwrap().parse().unwrap();
    NetworkId::new(*id.as_bytes())
}

/// A write of the network's only member that it never signed: its signature is the keyed hash of the simulator.
fn forged(network: NetworkId) -> (EventId, Vec<u8>) {
    let member = demo_key(DemoSeed(1)).unwrap();
    let edit = Edit::Set { target: Target::Root, key: "forged".to_owned(), value: Value::Bool(true) };
    let body = EventBody {
        author: member.address(),
        lane: Lane(7),
        seq: Seq(1),
        parents: vec![network.event_id()],
        time: Timestamp(0),
        payload: Payload::Edits(vec![DocumentEdits { document: "forged".to_owned(), edits: vec![edit] }]),
    };
    let real = VerifiedEvent::sign(body, network, &member).unwrap();
    let digest = keccak256(&[b"\x19Ethereum Signed Message:\n32", real.id().as_bytes()]);
    let hash = quorate_event::blake3(&[b"quorate/simulated-signature", member.address().as_bytes(), &digest]);
    let body = &real.bytes()[..real.bytes().len() - REAL_SIGNATURE];
    let bytes = [body, &[0x82, 0x18, 0xff, 0x58, 0x20], &hash].concat();
    // A process that simulates takes these very bytes, so nothing but the scheme is wrong with them.
    SecretKey::simulated(1);
    let taken = SignedEvent::decode(&bytes, network).unwrap().verify(&mut KeyRing::default()).unwrap();
    assert_eq!(taken.id(), real.id());
    (real.id(), bytes)
}

/// The label of the scheme is in the program: it could read such signatures.
fn assert_the_scheme_is_compiled_in() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_quorate")).unwrap();
    let label = b"quorate/simulated-signature";
    assert!(program.windows(label.len()).any(|bytes| bytes == label), "the program was built without the scheme");
}

#[test]
fn quorate_refuses_a_simulated_signature_from_a_client_and_from_a_peer() {
    assert_the_scheme_is_compiled_in();
    let ground = Ground::new();
    let mut process = ground.start(ground.alone());
    let node = ground.node(1);
    until("the node is ready", TOO_LONG, || {
        process.assert_runs();
        node.is_ready().then_some(())
    });
    let network = network(&node);
    let (id, bytes) = forged(network);

    let token = node.token();
    let post = Asked { method: "POST", path: "/v1/events", token: Some(&token), ..Asked::default() };
    let reply = node.ask(&Asked { content_type: "application/cbor", body: &bytes, ..post }).unwrap();
    assert_eq!((reply.status, reply.text("code")), (400, "bad_event"), "{}", reply.body);
    assert!(reply.text("message").contains("signature scheme"), "{}", reply.body);

    // A peer that sends it is banned, as any peer that sends what does not decode.
    let address: Multiaddr = ground.p2p(1).parse().unwrap();
    let message = PeerMessage::Vertices(vec![bytes]).to_bytes();
    Runtime::new().unwrap().block_on(async {
        let mut config = TransportConfig::new([9; 32], *network.as_bytes()).unwrap();
        config.static_peers = vec![address];
        let (handle, mut events) = start(config).await.unwrap();
        loop {
            match timeout(TOO_LONG, events.recv()).await.expect("the peer is connected, then banned") {
                Some(NetEvent::Connected { peer }) => {
                    for _ in 0..MESSAGES {
                        let _banned = handle.send(peer, Urgency::Bulk, message.clone());
                    }
                }
                Some(NetEvent::Disconnected { .. }) => break,
                Some(_) => {}
                None => panic!("the peer's own network ended"),
            }
        }
        handle.shutdown().await;
    });

    let path = format!("/v1/events/{id}");
    assert_eq!(node.try_get(&path).unwrap().status, 404);
    assert_eq!(node.document("forged", "merged"), None);
    node.put_final("real", &json!(true));
}
