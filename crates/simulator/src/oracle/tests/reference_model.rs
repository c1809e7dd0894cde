//! What is worked out twice is equal, wherever both are right.

use quorate_event::{
    Address, Committee, Genesis, Height, ProposalId, SecretKey, Stake, View, Vote, VoteKind, keccak256, limits, merkle,
};
use serde_json::{Value, json};

use super::fixture::OracleFixture;
use crate::committee_source::committee_in;
use crate::oracle::models_by_height::stakes_in;
use crate::oracle::reference_model::{self, ProtocolModel};

fn founded(stakes: &[u128]) -> (Genesis, ProtocolModel) {
    let genesis = OracleFixture::new(stakes).genesis;
    let model = ProtocolModel::new(&genesis);
    (genesis, model)
}

#[test]
fn quorums_and_thirds_are_those_of_the_committee() {
    for (a, b, c) in (1..=6).flat_map(|a| (1..=6).flat_map(move |b| (1..=6).map(move |c| (a, b, c)))) {
        let (genesis, model) = founded(&[a, b, c]);
        for stake in 0..=a + b + c {
            assert_eq!(model.is_quorum(stake), genesis.committee.is_quorum(Stake(stake)), "{stake} of {a}, {b}, {c}");
            assert_eq!(model.exceeds_third(stake), genesis.committee.exceeds_third(Stake(stake)));
        }
    }
    for (members, faults) in [(1, 0), (3, 0), (4, 1), (6, 1), (7, 2), (10, 3)] {
        assert_eq!(founded(&vec![5; members]).1.faults(), faults);
    }
}

#[test]
fn the_committee_that_a_document_names_is_the_one_that_follows() {
    let name = |number: u64| SecretKey::simulated(number).address().to_string();
    let (a, b, small) = (name(1), name(2), name(1).to_lowercase());
    let many = |count| Value::Object((0..count).map(|number| (name(number), json!(1))).collect());
    let most = limits::TOTAL_STAKE.to_string();
    for document in [
        json!({ &a: 1, &b: "340282366920938463" }),
        json!({ &a: 1, &b: 0 }),
        json!({ &a: &most }),
        json!({ &small: 7 }),
        many(1_024),
        many(1_025),
        json!({}),
        json!([1]),
        json!({ &a: 0 }),
        json!({ &a: -1 }),
        json!({ &a: 1.5 }),
        json!({ &a: 1, "nobody": 1 }),
        json!({ &a: 1, &small: 1 }),
        json!({ &a: &most, &b: 1 }),
        json!({ &a: u128::MAX.to_string(), &b: 1 }),
    ] {
        let named = committee_in(&document);
        let named = named.map(|named| named.members().iter().map(|(member, stake)| (*member, stake.0)).collect());
        assert_eq!(stakes_in(&document), named, "{document}");
    }
}

#[test]
fn digests_and_roots_are_those_of_the_format() {
    let fixture = OracleFixture::four();
    let model = ProtocolModel::new(&fixture.genesis);
    let event = fixture.event(0, 1, &[fixture.root()]);
    let proposal = fixture.proposal(1, fixture.root(), &event);
    assert_eq!(model.proposal_id(&proposal), proposal.id(fixture.network));
    assert_eq!(model.committee_digest(), *fixture.genesis.committee.digest().as_bytes());
    for kind in [VoteKind::Propose, VoteKind::Prepare, VoteKind::Commit, VoteKind::Skip] {
        let vote = Vote { kind, height: Height(300), view: View(7), proposal: ProposalId::new([4; 32]) };
        assert_eq!(model.vote_digest(&vote), vote.digest(fixture.network));
    }
    let contents: Vec<Vec<u8>> = (0..20).map(|byte| vec![byte; 3]).collect();
    for count in 0..=contents.len() {
        assert_eq!(reference_model::merkle(&contents[..count]), *merkle::root(&contents[..count]).as_bytes());
    }
}

/// The leaders that the members of a network themselves found, read off the milestones that they certified, would be a
/// circle; so the rule is read word by word instead.
#[test]
fn leaders_take_turns_or_are_drawn_by_stake_each_once_a_round() {
    let (genesis, model) = founded(&[5; 4]);
    let members: Vec<Address> = genesis.committee.members().iter().map(|(member, _)| *member).collect();
    assert_eq!(model.leader(&[0; 32], 6, 3), members[1]);
    assert_eq!(model.leader(&[0; 32], u64::MAX, u64::MAX), members[2]);
    let (_, model) = founded(&[1, 2, 3, 1 << 90]);
    for round in [0, 4, 8] {
        let mut led: Vec<Address> = (round..round + 4).map(|view| model.leader(&[9; 32], 5, view)).collect();
        led.sort_unstable();
        assert_eq!(led, members);
    }
}

#[test]
fn a_draw_is_the_hash_modulo_the_stake() {
    let members = [1, 2].map(|name| (Address::new([name; 20]), Stake(u128::from(name))));
    let mut genesis = OracleFixture::four().genesis;
    genesis.committee = Committee::new(members.to_vec()).unwrap();
    let model = ProtocolModel::new(&genesis);
    for view in (0..40).step_by(2) {
        let hash = keccak256(&[&[8; 32], &5_u64.to_be_bytes(), &u64::to_be_bytes(view)]);
        // 256 is 1 modulo 3: so a number is the sum of its bytes.
        let point = hash.iter().map(|byte| u64::from(*byte)).sum::<u64>() % 3;
        let drawn = members[usize::from(point > 0)].0;
        assert_eq!(model.leader(&[8; 32], 5, view), drawn);
    }
}
