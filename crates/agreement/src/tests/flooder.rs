//! A member that signs votes of all views and heights there are.

use quorate_event::*;

use super::world::{AgreementWorld, SplitMix64};
use crate::*;

#[test]
fn a10_a_hundred_thousand_votes_of_far_views_and_heights_take_no_room() {
    let mut world = AgreementWorld::new(1, &[100; 4], &[]);
    for node in 0..4 {
        world.set_work(node, Work::None);
    }
    world.pass(2_000);
    let (me, puppet) = (0, 3);
    let author = world.nodes[puppet].key.address();
    world.faulty.insert(author);
    let height = world.machine(me).status().height;
    let mut dice = SplitMix64::new(9);
    let mut outputs = 0;
    for round in 0..100_000_u64 {
        let far = match dice.below(3) {
            0 => u64::MAX - round,
            1 => dice.below(u64::MAX),
            _ => round,
        };
        let kinds = [VoteKind::Prepare, VoteKind::Commit, VoteKind::Skip];
        let kind = kinds[usize::try_from(dice.below(3)).unwrap()];
        let id = ProposalId::new(keccak256(&[&round.to_be_bytes()]));
        let other = Height(far.max(height.0 + 1));
        let vote = Vote {
            kind,
            height: if round % 2 == 0 { other } else { height },
            view: View(far),
            proposal: if kind == VoteKind::Skip { ProposalId::NONE } else { id },
        };
        let message = AgreementMessage::Vote(vote.sign(world.network, &world.nodes[puppet].key));
        let from = MessageSource { peer: Peer(puppet as u64), author: Some(author) };
        let message = world.machine(me).verifier().verify(message).unwrap();
        let now = world.now();
        let machine = world.nodes[me].machine.as_mut().unwrap();
        outputs += machine.handle(AgreementInput::Received { from, message }, now).len();
    }
    let machine = world.machine(me);
    let views = usize::try_from(VIEW_WINDOW * 2 + 1).unwrap();
    assert!(machine.state.tally.len() <= views * 4, "A10");
    assert!(machine.state.proposals.len() <= views, "A10");
    assert_eq!(machine.status().height, height);
    assert_eq!(machine.status().view, View(0));
    // At most a request, our position and an evidence for each view: hints are throttled.
    assert!(outputs < 20, "{outputs}");
    for node in 0..4 {
        world.set_work(node, Work::Now);
    }
    assert!(world.run(20_000, |world| world.all_at(&[0, 1, 2, 3], height.0 + 3)));
}

#[test]
fn a11_a_claimed_height_changes_nothing() {
    let mut world = AgreementWorld::new(2, &[100; 4], &[]);
    world.faulty.insert(world.nodes[3].key.address());
    let liar = AgreementMessage::Position(Position {
        height: Height(1_000_000_000),
        view: View(u64::MAX),
        proposal: ProposalId::NONE,
        wanted: ProposalId::NONE,
        wanted_views: Vec::new(),
        votes: Vec::new(),
    });
    for _ in 0..100 {
        for node in 0..3 {
            world.transmit(3, node, &liar.to_bytes());
        }
        world.pass(50);
    }
    assert!(world.height(0) > 20);
    assert!(world.decided_views.values().all(|view| *view == View(0)));
}
