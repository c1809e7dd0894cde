//! Connections, streams, frames and gossip's own messages, more of them or longer than anybody needs.

use std::io::Write;
use std::net::TcpStream;

use libp2p::futures::future::join_all;
use quorate_event::{ProposalId, SecretKey, VoteKind};
use quorate_replica::AgreementMessage;
use quorate_transport::{MAX_BULK_BYTES, Multiaddr};

use super::attacks::Fate;
use super::field::Field;
use super::forge;
use super::memory::open_files;
use super::peer::EvilPeer;
use super::wire::{Ears, Wire, field as bytes, frame, number, peer_id, rpc, say};
use crate::cluster::{TOO_LONG, until};

/// Files that a node may open and close by itself meanwhile: clients, logs.
const FILES: usize = 24;

/// Keys that dial all honest nodes at one time.
const AT_ONCE: usize = 100;

async fn wire(field: &Field, key: &SecretKey, addr: &Multiaddr) -> Wire {
    Wire::connect(key, field.network, addr).await.unwrap()
}

/// One connection to each honest node, of one key.
async fn wires(field: &Field, key: &SecretKey) -> Vec<Wire> {
    join_all(field.addrs.iter().map(|addr| wire(field, key, addr))).await
}

/// A frame that says it is as long as a length can say.
pub(crate) fn endless_frame(field: &Field, _: &EvilPeer) {
    let key = field.stranger("endless frame");
    let wires = field.runtime.block_on(wires(field, &key));
    for (wire, node) in wires.iter().zip(field.nodes()) {
        field.runtime.block_on(async {
            let mut stream = wire.open("/direct/1/bulk").await.unwrap();
            // It may be closed before the rest has left.
            let _closed = say(&mut stream, &[0xff; 4_096]).await;
        });
        field.assert_fate_at(node, "a frame without end", Fate::Blamed, &peer_id(&key));
    }
}

/// Urgent messages as fast as they are taken, each of which is well-formed and signed, and none of which is of use.
pub(crate) fn urgent(field: &Field, _: &EvilPeer) {
    let far = |number: u64| {
        let vote = forge::vote(
            field.network,
            &field.member,
            VoteKind::Prepare,
            ((1 << 40) + number, 0),
            ProposalId::new([9; 32]),
        );
        frame(&forge::agreement(AgreementMessage::Vote(vote)))
    };
    let chunk: Vec<u8> = (0..500).flat_map(far).collect();
    let chunks = field.many(400);
    let key = field.stranger("urgent");
    field.runtime.block_on(async {
        let wires = wires(field, &key).await;
        join_all(wires.iter().map(|wire| async {
            let mut stream = wire.open("/direct/1/urgent").await.unwrap();
            for _ in 0..chunks {
                if say(&mut stream, &chunk).await.is_err() {
                    break;
                }
            }
        }))
        .await;
    });
}

/// Sends messages to each honest node, as fast as it takes them, and reads nothing of what it answers.
fn deaf(field: &Field, key: &SecretKey, message: &[u8], times: usize) {
    let message = frame(message);
    field.runtime.block_on(async {
        join_all(field.addrs.iter().map(|addr| async {
            let wire = Wire::connect_as(key, field.network, addr, Ears::Shut).await.unwrap();
            let mut stream = wire.open("/direct/1/bulk").await.unwrap();
            for _ in 0..times {
                if say(&mut stream, &message).await.is_err() {
                    break;
                }
            }
        }))
        .await;
    });
}

/// Asks for everything again and again, and reads no answer.
pub(crate) fn asks_and_never_reads(field: &Field, _: &EvilPeer) {
    deaf(field, &field.stranger("deaf"), &forge::summary(0), field.many(1_000));
}

/// Tells of as many lanes as one message can.
pub(crate) fn longest_summaries(field: &Field, _: &EvilPeer) {
    deaf(field, &field.stranger("long"), &forge::summary(60_000), field.many(20));
}

/// Streams that are opened and left alone, and a frame that is begun and never ended.
pub(crate) fn streams(field: &Field, _: &EvilPeer) {
    let key = field.stranger("streams");
    field.runtime.block_on(async {
        let wires = wires(field, &key).await;
        join_all(wires.iter().map(|wire| async {
            let mut begun = wire.open("/direct/1/bulk").await.unwrap();
            let length = u32::try_from(MAX_BULK_BYTES).unwrap().to_be_bytes();
            say(&mut begun, &[&length[..], &[0]].concat()).await.unwrap();
            let mut held = Vec::new();
            for _ in 0..field.many(2_000) {
                let Ok(mut stream) = wire.open_raw().await else { break };
                if say(&mut stream, b"\x13/multistream/1.0").await.is_err() {
                    break;
                }
                held.push(stream);
            }
        }))
        .await;
    });
}

/// Sockets that say nothing, or one byte.
pub(crate) fn half_open(field: &Field, _: &EvilPeer) {
    let before: Vec<usize> = field.pids().into_iter().map(open_files).collect();
    let mut held = Vec::new();
    for _ in 0..field.many(200) {
        for port in field.ports() {
            // A queue that is full refuses.
            let Ok(mut socket) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            if held.len() % 2 == 0 {
                let _closed = socket.write_all(&[0x13]);
            }
            held.push(socket);
        }
    }
    for (pid, before) in field.pids().into_iter().zip(before) {
        until("sockets that say nothing are closed while they are held", TOO_LONG, || {
            (open_files(pid) <= before + FILES).then_some(())
        });
    }
}

/// Whole connections of many keys.
pub(crate) fn connections(field: &Field, _: &EvilPeer) {
    let keys: Vec<SecretKey> =
        (0..field.many(100)).map(|number| field.stranger(&format!("of many {number}"))).collect();
    field.runtime.block_on(async {
        let mut held = Vec::new();
        for some in keys.chunks(AT_ONCE) {
            let dials = some.iter().flat_map(|key| field.addrs.iter().map(move |addr| (key, addr)));
            let wires = join_all(dials.map(|(key, addr)| Wire::connect(key, field.network, addr))).await;
            // Those that were let in stay, so that no room is left for the next.
            held.extend(wires.into_iter().filter_map(Result::ok));
        }
        assert!(!held.is_empty(), "nobody was let in");
        field.assert_honest_are_connected();
    });
}

/// What gossip says to itself: memberships, offers and requests, with the greatest numbers.
pub(crate) fn gossip_control(field: &Field, _: &EvilPeer) {
    let key = field.stranger("control");
    field.runtime.block_on(async {
        let wires = wires(field, &key).await;
        join_all(wires.into_iter().map(|mut wire| async move {
            let topic = wire.topic();
            let ids: Vec<u8> =
                (0..1_000_u32).flat_map(|id| bytes(2, &[&id.to_be_bytes()[..], &[7; 28]].concat())).collect();
            let wanted: Vec<u8> =
                (0..1_000_u32).flat_map(|id| bytes(1, &[&id.to_be_bytes()[..], &[7; 28]].concat())).collect();
            let prune = [bytes(1, topic.as_bytes()), number(3, u64::MAX)].concat();
            let prune_long = [bytes(1, topic.as_bytes()), number(3, i64::MAX as u64)].concat();
            let control = [
                bytes(1, &[bytes(1, topic.as_bytes()), ids].concat()),
                bytes(2, &wanted),
                bytes(3, &bytes(1, topic.as_bytes())),
                bytes(4, &prune),
                bytes(4, &prune_long),
            ]
            .concat();
            // Peers to go to instead, with records of themselves that are garbage.
            let elsewhere: Vec<u8> =
                (0..100_u8).flat_map(|of| bytes(2, &[bytes(1, &[of; 38]), bytes(2, &[of; 100])].concat())).collect();
            let prune_elsewhere = [bytes(1, topic.as_bytes()), elsewhere, number(3, 1)].concat();
            let unwanted: Vec<u8> = wanted.clone();
            let more = [bytes(4, &prune_elsewhere), bytes(5, &unwanted)].concat();
            for round in 0..field.many(50) {
                let names = (0..1_000).map(|name| format!("/other/{round}/{name}"));
                let topics = names.flat_map(|name| bytes(1, &[number(1, 1), bytes(2, name.as_bytes())].concat()));
                for message in [bytes(3, &control), bytes(3, &more), topics.collect()] {
                    if say(&mut wire.mesh, &rpc(&message)).await.is_err() {
                        return;
                    }
                }
            }
        }))
        .await;
    });
}
