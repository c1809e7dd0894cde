//! A leader that proposes twice, and a member that votes twice.

use quorate_event::*;

use super::world::AgreementWorld;
use crate::*;

/// A world whose first leader is under our control, and the index of that leader.
fn world_with_a_puppet(seed: u64) -> (AgreementWorld, usize) {
    let mut world = AgreementWorld::new(seed, &[100; 4], &[]);
    let first = world.machine(0).status().leader;
    let puppet = (0..4).find(|node| world.nodes[*node].key.address() == first).unwrap();
    world.crash(puppet);
    world.faulty.insert(first);
    (world, puppet)
}

fn offer(world: &AgreementWorld, puppet: usize, name: u64) -> SignedProposal {
    let time = Timestamp(world.now().wall.0 + name);
    let proposal = world.cut(puppet, Height(1), View(0), time);
    let vote = Vote { kind: VoteKind::Propose, height: Height(1), view: View(0), proposal: proposal.id(world.network) };
    SignedProposal { proposal, prepared: None, vote: vote.sign(world.network, &world.nodes[puppet].key) }
}

fn say(world: &mut AgreementWorld, puppet: usize, to: usize, message: &AgreementMessage) {
    world.transmit(puppet, to, &message.to_bytes());
}

fn vote(world: &AgreementWorld, puppet: usize, kind: VoteKind, proposal: ProposalId) -> AgreementMessage {
    let vote = Vote { kind, height: Height(1), view: View(0), proposal };
    AgreementMessage::Vote(vote.sign(world.network, &world.nodes[puppet].key))
}

#[test]
fn a5_a6_of_two_proposals_one_is_certified_and_the_leader_is_named() {
    for seed in 0..20 {
        let (mut world, puppet) = world_with_a_puppet(seed);
        let others: Vec<usize> = (0..4).filter(|node| *node != puppet).collect();
        let proposals = [offer(&world, puppet, 1), offer(&world, puppet, 2)];
        let ids = proposals.each_ref().map(|signed| signed.id());
        for (node, index) in others.iter().zip([0, 0, 1]) {
            let message =
                AgreementMessage::Proposal { signed: Box::new(proposals[index].clone()), certificates: Vec::new() };
            say(&mut world, puppet, *node, &message);
            // It also prepares whatever each wants to hear.
            let prepare = vote(&world, puppet, VoteKind::Prepare, ids[index]);
            say(&mut world, puppet, *node, &prepare);
        }
        assert!(world.run(30_000, |world| world.all_at(&others, 3)), "seed {seed}");
        let culprit = world.nodes[puppet].key.address();
        assert!(world.evidence.contains(&culprit), "seed {seed}");
    }
}

#[test]
fn a5_a_member_that_votes_twice_is_named_and_counts_once() {
    let mut world = AgreementWorld::new(3, &[100; 4], &[]);
    let puppet = (0..4).find(|node| world.nodes[*node].key.address() != world.machine(0).status().leader).unwrap();
    let culprit = world.nodes[puppet].key.address();
    world.crash(puppet);
    world.faulty.insert(culprit);
    let others: Vec<usize> = (0..4).filter(|node| *node != puppet).collect();
    let ids = [ProposalId::new([1; 32]), ProposalId::new([2; 32])];
    let votes = [
        vote(&world, puppet, VoteKind::Prepare, ids[0]),
        vote(&world, puppet, VoteKind::Prepare, ids[1]),
        vote(&world, puppet, VoteKind::Commit, ids[0]),
        vote(&world, puppet, VoteKind::Skip, ProposalId::NONE),
    ];
    for message in &votes {
        for node in &others {
            say(&mut world, puppet, *node, message);
        }
    }
    assert!(world.run(30_000, |world| world.all_at(&others, 3)));
    assert_eq!(world.evidence.iter().copied().collect::<Vec<_>>(), [culprit]);
}

#[test]
fn content_that_a_member_found_false_is_not_committed_by_it() {
    let (mut world, puppet) = world_with_a_puppet(1);
    let mut bad = offer(&world, puppet, 1);
    bad.proposal.ledger_root = Digest::new([0xbd; 32]);
    let id = bad.proposal.id(world.network);
    let said = Vote { proposal: id, ..bad.vote.vote };
    bad.vote = said.sign(world.network, &world.nodes[puppet].key);
    let message = AgreementMessage::Proposal { signed: Box::new(bad), certificates: Vec::new() };
    let others: Vec<usize> = (0..4).filter(|node| *node != puppet).collect();
    for node in &others {
        say(&mut world, puppet, *node, &message);
    }
    assert!(world.run(10_000, |world| world.all_at(&others, 2)));
    assert_ne!(world.decided[&Height(1)], id);
    assert_eq!(world.decided_views[&Height(1)], View(1));
}

#[test]
fn a_proposal_is_judged_by_clocks_only_when_it_is_fresh() {
    for (ahead_ms, prepares_after) in [(900_i64, Some(0)), (3_000, Some(2_000)), (-9_000, Some(0)), (-20_000, None)] {
        let (mut world, puppet) = world_with_a_puppet(1);
        let other = (puppet + 1) % 4;
        world.parameters.view_timer_ms = 60_000;
        for node in (0..4).filter(|node| *node != puppet) {
            world.crash(node);
        }
        world.pass(30_000);
        world.start(other);
        let time = world.now().wall.0.checked_add_signed(ahead_ms).unwrap();
        let mut timed = offer(&world, puppet, 0);
        timed.proposal.time = Timestamp(time);
        let said = Vote { proposal: timed.proposal.id(world.network), ..timed.vote.vote };
        timed.vote = said.sign(world.network, &world.nodes[puppet].key);
        let message = AgreementMessage::Proposal { signed: Box::new(timed), certificates: Vec::new() };
        say(&mut world, puppet, other, &message);
        let sent = world.now_ms;
        let prepared = world.run(20_000, |world| !world.nodes[other].log.is_empty());
        let after = prepared.then_some(world.now_ms - sent);
        match (after, prepares_after) {
            (Some(after), Some(least)) => assert!((least..least + 100).contains(&after), "{after}"),
            (after, least) => assert_eq!(after, least),
        }
    }
}
