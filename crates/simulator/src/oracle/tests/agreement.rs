//! I1, I2, I3, I12: milestones.

use quorate_event::{
    Certificate, NetworkId, Proposal, VerifiedCertificate, VerifiedMilestone, VerifiedVertex, VoteKind,
};

use super::fixture::{INVALID_SIGNATURE, OracleFixture, forged};
use crate::node_id::NodeId;
use crate::oracle::{CertificateFlaw, CutFlaw, Violation};

/// Two events of two authors.
fn two(fixture: &OracleFixture) -> [VerifiedVertex; 2] {
    [0, 1].map(|author| fixture.event(author, 1, &[fixture.root()]))
}

#[test]
fn i1_two_milestones_of_one_height_are_found_on_disks_and_in_what_nodes_apply() {
    let mut fixture = OracleFixture::four();
    let [a, b] = two(&fixture);
    let [first, second] = [&a, &b].map(|event| fixture.covering(1, fixture.root(), event));
    fixture.keep_all(&[0, 1], &[&a, &b]);
    fixture.keep(0, &first);
    fixture.keep(1, &first);
    assert_eq!(fixture.found(), []);
    fixture.keep(1, &second);
    let found = Violation::TwoMilestones {
        node: NodeId(1),
        height: quorate_event::Height(1),
        first: first.id(),
        id: second.id(),
    };
    assert_eq!(fixture.only(), &found);
    assert!(found.to_string().starts_with("I1"));

    let mut fixture = OracleFixture::four();
    fixture.apply(0, 1, &first);
    fixture.apply(2, 1, &second);
    assert!(matches!(fixture.only(), Violation::TwoMilestones { node: NodeId(2), .. }));
}

#[test]
fn i2_a_vertex_without_its_parents_on_the_same_disk_is_found() {
    let mut fixture = OracleFixture::four();
    let [a, _] = two(&fixture);
    let child = fixture.event(0, 2, &[a.id()]);
    fixture.keep_all(&[0], &[&a, &child]);
    assert_eq!(fixture.found(), []);
    // That another disk has the parent is no help.
    fixture.keep(1, &child);
    assert_eq!(fixture.only(), &Violation::Unclosed { node: NodeId(1), vertex: child.id(), parent: a.id() });
}

#[test]
fn i2_an_event_that_its_author_did_not_sign_is_found() {
    let mut fixture = OracleFixture::four();
    let [a, b] = two(&fixture);
    fixture.keep(0, &a);
    assert_eq!(fixture.found(), []);
    fixture.keep(0, &forged(&b, fixture.network));
    assert_eq!(fixture.only(), &Violation::Forged { node: NodeId(0), event: b.id() });
}

/// What is found when a cut of one event is changed, after a good milestone of another event.
fn flaw(change: impl FnOnce(&mut Proposal, [&VerifiedVertex; 2])) -> Option<CutFlaw> {
    let mut fixture = OracleFixture::four();
    let [a, b] = two(&fixture);
    let first = fixture.covering(1, fixture.root(), &a);
    fixture.keep_all(&[0], &[&a, &first, &b]);
    let mut proposal = fixture.proposal(2, first.id(), &b);
    change(&mut proposal, [&a, &b]);
    let second = fixture.milestone(proposal);
    fixture.keep(0, &second);
    match fixture.found() {
        [] => None,
        [Violation::Cut { flaw, .. }] => Some(*flaw),
        other => panic!("{other:?}"),
    }
}

#[test]
fn i2_a_cut_that_shrinks_or_names_wrong_heads_or_roots_is_found() {
    assert_eq!(flaw(|_, _| ()), None);
    let root = OracleFixture::four().network.proposal_id();
    let skips = flaw(|proposal, _| proposal.previous = root);
    assert!(matches!(skips, Some(CutFlaw::NotAfter { .. })), "{skips:?}");
    let again = flaw(|proposal, [a, _]| proposal.heads = vec![a.id()]);
    assert!(matches!(again, Some(CutFlaw::Head { .. })), "{again:?}");
    let unknown = flaw(|proposal, _| proposal.heads = vec![root.event_id()]);
    assert!(matches!(unknown, Some(CutFlaw::Head { .. })), "{unknown:?}");
    let empty = flaw(|proposal, _| proposal.heads.clear());
    assert!(empty.is_some());
    let other = flaw(|proposal, _| proposal.events_root = proposal.documents_root);
    assert_eq!(other, Some(CutFlaw::Root { which: "events root" }));
    let committee = flaw(|proposal, _| proposal.next_committee = proposal.documents_root);
    assert_eq!(committee, Some(CutFlaw::Root { which: "next committee" }));
}

#[test]
fn i2_a_head_in_the_past_of_another_head_is_found() {
    let mut fixture = OracleFixture::four();
    let [a, _] = two(&fixture);
    let child = fixture.event(0, 2, &[a.id()]);
    fixture.keep_all(&[0], &[&a, &child]);
    let mut proposal = fixture.proposal(1, fixture.root(), &child);
    proposal.heads = vec![a.id(), child.id()];
    proposal.heads.sort_unstable();
    let milestone = fixture.milestone(proposal);
    fixture.keep(0, &milestone);
    assert!(matches!(fixture.only(), Violation::Cut { flaw: CutFlaw::Head { .. }, .. }));
}

#[test]
fn i2_an_event_of_somebody_who_may_not_write_is_found_in_a_cut() {
    let mut fixture = OracleFixture::four();
    let stranger = fixture.event(9, 1, &[fixture.root()]);
    let milestone = fixture.covering(1, fixture.root(), &stranger);
    fixture.keep_all(&[0], &[&stranger, &milestone]);
    assert!(matches!(fixture.only(), Violation::Cut { flaw: CutFlaw::Stranger { .. }, .. }));
}

#[test]
fn i2_more_than_a_milestone_may_cover_is_found() {
    let mut fixture = OracleFixture::four();
    let mut last = fixture.root();
    for seq in 1..=5 {
        let event = fixture.event(0, seq, &[last]);
        last = event.id();
        fixture.keep(0, &event);
    }
    let head = fixture.disks[0][4].clone();
    let milestone = fixture.covering(1, fixture.root(), &head);
    fixture.keep(0, &milestone);
    assert!(matches!(fixture.only(), Violation::Cut { flaw: CutFlaw::TooMuch { events: 5, .. }, .. }));
}

/// What is found when the certificate of a good proposal is changed.
fn certificate_flaw(
    stakes: &[u128],
    signers: &[usize],
    change: impl FnOnce(&mut Certificate),
) -> Option<CertificateFlaw> {
    let mut fixture = OracleFixture::new(stakes);
    let event = fixture.event(0, 1, &[fixture.root()]);
    let proposal = fixture.proposal(1, fixture.root(), &event);
    let mut certificate = fixture.signatures(fixture.commit(&proposal, 3), signers);
    change(&mut certificate);
    let milestone = fixture.certified(proposal, certificate);
    fixture.keep_all(&[0], &[&event, &milestone]);
    match fixture.found() {
        [] => None,
        [Violation::Certificate { flaw, .. }] => Some(*flaw),
        other => panic!("{other:?}"),
    }
}

#[test]
fn i3_two_thirds_exactly_are_no_quorum_and_a_little_more_is() {
    assert_eq!(certificate_flaw(&[1, 1, 1], &[0, 1, 2], |_| ()), None);
    assert_eq!(certificate_flaw(&[1, 1, 1], &[0, 1], |_| ()), Some(CertificateFlaw::Stake { stake: 2, total: 3 }));
    assert_eq!(certificate_flaw(&[100, 100, 100, 99], &[0, 1, 2], |_| ()), None);
    let huge = u128::MAX >> 4;
    assert_eq!(certificate_flaw(&[huge + 1, huge, huge], &[0, 1], |_| ()), None);
    assert!(certificate_flaw(&[huge, huge, huge], &[0, 1], |_| ()).is_some());
}

#[test]
fn i3_a_signer_twice_a_stranger_and_a_bad_signature_are_found() {
    let four = [100; 4];
    assert!(matches!(certificate_flaw(&four, &[0, 1, 1], |_| ()), Some(CertificateFlaw::Twice { .. })));
    assert!(matches!(certificate_flaw(&four, &[0, 1, 2, 9], |_| ()), Some(CertificateFlaw::Stranger { .. })));
    let forge = |certificate: &mut Certificate| certificate.signatures[1].1 = INVALID_SIGNATURE;
    assert!(matches!(certificate_flaw(&four, &[0, 1, 2, 3], forge), Some(CertificateFlaw::Signature { .. })));
    // A signature of another view counts for nothing in this one.
    let other_view = |certificate: &mut Certificate| certificate.vote.view.0 += 1;
    assert!(matches!(certificate_flaw(&four, &[0, 1, 2], other_view), Some(CertificateFlaw::Signature { .. })));
}

#[test]
fn i3_a_certificate_of_another_network_is_found() {
    let mut fixture = OracleFixture::four();
    let event = fixture.event(0, 1, &[fixture.root()]);
    let proposal = fixture.proposal(1, fixture.root(), &event);
    let other = NetworkId::new([3; 32]);
    let vote = quorate_event::Vote { proposal: proposal.id(other), ..fixture.commit(&proposal, 0) };
    assert_eq!(vote.kind, VoteKind::Commit);
    let certificate = VerifiedCertificate::from_store(fixture.signatures(vote, &[0, 1, 2]));
    let milestone = VerifiedVertex::Milestone(VerifiedMilestone::new(proposal, &certificate, other).unwrap());
    fixture.keep_all(&[0], &[&event, &milestone]);
    assert!(matches!(fixture.only(), Violation::Certificate { flaw: CertificateFlaw::Unbound, .. }));
}

/// Heights that leave out an event that all hold; liars are `liars`. What is found.
fn left_out(heights: u64, liars: &[usize]) -> Vec<Violation> {
    let mut fixture = OracleFixture::four();
    for liar in liars {
        fixture.oracle.corrupted(NodeId(*liar));
    }
    let all: Vec<usize> = (0..4).filter(|node| !liars.contains(node)).collect();
    let ignored = fixture.event(all[0], 1, &[fixture.root()]);
    fixture.keep_all(&all, &[&ignored]);
    let (mut previous, mut last) = (fixture.root(), fixture.root());
    for height in 1..=heights {
        let event = fixture.event(all[1], height, &[last]);
        let milestone = fixture.covering(height, previous, &event);
        fixture.keep_all(&all, &[&event, &milestone]);
        (previous, last) = (milestone.id(), event.id());
    }
    fixture.found().to_vec()
}

#[test]
fn i12_an_event_that_f_plus_one_honest_leaders_leave_out_is_found() {
    // Height 1 may have begun before the event was everywhere: 2 and 3 count.
    assert_eq!(left_out(2, &[]), []);
    assert!(matches!(left_out(3, &[]).as_slice(), [Violation::LeftOut { heights: 2, .. }]));
    // Where 2 and 6 are a liar's, it is 3 and 4 that count.
    assert_eq!(left_out(3, &[2]), []);
    assert!(matches!(left_out(4, &[2]).as_slice(), [Violation::LeftOut { heights: 2, .. }]));
}
