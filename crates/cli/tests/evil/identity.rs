//! Who somebody says to be, where an event says to stand, what somebody says was certified.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use libp2p::futures::future::join_all;
use quorate_event::merkle::RangeProof;
use quorate_event::{Canonical, EventId, KeyRing, SecretKey, SignedEvent};
use quorate_replica::{HistoryRange, PeerMessage, SyncResponse};
use quorate_transport::{Bytes, Multiaddr, PeerId};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::field::Field;
use super::forge::{self, ALLOWED, Place, REFUSED};
use super::peer::EvilPeer;
use super::wire::{Wire, peer_id};
use crate::cluster::{Node, TOO_LONG, until};

/// Addresses of one peer that a node keeps, and dials before it gives them up.
const KEPT: usize = 8;
/// Addresses that fit one message of identify.
const TOLD: u8 = 250;

/// Events whose places contradict what they follow; depth is nowhere said.
pub(crate) fn lying_places(field: &Field, peer: &EvilPeer) {
    let genesis = field.network.event_id();
    let event = |lane, seq, parents: &[EventId], document| {
        let payload = forge::write(document, 12);
        forge::event(field.network, &field.member, Place { lane, seq }, parents.to_vec(), payload)
    };
    let first = event(12, 1, &[genesis], ALLOWED);
    let lies = [
        event(12, 3, &[first.id()], REFUSED),
        event(12, u64::MAX, &[first.id()], REFUSED),
        event(12, 2, &[genesis], REFUSED),
        event(12, u64::MAX, &[genesis], REFUSED),
        event(120, 1, &[first.id()], REFUSED),
        event(121, 2, &[first.id()], REFUSED),
        event(122, 1, &[first.id(), genesis], REFUSED),
    ];
    let frames = [vec![forge::vertices([first.bytes()])], lies.map(|lie| forge::vertices([lie.bytes()])).to_vec()];
    field.runtime.block_on(peer.flood(&forge::again(&frames.concat(), field.many(20))));
    for node in field.nodes() {
        assert_shows(node, "k12");
    }
}

/// One event under two good signatures, each to one half of the network, then both to all.
pub(crate) fn two_signatures(field: &Field, peer: &EvilPeer) {
    let place = Place { lane: 17, seq: 1 };
    let parents = vec![field.network.event_id()];
    let event = forge::event(field.network, &field.member, place, parents, forge::write(ALLOWED, 17));
    let other = forge::other_signature(&field.member, &event);
    let read = SignedEvent::decode(&other, field.network).unwrap();
    assert_eq!(read.verify(&mut KeyRing::default()).unwrap().id(), event.id(), "both signatures are good");
    assert_ne!(other, event.bytes().to_vec());
    let both = [forge::vertices([event.bytes()]), forge::vertices([&other])];
    field.runtime.block_on(async {
        let halves = peer.honest.iter().zip([0, 0, 1, 1]);
        join_all(halves.map(|(to, half)| peer.flood_one(*to, [both[half].clone()]))).await;
        peer.settle().await;
        peer.flood(&forge::again(&both, field.many(10))).await;
    });
    for node in field.nodes() {
        assert_shows(node, "k17");
        let evidence = node.get("/v1/evidence");
        assert_eq!(evidence["events"].as_array().unwrap().len(), 0, "two signatures are no two events: {evidence}");
    }
}

#[track_caller]
fn assert_shows(node: &Node, key: &str) {
    until(&format!("{} shows {key}", node.name), TOO_LONG, || {
        node.document(ALLOWED, "final").filter(|shown| shown[key] == true)
    });
}

/// History that a real milestone does not cover: four messages, which is what a ban takes.
pub(crate) fn forged_history(field: &Field, peer: &EvilPeer) {
    let hex = field.nodes()[0].get("/v1/milestones/1")["cbor"].as_str().unwrap().to_owned();
    let digits = hex.trim_start_matches("0x").as_bytes().chunks(2);
    let read = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    let milestone: Vec<u8> = digits.map(read).collect();
    let place = Place { lane: 25, seq: 1 };
    let parents = vec![field.network.event_id()];
    let event = forge::event(field.network, &field.member, place, parents, forge::write(REFUSED, 25));
    let proof = RangeProof { first: 0, leaves: 1, siblings: Vec::new() };
    let range = HistoryRange { milestone, events: vec![event.bytes().to_vec()], proof };
    let rest = SyncResponse { ranges: vec![range], vertices: Vec::new(), more: true };
    let frame = Bytes::from(PeerMessage::SyncResponse(rest).to_bytes());
    field.runtime.block_on(peer.flood(&vec![frame; 4]));
}

/// Counts who dials it, and at which of its addresses.
struct Canary {
    port: u16,
    dialled: Arc<Mutex<BTreeSet<IpAddr>>>,
}

impl Canary {
    async fn listen() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let dialled = Arc::<Mutex<BTreeSet<IpAddr>>>::default();
        let heard = Arc::clone(&dialled);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                heard.lock().unwrap().insert(socket.local_addr().unwrap().ip());
            }
        });
        Self { port, dialled }
    }

    fn addr(&self, last: u8) -> Multiaddr {
        format!("/ip4/127.11.0.{last}/tcp/{}", self.port).parse().unwrap()
    }

    fn dialled(&self) -> usize {
        self.dialled.lock().unwrap().len()
    }
}

/// A peer that says to listen at more addresses than anybody has, none of which is its own, and leaves.
pub(crate) fn poisoned_addresses(field: &Field, _: &EvilPeer) {
    let canary = field.runtime.block_on(Canary::listen());
    let told: Vec<Multiaddr> = (0..TOLD).map(|last| canary.addr(last)).collect();
    let peers = field.many(5);
    for number in 0..peers {
        let key = field.stranger(&format!("elsewhere {number}"));
        field.runtime.block_on(async {
            let wires =
                join_all(field.addrs.iter().map(|addr| Wire::connect_telling(&key, field.network, addr, &told)));
            for wire in wires.await {
                // Identify was answered once the honest node has said where it heard of the peer.
                wire.unwrap().was_asked().await;
            }
        });
    }
    until("somebody looks for one of them", TOO_LONG, || (canary.dialled() > 0).then_some(()));
    let dialled = canary.dialled();
    assert!(dialled <= peers * KEPT, "{dialled} addresses of {peers} peers were dialled");
    let first = peer_id(&field.stranger("elsewhere 0")).to_string();
    for node in field.nodes() {
        let peers = node.get("/v1/peers");
        let known = peers["peers"].as_array().unwrap().iter().find(|peer| peer["peer_id"] == first[..]);
        let addrs = known.map_or(0, |peer| peer["addrs"].as_array().unwrap().len());
        assert!((1..=KEPT + 1).contains(&addrs), "{} knows {addrs} addresses of one peer", node.name);
    }
}

/// What a client said to one honest node, byte by byte.
async fn recorded(field: &Field, key: &SecretKey, addr: &Multiaddr, port: u16) -> Vec<u8> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let between = format!("/ip4/127.0.0.1/tcp/{}", listener.local_addr().unwrap().port()).parse().unwrap();
    let said = Arc::<Mutex<Vec<u8>>>::default();
    let heard = Arc::clone(&said);
    let relaying = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let ((mut from, mut back), (mut answers, mut to)) = (client.split(), server.split());
        let forth = async {
            let mut bytes = vec![0; 1 << 16];
            loop {
                match from.read(&mut bytes).await {
                    Ok(len @ 1..) => {
                        heard.lock().unwrap().extend(&bytes[..len]);
                        to.write_all(&bytes[..len]).await?;
                    }
                    _ => return to.shutdown().await,
                }
            }
        };
        // Either side may end first, and how says nothing.
        let _ended: (io::Result<()>, io::Result<u64>) = tokio::join!(forth, copy(&mut answers, &mut back));
    });
    let wire = Wire::connect(key, field.network, &between).await;
    assert!(wire.is_ok(), "{addr}: the recorded connection is a good one");
    drop(wire);
    timeout(TOO_LONG, relaying).await.expect("the recorded connection ends").unwrap();
    let said = said.lock().unwrap();
    said.clone()
}

/// Replays the bytes of a recorded handshake and of all that followed, without the key.
pub(crate) fn replayed_handshake(field: &Field, _: &EvilPeer) {
    let key = field.stranger("recorded");
    let ports = field.ports();
    let said = field.runtime.block_on(recorded(field, &key, &field.addrs[0], ports[0]));
    for _ in 0..field.many(5) {
        for port in &ports {
            let answered = field.runtime.block_on(replay(&said, *port));
            assert!(answered, "the replay got as far as the handshake");
        }
    }
    for node in field.nodes() {
        until(&format!("{} takes nobody for the recorded peer", node.name), TOO_LONG, || {
            (!is_connected(node, &peer_id(&key))).then_some(())
        });
    }
}

/// Sends the bytes, until the other side closes. Whether it said anything before.
async fn replay(said: &[u8], port: u16) -> bool {
    let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    let (mut answers, mut to) = socket.split();
    let mut answered = Vec::new();
    let both = async {
        // It may be closed before all has left.
        let (_left, _reset) = tokio::join!(to.write_all(said), answers.read_to_end(&mut answered));
    };
    timeout(TOO_LONG, both).await.expect("a replayed handshake is hung up on");
    !answered.is_empty()
}

fn is_connected(node: &Node, peer: &PeerId) -> bool {
    let peers = node.get("/v1/peers");
    let id = peer.to_string();
    peers["peers"].as_array().unwrap().iter().any(|entry| entry["peer_id"] == id[..] && entry["connected"] == true)
}
