//! What a crash may not undo, and what happens where it does.

use quorate_event::*;

use super::world::AgreementWorld;
use crate::*;

const EQUAL: [u128; 4] = [100; 4];

fn first_leader(world: &AgreementWorld) -> usize {
    let first = world.machine(0).status().leader;
    (0..4).find(|node| world.nodes[*node].key.address() == first).unwrap()
}

#[test]
fn a1_no_vote_leaves_before_its_record_is_durable() {
    let network = NetworkId::new([0; 32]);
    let genesis = super::world::genesis(&[100]);
    let key = SecretKey::simulated(0);
    let config =
        AgreementConfig { network, me: Some(key.address()), parameters: Parameters::default(), abstain: false };
    let mut machine = Agreement::new(config, ChainTip::genesis(&genesis), [], Now::default());
    machine.handle(AgreementInput::Tick, Now::default());
    let outputs = machine.handle(AgreementInput::SkipNow, Now::default());
    let [AgreementOutput::PersistVote { ticket, pending }] = &outputs[..] else {
        panic!("A1: {outputs:?}");
    };
    let position = machine.position();
    let AgreementMessage::Position(position) = position.message() else {
        panic!();
    };
    assert_eq!(position.votes, []);
    // A record of something else, or by somebody else, does not count.
    let stranger = pending.clone().into_record(pending.vote().sign(network, &SecretKey::simulated(1)));
    let input = AgreementInput::Durable { ticket: *ticket, record: stranger };
    assert_eq!(machine.handle(input, Now::default()), []);
    let input = AgreementInput::Durable {
        ticket: *ticket,
        record: pending.clone().into_record(pending.vote().sign(network, &key)),
    };
    let outputs = machine.handle(input, Now::default());
    let sent = |output: &AgreementOutput| match output {
        AgreementOutput::Send { message, .. } => matches!(message.message(), AgreementMessage::Vote(_)),
        _ => false,
    };
    assert!(outputs.iter().any(sent), "{outputs:?}");
}

#[test]
fn a2_all_crash_at_every_moment_and_keep_their_word() {
    for moment in 1..80 {
        let mut world = AgreementWorld::new(moment, &EQUAL, &[]);
        world.pass(moment);
        for node in 0..4 {
            world.crash(node);
        }
        world.pass(1_000);
        for node in 0..4 {
            world.start(node);
        }
        let height = world.decided.len() as u64 + 2;
        assert!(world.run(60_000, |world| world.all_at(&[0, 1, 2, 3], height)), "{moment}");
    }
}

/// A leader whose vote log is lost proposes something else in the same view: this is why the log must be durable.
#[test]
fn a2_a_member_that_lost_its_vote_log_signs_against_itself() {
    let mut world = AgreementWorld::new(1, &EQUAL, &[]);
    let leader = first_leader(&world);
    world.faulty.insert(world.nodes[leader].key.address());
    world.run(1_000, |world| world.sent.contains_key("proposal"));
    let others: Vec<usize> = (0..4).filter(|node| *node != leader).collect();
    world.pass(15);
    world.crash(leader);
    world.nodes[leader].log.clear();
    world.nodes[leader].chain.clear();
    world.start(leader);
    world.run(60_000, |world| world.all_at(&others, 3));
    let culprit = world.nodes[leader].key.address();
    assert!(world.evidence.contains(&culprit));
}

#[test]
fn a9_a_wiped_member_says_nothing_until_nothing_it_said_can_matter() {
    let mut world = AgreementWorld::new(1, &EQUAL, &[]);
    let leader = first_leader(&world);
    world.run(1_000, |world| world.sent.contains_key("proposal"));
    world.pass(15);
    world.crash(leader);
    world.nodes[leader].log.clear();
    world.nodes[leader].chain.clear();
    let at_most = world.decided.len() as u64;
    world.start_with(leader, true);
    assert!(world.machine(leader).status().abstains);
    // No evidence may arise: the world asserts that no honest key is accused.
    assert!(world.run(60_000, |world| world.all_at(&[0, 1, 2, 3], at_most + 6)));
    assert!(world.evidence.is_empty());
    assert!(!world.machine(leader).status().abstains);
    let first = VoteRecord::from_bytes(&world.nodes[leader].log[0]).unwrap();
    assert!(first.vote.vote.height > Height(at_most + 1), "{first:?}");
}

/// A tip at a height, whose milestone names this committee.
fn tip(height: u64, committee: &Committee, network: NetworkId) -> ChainTip {
    let root = Digest::new([0; 32]);
    let proposal = Proposal {
        height: Height(height),
        previous: ProposalId::NONE,
        heads: vec![EventId::new([7; 32])],
        events_root: root,
        documents_root: root,
        ledger_root: root,
        outbox_root: root,
        next_committee: committee.digest(),
        time: Timestamp(height),
    };
    let (kind, view) = (VoteKind::Commit, View(0));
    let vote = Vote { kind, height: proposal.height, view, proposal: proposal.id(network) };
    let commits = VerifiedCertificate::from_store(Certificate { vote, signatures: Vec::new() });
    ChainTip::new(VerifiedMilestone::new(proposal, &commits, network).unwrap(), committee.clone()).unwrap()
}

#[test]
fn a9_what_members_report_who_were_replaced_since_ends_no_silence() {
    let keys: Vec<SecretKey> = (0..9).map(SecretKey::simulated).collect();
    let members = |keys: &[SecretKey]| keys.iter().map(|key| (key.address(), Stake(1))).collect::<Vec<_>>();
    let (me, before, after) = (keys[0].address(), super::world::genesis(&[1; 5]), members(&keys[5..]));
    let after = Committee::new([vec![(me, Stake(1))], after].concat()).unwrap();
    let network = before.network();
    let config = AgreementConfig { network, me: Some(me), parameters: Parameters::default(), abstain: true };
    let mut machine = Agreement::new(config, ChainTip::genesis(&before), [], Now::default());
    let report = |machine: &mut Agreement, from: &SecretKey, height| {
        let (height, view) = (Height(height), View(0));
        let (proposal, wanted) = (ProposalId::NONE, ProposalId::NONE);
        let position = Position { height, view, proposal, wanted, wanted_views: Vec::new(), votes: Vec::new() };
        let message = machine.verifier().verify(AgreementMessage::Position(position)).unwrap();
        let from = MessageSource { peer: Peer(1), author: Some(from.address()) };
        machine.handle(AgreementInput::Received { from, message }, Now::default());
    };
    for key in &keys[1..5] {
        report(&mut machine, key, 2);
    }
    // Silence until 3, said those of the first committee; what was said here was said at 50.
    for height in 1..=20 {
        machine.handle(AgreementInput::Applied(tip(height, &after, network)), Now::default());
        assert!(machine.status().abstains, "at {height}");
    }
    for key in &keys[5..] {
        report(&mut machine, key, 51);
    }
    machine.handle(AgreementInput::Applied(tip(51, &after, network)), Now::default());
    assert!(machine.status().abstains);
    machine.handle(AgreementInput::Applied(tip(52, &after, network)), Now::default());
    assert!(!machine.status().abstains && machine.status().votes);
}

/// The log was begun anew, or after an earlier one was lost; then the store is lost.
#[test]
fn a14_a_member_whose_log_begins_above_its_tip_says_nothing_below_it() {
    let mut world = AgreementWorld::new(1, &EQUAL, &[]);
    let leader = first_leader(&world);
    assert!(world.run(60_000, |world| world.all_at(&[0, 1, 2, 3], 5)));
    world.crash(leader);
    let height = |bytes: &Vec<u8>| VoteRecord::from_bytes(bytes).unwrap().vote.vote.height;
    let greatest = world.nodes[leader].log.iter().map(height).max().unwrap();
    world.nodes[leader].log.retain(|bytes| height(bytes) == greatest);
    world.nodes[leader].chain.clear();
    let kept = world.nodes[leader].log.len();
    world.start(leader);
    assert!(world.run(60_000, |world| world.all_at(&[0, 1, 2, 3], greatest.0 + 3)));
    let said = &world.nodes[leader].log[kept..];
    assert!(!said.is_empty() && said.iter().all(|bytes| height(bytes) >= greatest));
}

#[test]
fn a7_prepared_content_is_proposed_again_under_its_own_name() {
    let mut tried = 0;
    for seed in 0..40 {
        let mut world = AgreementWorld::new(seed, &EQUAL, &[]);
        let leader = first_leader(&world);
        let others: Vec<usize> = (0..4).filter(|node| *node != leader).collect();
        // Until one has committed and nothing is decided; then all crash, and the leader never returns.
        let committed = |world: &AgreementWorld| {
            let logs = world.nodes.iter().flat_map(|node| &node.log);
            let mut records = logs.map(|bytes| VoteRecord::from_bytes(bytes).unwrap());
            let commit = records.find(|record| record.vote.vote.kind == VoteKind::Commit);
            commit.map(|record| record.vote.vote)
        };
        world.run(1_000, |world| committed(world).is_some());
        let Some(vote) = committed(&world).filter(|vote| vote.height == Height(1)) else {
            continue;
        };
        let holds_commit = others.iter().any(|node| {
            let mut log = world.nodes[*node].log.iter();
            log.any(|bytes| VoteRecord::from_bytes(bytes).unwrap().vote.vote == vote)
        });
        if !holds_commit {
            continue;
        }
        tried += 1;
        for node in 0..4 {
            world.crash(node);
        }
        world.pass(2_000);
        for node in &others {
            world.start(*node);
        }
        assert!(world.run(60_000, |world| world.all_at(&others, 3)), "seed {seed}");
        assert_eq!(world.decided[&Height(1)], vote.proposal, "seed {seed}");
    }
    assert!(tried > 10, "{tried}");
}

#[test]
fn a13_only_an_applied_milestone_changes_the_committee() {
    let mut world = AgreementWorld::new(1, &EQUAL, &[]);
    let fewer = world.genesis.committee.members()[..3].to_vec();
    let next = Committee::new(fewer).unwrap();
    let time = Timestamp(world.now().wall.0 + 1);
    let proposal = Proposal { next_committee: next.digest(), ..world.cut(0, Height(1), View(0), time) };
    let commit =
        Vote { kind: VoteKind::Commit, height: Height(1), view: View(0), proposal: proposal.id(world.network) };
    let keys = world.nodes.iter().map(|node| &node.key);
    let commits = keys.map(|key| VerifiedVote::from_store(commit.sign(world.network, key)));
    let commits = VerifiedCertificate::assemble(commit, commits, &world.genesis.committee).unwrap();
    let milestone = VerifiedMilestone::new(proposal, &commits, world.network).unwrap();
    let unchanged = world.genesis.committee.clone();
    assert!(ChainTip::new(milestone.clone(), unchanged).is_err());

    let leaver = world.genesis.committee.members()[3].0;
    let leaver = (0..4).find(|node| world.nodes[*node].key.address() == leaver).unwrap();
    let skip = Vote { kind: VoteKind::Skip, height: Height(2), view: View(0), proposal: ProposalId::NONE };
    let late = AgreementMessage::Vote(skip.sign(world.network, &world.nodes[leaver].key));
    let tip = ChainTip::new(milestone, next).unwrap();
    assert!(world.machine(leaver).status().votes);
    for node in 0..4 {
        world.give(node, AgreementInput::Applied(tip.clone()));
        let verdict = world.machine(node).verifier().verify(late.clone());
        assert!(matches!(verdict, Err(MessageError::Stranger { .. })));
    }
    assert!(!world.machine(leaver).status().votes);
}
