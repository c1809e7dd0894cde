//! I4: what was promised to last.

use std::time::Duration;

use quorate_event::{Height, Timestamp, Vote, VoteKind};
use quorate_replica::{AgreementMessage, Now, Replica, SignedProposal};

use super::fixture::OracleFixture;
use crate::node_id::NodeId;
use crate::oracle::Violation;

pub(super) const NOW: Now = Now { elapsed: Duration::from_secs(1), wall: Timestamp(2_000) };

#[test]
fn i4_l_an_acknowledgement_or_a_publication_before_the_disk_is_found() {
    let mut fixture = OracleFixture::four();
    let event = fixture.event(0, 1, &[fixture.root()]);
    let found = Violation::Unwritten { node: NodeId(0), event: event.id() };
    fixture.keep(1, &event);
    fixture.oracle.published(NodeId(0), std::slice::from_ref(&event));
    assert_eq!(fixture.found(), std::slice::from_ref(&found));
    fixture.oracle.acknowledged(NodeId(0), &[event.id()]);
    assert_eq!(fixture.found(), [found.clone(), found]);
    fixture.keep(0, &event);
    fixture.oracle.acknowledged(NodeId(0), &[event.id()]);
    fixture.oracle.published(NodeId(0), &[event]);
    assert_eq!(fixture.found().len(), 2);
}

#[test]
fn i4_l_what_was_acknowledged_and_lost_in_a_crash_is_found_and_what_a_wipe_took_is_not() {
    let mut fixture = OracleFixture::four();
    let event = fixture.event(0, 1, &[fixture.root()]);
    fixture.keep(0, &event);
    fixture.oracle.acknowledged(NodeId(0), &[event.id()]);
    fixture.oracle.crashed(NodeId(0), &fixture.disks[0].clone(), None);
    assert_eq!(fixture.found(), []);
    fixture.oracle.crashed(NodeId(0), &[], None);
    assert_eq!(fixture.only(), &Violation::Lost { node: NodeId(0), event: event.id() });

    let mut fixture = OracleFixture::four();
    fixture.keep(0, &event);
    fixture.oracle.acknowledged(NodeId(0), &[event.id()]);
    fixture.oracle.disk_replaced(NodeId(0), &[]);
    fixture.oracle.crashed(NodeId(0), &[], None);
    assert_eq!(fixture.found(), []);
}

#[test]
fn i4_l_a_replica_that_starts_without_what_was_acknowledged_is_found() {
    let mut fixture = OracleFixture::four();
    let event = fixture.event(0, 1, &[fixture.root()]);
    fixture.keep(0, &event);
    fixture.oracle.acknowledged(NodeId(0), &[event.id()]);
    let start = |stored: Vec<_>| Replica::recover(fixture.config(0), stored, &[], NOW).unwrap().0;
    let (whole, empty) = (start(vec![event.clone()]), start(Vec::new()));
    fixture.oracle.started(NodeId(0), &whole);
    assert_eq!(fixture.found(), []);
    fixture.oracle.started(NodeId(0), &empty);
    assert_eq!(fixture.only(), &Violation::Lost { node: NodeId(0), event: event.id() });
}

#[test]
fn i4_f_a_member_that_prepares_what_is_not_on_its_disk_is_found() {
    let mut fixture = OracleFixture::four();
    let event = fixture.event(0, 1, &[fixture.root()]);
    let proposal = fixture.proposal(1, fixture.root(), &event);
    let say = |kind, signer| {
        let vote = Vote { kind, ..fixture.commit(&proposal, 0) };
        vote.sign(fixture.network, &fixture.key(signer))
    };
    let offer = SignedProposal { proposal: proposal.clone(), prepared: None, vote: say(VoteKind::Propose, 1) };
    let shown = AgreementMessage::Proposal { signed: Box::new(offer), certificates: Vec::new() };
    let votes = [VoteKind::Commit, VoteKind::Prepare].map(|kind| AgreementMessage::Vote(say(kind, 2)));
    fixture.keep(1, &event);
    fixture.oracle.said(NodeId(1), &shown);
    // Who commits has seen that enough others hold it.
    fixture.oracle.said(NodeId(2), &votes[0]);
    assert_eq!(fixture.found(), []);
    fixture.oracle.said(NodeId(2), &votes[1]);
    assert_eq!(fixture.only(), &Violation::NotHeld { node: NodeId(2), height: Height(1), head: event.id() });
    fixture.keep(2, &event);
    fixture.oracle.said(NodeId(2), &votes[1]);
    assert_eq!(fixture.found().len(), 1);
}

/// What is found when a milestone is applied that so many hold, while others lie or have lost their disks.
fn applied(holders: &[usize], liars: &[usize], wiped: &[usize]) -> Vec<Violation> {
    let mut fixture = OracleFixture::four();
    let [event, before] = [0, 1].map(|author| fixture.event(author, 1, &[fixture.root()]));
    for liar in liars {
        fixture.oracle.corrupted(NodeId(*liar));
    }
    let first = fixture.covering(1, fixture.root(), &before);
    for node in 0..4 {
        fixture.keep_all(&[node], &[&before, &first]);
    }
    for node in wiped {
        fixture.disks[*node].clear();
        fixture.oracle.disk_replaced(NodeId(*node), &[]);
    }
    let milestone = fixture.covering(2, first.id(), &event);
    fixture.keep_all(holders, &[&event, &milestone]);
    fixture.apply(holders[0], 2, &milestone);
    fixture.found().to_vec()
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
    let mut fixture = OracleFixture::four();
    let event = fixture.event(0, 1, &[fixture.root()]);
    let milestone = fixture.covering(1, fixture.root(), &event);
    fixture.keep_all(&[0, 1], &[&event, &milestone]);
    fixture.oracle.disk_replaced(NodeId(0), &[]);
    assert_eq!(fixture.found(), []);
    fixture.apply(1, 1, &milestone);
    let before = fixture.found().len();
    fixture.oracle.disk_replaced(NodeId(1), &[]);
    let found = Violation::Fragile { node: NodeId(1), event: event.id(), stake: 0 };
    // Two of four are gone: more than the protocol tolerates.
    assert_eq!(fixture.found().len(), before);

    let mut fixture = OracleFixture::four();
    fixture.keep_all(&[1], &[&event, &milestone]);
    fixture.oracle.disk_replaced(NodeId(1), &[]);
    assert_eq!(fixture.only(), &found);
}

#[test]
fn i4_f_a_request_that_is_called_final_too_early_is_found() {
    let mut fixture = OracleFixture::four();
    let [a, b] = [0, 1].map(|author| fixture.event(author, 1, &[fixture.root()]));
    let milestone = fixture.covering(1, fixture.root(), &a);
    fixture.keep_all(&[0, 1, 2], &[&a, &b, &milestone]);
    fixture.oracle.finalised(NodeId(0), &[a.id()], Height(1));
    assert_eq!(fixture.found(), []);
    fixture.oracle.finalised(NodeId(0), &[a.id(), b.id()], Height(1));
    assert_eq!(fixture.only(), &Violation::NotCovered { node: NodeId(0), event: b.id(), milestone: Height(1) });
}
