//! Peers who send what cannot be admitted.

use std::time::Duration;

use quorate_event::{EventId, Lane, Seq, Timestamp, VerifiedVertex};

use crate::drawing::{NETWORK, event};
use crate::{AUTHOR_EVENTS, DropReason, Graph, Insertion, Origin, PATIENCE, PEER_BYTES, TOTAL_BYTES};

/// An event whose first parent does not exist.
fn orphan(author: u64, number: u64) -> VerifiedVertex {
    let mut missing = [0xee; 32];
    missing[..8].copy_from_slice(&number.to_be_bytes());
    let parents = vec![EventId::new(missing)];
    event(author, Lane(1), Seq(number + 2), parents, Timestamp(0))
}

/// As large as headers alone can make it.
fn wide_orphan(author: u64, number: u64) -> VerifiedVertex {
    let parents = (0..16).map(|parent| {
        let mut missing = [parent; 32];
        missing[..8].copy_from_slice(&number.to_be_bytes());
        EventId::new(missing)
    });
    event(author, Lane(1), Seq(number + 2), parents.collect(), Timestamp(0))
}

#[test]
fn g8_ta9_a_hundred_thousand_orphans_of_one_author_leave_256_waiting() {
    let mut graph = Graph::new(NETWORK.event_id());
    let mut dropped = 0;
    for number in 0..100_000 {
        match graph.insert(orphan(1, number), Origin::Peer(number % 4), Duration::ZERO) {
            Insertion::Waiting { missing } => assert_eq!(missing.len(), 1),
            Insertion::Dropped(DropReason::AuthorEvents) => dropped += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(graph.waiting().vertices, AUTHOR_EVENTS);
    assert_eq!(dropped, 100_000 - AUTHOR_EVENTS);
    assert_eq!(graph.missing().count(), AUTHOR_EVENTS);
}

#[test]
fn g8_a_peer_of_many_authors_fills_its_own_share_and_no_more() {
    let mut graph = Graph::new(NETWORK.event_id());
    let mut limit = None;
    for number in 0..20_000 {
        let inserted = graph.insert(wide_orphan(number / 200, number), Origin::Peer(1), Duration::ZERO);
        if let Insertion::Dropped(found) = inserted {
            limit = Some(found);
        }
    }
    assert_eq!(limit, Some(DropReason::PeerBytes));
    let bytes = graph.waiting().bytes;
    assert!(bytes <= PEER_BYTES && bytes > PEER_BYTES - 1_000);
    let other = graph.insert(wide_orphan(999, 0), Origin::Peer(2), Duration::ZERO);
    assert!(matches!(other, Insertion::Waiting { .. }));
    graph.expire(PATIENCE);
    let again = graph.insert(wide_orphan(0, 0), Origin::Peer(1), PATIENCE);
    assert!(matches!(again, Insertion::Waiting { .. }));
}

#[test]
fn g8_all_peers_together_fill_the_room_and_no_more() {
    let mut graph = Graph::new(NETWORK.event_id());
    let mut refused = 0;
    for number in 0..130_000 {
        let from = Origin::Peer(number / 12_000);
        match graph.insert(wide_orphan(number / 200, number), from, Duration::ZERO) {
            Insertion::Dropped(DropReason::TotalBytes) => refused += 1,
            Insertion::Waiting { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    let bytes = graph.waiting().bytes;
    assert!(refused > 0 && bytes <= TOTAL_BYTES && bytes > TOTAL_BYTES - 1_000);
    graph.expire(PATIENCE);
    assert_eq!((graph.waiting(), graph.missing().count()), (crate::WaitingRoomSize::default(), 0));
}

#[test]
fn g8_nothing_waits_longer_than_a_minute_and_all_may_come_again() {
    let mut graph = Graph::new(NETWORK.event_id());
    let seconds = Duration::from_secs;
    graph.insert(orphan(1, 0), Origin::Peer(1), seconds(0));
    graph.insert(orphan(1, 1), Origin::Local, seconds(30));
    assert_eq!(graph.expire(seconds(59)), []);
    assert_eq!(graph.expire(seconds(60)), [orphan(1, 0).id()]);
    assert_eq!((graph.waiting().vertices, graph.missing().count()), (1, 1));
    assert_eq!(graph.expire(seconds(90)).len(), 1);
    assert_eq!((graph.waiting(), graph.missing().count()), (crate::WaitingRoomSize::default(), 0));
    let again = graph.insert(orphan(1, 0), Origin::Peer(1), seconds(91));
    assert!(matches!(again, Insertion::Waiting { .. }));
}

#[test]
fn a_chain_of_waiting_events_is_released_and_discarded_without_recursion() {
    let mut graph = Graph::new(NETWORK.event_id());
    let mut chain = vec![event(0, Lane(1), Seq(1), vec![NETWORK.event_id()], Timestamp(0))];
    for number in 1..20_000_u64 {
        let previous = chain.last().unwrap().id();
        let parents = vec![NETWORK.event_id(), previous];
        chain.push(event(number, Lane(1), Seq(1), parents, Timestamp(0)));
    }
    for vertex in chain.iter().skip(1) {
        graph.insert(vertex.clone(), Origin::Local, Duration::ZERO);
    }
    let Insertion::Ready { admitted, .. } = graph.insert(chain[0].clone(), Origin::Local, Duration::ZERO) else {
        panic!("all is there");
    };
    assert_eq!(admitted, chain);
    assert_eq!(graph.waiting(), crate::WaitingRoomSize::default());
}
