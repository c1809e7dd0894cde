//! The table of learnt peers: bounded, paced, and rid of what leads nowhere.

use libp2p::multiaddr::Protocol;

use super::*;
use crate::addresses::multiaddr::loopback;
use crate::clock::now;
use crate::config::Config;

fn learnt(now: Instant) -> Learnt {
    Learnt::new(PeerId::random(), BTreeSet::new(), now)
}

fn place(n: u16) -> Multiaddr {
    let [high, low] = n.to_be_bytes();
    Multiaddr::empty().with(Protocol::Ip4([8, 8, high, low].into())).with(Protocol::Tcp(1))
}

fn any(_: &Due) -> bool {
    true
}

/// Dials whoever is due, in vain.
fn fail(learnt: &mut Learnt, n: usize, why: WhyNot, now: Instant) -> Option<Due> {
    let due = learnt.due(now, any)?;
    let connection = ConnectionId::new_unchecked(n);
    learnt.started(&due, connection, now);
    learnt.failed(connection, why, now);
    Some(due)
}

/// A member: a peer whose key has an Ethereum address, and that address.
fn member(key: u8) -> (PeerId, [u8; 20]) {
    let peer = Config::new([key; 32], [0; 32]).unwrap().peer_id();
    (peer, peer_address(&peer).unwrap())
}

#[test]
fn eight_addresses_of_a_peer_and_256_strangers_are_kept() {
    let now = now();
    let mut learnt = learnt(now);
    let first = PeerId::random();
    assert!(learnt.learn(first, (0..100).map(place), now));
    assert_eq!(learnt.addrs(&first).len(), MAX_ADDRS);
    let told = (1..1_000).filter(|n| learnt.learn(PeerId::random(), [place(*n)], now)).count();
    assert_eq!((told, learnt.table.len()), (MAX_LEARNT - 1, MAX_LEARNT));
    fail(&mut learnt, 1, WhyNot::Refused, now).unwrap();
    assert!(learnt.learn(PeerId::random(), [place(0)], now), "one that failed makes room");
    assert_eq!(learnt.table.len(), MAX_LEARNT);
    assert!(!learnt.learn(PeerId::random(), [place(0)], now));
}

#[test]
fn what_a_limit_of_this_node_denies_is_put_off_and_never_forgotten() {
    let (mut now, peer) = (now(), PeerId::random());
    let mut learnt = learnt(now);
    learnt.learn(peer, [place(1), place(2)], now);
    for n in 0..100 {
        let due = fail(&mut learnt, n, WhyNot::Limit, now).unwrap();
        assert_eq!((due.addr, learnt.due(now + GAP, any)), (place(1), None), "the address keeps its turn");
        now += LIMIT_WAIT;
    }
    for n in 1..1_000 {
        learnt.learn(PeerId::random(), [place(n)], now);
    }
    assert_eq!(learnt.addrs(&peer), [place(1), place(2)], "no reason to make room for others");
}

#[test]
fn a_member_has_room_and_its_turn_before_any_number_of_strangers() {
    let now = now();
    let (peer, address) = member(7);
    let mut learnt = Learnt::new(PeerId::random(), BTreeSet::from([address]), now);
    for n in 0..1_000 {
        learnt.learn(PeerId::random(), [place(n)], now);
    }
    assert!(learnt.learn(peer, [place(9)], now));
    assert_eq!(learnt.due(now, any), Some(Due { peer, addr: place(9), preferred: true, proven: false }));
    assert_eq!(learnt.members().count(), 1);
}

#[test]
fn dials_to_learnt_addresses_are_paced_and_few_at_a_time() {
    let mut now = now();
    let mut learnt = learnt(now);
    for n in 0..100 {
        learnt.learn(PeerId::random(), [place(n)], now);
    }
    for n in 0..MAX_DIALLING {
        let due = learnt.due(now, any).expect("there is room");
        learnt.started(&due, ConnectionId::new_unchecked(n), now);
        assert_eq!(learnt.due(now, any), None, "not at once");
        now += GAP;
    }
    assert_eq!(learnt.due(now, any), None, "not more at a time");
    learnt.failed(ConnectionId::new_unchecked(0), WhyNot::TimedOut, now);
    assert!(learnt.due(now, any).is_some());
}

#[test]
fn an_address_that_leads_nowhere_gives_way_to_a_better_one() {
    let mut at = now();
    let mut learnt = learnt(at);
    let peer = PeerId::random();
    learnt.learn(peer, (0..8).map(place), at);
    let mut dials = 0;
    while learnt.addrs(&peer).len() == MAX_ADDRS {
        dials += usize::from(fail(&mut learnt, dials, WhyNot::TimedOut, at).is_some());
        at += LONGEST_WAIT;
    }
    assert_eq!(dials, 2 * MAX_ADDRS + 1, "each has its turn before one has its third");
    learnt.learn(peer, [place(99)], at);
    assert!(learnt.addrs(&peer).contains(&place(99)));
    while !learnt.addrs(&peer).is_empty() {
        fail(&mut learnt, 0, WhyNot::WrongKey { found: PeerId::random() }, at).unwrap();
        at += LONGEST_WAIT;
    }
    assert!(learnt.table.is_empty());
}

#[test]
fn where_a_peer_answered_comes_first_and_is_kept_longer() {
    let mut at = now();
    let mut learnt = learnt(at);
    let peer = PeerId::random();
    learnt.learn(peer, (0..8).map(place), at);
    learnt.ready(peer, Some(loopback(1)), at);
    assert_eq!(learnt.addrs(&peer)[0], loopback(1).with_p2p(peer).unwrap());
    assert_eq!(learnt.addrs(&peer).len(), MAX_ADDRS);
    let mut dials = 0;
    while !learnt.addrs(&peer).is_empty() {
        dials += usize::from(fail(&mut learnt, dials, WhyNot::Refused, at).is_some());
        at += LONGEST_WAIT;
    }
    assert_eq!(dials, 7 * TRIES as usize + TRIES_PROVEN as usize);
}

#[test]
fn a_member_s_last_good_address_is_never_forgotten() {
    let mut at = now();
    let (peer, address) = member(7);
    let mut learnt = Learnt::new(PeerId::random(), BTreeSet::from([address]), at);
    learnt.prove(peer, &place(1), at);
    for n in 0..100 {
        fail(&mut learnt, n, WhyNot::Refused, at).unwrap();
        at += LONGEST_WAIT;
    }
    assert_eq!(learnt.addrs(&peer), [place(1)]);
    learnt.forget(&peer);
    assert!(learnt.addrs(&peer).is_empty());
}

#[test]
fn the_wait_doubles_and_a_new_address_shortens_it() {
    assert_eq!([1, 2, 3].map(wait), [1, 2, 4].map(Duration::from_secs));
    assert_eq!([7, 32, 33, u32::MAX].map(wait), [LONGEST_WAIT; 4]);
    let now = now();
    let mut learnt = learnt(now);
    let peer = PeerId::random();
    learnt.learn(peer, [place(1), place(2)], now);
    (0..3).for_each(|n| {
        let later = now + LONGEST_WAIT * n;
        fail(&mut learnt, 0, WhyNot::Refused, later).unwrap();
    });
    let failed = now + LONGEST_WAIT * 2;
    assert!(learnt.due(failed + FIRST_WAIT, any).is_none());
    learnt.learn(peer, [place(3)], failed);
    assert!(learnt.due(failed + FIRST_WAIT, any).is_some());
}
