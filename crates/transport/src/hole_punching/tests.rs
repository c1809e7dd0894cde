//! Whom a node dials because a peer asks for it, at which addresses, and how often.

use libp2p::futures::io::Cursor;

use libp2p::swarm::DialError;

use super::*;
use crate::addresses::multiaddr::loopback;
use crate::direct::frame::{FrameError, write_frame};
use crate::hole_punching::attempts::{LONGEST_WAIT, MAX_ABSENT};
use crate::hole_punching::coordination::{CoordinationError, answer};

const LOOPBACK: &str = "/ip4/127.0.0.1/tcp/1";
const LAN: &str = "/ip4/10.0.0.1/tcp/1";
const FAR: &str = "/ip4/8.8.8.8/tcp/1";

fn addr(text: &str) -> Multiaddr {
    text.parse().unwrap()
}

/// A peer that opens the talk with all others: no key has this id.
fn least() -> PeerId {
    PeerId::from_bytes(&[0, 0]).unwrap()
}

fn punching(listen: &str) -> HolePunching {
    HolePunching::new(least(), StreamProtocol::new("/punching"), &[addr(listen)], &[])
}

fn id(n: usize) -> ConnectionId {
    ConnectionId::new_unchecked(n)
}

fn open(punching: &mut HolePunching, n: usize, peer: PeerId, endpoint: &ConnectedPoint) {
    punching.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
        peer_id: peer,
        connection_id: id(n),
        endpoint,
        failed_addresses: &[],
        other_established: 0,
    }));
}

fn dialled(to: &str, port_use: PortUse) -> ConnectedPoint {
    ConnectedPoint::Dialer { address: addr(to), role_override: Endpoint::Dialer, port_use }
}

fn called_by_relay() -> ConnectedPoint {
    ConnectedPoint::Listener {
        local_addr: addr(LOOPBACK).with(Protocol::P2pCircuit),
        send_back_addr: Multiaddr::empty(),
    }
}

fn agreed(addrs: &[&str]) -> AgreedDial {
    AgreedDial { role: Endpoint::Dialer, addrs: addrs.iter().map(|text| addr(text)).collect() }
}

/// What is handed to the swarm: dials as `None`, talks as their plans.
fn taken(punching: &mut HolePunching) -> Vec<Option<DialPlan>> {
    let take = |event| match event {
        ToSwarm::Dial { .. } => None,
        ToSwarm::NotifyHandler { event: OpenCoordination(plan), .. } => Some(plan),
        other => panic!("{other:?}"),
    };
    std::mem::take(&mut punching.queue).into_iter().map(take).collect()
}

#[test]
fn a_peer_names_no_address_that_reaches_less_far_than_the_connections_there_are() {
    let mut punching = punching("/ip4/0.0.0.0/tcp/1");
    let peer = PeerId::random();
    let may = |punching: &HolePunching| [LOOPBACK, LAN, FAR].map(|to| punching.allowed(peer, vec![addr(to)]).len());
    assert_eq!(may(&punching), [0, 0, 1]);
    open(&mut punching, 1, PeerId::random(), &dialled(LOOPBACK, PortUse::New));
    assert_eq!(may(&punching), [0, 1, 1], "who listens for others dials no port of its own machine");
    open(&mut punching, 2, PeerId::random(), &dialled(FAR, PortUse::New));
    assert_eq!(may(&punching), [0, 0, 1]);
    let mut alone = self::punching(LOOPBACK);
    open(&mut alone, 1, PeerId::random(), &dialled(LOOPBACK, PortUse::New));
    assert_eq!(may(&alone), [1, 1, 1], "a network on one machine");
}

#[test]
fn names_relays_and_other_peers_are_not_dialled_and_four_addresses_are() {
    let (punching, peer) = (punching("/ip4/0.0.0.0/tcp/1"), PeerId::random());
    let other = format!("{FAR}/p2p/{}", PeerId::random());
    let relayed = format!("{other}/p2p-circuit");
    for odd in ["/dns4/example.org/tcp/1", "/ip4/8.8.8.8/udp/1", "/ip4/8.8.8.8/tcp/0", &other, &relayed] {
        assert_eq!(punching.allowed(peer, vec![addr(odd)]), [], "{odd}");
    }
    let many = (1..100).map(|n| addr(&format!("/ip4/8.8.8.8/tcp/{n}"))).collect();
    assert_eq!(punching.allowed(peer, many).len(), MAX_ADDRS);
}

/// The dials of which the swarm says that they failed.
fn fail_all(punching: &mut HolePunching) {
    for connection_id in punching.dialling.keys().copied().collect::<Vec<_>>() {
        let failure = DialFailure { peer_id: None, error: &DialError::Aborted, connection_id };
        punching.on_swarm_event(FromSwarm::DialFailure(failure));
    }
}

#[test]
fn a_peer_makes_this_node_dial_once_in_five_seconds_and_all_peers_do_so_boundedly() {
    let (mut punching, peer, start) = (punching(LOOPBACK), PeerId::random(), now());
    let mut agree = |peer, now| {
        punching.on_agreed(peer, agreed(&[FAR]), now);
        fail_all(&mut punching);
        taken(&mut punching).len()
    };
    assert_eq!((agree(peer, start), agree(peer, start), agree(peer, start + REQUEST_INTERVAL)), (1, 0, 1));
    let all: usize = (0..1_000).map(|_| agree(PeerId::random(), start + REQUEST_INTERVAL)).sum();
    assert_eq!(all, MAX_REQUESTS - 1);
}

#[test]
fn eight_agreed_dials_are_under_way_at_one_time_and_one_of_a_peer() {
    let (mut punching, peer, start) = (punching(LOOPBACK), PeerId::random(), now());
    let agree = |punching: &mut HolePunching, peer, now| {
        punching.on_agreed(peer, agreed(&[FAR]), now);
        taken(punching).len()
    };
    assert_eq!(
        (agree(&mut punching, peer, start), agree(&mut punching, peer, start + REQUEST_INTERVAL)),
        (1, 0),
        "one of a peer"
    );
    let all: usize = (0..100).map(|_| agree(&mut punching, PeerId::random(), start)).sum();
    assert_eq!(all, MAX_DIALLING - 1);
    let (made, to) = punching.dialling.pop_first().unwrap();
    punching.dialling.insert(made, to);
    let endpoint = dialled(FAR, PortUse::Reuse);
    punching.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
        peer_id: to,
        connection_id: made,
        endpoint: &endpoint,
        failed_addresses: &[],
        other_established: 0,
    }));
    assert!(punching.is_punched(made), "a connection is no dial any more");
    assert_eq!((agree(&mut punching, PeerId::random(), start), agree(&mut punching, PeerId::random(), start)), (1, 0));
    fail_all(&mut punching);
    assert_eq!(agree(&mut punching, PeerId::random(), start), 1);
}

#[test]
fn a_peer_that_comes_back_goes_on_waiting() {
    let (mut attempts, peer, start) = (AttemptSchedule::default(), PeerId::random(), now());
    let mut talks = Vec::new();
    for second in 0..3_600_usize {
        let now = start + Duration::from_secs(second as u64);
        attempts.connected(peer, id(second), now);
        talks.extend(attempts.due(now, |_| false).into_iter().map(|due| (due.connection, due.attempts)));
        attempts.disconnected(&peer, id(second));
    }
    let first = [0, 15, 45, 105, 225, 465].map(id).into_iter().zip(0..);
    assert_eq!(talks[..6], first.collect::<Vec<_>>());
    assert_eq!(talks.len(), 11, "as often as with a peer that stays");
    let later = start + Duration::from_secs(3_600) + 2 * LONGEST_WAIT;
    attempts.connected(peer, id(1), later);
    assert_eq!(
        attempts.due(later, |_| false),
        [DueAttempt { peer, connection: id(1), attempts: 0 }],
        "who was long away starts anew"
    );
}

#[test]
fn the_waits_of_peers_that_left_take_bounded_room_and_the_longest_stay() {
    let (mut attempts, liar, mut now) = (AttemptSchedule::default(), PeerId::random(), now());
    for _ in 0..4 {
        attempts.connected(liar, id(0), now);
        assert_eq!(attempts.due(now, |_| false).len(), 1);
        attempts.disconnected(&liar, id(0));
        now += Duration::from_secs(120);
    }
    for n in 0..2 * MAX_ABSENT {
        let other = PeerId::random();
        attempts.connected(other, id(n), now - Duration::from_secs(110));
        attempts.due(now - Duration::from_secs(110), |_| false);
        attempts.disconnected(&other, id(n));
    }
    assert_eq!(attempts.len(), MAX_ABSENT);
    attempts.connected(liar, id(0), now - Duration::from_secs(1));
    let due = attempts.due(now - Duration::from_secs(1), |_| false);
    assert_eq!(due, [], "its wait is the longest, and still known");
}

#[test]
fn a_meeting_is_tried_ever_more_slowly_with_every_plan_until_there_is_a_direct_connection() {
    let mut punching = punching(LOOPBACK);
    let (peer, relay, start) = (PeerId::random(), PeerId::random(), now());
    open(&mut punching, 1, relay, &dialled(LOOPBACK, PortUse::Reuse));
    punching.observed(id(1), &loopback(7));
    open(&mut punching, 2, peer, &called_by_relay());
    open(&mut punching, 4, peer, &dialled(&format!("{FAR}/p2p-circuit"), PortUse::Reuse));
    assert_eq!(taken(&mut punching), [Some(DialPlan::Both)], "at once, and once for all connections to the peer");
    let mut plans = Vec::new();
    for second in 1..=3_600 {
        punching.tick(start + Duration::from_secs(second));
        plans.extend(taken(&mut punching));
    }
    let turn = [DialPlan::Opener, DialPlan::Both, DialPlan::Answerer, DialPlan::Both].map(Some);
    assert_eq!(plans[..4], turn);
    assert_eq!(plans.len(), 10, "15 s, 45 s, … 465 s, 945 s, and each ten minutes");
    open(&mut punching, 3, peer, &dialled(LOOPBACK, PortUse::Reuse));
    punching.tick(start + 100 * LONGEST_WAIT);
    punching.on_agreed(peer, agreed(&[FAR]), start);
    assert_eq!(taken(&mut punching), []);
}

#[test]
fn of_two_that_meet_one_opens_the_talk() {
    let mut punching = HolePunching::new(PeerId::random(), StreamProtocol::new("/punching"), &[addr(LOOPBACK)], &[]);
    open(&mut punching, 1, least(), &called_by_relay());
    assert_eq!(taken(&mut punching), []);
}

#[test]
fn a_node_tells_where_its_listening_port_is_seen_by_most() {
    let mut punching = punching(LOOPBACK);
    let told = |punching: &HolePunching| punching.own.borrow().clone();
    let seen = [(PortUse::New, 1), (PortUse::Reuse, 2), (PortUse::Reuse, 3), (PortUse::Reuse, 3)];
    for (n, (port_use, port)) in seen.into_iter().enumerate() {
        open(&mut punching, n, PeerId::random(), &dialled(LOOPBACK, port_use));
        punching.observed(id(n), &loopback(port));
    }
    assert_eq!(told(&punching), [loopback(3), loopback(2)], "the port that the system chose leads nowhere");
    punching.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
        peer_id: PeerId::random(),
        connection_id: id(1),
        endpoint: &dialled(LOOPBACK, PortUse::Reuse),
        cause: None,
        remaining_established: 0,
    }));
    assert_eq!(told(&punching), [loopback(3)]);
    let mut silent = HolePunching::new(least(), StreamProtocol::new("/punching"), &[], &[]);
    open(&mut silent, 1, PeerId::random(), &dialled(LOOPBACK, PortUse::Reuse));
    silent.observed(id(1), &loopback(1));
    assert_eq!(told(&silent), [], "who does not listen has no port to tell of");
}

#[test]
fn what_this_node_tells_of_itself_is_counted_by_peers_and_those_that_it_dialled_weigh_most() {
    let mut punching = punching(LOOPBACK);
    let [chosen, liar, other] = std::array::from_fn(|_| PeerId::random());
    let called = ConnectedPoint::Listener { local_addr: addr(LOOPBACK), send_back_addr: addr(LOOPBACK) };
    for n in 1..=3 {
        open(&mut punching, n, liar, &called);
        punching.observed(id(n), &loopback(1));
    }
    for (n, peer) in [(4, other), (5, PeerId::random())] {
        open(&mut punching, n, peer, &called);
        punching.observed(id(n), &loopback(2));
    }
    let told = |punching: &HolePunching| punching.own.borrow().clone();
    assert_eq!(told(&punching), [loopback(2), loopback(1)], "three connections of one peer are one peer");
    open(&mut punching, 6, chosen, &dialled(LOOPBACK, PortUse::Reuse));
    punching.observed(id(6), &loopback(3));
    assert_eq!(told(&punching), [loopback(3), loopback(2), loopback(1)]);
}

#[test]
fn a_peer_does_not_say_that_this_node_is_nearer_than_it_is_itself() {
    let mut punching = punching("/ip4/0.0.0.0/tcp/1");
    for (n, (from, seen)) in [(FAR, LAN), (FAR, LOOPBACK), (LAN, LOOPBACK), (LAN, LAN)].into_iter().enumerate() {
        open(&mut punching, n, PeerId::random(), &dialled(from, PortUse::Reuse));
        punching.observed(id(n), &addr(seen));
    }
    assert_eq!(*punching.own.borrow(), [addr(LAN)]);
}

#[tokio::test]
async fn a_talk_ends_at_what_is_no_plan_no_address_or_too_much() {
    async fn answered(said: &str) -> CoordinationError {
        let mut wire = Cursor::new(Vec::new());
        write_frame(&mut wire, said.as_bytes()).await.unwrap();
        wire.set_position(0);
        answer(wire, vec![loopback(1)]).await.unwrap_err()
    }
    let four = format!("both\n{}", format!("{FAR}\n").repeat(MAX_ADDRS));
    assert!(
        matches!(answered(&four).await, CoordinationError::Frame(FrameError::Closed(_))),
        "the last message is missing"
    );
    for odd in ["", "nobody\n", FAR, "both\nrubbish\n", &format!("{four}{FAR}\n")] {
        assert!(matches!(answered(odd).await, CoordinationError::Unreadable), "{odd}");
    }
    assert!(matches!(answered(&"a".repeat(513)).await, CoordinationError::Frame(FrameError::Oversize { .. })));
}
