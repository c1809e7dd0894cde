//! What a replica holds against somebody, and which milestone orders it.

mod alone;

use std::collections::BTreeMap;

use alone::Alone;
use quorate_event::{
    Address, EventBody, Evidence, Height, Lane, Payload, ProposalId, SecretKey, Seq, Timestamp, VerifiedEvent,
    VerifiedVertex, View, Vote, VoteKind,
};
use quorate_replica::{Input, Output, Peer};

/// The first event of a stranger's lane.
fn event(alone: &Alone, author: u64, time: u64, payload: Payload) -> VerifiedVertex {
    first_event(alone, author, (Lane(1), Timestamp(time)), payload)
}

/// The first event of a further lane.
fn event_in(alone: &Alone, author: u64, lane: u32, payload: Payload) -> VerifiedVertex {
    first_event(alone, author, (Lane(lane), Timestamp(1)), payload)
}

fn first_event(alone: &Alone, author: u64, (lane, time): (Lane, Timestamp), payload: Payload) -> VerifiedVertex {
    let (network, author) = (alone.config.genesis.network(), SecretKey::simulated(author));
    let parents = vec![network.event_id()];
    let seq = Seq(1);
    let body = EventBody { author: author.address(), lane, seq, parents, time, payload };
    VerifiedVertex::Event(VerifiedEvent::sign(body, network, &author).unwrap())
}

/// Two commits of one key in one view.
fn two_votes_of(alone: &Alone, signer: u64, height: u64) -> Payload {
    let network = alone.config.genesis.network();
    let [first, second] = [1, 2].map(|proposal| {
        let proposal = ProposalId::new([proposal; 32]);
        let vote = Vote { kind: VoteKind::Commit, height: Height(height), view: View(0), proposal };
        vote.sign(network, &SecretKey::simulated(signer)).verify(network).unwrap()
    });
    Payload::Evidence(Box::new(Evidence::of(first, second).unwrap()))
}

fn two_votes(alone: &Alone) -> Payload {
    two_votes_of(alone, 9, 3)
}

/// Against how many pairs each key stands.
fn accused(alone: &Alone) -> BTreeMap<Address, usize> {
    let mut accused = BTreeMap::new();
    for accusation in alone.replica.evidence() {
        *accused.entry(accusation.evidence.votes()[0].signer).or_default() += 1;
    }
    accused
}

fn arrives(alone: &mut Alone, vertex: VerifiedVertex) -> Vec<Output> {
    alone.handle(Input::Vertices { from: Peer(1), vertices: vec![vertex] })
}

#[test]
fn evidence_told_twice_is_one_and_the_first_milestone_that_covers_it_orders_it() {
    let mut alone = Alone::new();
    let votes = two_votes(&alone);
    let told = [2, 3].map(|author| event(&alone, author, 1, votes.clone()));
    let arrived = arrives(&mut alone, told[0].clone());
    let ordered = |alone: &Alone| {
        let [accusation] = alone.replica.evidence()[..] else { panic!("{:?}", alone.replica.evidence()) };
        (accusation.reported_in.clone(), alone.replica.ordered_at(accusation))
    };
    assert_eq!(ordered(&alone), (vec![told[0].id()], None));
    alone.let_the_disk_work(arrived);
    assert_eq!(ordered(&alone), (vec![told[0].id()], Some(Height(1))));
    let arrived = arrives(&mut alone, told[1].clone());
    alone.let_the_disk_work(arrived);
    assert_eq!(alone.replica.height(), Height(2));
    assert_eq!(ordered(&alone), (told.map(|vertex| vertex.id()).into(), Some(Height(1))));
}

#[test]
fn a_fork_is_condemned_by_the_milestone_that_covers_both_its_events() {
    let mut alone = Alone::new();
    let condemned = |alone: &Alone| {
        let forks = alone.replica.equivocations();
        let [fork] = forks[..] else { panic!("{forks:?}") };
        alone.replica.condemned_at(&fork)
    };
    let [first, second] = [1, 2].map(|time| event(&alone, 2, time, Payload::MilestoneRequest));
    let arrived = arrives(&mut alone, first);
    alone.let_the_disk_work(arrived);
    assert_eq!(alone.replica.height(), Height(1));
    let arrived = arrives(&mut alone, second);
    assert_eq!(condemned(&alone), None);
    alone.let_the_disk_work(arrived);
    assert_eq!((condemned(&alone), alone.replica.height()), (Some(Height(2)), Height(2)));
}

#[test]
fn evidence_without_end_against_one_key_is_kept_in_part() {
    let mut alone = Alone::new();
    for height in 1..=100 {
        let told = event(&alone, 100 + height, 1, two_votes_of(&alone, 9, height * 10_000));
        arrives(&mut alone, told);
    }
    assert_eq!(accused(&alone), BTreeMap::from([(SecretKey::simulated(9).address(), 8)]));
    // All that goes on telling of one pair.
    for author in 300..400 {
        let told = event(&alone, author, 1, two_votes_of(&alone, 9, 10_000));
        arrives(&mut alone, told);
    }
    let most = alone.replica.evidence().iter().map(|accusation| accusation.reported_in.len()).max();
    assert_eq!(most, Some(8), "strangers who tell of one pair");
}

#[test]
fn invented_keys_that_voted_twice_leave_a_member_its_place() {
    let mut alone = Alone::new();
    for stranger in 1_000..1_200 {
        let told = event(&alone, stranger, 1, two_votes_of(&alone, stranger, 3));
        arrives(&mut alone, told);
    }
    assert_eq!(accused(&alone).len(), 64);
    let told = event(&alone, 2, 1, two_votes_of(&alone, 1, 3));
    arrives(&mut alone, told);
    assert_eq!(accused(&alone).get(&alone.replica.address()), Some(&1));
    assert_eq!(accused(&alone).len(), 65);
}

#[test]
fn what_only_condemned_authors_tell_of_gives_way() {
    let mut alone = Alone::new();
    // A fork condemns this author; what it writes in other lanes afterwards is void.
    let forks = [1, 2].map(|time| event(&alone, 5, time, Payload::MilestoneRequest));
    for fork in forks {
        let arrived = arrives(&mut alone, fork);
        alone.let_the_disk_work(arrived);
    }
    for lane in 1..=8 {
        let told = event_in(&alone, 5, lane + 1, two_votes_of(&alone, 9, u64::from(lane) * 10_000));
        arrives(&mut alone, told);
    }
    let void = alone.replica.evidence().iter().map(|accusation| accusation.reported_in[0]).collect::<Vec<_>>();
    assert!(void.iter().all(|event| alone.replica.placement(*event).unwrap().void), "else this tests nothing");
    assert_eq!(void.len(), 8);
    let told = event(&alone, 2, 1, two_votes_of(&alone, 9, 3));
    let id = told.id();
    arrives(&mut alone, told);
    assert!(alone.replica.evidence().iter().any(|accusation| accusation.reported_in == [id]));
    assert_eq!(accused(&alone), BTreeMap::from([(SecretKey::simulated(9).address(), 8)]));
}
