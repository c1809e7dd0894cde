//! A member that missed what the others did, and certificates that prove nothing.

use quorate_event::*;

use super::world::AgreementWorld;
use crate::*;

const EQUAL: [u128; 4] = [100; 4];

#[test]
fn a_late_member_is_pulled_forward_by_a_skip_certificate() {
    let mut world = AgreementWorld::new(1, &EQUAL, &[]);
    for node in 0..4 {
        world.set_work(node, Work::None);
    }
    world.pass(1_000);
    world.partition(&[&[0, 1, 2], &[3]]);
    for _ in 0..3 {
        for node in 0..3 {
            world.give(node, AgreementInput::SkipNow);
        }
        world.pass(200);
    }
    let view = world.machine(0).status().view;
    assert!(view >= View(2));
    assert_eq!(world.machine(3).status().view, View(0));
    world.cut.clear();
    world.give(3, AgreementInput::Connected(Peer(0)));
    world.pass(100);
    assert!(world.machine(3).status().view >= view);
}

#[test]
fn a_late_member_learns_the_milestone_of_a_finished_height() {
    let mut world = AgreementWorld::new(2, &EQUAL, &[]);
    world.run(5_000, |world| world.all_at(&[0, 1, 2, 3], 1));
    world.partition(&[&[0, 1, 2], &[3]]);
    let next = world.height(0).max(world.height(3)) + 1;
    world.run(20_000, |world| world.all_at(&[0, 1, 2], next));
    for node in 0..4 {
        world.set_work(node, Work::None);
    }
    world.pass(20_000);
    let (height, behind) = (world.height(0), world.height(3));
    assert!(behind < height);
    // No node reconnects: the heartbeat alone finds the laggard.
    world.cut.clear();
    assert!(world.run(15_000, |world| world.all_at(&[3], height)));
}

/// Verdicts of node 0 on what the others might send at its height.
#[test]
fn tb11_stale_and_forged_certificates_are_refused() {
    let mut world = AgreementWorld::new(3, &EQUAL, &[]);
    world.run(10_000, |world| world.all_at(&[0, 1, 2, 3], 2));
    let verifier = world.machine(0).verifier();
    let keys: Vec<&SecretKey> = world.nodes.iter().map(|node| &node.key).collect();
    let stranger = SecretKey::simulated(77);
    let skip = Vote { kind: VoteKind::Skip, height: verifier.height(), view: View(9), proposal: ProposalId::NONE };
    let of = |vote: Vote, keys: &[&SecretKey]| {
        let votes = keys.iter().map(|key| vote.sign(world.network, key));
        Certificate::assemble(vote, votes.map(VerifiedVote::from_store))
    };
    let judge = |certificate| verifier.verify(AgreementMessage::Certificate(certificate));
    assert!(judge(of(skip, &keys[..3])).is_ok());
    assert!(matches!(judge(of(skip, &keys[..2])), Err(MessageError::Certificate(_))));
    let with_stranger = of(skip, &[keys[0], keys[1], &stranger]);
    assert!(matches!(judge(with_stranger), Err(MessageError::Certificate(_))));
    let mut forged = of(skip, &keys[..3]);
    forged.signatures[0].1 = forged.signatures[1].1;
    assert!(matches!(judge(forged), Err(MessageError::Certificate(_))));
    // Another height's quorum moves nothing here, however good it is.
    let stale = Vote { height: Height(1), view: View(1 << 40), ..skip };
    let message = judge(of(stale, &keys[..3])).unwrap();
    let from = MessageSource { peer: Peer(1), author: None };
    let before = world.machine(0).status();
    world.give(0, AgreementInput::Received { from, message });
    assert_eq!(world.machine(0).status(), before);
}

#[test]
fn tb18_a_real_certificate_of_a_far_view_is_followed_without_a_loop() {
    let mut world = AgreementWorld::new(4, &EQUAL, &[]);
    let far = Vote {
        kind: VoteKind::Skip,
        height: world.machine(0).status().height,
        view: View(u64::MAX - 1),
        proposal: ProposalId::NONE,
    };
    let keys = world.nodes.iter().take(3).map(|node| &node.key);
    let votes = keys.map(|key| VerifiedVote::from_store(far.sign(world.network, key)));
    let certificate = Certificate::assemble(far, votes);
    let verifier = world.machine(3).verifier();
    let message = verifier.verify(AgreementMessage::Certificate(certificate)).unwrap();
    let from = MessageSource { peer: Peer(1), author: None };
    world.give(3, AgreementInput::Received { from, message });
    assert_eq!(world.machine(3).status().view, View(u64::MAX));
    world.give(3, AgreementInput::Tick);
}

#[test]
fn messages_survive_the_wire() {
    let mut world = AgreementWorld::new(5, &EQUAL, &[]);
    world.run(10_000, |world| world.all_at(&[0, 1, 2, 3], 2));
    // Everything in this world travels as bytes; here every cut of one message fails to decode.
    let position = world.machine(0).position().into_message().to_bytes();
    assert!(AgreementMessage::from_bytes(&position).is_ok());
    for end in 0..position.len() {
        assert!(AgreementMessage::from_bytes(&position[..end]).is_err());
    }
}

#[test]
fn a3_upon_the_prepares_who_said_skip_moves_on_and_who_did_not_commits_and_stays() {
    let mut world = AgreementWorld::new(6, &EQUAL, &[]);
    for node in 0..4 {
        world.crash(node);
        world.nodes[node].work = Work::None;
    }
    world.pass(1_000);
    let network = world.network;
    for (node, skips) in [(0, true), (1, false)] {
        world.start(node);
        let prepare =
            Vote { kind: VoteKind::Prepare, height: Height(1), view: View(0), proposal: ProposalId::new([1; 32]) };
        let keys = world.nodes.iter().map(|node| &node.key);
        let votes = keys.map(|key| VerifiedVote::from_store(prepare.sign(network, key)));
        let prepares = Certificate::assemble(prepare, votes);
        let verifier = world.machine(node).verifier();
        let message = verifier.verify(AgreementMessage::Certificate(prepares)).unwrap();
        if skips {
            world.give(node, AgreementInput::SkipNow);
        }
        let from = MessageSource { peer: Peer(3), author: None };
        world.give(node, AgreementInput::Received { from, message });
        assert_eq!(world.machine(node).status().view, View(u64::from(skips)));
        world.pass(100);
        let log = world.nodes[node].log.iter();
        let said: Vec<_> = log.map(|bytes| VoteRecord::from_bytes(bytes).unwrap().vote.vote.kind).collect();
        let only = if skips { VoteKind::Skip } else { VoteKind::Commit };
        assert_eq!(said, [only]);
        world.pass(1_000);
        assert_eq!(world.machine(node).status().view, View(1));
        world.crash(node);
    }
}

#[test]
fn what_was_verified_a_moment_before_its_height_began_is_verified_again() {
    let mut world = AgreementWorld::new(3, &EQUAL, &[]);
    let behind = world.machine(0).verifier();
    assert!(world.run(5_000, |world| world.height(0) == 1));
    for node in 0..4 {
        world.set_work(node, Work::None);
    }
    let skip = Vote { kind: VoteKind::Skip, height: Height(2), view: View(0), proposal: ProposalId::NONE };
    let (network, keys) = (world.network, world.nodes.iter().map(|node| &node.key));
    let votes = keys.map(|key| VerifiedVote::from_store(skip.sign(network, key)));
    let skips = Certificate::assemble(skip, votes);
    let message = behind.verify(AgreementMessage::Certificate(skips)).unwrap();
    assert_eq!((behind.height(), world.machine(0).verifier().height()), (Height(1), Height(2)));
    world.give(0, AgreementInput::Received { from: MessageSource { peer: Peer(1), author: None }, message });
    assert_eq!(world.machine(0).status().view, View(1));
}
