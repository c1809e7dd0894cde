//! The dials that a peer can cause: at which addresses, and how often.

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

/// A peer that starts the coordination with all others: no key has this id.
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

/// The commands to the swarm: dials as `None`, coordinations as their plans.
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
    assert_eq!(may(&punching), [0, 1, 1], "a node that listens for others dials no port of its own machine");
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
fn a_peer_causes_one_dial_in_five_seconds_and_the_dials_of_all_peers_are_bounded() {
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
fn the_wait_of_a_peer_continues_after_a_reconnection() {
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
        "after a long absence the attempts begin again"
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
fn attempts_go_on_with_every_plan_at_growing_intervals_until_there_is_a_direct_connection() {
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
fn of_two_peers_at_a_relay_one_starts_the_coordination() {
    let mut punching = HolePunching::new(PeerId::random(), StreamProtocol::new("/punching"), &[addr(LOOPBACK)], &[]);
    open(&mut punching, 1, least(), &called_by_relay());
    assert_eq!(taken(&mut punching), []);
}

#[test]
fn a_node_announces_the_addresses_of_its_listening_port_that_most_peers_observe() {
    let mut punching = punching(LOOPBACK);
    let own = |punching: &HolePunching| punching.own.borrow().clone();
    let seen = [(PortUse::New, 1), (PortUse::Reuse, 2), (PortUse::Reuse, 3), (PortUse::Reuse, 3)];
    for (n, (port_use, port)) in seen.into_iter().enumerate() {
        open(&mut punching, n, PeerId::random(), &dialled(LOOPBACK, port_use));
        punching.observed(id(n), &loopback(port));
    }
    assert_eq!(own(&punching), [loopback(3), loopback(2)], "a port that the system chose cannot be dialled");
    punching.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
        peer_id: PeerId::random(),
        connection_id: id(1),
        endpoint: &dialled(LOOPBACK, PortUse::Reuse),
        cause: None,
        remaining_established: 0,
    }));
    assert_eq!(own(&punching), [loopback(3)]);
    let mut silent = HolePunching::new(least(), StreamProtocol::new("/punching"), &[], &[]);
    open(&mut silent, 1, PeerId::random(), &dialled(LOOPBACK, PortUse::Reuse));
    silent.observed(id(1), &loopback(1));
    assert_eq!(own(&silent), [], "a node that does not listen has no address");
}

#[test]
fn observed_addresses_are_counted_by_peers_and_peers_that_were_dialled_count_first() {
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
    let own = |punching: &HolePunching| punching.own.borrow().clone();
    assert_eq!(own(&punching), [loopback(2), loopback(1)], "three connections of one peer are one peer");
    open(&mut punching, 6, chosen, &dialled(LOOPBACK, PortUse::Reuse));
    punching.observed(id(6), &loopback(3));
    assert_eq!(own(&punching), [loopback(3), loopback(2), loopback(1)]);
}

#[test]
fn a_peer_cannot_observe_this_node_at_an_address_nearer_than_itself() {
    let mut punching = punching("/ip4/0.0.0.0/tcp/1");
    for (n, (from, seen)) in [(FAR, LAN), (FAR, LOOPBACK), (LAN, LOOPBACK), (LAN, LAN)].into_iter().enumerate() {
        open(&mut punching, n, PeerId::random(), &dialled(from, PortUse::Reuse));
        punching.observed(id(n), &addr(seen));
    }
    assert_eq!(*punching.own.borrow(), [addr(LAN)]);
}

#[tokio::test]
async fn a_coordination_ends_at_an_invalid_plan_or_address_or_at_too_many() {
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
