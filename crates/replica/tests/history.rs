//! History below its milestones: what a proof lets in without a signature, what none lets in, and a milestone that is
//! trusted.

mod alone;

use std::convert::Infallible;

use alone::Alone;
use quorate_event::merkle::RangeProof;
use quorate_event::{
    Canonical, Digest, EventBody, EventError, EventId, ForkEvidence, Height, KeyRing, Lane, Payload, SecretKey, Seq,
    SignedEvent, Timestamp, VerifiedEvent, VerifiedVertex,
};
use quorate_replica::{
    HistoryRange, Input, Output, Peer, PeerMessage, Replica, Summary, SyncResponse, TrustedMilestone, VertexRejection,
};

const PEER: Peer = Peer(1);

/// A replica with milestones, and one of the same network that holds nothing and has said so.
fn two(milestones: usize) -> (Alone, Replica, Summary) {
    let mut alone = Alone::new();
    for number in 0..milestones {
        let written = alone.write(&format!("k{number}"));
        alone.let_the_disk_work(written);
    }
    let (mut late, _) = Replica::recover(alone.config.clone(), [], &[], alone.now).unwrap();
    let outputs = late.handle(Input::Connected { peer: PEER, address: alone.config.key.address() }, alone.now);
    let summary = outputs.into_iter().find_map(|output| match output {
        Output::Summary { summary, .. } => Some(summary),
        _ => None,
    });
    (alone, late, summary.unwrap())
}

/// What the one with milestones answers.
fn answer(alone: &mut Alone, summary: Summary) -> SyncResponse {
    let outputs = alone.handle(Input::Summary { from: PEER, summary });
    let stored = alone.stored.iter().map(|vertex| (vertex.id(), vertex.bytes().to_vec()));
    let stored: std::collections::BTreeMap<_, _> = stored.collect();
    let rest = outputs.into_iter().find_map(|output| match output {
        Output::SendSyncResponse { response: rest, .. } => {
            let load = |id: &EventId| Ok::<_, Infallible>(stored.get(id).cloned());
            let Ok(rest) = rest.load(load);
            rest
        }
        _ => None,
    });
    let PeerMessage::SyncResponse(rest) =
        PeerMessage::from_bytes(&PeerMessage::SyncResponse(rest.unwrap()).to_bytes()).unwrap()
    else {
        panic!("another message");
    };
    rest
}

fn check(late: &Replica, rest: &SyncResponse) -> Result<Vec<VerifiedVertex>, VertexRejection> {
    late.vertex_validator().check_sync_response(rest, &mut KeyRing::default()).map(|arrivals| arrivals.vertices)
}

/// The bytes of an event with another signature of the same length, which does not count; its id stays.
fn with_a_bad_signature(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    bytes
}

#[test]
fn history_is_taken_whole_and_without_a_look_at_its_signatures() {
    let (mut alone, mut late, summary) = two(3);
    let mut rest = answer(&mut alone, summary);
    for range in &mut rest.ranges {
        range.events = range.events.iter().map(|bytes| with_a_bad_signature(bytes)).collect();
    }
    let vertices = check(&late, &rest).unwrap();
    assert_eq!(vertices.iter().filter(|vertex| vertex.is_unchecked()).count(), 3);
    late.handle(Input::SyncResponse { from: PEER, vertices, more: rest.more }, alone.now);
    let [late, other] = [late.status(), alone.replica.status()];
    assert_eq!((late.height, late.finalised, late.events), (other.height, other.finalised, other.events));
}

#[test]
fn a_signature_that_no_one_checked_is_no_evidence_until_someone_does() {
    let (mut alone, late, summary) = two(1);
    let rest = answer(&mut alone, summary);
    let network = alone.config.genesis.network();
    let body = |time| EventBody {
        author: alone.config.key.address(),
        lane: Lane(1),
        seq: Seq(1),
        parents: vec![network.event_id()],
        time: Timestamp(time),
        payload: Payload::MilestoneRequest,
    };
    let other = VerifiedEvent::sign(body(7), network, &alone.config.key).unwrap();
    let covered = |rest: &SyncResponse| match check(&late, rest).unwrap().remove(0) {
        VerifiedVertex::Event(event) => event,
        VerifiedVertex::Milestone(_) => panic!("no event"),
    };
    let good = covered(&rest);
    assert_eq!(ForkEvidence::of(good.clone(), other.clone()), None);
    let good = good.check_signature(&mut KeyRing::default()).unwrap();
    assert!(ForkEvidence::of(good, other).is_some());
    let mut spoiled = rest;
    spoiled.ranges[0].events[0] = with_a_bad_signature(&spoiled.ranges[0].events[0]);
    let refused = covered(&spoiled).check_signature(&mut KeyRing::default());
    assert!(matches!(refused, Err(EventError::Signature(_))), "{refused:?}");
}

#[test]
fn tb11_nothing_of_a_forged_history_enters() {
    let (mut alone, late, summary) = two(3);
    let rest = answer(&mut alone, summary);
    let own = alone.config.clone();
    let event = |key: &SecretKey| {
        let body = EventBody {
            author: key.address(),
            lane: Lane(9),
            seq: Seq(1),
            parents: vec![own.genesis.network().event_id()],
            time: Timestamp(0),
            payload: Payload::MilestoneRequest,
        };
        SignedEvent::sign(body, own.genesis.network(), key).unwrap().bytes().to_vec()
    };
    let last = rest.ranges.len() - 1;
    let forge = |change: &dyn Fn(&mut HistoryRange)| {
        let mut forged = rest.clone();
        change(&mut forged.ranges[last]);
        check(&late, &forged)
    };
    assert!(forge(&|_| ()).is_ok());
    let earlier = rest.ranges[0].clone();
    let lies: [&dyn Fn(&mut HistoryRange); 9] = [
        // An event that is not below the milestone, besides those that are, and instead of them.
        &|range| range.events.push(event(&own.key)),
        &|range| range.events = vec![event(&own.key)],
        &|range| range.events = vec![event(&SecretKey::simulated(77))],
        // An event of another milestone, and another milestone's event with its proof.
        &|range| range.events.clone_from(&earlier.events),
        &|range| (range.events, range.proof) = (earlier.events.clone(), earlier.proof.clone()),
        // Another body under the same place: another id.
        &|range| range.events[0][20] ^= 1,
        // Proofs that prove nothing.
        &|range| range.proof.siblings.push(Digest::new([7; 32])),
        &|range| range.proof = RangeProof { first: u64::MAX, leaves: u64::MAX, siblings: Vec::new() },
        // Garbage.
        &|range| range.events[0] = vec![0xff; 40],
    ];
    for (number, lie) in lies.into_iter().enumerate() {
        assert!(forge(lie).is_err(), "lie {number}");
    }
}

#[test]
fn tb11_a_milestone_that_no_quorum_certified_vouches_for_nothing() {
    let (mut alone, late, summary) = two(2);
    let rest = answer(&mut alone, summary);
    for (range, byte) in [(0, 30), (1, 60)] {
        let mut forged = rest.clone();
        forged.ranges[range].milestone[byte] ^= 1;
        assert!(check(&late, &forged).is_err());
    }
    // Its own certificate, of a member of another committee.
    let other = alone.config.genesis.clone();
    let stranger = SecretKey::simulated(5);
    let committee = quorate_event::Committee::new(vec![(stranger.address(), quorate_event::Stake(1))]).unwrap();
    let config = quorate_replica::ReplicaConfig {
        genesis: quorate_event::Genesis { committee, ..other },
        key: stranger,
        ..alone.config.clone()
    };
    let (elsewhere, _) = Replica::recover(config, [], &[], alone.now).unwrap();
    assert!(check(&elsewhere, &rest).is_err());
}

fn milestone(alone: &Alone, height: u64) -> TrustedMilestone {
    let of_height = |vertex: &&VerifiedVertex| matches!(vertex, VerifiedVertex::Milestone(milestone) if milestone.height() == Height(height));
    let id = alone.stored.iter().find(of_height).unwrap().id();
    TrustedMilestone { height: Height(height), id }
}

#[test]
fn tb25_a_network_that_contradicts_a_trusted_milestone_is_not_believed() {
    let (mut alone, mut late, summary) = two(3);
    let trusted = TrustedMilestone { height: Height(2), id: EventId::new([7; 32]) };
    late.trust(trusted).unwrap();
    let rest = answer(&mut alone, summary);
    let vertices = check(&late, &rest).unwrap();
    let outputs = late.handle(Input::SyncResponse { from: PEER, vertices, more: rest.more }, alone.now);
    let certified = milestone(&alone, 2).id;
    let is_said = |output: &Output| match output {
        Output::Contradicted { height, certified: found, trusted: own } => {
            (*height, *found, *own) == (Height(2), certified, trusted.id)
        }
        _ => false,
    };
    assert!(outputs.iter().any(is_said), "{outputs:?}");
    assert!(late.height() < Height(2) && !late.reaches_trust());
    assert_eq!(late.next_wake(), None);
}

#[test]
fn tb25_a_trusted_milestone_that_the_network_certified_is_reached() {
    let (mut alone, mut late, summary) = two(3);
    late.trust(milestone(&alone, 2)).unwrap();
    assert!(!late.reaches_trust());
    let rest = answer(&mut alone, summary);
    let vertices = check(&late, &rest).unwrap();
    late.handle(Input::SyncResponse { from: PEER, vertices, more: rest.more }, alone.now);
    assert!(late.reaches_trust());
    assert_eq!(late.height(), Height(3));
}

#[test]
fn tb25_a_disk_that_contradicts_a_trusted_milestone_is_said_to() {
    let (mut alone, _, _) = two(2);
    let right = milestone(&alone, 2);
    assert_eq!(alone.replica.trust(right), Ok(()));
    let wrong = TrustedMilestone { id: EventId::new([7; 32]), ..right };
    assert_eq!(alone.replica.trust(wrong).unwrap_err().held, right.id);
}

#[test]
fn ta10_the_next_message_is_asked_for_when_the_last_was_taken_and_of_another_peer_when_none_comes() {
    let (mut alone, mut late, summary) = two(3);
    let other = Peer(2);
    late.handle(Input::Connected { peer: other, address: SecretKey::simulated(9).address() }, alone.now);
    let asked = |outputs: Vec<Output>| -> Vec<Peer> {
        let asked = outputs.into_iter().filter_map(|output| match output {
            Output::Summary { to, .. } => Some(to),
            _ => None,
        });
        asked.collect()
    };
    let vertices = check(&late, &answer(&mut alone, summary)).unwrap();
    let first = vertices[..2].to_vec();
    assert_eq!(asked(late.handle(Input::SyncResponse { from: PEER, vertices: first, more: true }, alone.now)), [PEER]);
    // The other one says that it has more, too; one is asked at a time.
    let again = vertices[..2].to_vec();
    assert_eq!(asked(late.handle(Input::SyncResponse { from: other, vertices: again, more: true }, alone.now)), []);
    let mut now = alone.now;
    now.elapsed = late.next_wake().unwrap();
    while asked(late.handle(Input::Tick, now)).is_empty() {
        now.elapsed = late.next_wake().unwrap();
    }
    // Asked in time, and not the one that stalls.
    assert!(now.elapsed <= alone.now.elapsed + std::time::Duration::from_secs(2));
    let rest = vertices[2..].to_vec();
    assert_eq!(asked(late.handle(Input::SyncResponse { from: other, vertices: rest, more: false }, now)), []);
    assert_eq!(late.height(), Height(3));
}
