//! I4: what was promised to last.

use std::time::Duration;

use quorate_event::{Height, Timestamp, Vote, VoteKind};
use quorate_replica::{AgreementMessage, Now, Replica, SignedProposal};

use super::court::Court;
use crate::oracle::Violation;
use crate::world::Node;

pub(super) const NOW: Now = Now { elapsed: Duration::from_secs(1), wall: Timestamp(2_000) };

#[test]
fn i4_l_an_acknowledgement_or_a_publication_before_the_disk_is_found() {
    let mut court = Court::four();
    let event = court.event(0, 1, &[court.root()]);
    let found = Violation::Unwritten { node: Node(0), event: event.id() };
    court.keep(1, &event);
    court.oracle.published(Node(0), std::slice::from_ref(&event));
    assert_eq!(court.found(), std::slice::from_ref(&found));
    court.oracle.acknowledged(Node(0), &[event.id()]);
    assert_eq!(court.found(), [found.clone(), found]);
    court.keep(0, &event);
    court.oracle.acknowledged(Node(0), &[event.id()]);
    court.oracle.published(Node(0), &[event]);
    assert_eq!(court.found().len(), 2);
}

#[test]
fn i4_l_what_was_acknowledged_and_lost_in_a_crash_is_found_and_what_a_wipe_took_is_not() {
    let mut court = Court::four();
    let event = court.event(0, 1, &[court.root()]);
    court.keep(0, &event);
    court.oracle.acknowledged(Node(0), &[event.id()]);
    court.oracle.crashed(Node(0), &court.disks[0].clone(), None);
    assert_eq!(court.found(), []);
    court.oracle.crashed(Node(0), &[], None);
    assert_eq!(court.only(), &Violation::Lost { node: Node(0), event: event.id() });

    let mut court = Court::four();
    court.keep(0, &event);
    court.oracle.acknowledged(Node(0), &[event.id()]);
    court.oracle.disk_replaced(Node(0), &[]);
    court.oracle.crashed(Node(0), &[], None);
    assert_eq!(court.found(), []);
}

#[test]
fn i4_l_a_replica_that_starts_without_what_was_acknowledged_is_found() {
    let mut court = Court::four();
    let event = court.event(0, 1, &[court.root()]);
    court.keep(0, &event);
    court.oracle.acknowledged(Node(0), &[event.id()]);
    let start = |stored: Vec<_>| Replica::recover(court.config(0), stored, &[], NOW).unwrap().0;
    let (whole, empty) = (start(vec![event.clone()]), start(Vec::new()));
    court.oracle.started(Node(0), &whole);
    assert_eq!(court.found(), []);
    court.oracle.started(Node(0), &empty);
    assert_eq!(court.only(), &Violation::Lost { node: Node(0), event: event.id() });
}

#[test]
fn i4_f_a_member_that_prepares_what_is_not_on_its_disk_is_found() {
    let mut court = Court::four();
    let event = court.event(0, 1, &[court.root()]);
    let proposal = court.proposal(1, court.root(), &event);
    let say = |kind, signer| {
        let vote = Vote { kind, ..court.commit(&proposal, 0) };
        vote.sign(court.network, &court.key(signer))
    };
    let offer = SignedProposal { proposal: proposal.clone(), prepared: None, vote: say(VoteKind::Propose, 1) };
    let shown = AgreementMessage::Proposal { signed: Box::new(offer), certificates: Vec::new() };
    let votes = [VoteKind::Commit, VoteKind::Prepare].map(|kind| AgreementMessage::Vote(say(kind, 2)));
    court.keep(1, &event);
    court.oracle.said(Node(1), &shown);
    // Who commits has seen that enough others hold it.
    court.oracle.said(Node(2), &votes[0]);
    assert_eq!(court.found(), []);
    court.oracle.said(Node(2), &votes[1]);
    assert_eq!(court.only(), &Violation::NotHeld { node: Node(2), height: Height(1), head: event.id() });
    court.keep(2, &event);
    court.oracle.said(Node(2), &votes[1]);
    assert_eq!(court.found().len(), 1);
}

/// What is found when a milestone is applied that so many hold, while others lie or have lost their disks.
fn applied(holders: &[usize], liars: &[usize], wiped: &[usize]) -> Vec<Violation> {
    let mut court = Court::four();
    let [event, before] = [0, 1].map(|author| court.event(author, 1, &[court.root()]));
    for liar in liars {
        court.oracle.corrupted(Node(*liar));
    }
    let first = court.covering(1, court.root(), &before);
    for node in 0..4 {
        court.keep_all(&[node], &[&before, &first]);
    }
    for node in wiped {
        court.disks[*node].clear();
        court.oracle.disk_replaced(Node(*node), &[]);
    }
    let milestone = court.covering(2, first.id(), &event);
    court.keep_all(holders, &[&event, &milestone]);
    court.apply(holders[0], 2, &milestone);
    court.found().to_vec()
}

#[test]
fn i4_f_what_is_final_on_too_few_honest_disks_is_found() {
    assert_eq!(applied(&[0, 1, 2], &[], &[]), []);
    assert!(matches!(applied(&[0, 1], &[], &[])[..], [Violation::Fragile { stake: 200, .. }]));
    // A liar may have said that it holds it, and a disk may have been lost since.
    assert_eq!(applied(&[0, 1], &[3], &[]), []);
    assert_eq!(applied(&[0, 1], &[], &[2]), []);
    assert!(matches!(applied(&[0], &[3], &[])[..], [Violation::Fragile { stake: 100, .. }]));
}

#[test]
fn i4_f_what_is_final_and_goes_with_one_disk_is_found() {
    let mut court = Court::four();
    let event = court.event(0, 1, &[court.root()]);
    let milestone = court.covering(1, court.root(), &event);
    court.keep_all(&[0, 1], &[&event, &milestone]);
    court.oracle.disk_replaced(Node(0), &[]);
    assert_eq!(court.found(), []);
    court.apply(1, 1, &milestone);
    let before = court.found().len();
    court.oracle.disk_replaced(Node(1), &[]);
    let found = Violation::Fragile { node: Node(1), event: event.id(), stake: 0 };
    // Two of four are gone: nobody promised that.
    assert_eq!(court.found().len(), before);

    let mut court = Court::four();
    court.keep_all(&[1], &[&event, &milestone]);
    court.oracle.disk_replaced(Node(1), &[]);
    assert_eq!(court.only(), &found);
}

#[test]
fn i4_f_a_request_that_is_called_final_too_early_is_found() {
    let mut court = Court::four();
    let [a, b] = [0, 1].map(|author| court.event(author, 1, &[court.root()]));
    let milestone = court.covering(1, court.root(), &a);
    court.keep_all(&[0, 1, 2], &[&a, &b, &milestone]);
    court.oracle.finalised(Node(0), &[a.id()], Height(1));
    assert_eq!(court.found(), []);
    court.oracle.finalised(Node(0), &[a.id(), b.id()], Height(1));
    assert_eq!(court.only(), &Violation::NotCovered { node: Node(0), event: b.id(), milestone: Height(1) });
}
