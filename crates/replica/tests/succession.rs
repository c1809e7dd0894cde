//! One member hands the network over to another: what each may say before and after, and what is refused.

mod alone;

use std::collections::VecDeque;
use std::sync::Arc;

use alone::{Alone, answer};
use quorate_event::merkle::RangeProof;
use quorate_event::{
    Address, Certificate, CertificateError, Committee, EventBody, EventId, Height, KeyRing, Lane, Milestone, Payload,
    Proposal, ProposalId, SecretKey, Seq, SignedVote, Stake, Timestamp, VerifiedEvent, VerifiedVertex, View, Vote,
    VoteKind,
};
use quorate_replica::{
    AgreementMessage, CheckedVertices, CommitteeRule, FinalDocuments, FixedCommittee, HistoryRange, Input, Output,
    Peer, RecoveryError, Replica, ReplicaConfig, SyncResponse, VertexRejection,
};
use serde_json::Value;

const PEER: Peer = Peer(1);

/// The document `heir` says who is the whole committee, by a number that makes the key.
#[derive(Debug)]
struct Heir;

impl CommitteeRule for Heir {
    fn next(&self, _: &Committee, settled: &FinalDocuments<'_>) -> Option<Committee> {
        let heir = settled.document("store")?.get("heir").and_then(Value::as_u64)?;
        Committee::new(vec![(key(heir).address(), Stake(1))]).ok()
    }
}

fn key(number: u64) -> SecretKey {
    SecretKey::simulated(number)
}

fn of(number: u64) -> Committee {
    Committee::new(vec![(key(number).address(), Stake(1))]).unwrap()
}

/// A network whose member is the key 1, with this many milestones, and then one that makes the key 2 its heir.
fn handed_over(milestones: usize) -> Alone {
    let mut alone = Alone::with(Arc::new(Heir));
    for number in 0..milestones {
        let written = alone.write(&format!("k{number}"));
        alone.let_the_disk_work(written);
    }
    let named = alone.set("heir", 2);
    alone.let_the_disk_work(named);
    assert_eq!(alone.replica.height(), Height(milestones as u64 + 1));
    alone
}

/// A replica of another key that holds nothing.
fn other(alone: &Alone, number: u64) -> Replica {
    let config = ReplicaConfig { key: key(number), ..alone.config.clone() };
    Replica::recover(config, [], &[], alone.now).unwrap().0
}

fn bytes(stored: &[VerifiedVertex]) -> Vec<Vec<u8>> {
    stored.iter().map(|vertex| vertex.bytes().to_vec()).collect()
}

/// Sends vertices one by one, as gossip does, and answers the disk; all that was said.
fn hear(replica: &mut Replica, vertices: &[Vec<u8>], alone: &Alone) -> Vec<Output> {
    let mut said = Vec::new();
    for vertex in vertices {
        let arrivals = replica.vertex_validator().check(std::slice::from_ref(vertex), &mut KeyRing::default()).unwrap();
        let CheckedVertices { vertices, early: milestones, .. } = arrivals;
        let mut inputs = VecDeque::from([Input::Vertices { from: PEER, vertices }]);
        if !milestones.is_empty() {
            inputs.push_back(Input::FutureMilestones { from: PEER, milestones });
        }
        while let Some(input) = inputs.pop_front() {
            let outputs = replica.handle(input, alone.now);
            inputs.extend(outputs.iter().filter_map(answer));
            said.extend(outputs);
        }
    }
    said
}

/// The milestone after the last one, with this signature and this next committee.
fn milestone_by(signer: u64, replica: &Replica, head: EventId, next: &Committee) -> Milestone {
    let status = replica.status();
    milestone_above(signer, (status.height, status.milestone), replica, head, next)
}

/// A milestone above a given one, with this signature and this next committee.
fn milestone_above(
    signer: u64,
    (height, below): (Height, EventId),
    replica: &Replica,
    head: EventId,
    next: &Committee,
) -> Milestone {
    let status = replica.status();
    let proposal = Proposal {
        height: height.next(),
        previous: ProposalId::new(*below.as_bytes()),
        heads: vec![head],
        events_root: quorate_event::merkle::root(&[*head.as_bytes()]),
        documents_root: status.merged,
        ledger_root: quorate_event::merkle::root::<[u8; 32]>(&[]),
        outbox_root: quorate_event::merkle::root::<[u8; 32]>(&[]),
        next_committee: next.digest(),
        time: Timestamp(9_000),
    };
    let id = proposal.id(status.network);
    let vote = Vote { kind: VoteKind::Commit, height: proposal.height, view: View(0), proposal: id };
    let signed = vote.sign(status.network, &key(signer));
    let certificate = Certificate { vote, signatures: vec![(signed.signer, signed.signature)] };
    Milestone::new(proposal, certificate, status.network).unwrap()
}

fn check(replica: &Replica, milestone: &Milestone) -> Result<CheckedVertices, VertexRejection> {
    replica.vertex_validator().check(&[milestone.to_bytes()], &mut KeyRing::default())
}

fn stranger<T>(found: &Result<T, VertexRejection>, who: Address) -> bool {
    matches!(found, Err(VertexRejection::Certificate(CertificateError::Stranger { signer })) if *signer == who)
}

#[test]
fn r6_a_committee_takes_effect_at_the_height_after_the_milestone_that_names_it() {
    let alone = handed_over(2);
    assert_eq!(alone.replica.committee(), &of(2));
    for (height, member) in [(1, 1), (2, 1), (3, 1), (4, 2)] {
        assert_eq!(alone.replica.committee_of(Height(height)), Some(&of(member)), "height {height}");
    }
    assert_eq!(alone.replica.committee_of(Height(5)), None);
    assert_eq!(alone.replica.status().stake, None);
}

#[test]
fn tb21_what_the_old_member_certifies_after_the_change_is_refused_and_what_the_new_one_does_is_taken() {
    let mut alone = handed_over(1);
    let written = alone.write("later");
    alone.let_the_disk_work(written);
    assert_eq!(alone.replica.height(), Height(2), "the old member goes on alone");
    let head = *alone.replica.status().heads.last().unwrap();
    assert!(stranger(&check(&alone.replica, &milestone_by(1, &alone.replica, head, &of(1))), key(1).address()));
    assert!(stranger(&check(&alone.replica, &milestone_by(1, &alone.replica, head, &of(2))), key(1).address()));
    let good = milestone_by(2, &alone.replica, head, &of(2));
    let vertices = check(&alone.replica, &good).unwrap().vertices;
    alone.handle(Input::Vertices { from: PEER, vertices });
    assert_eq!(alone.replica.height(), Height(3));
}

#[test]
fn tb21_a_vote_counts_at_its_own_height_and_under_its_own_committee_alone() {
    let alone = handed_over(1);
    let verifier = alone.replica.verifier();
    let network = alone.config.genesis.network();
    let vote =
        |height| Vote { kind: VoteKind::Skip, height: Height(height), view: View(0), proposal: ProposalId::NONE };
    let by = |signer: u64, height| vote(height).sign(network, &key(signer));
    let judged = |vote: SignedVote| verifier.verify(AgreementMessage::Vote(vote));
    assert!(judged(by(2, 3)).is_ok());
    assert!(judged(by(1, 3)).is_err(), "of somebody who left");
    let shifted = SignedVote { vote: vote(3), ..by(2, 4) };
    assert!(judged(shifted).is_err(), "of another height");
    let certificate = Certificate { vote: vote(3), signatures: vec![(key(1).address(), by(1, 3).signature)] };
    assert!(verifier.verify(AgreementMessage::Certificate(certificate)).is_err());
}

#[test]
fn r3_a_milestone_that_names_another_committee_than_follows_halts_whoever_derives() {
    let mut alone = Alone::with(Arc::new(Heir));
    alone.write("k");
    let head = alone.stored[0].id();
    let wrong = milestone_by(1, &alone.replica, head, &of(2));
    let vertices = check(&alone.replica, &wrong).unwrap().vertices;
    let outputs = alone.handle(Input::Vertices { from: PEER, vertices });
    assert!(outputs.iter().any(|output| matches!(output, Output::Halt { height: Height(1) })), "{outputs:?}");
}

#[test]
fn r3_a_second_milestone_of_a_height_that_is_final_changes_nothing_however_good_its_certificate() {
    let mut alone = Alone::with(Arc::new(Heir));
    let written = alone.write("k0");
    let second = milestone_by(1, &alone.replica, alone.stored[0].id(), &of(1));
    alone.let_the_disk_work(written);
    let named = alone.set("heir", 2);
    alone.let_the_disk_work(named);
    let before = alone.replica.status();
    let vertices = check(&alone.replica, &second).unwrap().vertices;
    assert_eq!(vertices.len(), 1, "its certificate is good");
    let outputs = alone.handle(Input::Vertices { from: PEER, vertices });
    assert!(!outputs.iter().any(|output| matches!(output, Output::Halt { .. })), "{outputs:?}");
    assert_eq!(alone.replica.status(), before);
}

#[test]
fn tb27_a_second_milestone_by_those_who_are_the_committee_still_halts() {
    let mut alone = Alone::with(Arc::new(Heir));
    let written = alone.write("k0");
    let second = milestone_by(1, &alone.replica, alone.stored[0].id(), &of(1));
    alone.let_the_disk_work(written);
    let vertices = check(&alone.replica, &second).unwrap().vertices;
    let outputs = alone.handle(Input::Vertices { from: PEER, vertices });
    assert!(outputs.iter().any(|output| matches!(output, Output::Halt { .. })), "{outputs:?}");
}

#[test]
fn r3_a_second_milestone_that_waited_for_its_cut_changes_nothing_when_the_height_is_final_by_then() {
    let alone = handed_over(1);
    let mut late = other(&alone, 3);
    let network = alone.config.genesis.network();
    let body = EventBody {
        author: key(1).address(),
        lane: Lane(9),
        seq: Seq(1),
        parents: vec![network.event_id()],
        time: Timestamp(1),
        payload: Payload::MilestoneRequest,
    };
    let withheld = VerifiedEvent::sign(body, network, &key(1)).unwrap();
    let second = milestone_by(1, &late, withheld.id(), &of(1));
    hear(&mut late, &[second.to_bytes()], &alone);
    hear(&mut late, &bytes(&alone.stored), &alone);
    assert_eq!(late.height(), Height(2));
    let said = hear(&mut late, &[withheld.bytes().to_vec()], &alone);
    assert!(!said.iter().any(|output| matches!(output, Output::Halt { .. })), "{said:?}");
    let status = late.status();
    assert_eq!((status.milestone, status.uncovered), (alone.replica.status().milestone, 1));
}

#[test]
fn r6_what_a_forged_milestone_names_is_said_of_those_that_build_on_it_alone() {
    let alone = handed_over(1);
    let mut late = other(&alone, 3);
    let until_first = alone.stored.iter().position(|vertex| matches!(vertex, VerifiedVertex::Milestone(_))).unwrap();
    hear(&mut late, &bytes(&alone.stored[..=until_first]), &alone);
    assert_eq!(late.height(), Height(1));
    // The key that left certifies a second milestone of height 2 that keeps it, and one above the first that does not.
    let (real, head) = (alone.replica.status(), alone.stored[0].id());
    let keeps = milestone_by(1, &late, head, &of(1));
    let above = |below| milestone_above(1, (Height(2), below), &late, head, &of(1));
    let range = |milestone: &Milestone, leaves| HistoryRange {
        milestone: milestone.to_bytes(),
        events: Vec::new(),
        proof: RangeProof { first: 0, leaves, siblings: Vec::new() },
    };
    let rest = |below| SyncResponse {
        ranges: vec![range(&keeps, 1), range(&above(below), 0)],
        vertices: Vec::new(),
        more: false,
    };
    let check = |below| late.vertex_validator().check_sync_response(&rest(below), &mut KeyRing::default()).unwrap();
    let apart = check(real.milestone);
    assert!(apart.vertices.is_empty() && apart.left_out, "{apart:?}");
    assert_eq!(check(keeps.id().event_id()).vertices.len(), 1, "what builds on it is its own history");
}

#[test]
fn milestones_that_come_before_their_committee_is_known_wait_and_are_nobodys_fault() {
    let alone = handed_over(1);
    let mut late = other(&alone, 2);
    let mut vertices = bytes(&alone.stored);
    let is_milestone = |bytes: &Vec<u8>| Milestone::decode(bytes, alone.config.genesis.network()).is_ok();
    // Both milestones come before the events, the second before the first.
    vertices.sort_by_key(|bytes| !is_milestone(bytes));
    vertices[..2].reverse();
    let said = hear(&mut late, &vertices, &alone);
    assert!(!said.iter().any(|output| matches!(output, Output::Fault { .. })), "{said:?}");
    let [late, other] = [late.status(), alone.replica.status()];
    assert_eq!((late.height, late.finalised), (other.height, other.finalised));
    assert_eq!(late.stake, Some(Stake(1)));
}

#[test]
fn a_milestone_that_waited_is_checked_with_its_committee_and_a_lie_is_its_senders_fault() {
    let alone = handed_over(1);
    let mut late = other(&alone, 2);
    let forged = milestone_by(1, &alone.replica, alone.stored[0].id(), &of(1));
    let said = hear(&mut late, &[forged.to_bytes()], &alone);
    assert!(!said.iter().any(|output| matches!(output, Output::Fault { .. })), "nobody knows yet");
    let said = hear(&mut late, &bytes(&alone.stored), &alone);
    assert!(said.iter().any(|output| matches!(output, Output::Fault { peer: PEER })), "{said:?}");
    assert_eq!(late.status().milestone, alone.replica.status().milestone);
}

#[test]
fn a_new_member_goes_on_where_the_old_one_stopped() {
    let alone = handed_over(3);
    let mut heir = other(&alone, 2);
    let early = heir.handle(Input::SkipLeader, alone.now);
    assert!(!early.iter().any(|output| matches!(output, Output::Record { .. })), "a vote before it is a member");
    hear(&mut heir, &bytes(&alone.stored), &alone);
    let mut inputs = VecDeque::from([Input::SkipLeader]);
    let mut recorded = 0;
    while let Some(input) = inputs.pop_front() {
        let outputs = heir.handle(input, alone.now);
        recorded += outputs.iter().filter(|output| matches!(output, Output::Record { .. })).count();
        inputs.extend(outputs.iter().filter_map(answer));
    }
    assert!(recorded > 0, "no vote as a member");
}

#[test]
fn r5_a_replica_that_starts_again_has_the_committee_of_its_height() {
    let alone = handed_over(2);
    let recover = |succession: Arc<dyn CommitteeRule>| {
        let config = ReplicaConfig { committee_rule: succession, ..alone.config.clone() };
        Replica::recover(config, alone.stored.clone(), &[], alone.now)
    };
    let (again, _) = recover(Arc::new(Heir)).unwrap();
    assert_eq!(again.committee(), &of(2));
    assert_eq!(again.committee_of(Height(3)), Some(&of(1)));
    assert_eq!(again.verifier().height(), Height(4));
    let under_another_rule = recover(Arc::new(FixedCommittee)).err();
    assert_eq!(under_another_rule, Some(RecoveryError::Divergence));
}
