//! The replica's invariants R1 to R5, each on a network of one member, where nothing but the disk is waited for.

mod alone;

use std::time::Duration;

use alone::{Alone, answer};
use quorate_agreement::AgreementMessage;
use quorate_event::{
    Certificate, Digest, EventBody, Height, Lane, Payload, Proposal, Seq, Timestamp, VerifiedEvent, VerifiedMilestone,
    VerifiedVertex, View, Vote, VoteKind,
};
use quorate_replica::{ConsistencyLevel, DiskTicket, Input, Output, Peer, Refusal, Replica};
use serde_json::json;

fn leaves(output: &Output) -> bool {
    let signed = matches!(output, Output::Agreement { message, .. } if says_something(message));
    signed || matches!(output, Output::Publish(_) | Output::Durable { .. } | Output::Final { .. })
}

/// A position without votes promises nothing.
fn says_something(message: &AgreementMessage) -> bool {
    !matches!(message, AgreementMessage::Position(position) if position.votes.is_empty())
}

#[test]
fn r1_nothing_that_is_signed_leaves_before_it_is_on_disk() {
    let mut alone = Alone::new();
    let written = alone.write("k");
    assert!(written.iter().any(|output| matches!(output, Output::Persist { .. })));
    assert!(!written.iter().any(leaves));
    let stored = alone.handle(Input::Stored(DiskTicket(1)));
    assert!(stored.iter().any(|output| matches!(output, Output::Publish(_))));
    assert!(stored.iter().any(|output| matches!(output, Output::Durable { .. })));
    // The vote: recorded first, said afterwards.
    assert!(stored.iter().any(|output| matches!(output, Output::Record { .. })));
    let says = |output: &Output| matches!(output, Output::Agreement { message, .. } if says_something(message));
    assert!(!stored.iter().any(says));
    let all = alone.let_the_disk_work(stored);
    assert!(all.iter().any(|output| matches!(output, Output::Final { milestone: Height(1), .. })));
}

#[test]
fn r1_final_is_said_only_when_the_milestone_is_on_disk() {
    let mut alone = Alone::new();
    let mut outputs = alone.write("k");
    let mut milestone_stored = false;
    while !outputs.is_empty() {
        let says_final = outputs.iter().any(|output| matches!(output, Output::Final { .. }));
        assert!(!says_final || milestone_stored);
        for output in &outputs {
            let Output::Persist { vertices, .. } = output else { continue };
            milestone_stored |= vertices.iter().any(|vertex| matches!(vertex, VerifiedVertex::Milestone(_)));
        }
        let answers: Vec<Input> = outputs.iter().filter_map(answer).collect();
        outputs = answers.into_iter().flat_map(|input| alone.handle(input)).collect();
    }
    assert!(milestone_stored);
}

#[test]
fn r2_a_cut_is_voted_for_only_when_all_of_it_is_on_disk() {
    let mut alone = Alone::new();
    let written = alone.write("k");
    // Less than a view's timer, after which it would rightly vote to skip.
    alone.now.elapsed += Duration::from_millis(900);
    let later = alone.handle(Input::Tick);
    let votes = |outputs: &[Output]| outputs.iter().any(|output| matches!(output, Output::Record { .. }));
    assert!(!votes(&written) && !votes(&later));
    assert!(votes(&alone.handle(Input::Stored(DiskTicket(1)))));
}

#[test]
fn r3_a_certified_milestone_that_contradicts_what_is_derived_here_halts_the_replica() {
    let mut alone = Alone::new();
    alone.write("k");
    let event = alone.stored[0].id();
    let (network, other) = (alone.config.genesis.network(), Digest::new([7; 32]));
    let proposal = Proposal {
        height: Height(1),
        previous: network.proposal_id(),
        heads: vec![event],
        events_root: other,
        documents_root: other,
        ledger_root: other,
        outbox_root: other,
        next_committee: alone.config.genesis.committee.digest(),
        time: Timestamp(2_000),
    };
    let vote = Vote { kind: VoteKind::Commit, height: Height(1), view: View(0), proposal: proposal.id(network) };
    let commit = vote.sign(network, &alone.config.key).verify(network).unwrap();
    let certificate = Certificate::assemble(vote, [commit]);
    let certificate = certificate.verify(network, &alone.config.genesis.committee).unwrap();
    let milestone = VerifiedMilestone::new(proposal, &certificate, network).unwrap();
    let vertices = vec![VerifiedVertex::Milestone(milestone)];
    let outputs = alone.handle(Input::Vertices { from: Peer(1), vertices });
    assert!(outputs.iter().any(|output| matches!(output, Output::Halt { height: Height(1) })));
    assert!(alone.write("later").is_empty());
    assert_eq!(alone.replica.next_wake(), None);
}

#[test]
fn r4_intents_that_wait_for_the_disk_are_bounded() {
    let mut alone = Alone::new();
    alone.write("first");
    let refused = (0..20_000).map(|number| alone.write(&format!("k{number}"))).find(|outputs| !outputs.is_empty());
    let refused = refused.unwrap();
    let [Output::Refused { refusal: Refusal::Busy { waiting }, .. }] = &refused[..] else {
        panic!("{refused:?}");
    };
    assert_eq!(*waiting, 16_384);
}

#[test]
fn r4_a_peer_that_always_has_more_and_brings_nothing_is_not_asked_again() {
    let mut alone = Alone::new();
    let (from, address) = (Peer(7), alone.replica.address());
    alone.handle(Input::Connected { peer: from, address });
    let nothing = || Input::SyncResponse { from, vertices: Vec::new(), more: true };
    let asks = |outputs: Vec<Output>| outputs.iter().any(|output| matches!(output, Output::Summary { .. }));
    assert!(asks(alone.handle(nothing())), "it said that it has more");
    for _ in 0..10 {
        assert!(!asks(alone.handle(nothing())), "it brought none of it");
    }
}

#[test]
fn r4_a_vote_log_that_has_grown_in_earlier_lives_is_begun_anew() {
    let mut alone = Alone::new();
    let record = |outputs: &[Output]| {
        outputs.iter().find_map(|output| match output {
            Output::Record { bytes, supersedes, .. } => Some((bytes.clone(), *supersedes)),
            _ => None,
        })
    };
    let written = alone.write("a");
    let (bytes, _) = record(&alone.let_the_disk_work(written)).unwrap();
    for (records, supersedes) in [(1, false), ((1 << 20) / bytes.len() + 1, true)] {
        let log = vec![bytes.clone(); records];
        let stored = alone.stored.clone();
        (alone.replica, _) = Replica::recover(alone.config.clone(), stored, &log, alone.now).unwrap();
        let written = alone.write(&format!("after {records}"));
        let outputs = alone.handle(written.iter().find_map(answer).unwrap());
        assert_eq!(record(&outputs).unwrap().1, supersedes);
        alone.stored.pop();
    }
}

#[test]
fn r5_a_recovered_replica_shows_what_was_acknowledged() {
    let mut alone = Alone::new();
    for key in ["a", "b", "c"] {
        let written = alone.write(key);
        alone.let_the_disk_work(written);
    }
    let before = (alone.replica.status(), alone.replica.document("store", ConsistencyLevel::Final));
    let (recovered, _) = Replica::recover(alone.config.clone(), alone.stored.clone(), &[], alone.now).unwrap();
    assert_eq!((recovered.status(), recovered.document("store", ConsistencyLevel::Final)), before);
    assert_eq!(before.1.unwrap().value, json!({ "a": 1, "b": 1, "c": 1 }));
}

#[test]
fn a_replica_that_recovers_with_work_left_goes_on() {
    let mut alone = Alone::new();
    let parameters = &mut alone.config.genesis.parameters;
    (parameters.min_events, parameters.cut_events) = (3, 1);
    (alone.replica, _) = Replica::recover(alone.config.clone(), [], &[], alone.now).unwrap();
    for key in ["a", "b", "c"] {
        let written = alone.write(key);
        alone.let_the_disk_work(written);
    }
    let is_milestone = |vertex: &VerifiedVertex| matches!(vertex, VerifiedVertex::Milestone(_));
    assert_eq!(alone.stored.iter().position(is_milestone), Some(3), "one of three events is covered");
    let (recovered, _) = Replica::recover(alone.config.clone(), alone.stored.clone(), &[], alone.now).unwrap();
    alone.replica = recovered;
    alone.now.elapsed += Duration::from_secs(1);
    let outputs = alone.handle(Input::Tick);
    assert!(outputs.iter().any(|output| matches!(output, Output::Record { .. })));
}

#[test]
fn intents_that_wait_for_one_disk_write_share_an_event_and_those_of_one_key_do_not() {
    let mut alone = Alone::new();
    let first = alone.write("a");
    for key in ["b", "c", "b"] {
        assert!(alone.write(key).is_empty());
    }
    let outputs = alone.let_the_disk_work(first);
    let durable = outputs.iter().filter_map(|output| match output {
        Output::Durable { events, .. } => Some(events.clone()),
        _ => None,
    });
    let durable: Vec<_> = durable.collect();
    assert_eq!(durable.len(), 4);
    assert_eq!(durable[1], durable[2]);
    // The same value again: nothing to write, but an answer.
    assert!(durable[3].is_empty());
}

#[test]
fn a_timer_that_came_due_while_something_else_was_handled_is_not_forgotten() {
    let mut alone = Alone::new();
    alone.config.genesis.parameters.min_events = 100;
    let (replica, _) = Replica::recover(alone.config.clone(), [], &[], alone.now).unwrap();
    alone.replica = replica;
    alone.write("k");
    alone.handle(Input::Stored(DiskTicket(1)));
    let due = alone.now.elapsed + Duration::from_millis(100);
    assert_eq!(alone.replica.next_wake(), Some(due));
    // Something that agreement need not hear of, a moment too late.
    alone.now.elapsed = due + Duration::from_millis(1);
    alone.handle(Input::Want { from: Peer(1), ids: Vec::new() });
    assert_eq!(alone.replica.next_wake(), Some(due));
    let outputs = alone.handle(Input::Tick);
    assert!(outputs.iter().any(|output| matches!(output, Output::Record { .. })));
}

#[test]
fn whoever_passes_on_an_event_that_contradicts_its_past_is_not_blamed() {
    let mut alone = Alone::new();
    let network = alone.config.genesis.network();
    let body = EventBody {
        author: alone.config.key.address(),
        lane: Lane(9),
        // The second of its lane though nothing of that lane precedes it.
        seq: Seq(2),
        parents: vec![network.event_id()],
        time: Timestamp(0),
        payload: Payload::MilestoneRequest,
    };
    let event = VerifiedEvent::sign(body, network, &alone.config.key).unwrap();
    let id = event.id();
    let vertices = vec![VerifiedVertex::Event(event)];
    let outputs = alone.handle(Input::Vertices { from: Peer(1), vertices });
    assert!(!alone.replica.holds(id));
    assert!(!outputs.iter().any(|output| matches!(output, Output::Fault { .. } | Output::Persist { .. })));
}
