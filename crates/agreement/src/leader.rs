//! Whose turn it is. A function of public facts: anybody can check it.

use quorate_event::{Address, Committee, Height, ProposalId, Stake, View, keccak256};

/// The leader of `view` of `height`, where `previous` is the milestone before it.
///
/// With equal stakes the members take turns, ascending by address, starting at height + view. Otherwise a height's
/// leaders are drawn by stake without replacement: the point keccak256(previous ‖ be64 height ‖ be64 view) mod the
/// remaining stake falls upon one of the remaining members, in ascending order; once all have led, all are drawn again.
pub fn leader(committee: &Committee, previous: ProposalId, height: Height, view: View) -> Address {
    let members = committee.members();
    let stakes_are_equal = members.iter().zip(members.iter().skip(1)).all(|((_, a), (_, b))| a == b);
    let leader =
        if stakes_are_equal { by_turns(members, height, view) } else { by_draws(members, previous, height, view) };
    // A committee has at least one member, so that both ways find one.
    leader.unwrap_or(Address::new([0; 20]))
}

fn by_turns(members: &[(Address, Stake)], height: Height, view: View) -> Option<Address> {
    let sum = u128::from(height.0).saturating_add(u128::from(view.0));
    let turn = sum.checked_rem(members.len() as u128)?;
    let (leader, _) = members.get(usize::try_from(turn).ok()?)?;
    Some(*leader)
}

/// Draws from the start of the round of turns in which `view` lies: as many draws as there are members, at most.
fn by_draws(members: &[(Address, Stake)], previous: ProposalId, height: Height, view: View) -> Option<Address> {
    let led = view.0.checked_rem(members.len() as u64)?;
    let mut remaining = members.to_vec();
    let mut leader = None;
    for turn in view.0.saturating_sub(led)..=view.0 {
        let hash = keccak256(&[previous.as_bytes(), &height.0.to_be_bytes(), &turn.to_be_bytes()]);
        let stake = remaining.iter().fold(0_u128, |sum, (_, stake)| sum.saturating_add(stake.0));
        let mut point = modulo(&hash, stake);
        let drawn = remaining.iter().position(|(_, stake)| {
            let hit = point < stake.0;
            point = point.saturating_sub(stake.0);
            hit
        })?;
        leader = Some(remaining.remove(drawn).0);
    }
    leader
}

/// A 256-bit big-endian number modulo `divisor`, bit by bit: the divisor is below 2^126, so that nothing overflows.
fn modulo(number: &[u8; 32], divisor: u128) -> u128 {
    let bits = number.iter().flat_map(|byte| (0..8).rev().map(move |bit| u128::from(byte >> bit & 1)));
    bits.fold(0_u128, |rest, bit| {
        let doubled = rest.saturating_mul(2).saturating_add(bit);
        doubled.checked_rem(divisor).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn committee(stakes: &[u128]) -> Committee {
        let members = stakes.iter().zip(1_u8..).map(|(stake, name)| (Address::new([name; 20]), Stake(*stake)));
        Committee::new(members.collect()).unwrap()
    }

    fn id(number: u64) -> ProposalId {
        ProposalId::new(keccak256(&[&number.to_be_bytes()]))
    }

    #[test]
    fn equal_members_take_turns() {
        for n in 1_u8..=7 {
            let committee = committee(&vec![5; usize::from(n)]);
            for (height, view) in (0..20).flat_map(|h| (0..20).map(move |v| (h, v))) {
                let name = u8::try_from((height + view) % u64::from(n)).unwrap() + 1;
                let found = leader(&committee, id(0), Height(height), View(view));
                assert_eq!(found, Address::new([name; 20]));
            }
            leader(&committee, id(0), Height(u64::MAX), View(u64::MAX));
        }
    }

    #[test]
    fn everybody_leads_once_before_anybody_leads_again() {
        let mut committees = vec![committee(&[1, 1, 1, 1 << 63]), committee(&[150, 200, 80, 120])];
        committees.extend((1..=3).flat_map(|a| (1..=4).map(move |b| committee(&[a, b, 2]))));
        for committee in committees {
            let n = committee.members().len() as u64;
            for (seed, round) in (0..50).flat_map(|seed| (0..3).map(move |round| (seed, round))) {
                let views = (round * n..(round + 1) * n).map(View);
                let led: BTreeSet<Address> =
                    views.map(|view| leader(&committee, id(seed), Height(seed), view)).collect();
                assert_eq!(led.len() as u64, n);
            }
        }
    }

    #[test]
    fn the_first_leader_is_drawn_in_proportion_to_stake() {
        let committee = committee(&[600, 100, 200, 100]);
        let mut led = BTreeMap::new();
        for height in 1..=10_000 {
            let first = leader(&committee, id(height), Height(height), View(0));
            *led.entry(first).or_insert(0_u128) += 1;
        }
        for (member, stake) in committee.members() {
            let expected = stake.0 * 10;
            let found = led.get(member).copied().unwrap_or_default();
            assert!(found.abs_diff(expected) < 200, "{member:?}: {found} of {expected}");
        }
    }

    #[test]
    fn the_modulus_of_a_hash_is_the_modulus_of_its_number() {
        let mut number = [0; 32];
        number[16..].copy_from_slice(&u128::MAX.to_be_bytes());
        for divisor in [1, 2, 3, 7, 1_000, (1 << 126) - 1] {
            assert_eq!(modulo(&number, divisor), u128::MAX % divisor);
        }
        // 2^128 mod 10 is 6, and 16 * 6 mod 10 is 6 again.
        number = [0; 32];
        number[15] = 1;
        assert_eq!(modulo(&number, 10), 6);
    }
}
