//! I7 and I8: who signed what.

use quorate_event::{Canonical, Height, ProposalId, SignedVote, View, Vote, VoteKind};
use quorate_replica::{AgreementMessage, DiskTicket, Replica};

use super::durability::NOW;
use super::fixture::{INVALID_SIGNATURE, OracleFixture};
use crate::disk::SimulatedVoteLog;
use crate::node_id::NodeId;
use crate::oracle::Violation;

const A: ProposalId = ProposalId::new([1; 32]);
const B: ProposalId = ProposalId::new([2; 32]);

fn vote(fixture: &OracleFixture, signer: usize, kind: VoteKind, view: u64, proposal: ProposalId) -> SignedVote {
    Vote { kind, height: Height(1), view: View(view), proposal }.sign(fixture.network, &fixture.key(signer))
}

/// What is found when node 0 says both, with a crash between them.
fn both(first: (VoteKind, u64, ProposalId), second: (VoteKind, u64, ProposalId)) -> Vec<Violation> {
    let mut fixture = OracleFixture::four();
    let [first, second] = [first, second].map(|(kind, view, proposal)| vote(&fixture, 0, kind, view, proposal));
    fixture.oracle.said(NodeId(0), &AgreementMessage::Vote(first));
    fixture.oracle.crashed(NodeId(0), &[], None);
    for _ in 0..3 {
        fixture.oracle.said(NodeId(0), &AgreementMessage::Vote(second));
    }
    fixture.found().to_vec()
}

#[test]
fn i7_two_votes_that_exclude_each_other_are_found_across_a_crash() {
    use VoteKind::{Commit, Prepare, Propose, Skip};
    for kind in [Propose, Prepare, Commit] {
        let found = both((kind, 0, A), (kind, 0, B));
        assert!(matches!(found.first(), Some(Violation::TwoVotes { node: NodeId(0), .. })), "{kind:?}");
        assert_eq!(both((kind, 0, A), (kind, 0, A)), []);
        assert_eq!(both((kind, 0, A), (kind, 1, B)), []);
    }
    assert!(!both((Commit, 0, A), (Skip, 0, ProposalId::NONE)).is_empty());
    assert!(!both((Skip, 0, ProposalId::NONE), (Commit, 0, A)).is_empty());
    assert_eq!(both((Prepare, 0, A), (Skip, 0, ProposalId::NONE)), []);
    assert_eq!(both((Commit, 0, A), (Skip, 1, ProposalId::NONE)), []);
}

#[test]
fn i7_what_others_pass_on_counts_if_it_was_signed() {
    let mut fixture = OracleFixture::four();
    let first = vote(&fixture, 0, VoteKind::Prepare, 0, A);
    let second = vote(&fixture, 0, VoteKind::Prepare, 0, B);
    fixture.oracle.said(NodeId(0), &AgreementMessage::Vote(first));
    let unsigned = SignedVote { signature: INVALID_SIGNATURE, ..second };
    fixture.oracle.said(NodeId(1), &AgreementMessage::Vote(unsigned));
    assert_eq!(fixture.found(), []);
    fixture.oracle.said(NodeId(1), &AgreementMessage::Vote(second));
    assert!(matches!(fixture.only(), Violation::TwoVotes { node: NodeId(0), .. }));
}

#[test]
fn i7_a_liar_may_contradict_itself() {
    let mut fixture = OracleFixture::four();
    fixture.oracle.corrupted(NodeId(0));
    for proposal in [A, B] {
        let vote = vote(&fixture, 0, VoteKind::Prepare, 0, proposal);
        fixture.oracle.overheard(&AgreementMessage::Vote(vote));
    }
    assert_eq!(fixture.found(), []);
}

#[test]
fn i8_who_continued_a_lane_twice_and_is_not_named_is_found() {
    let mut fixture = OracleFixture::four();
    fixture.oracle.corrupted(NodeId(0));
    let [first, second] = [1, 2].map(|time| fixture.event_at(0, 1, &[fixture.root()], time));
    fixture.keep_all(&[1], &[&first, &second]);
    fixture.keep_all(&[2], &[&first]);
    let recovered = |stored: Vec<_>| Replica::recover(fixture.config(1), stored, &[], NOW).unwrap().0;
    let (both, one) = (recovered(vec![first.clone(), second]), recovered(vec![first]));
    fixture.oracle.named(NodeId(1), &both);
    fixture.oracle.named(NodeId(2), &one);
    assert_eq!(fixture.found(), []);
    fixture.oracle.named(NodeId(1), &one);
    assert_eq!(fixture.only(), &Violation::Unnamed { node: NodeId(1), culprit: fixture.key(0).address() });
}

#[test]
fn i7_two_events_at_one_place_of_an_honest_lane_are_found() {
    for liars in [0, 1] {
        let mut fixture = OracleFixture::four();
        if liars > 0 {
            fixture.oracle.corrupted(NodeId(3));
        }
        let [first, second] = [1, 2].map(|time| fixture.event_at(3, 1, &[fixture.root()], time));
        fixture.keep_all(&[0, 1], &[&first]);
        assert_eq!(fixture.found(), []);
        fixture.keep(1, &second);
        let found = Violation::TwoEvents { node: NodeId(3), first: first.id(), second: second.id() };
        assert_eq!(fixture.found(), if liars > 0 { vec![] } else { vec![found] });
    }
}

#[test]
fn i8_evidence_against_an_honest_key_is_found() {
    let mut fixture = OracleFixture::four();
    fixture.oracle.corrupted(NodeId(3));
    let [honest, liar] = [1, 3].map(|node| fixture.key(node).address());
    fixture.oracle.accused(NodeId(0), liar);
    // An accusation by a Byzantine node does not count.
    fixture.oracle.accused(NodeId(3), honest);
    assert_eq!(fixture.found(), []);
    fixture.oracle.accused(NodeId(0), honest);
    assert_eq!(fixture.only(), &Violation::Accused { node: NodeId(0), culprit: honest });
}

/// Two milestones of one height, signed by all in different views, and the skips of the earlier view by some.
fn fork(skips: &[usize]) -> Vec<Violation> {
    let mut fixture = OracleFixture::four();
    [2, 3].into_iter().for_each(|liar| fixture.oracle.corrupted(NodeId(liar)));
    let events = [0, 1].map(|author| fixture.event(author, 1, &[fixture.root()]));
    for (node, event) in events.iter().enumerate() {
        let proposal = fixture.proposal(1, fixture.root(), event);
        let certificate = fixture.signatures(fixture.commit(&proposal, node as u64), &[node, 2, 3]);
        let milestone = fixture.certified(proposal, certificate);
        fixture.keep_all(&[node], &[event, &milestone]);
    }
    let skip = Vote { kind: VoteKind::Skip, height: Height(1), view: View(0), proposal: ProposalId::NONE };
    let certificate = fixture.signatures(skip, skips);
    fixture.oracle.said(NodeId(1), &AgreementMessage::Certificate(certificate));
    fixture.oracle.name_culprits();
    fixture.found().to_vec()
}

#[test]
fn i8_a_fork_without_enough_culprits_is_found() {
    assert!(matches!(fork(&[1, 2, 3])[..], [Violation::TwoMilestones { .. }]));
    let found = fork(&[1, 2]);
    assert!(matches!(found[..], [Violation::TwoMilestones { .. }, Violation::NoCulprits { stake: 100, .. }]));
}

#[test]
fn i7_a_vote_that_leaves_before_its_record_is_on_disk_is_found() {
    let mut fixture = OracleFixture::four();
    let own = vote(&fixture, 0, VoteKind::Prepare, 0, A);
    let others = vote(&fixture, 1, VoteKind::Prepare, 0, A);
    let mut log = SimulatedVoteLog::default();
    log.write(DiskTicket(1), [own, others].map(|signed| signed.signature.to_bytes()).concat(), false);
    let mut say = |log: &SimulatedVoteLog| {
        for signed in [own, others] {
            fixture.oracle.will_say(NodeId(0), &AgreementMessage::Vote(signed), log);
        }
        fixture.found().to_vec()
    };
    let found = Violation::Unrecorded { node: NodeId(0), height: Height(1), view: 0, kind: VoteKind::Prepare };
    assert_eq!(say(&log), std::slice::from_ref(&found));
    log.finish(DiskTicket(1));
    assert_eq!(say(&log).len(), 1);
    fixture.oracle.said(NodeId(0), &AgreementMessage::Vote(own));
    fixture.oracle.will_say(NodeId(0), &AgreementMessage::Vote(own), &SimulatedVoteLog::default());
    assert_eq!(fixture.found().len(), 1, "who repeats what it said before its disk was lost promises nothing new");
}
