//! The address book is bounded, limits the rate of dials, and removes addresses at which dials fail.

use libp2p::multiaddr::Protocol;

use super::*;
use crate::addresses::multiaddr::loopback;
use crate::clock::now;
use crate::config::TransportConfig;

fn book(now: Instant) -> AddressBook {
    AddressBook::new(PeerId::random(), BTreeSet::new(), now)
}

fn address(n: u16) -> Multiaddr {
    let [high, low] = n.to_be_bytes();
    Multiaddr::empty().with(Protocol::Ip4([8, 8, high, low].into())).with(Protocol::Tcp(1))
}

fn any(_: &DueDial) -> bool {
    true
}

/// Dials the next peer, and lets the dial fail.
fn fail(book: &mut AddressBook, n: usize, reason: NotConnectedReason, now: Instant) -> Option<DueDial> {
    let due = book.due(now, any)?;
    let connection = ConnectionId::new_unchecked(n);
    book.dial_started(&due, connection, now);
    book.dial_failed(connection, reason, now);
    Some(due)
}

/// A member: a peer whose key has an Ethereum address, and that address.
fn member(key: u8) -> (PeerId, [u8; 20]) {
    let peer = TransportConfig::new([key; 32], [0; 32]).unwrap().peer_id();
    (peer, peer_address(&peer).unwrap())
}

#[test]
fn eight_addresses_of_a_peer_and_256_strangers_are_kept() {
    let now = now();
    let mut book = book(now);
    let first = PeerId::random();
    assert!(book.add(first, (0..100).map(address), now));
    assert_eq!(book.addrs(&first).len(), MAX_ADDRS);
    let added = (1..1_000).filter(|n| book.add(PeerId::random(), [address(*n)], now)).count();
    assert_eq!((added, book.table.len()), (MAX_STRANGERS - 1, MAX_STRANGERS));
    fail(&mut book, 1, NotConnectedReason::Refused, now).unwrap();
    assert!(book.add(PeerId::random(), [address(0)], now), "one that dial_failed makes room");
    assert_eq!(book.table.len(), MAX_STRANGERS);
    assert!(!book.add(PeerId::random(), [address(0)], now));
}

#[test]
fn a_dial_that_a_limit_of_this_node_denies_is_postponed_and_its_address_is_kept() {
    let (mut now, peer) = (now(), PeerId::random());
    let mut book = book(now);
    book.add(peer, [address(1), address(2)], now);
    for n in 0..100 {
        let due = fail(&mut book, n, NotConnectedReason::Limit, now).unwrap();
        assert_eq!((due.addr, book.due(now + GAP, any)), (address(1), None), "the address keeps its turn");
        now += LIMIT_WAIT;
    }
    for n in 1..1_000 {
        book.add(PeerId::random(), [address(n)], now);
    }
    assert_eq!(book.addrs(&peer), [address(1), address(2)], "no reason to make room for others");
}

#[test]
fn a_member_has_room_and_its_turn_before_any_number_of_strangers() {
    let now = now();
    let (peer, ethereum) = member(7);
    let mut book = AddressBook::new(PeerId::random(), BTreeSet::from([ethereum]), now);
    for n in 0..1_000 {
        book.add(PeerId::random(), [address(n)], now);
    }
    assert!(book.add(peer, [address(9)], now));
    assert_eq!(book.due(now, any), Some(DueDial { peer, addr: address(9), preferred: true, confirmed: false }));
    assert_eq!(book.preferred_peers().count(), 1);
}

#[test]
fn dials_to_discovered_peers_are_limited_in_rate_and_number() {
    let mut now = now();
    let mut book = book(now);
    for n in 0..100 {
        book.add(PeerId::random(), [address(n)], now);
    }
    for n in 0..MAX_DIALLING {
        let due = book.due(now, any).expect("there is room");
        book.dial_started(&due, ConnectionId::new_unchecked(n), now);
        assert_eq!(book.due(now, any), None, "not at once");
        now += GAP;
    }
    assert_eq!(book.due(now, any), None, "not more at a time");
    book.dial_failed(ConnectionId::new_unchecked(0), NotConnectedReason::TimedOut, now);
    assert!(book.due(now, any).is_some());
}

#[test]
fn an_address_at_which_dials_fail_is_replaced_by_a_better_one() {
    let mut at = now();
    let mut book = book(at);
    let peer = PeerId::random();
    book.add(peer, (0..8).map(address), at);
    let mut dials = 0;
    while book.addrs(&peer).len() == MAX_ADDRS {
        dials += usize::from(fail(&mut book, dials, NotConnectedReason::TimedOut, at).is_some());
        at += LONGEST_WAIT;
    }
    assert_eq!(dials, 2 * MAX_ADDRS + 1, "each has its turn before one has its third");
    book.add(peer, [address(99)], at);
    assert!(book.addrs(&peer).contains(&address(99)));
    while !book.addrs(&peer).is_empty() {
        fail(&mut book, 0, NotConnectedReason::WrongKey { found: PeerId::random() }, at).unwrap();
        at += LONGEST_WAIT;
    }
    assert!(book.table.is_empty());
}

#[test]
fn an_address_at_which_a_peer_answered_comes_first_and_is_kept_longer() {
    let mut at = now();
    let mut book = book(at);
    let peer = PeerId::random();
    book.add(peer, (0..8).map(address), at);
    book.connected(peer, Some(loopback(1)), at);
    assert_eq!(book.addrs(&peer)[0], loopback(1).with_p2p(peer).unwrap());
    assert_eq!(book.addrs(&peer).len(), MAX_ADDRS);
    let mut dials = 0;
    while !book.addrs(&peer).is_empty() {
        dials += usize::from(fail(&mut book, dials, NotConnectedReason::Refused, at).is_some());
        at += LONGEST_WAIT;
    }
    assert_eq!(dials, 7 * TRIES as usize + TRIES_CONFIRMED as usize);
}

#[test]
fn a_member_s_last_good_address_is_never_removed() {
    let mut at = now();
    let (peer, ethereum) = member(7);
    let mut book = AddressBook::new(PeerId::random(), BTreeSet::from([ethereum]), at);
    book.confirm(peer, &address(1), at);
    for n in 0..100 {
        fail(&mut book, n, NotConnectedReason::Refused, at).unwrap();
        at += LONGEST_WAIT;
    }
    assert_eq!(book.addrs(&peer), [address(1)]);
    book.remove(&peer);
    assert!(book.addrs(&peer).is_empty());
}

#[test]
fn the_wait_doubles_and_a_new_address_shortens_it() {
    assert_eq!([1, 2, 3].map(wait), [1, 2, 4].map(Duration::from_secs));
    assert_eq!([7, 32, 33, u32::MAX].map(wait), [LONGEST_WAIT; 4]);
    let now = now();
    let mut book = book(now);
    let peer = PeerId::random();
    book.add(peer, [address(1), address(2)], now);
    (0..3).for_each(|n| {
        let later = now + LONGEST_WAIT * n;
        fail(&mut book, 0, NotConnectedReason::Refused, later).unwrap();
    });
    let dial_failed = now + LONGEST_WAIT * 2;
    assert!(book.due(dial_failed + FIRST_WAIT, any).is_none());
    book.add(peer, [address(3)], dial_failed);
    assert!(book.due(dial_failed + FIRST_WAIT, any).is_some());
}
