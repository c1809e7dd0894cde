//! I7 and I8: who signed what.

use quorate_event::{Canonical, Height, ProposalId, SignedVote, View, Vote, VoteKind};
use quorate_replica::{AgreementMessage, Replica, Ticket};

use super::durability::NOW;
use super::fixture::{Court, NOBODYS};
use crate::disk::VoteLog;
use crate::oracle::Violation;
use crate::world::Node;

const A: ProposalId = ProposalId::new([1; 32]);
const B: ProposalId = ProposalId::new([2; 32]);

fn vote(court: &Court, signer: usize, kind: VoteKind, view: u64, proposal: ProposalId) -> SignedVote {
    Vote { kind, height: Height(1), view: View(view), proposal }.sign(court.network, &court.key(signer))
}

/// What is found when node 0 says both, with a crash between them.
fn both(first: (VoteKind, u64, ProposalId), second: (VoteKind, u64, ProposalId)) -> Vec<Violation> {
    let mut court = Court::four();
    let [first, second] = [first, second].map(|(kind, view, proposal)| vote(&court, 0, kind, view, proposal));
    court.oracle.said(Node(0), &AgreementMessage::Vote(first));
    court.oracle.crashed(Node(0), &[], None);
    for _ in 0..3 {
        court.oracle.said(Node(0), &AgreementMessage::Vote(second));
    }
    court.found().to_vec()
}

#[test]
fn i7_two_votes_that_exclude_each_other_are_found_across_a_crash() {
    use VoteKind::{Commit, Prepare, Propose, Skip};
    for kind in [Propose, Prepare, Commit] {
        let found = both((kind, 0, A), (kind, 0, B));
        assert!(matches!(found.first(), Some(Violation::TwoVotes { node: Node(0), .. })), "{kind:?}");
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
    let mut court = Court::four();
    let first = vote(&court, 0, VoteKind::Prepare, 0, A);
    let second = vote(&court, 0, VoteKind::Prepare, 0, B);
    court.oracle.said(Node(0), &AgreementMessage::Vote(first));
    let unsigned = SignedVote { signature: NOBODYS, ..second };
    court.oracle.said(Node(1), &AgreementMessage::Vote(unsigned));
    assert_eq!(court.found(), []);
    court.oracle.said(Node(1), &AgreementMessage::Vote(second));
    assert!(matches!(court.only(), Violation::TwoVotes { node: Node(0), .. }));
}

#[test]
fn i7_a_liar_may_contradict_itself() {
    let mut court = Court::four();
    court.oracle.corrupted(Node(0));
    for proposal in [A, B] {
        let vote = vote(&court, 0, VoteKind::Prepare, 0, proposal);
        court.oracle.overheard(&AgreementMessage::Vote(vote));
    }
    assert_eq!(court.found(), []);
}

#[test]
fn i8_who_continued_a_lane_twice_and_is_not_named_is_found() {
    let mut court = Court::four();
    court.oracle.corrupted(Node(0));
    let [first, second] = [1, 2].map(|time| court.event_at(0, 1, &[court.root()], time));
    court.keep_all(&[1], &[&first, &second]);
    court.keep_all(&[2], &[&first]);
    let recovered = |stored: Vec<_>| Replica::recover(court.config(1), stored, &[], NOW).unwrap().0;
    let (both, one) = (recovered(vec![first.clone(), second]), recovered(vec![first]));
    court.oracle.named(Node(1), &both);
    court.oracle.named(Node(2), &one);
    assert_eq!(court.found(), []);
    court.oracle.named(Node(1), &one);
    assert_eq!(court.only(), &Violation::Unnamed { node: Node(1), culprit: court.key(0).address() });
}

#[test]
fn i7_two_events_at_one_place_of_an_honest_lane_are_found() {
    for liars in [0, 1] {
        let mut court = Court::four();
        if liars > 0 {
            court.oracle.corrupted(Node(3));
        }
        let [first, second] = [1, 2].map(|time| court.event_at(3, 1, &[court.root()], time));
        court.keep_all(&[0, 1], &[&first]);
        assert_eq!(court.found(), []);
        court.keep(1, &second);
        let found = Violation::TwoEvents { node: Node(3), first: first.id(), second: second.id() };
        assert_eq!(court.found(), if liars > 0 { vec![] } else { vec![found] });
    }
}

#[test]
fn i8_evidence_against_an_honest_key_is_found() {
    let mut court = Court::four();
    court.oracle.corrupted(Node(3));
    let [honest, liar] = [1, 3].map(|node| court.key(node).address());
    court.oracle.accused(Node(0), liar);
    // What a liar claims is nobody's evidence.
    court.oracle.accused(Node(3), honest);
    assert_eq!(court.found(), []);
    court.oracle.accused(Node(0), honest);
    assert_eq!(court.only(), &Violation::Accused { node: Node(0), culprit: honest });
}

/// Two milestones of one height, signed by all in different views, and the skips of the earlier view by some.
fn fork(skips: &[usize]) -> Vec<Violation> {
    let mut court = Court::four();
    [2, 3].into_iter().for_each(|liar| court.oracle.corrupted(Node(liar)));
    let events = [0, 1].map(|author| court.event(author, 1, &[court.root()]));
    for (node, event) in events.iter().enumerate() {
        let proposal = court.proposal(1, court.root(), event);
        let certificate = court.signatures(court.commit(&proposal, node as u64), &[node, 2, 3]);
        let milestone = court.certified(proposal, certificate);
        court.keep_all(&[node], &[event, &milestone]);
    }
    let skip = Vote { kind: VoteKind::Skip, height: Height(1), view: View(0), proposal: ProposalId::NONE };
    let certificate = court.signatures(skip, skips);
    court.oracle.said(Node(1), &AgreementMessage::Certificate(certificate));
    court.oracle.name_culprits();
    court.found().to_vec()
}

#[test]
fn i8_a_fork_without_enough_culprits_is_found() {
    assert!(matches!(fork(&[1, 2, 3])[..], [Violation::TwoMilestones { .. }]));
    let found = fork(&[1, 2]);
    assert!(matches!(found[..], [Violation::TwoMilestones { .. }, Violation::NoCulprits { stake: 100, .. }]));
}

#[test]
fn i7_a_vote_that_leaves_before_its_record_is_on_disk_is_found() {
    let mut court = Court::four();
    let own = vote(&court, 0, VoteKind::Prepare, 0, A);
    let others = vote(&court, 1, VoteKind::Prepare, 0, A);
    let mut log = VoteLog::default();
    log.write(Ticket(1), [own, others].map(|signed| signed.signature.to_bytes()).concat(), false);
    let mut say = |log: &VoteLog| {
        for signed in [own, others] {
            court.oracle.will_say(Node(0), &AgreementMessage::Vote(signed), log);
        }
        court.found().to_vec()
    };
    let found = Violation::Unrecorded { node: Node(0), height: Height(1), view: 0, kind: VoteKind::Prepare };
    assert_eq!(say(&log), std::slice::from_ref(&found));
    log.finish(Ticket(1));
    assert_eq!(say(&log).len(), 1);
    court.oracle.said(Node(0), &AgreementMessage::Vote(own));
    court.oracle.will_say(Node(0), &AgreementMessage::Vote(own), &VoteLog::default());
    assert_eq!(court.found().len(), 1, "who repeats what it said before its disk was lost promises nothing new");
}
