//! What a replica holds against somebody, and which milestone orders it.

mod alone;

use alone::Alone;
use quorate_event::{
    EventBody, Evidence, Height, Lane, Payload, ProposalId, SecretKey, Seq, Timestamp, VerifiedEvent, VerifiedVertex,
    View, Vote, VoteKind,
};
use quorate_replica::{Input, Output, Peer};

/// The first event of a stranger's lane.
fn event(alone: &Alone, author: u64, time: u64, payload: Payload) -> VerifiedVertex {
    let (network, author) = (alone.config.genesis.network(), SecretKey::simulated(author));
    let parents = vec![network.event_id()];
    let (lane, seq, time) = (Lane(1), Seq(1), Timestamp(time));
    let body = EventBody { author: author.address(), lane, seq, parents, time, payload };
    VerifiedVertex::Event(VerifiedEvent::sign(body, network, &author).unwrap())
}

/// Two commits of one member in one view.
fn two_votes(alone: &Alone) -> Payload {
    let network = alone.config.genesis.network();
    let [first, second] = [1, 2].map(|proposal| {
        let proposal = ProposalId::new([proposal; 32]);
        let vote = Vote { kind: VoteKind::Commit, height: Height(3), view: View(0), proposal };
        vote.sign(network, &SecretKey::simulated(9)).verify(network).unwrap()
    });
    Payload::Evidence(Box::new(Evidence::of(first, second).unwrap()))
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
        let [accusation] = alone.replica.evidence() else { panic!("{:?}", alone.replica.evidence()) };
        (accusation.told_in.clone(), alone.replica.ordered_at(accusation))
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
    let [first, second] = [1, 2].map(|time| event(&alone, 2, time, Payload::Seal));
    let arrived = arrives(&mut alone, first);
    alone.let_the_disk_work(arrived);
    assert_eq!(alone.replica.height(), Height(1));
    let arrived = arrives(&mut alone, second);
    assert_eq!(condemned(&alone), None);
    alone.let_the_disk_work(arrived);
    assert_eq!((condemned(&alone), alone.replica.height()), (Some(Height(2)), Height(2)));
}
