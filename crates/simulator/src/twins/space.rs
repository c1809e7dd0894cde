//! The number of scenarios, and the scenario of a number.
//!
//! Scenarios are counted up to symmetry: honest members are named by the order in which they lead, and if the twin's machines
//! are alike, two scenarios that differ by swapping the machines count once. The last round is never fault-free: it would not
//! be a round.
//!
//! The first numbers are all scenarios of up to [`EXHAUSTIVE_ROUNDS`] rounds, fewer rounds first. From there on the number of
//! rounds alternates; within one number of rounds, an affine map modulo their count visits each scenario once, in an order
//! that looks random.

use super::leaders::choices;
use super::scenario::{TwinKind, TwinsScenario};
use crate::round_rules::RoundRule;

/// The most rounds of a scenario.
pub const MAX_ROUNDS: usize = 7;
/// All scenarios of up to so many rounds have the first numbers.
pub const EXHAUSTIVE_ROUNDS: usize = 2;
/// Numbers of rounds that take turns after these.
const LONGER: u64 = (MAX_ROUNDS - EXHAUSTIVE_ROUNDS) as u64;
/// 2^64 over the golden ratio: multiples of it are spread evenly.
const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

/// How many scenarios of exactly so many rounds there are, up to symmetry.
pub fn scenario_count(rounds: usize) -> u64 {
    choices(rounds).0 * (alike(rounds) + ordered(rounds))
}

/// How many scenarios the first part of the numbers has.
pub fn exhaustive_count() -> u64 {
    (0..=EXHAUSTIVE_ROUNDS).map(scenario_count).sum()
}

impl TwinsScenario {
    /// The scenario of a number.
    pub fn numbered(number: u64) -> Self {
        let (rounds, at) = place(number);
        let count = scenario_count(rounds);
        let index = (u128::from(at) * u128::from(stride(count)) % u128::from(count)) as u64;
        let (sequences, step) = choices(rounds);
        let (sequence, index) = (index % sequences * step, index / sequences);
        let plain = alike(rounds);
        let (second, rounds) = match index.checked_sub(plain) {
            None => (TwinKind::Plain, rules_alike(rounds, index)),
            Some(index) => (TwinKind::Rash, rules(rounds, index)),
        };
        Self { number, sequence, second, rounds }
    }
}

/// How many rounds the scenario of a number has, and which of them it is.
fn place(number: u64) -> (usize, u64) {
    let mut at = number;
    for rounds in 0..=EXHAUSTIVE_ROUNDS {
        match at.checked_sub(scenario_count(rounds)) {
            None => return (rounds, at),
            Some(rest) => at = rest,
        }
    }
    let rounds = EXHAUSTIVE_ROUNDS + 1 + (at % LONGER) as usize;
    (rounds, at / LONGER % scenario_count(rounds))
}

/// A factor without a common divisor with `count`.
fn stride(count: u64) -> u64 {
    let divides = |mut a: u64, mut b: u64| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let start = STRIDE % count.max(1);
    (start..).find(|stride| divides(*stride, count) == 1).unwrap_or(1)
}

/// Of so many rules for a round, whether it is the last or not.
fn of_round(rounds_left: usize, all: u64) -> u64 {
    if rounds_left == 1 { all - 1 } else { all }
}

/// Sequences of rules.
fn ordered(rounds: usize) -> u64 {
    (1..=rounds).map(|left| of_round(left, RoundRule::count())).product()
}

/// Sequences of rules when the twin's machines are alike: all rules are the same when swapped, or the first that is not is
/// of the first half of those that are not.
fn alike(rounds: usize) -> u64 {
    match rounds {
        0 => 1,
        _ => of_round(rounds, RoundRule::fixed()) * alike(rounds - 1) + paired() * ordered(rounds - 1),
    }
}

/// RoundRules that become another one when the machines are swapped, one of each two.
fn paired() -> u64 {
    (RoundRule::count() - RoundRule::fixed()) / 2
}

/// The `index`-th sequence of rules.
fn rules(rounds: usize, mut index: u64) -> Vec<RoundRule> {
    let mut chosen = Vec::with_capacity(rounds);
    for left in (1..=rounds).rev() {
        let count = of_round(left, RoundRule::count());
        chosen.push(RoundRule::nth(index % count + u64::from(left == 1)));
        index /= count;
    }
    chosen
}

/// The `index`-th sequence of rules when the twin's machines are alike.
fn rules_alike(rounds: usize, mut index: u64) -> Vec<RoundRule> {
    let mut chosen = Vec::with_capacity(rounds);
    for left in (1..=rounds).rev() {
        let fixed = of_round(left, RoundRule::fixed());
        match index.checked_sub(fixed * alike(left - 1)) {
            None => {
                chosen.push(RoundRule::nth(index % fixed + u64::from(left == 1)));
                index /= fixed;
            }
            Some(rest) => {
                chosen.push(RoundRule::nth(RoundRule::fixed() + rest % paired()));
                chosen.extend(rules(left - 1, rest / paired()));
                return chosen;
            }
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_so_many() {
        assert_eq!((RoundRule::count(), RoundRule::fixed()), (91, 49));
        let counts: Vec<u64> = (0..=MAX_ROUNDS).map(scenario_count).collect();
        assert_eq!(counts[..4], [8, 636, 53_844, 4_702_236]);
        assert_eq!(exhaustive_count(), 54_488);
    }

    #[test]
    fn numbers_of_few_rounds_are_all_scenarios_and_each_once() {
        let all: BTreeSet<String> =
            (0..exhaustive_count()).map(|number| TwinsScenario::numbered(number).words()).collect();
        assert_eq!(all.len() as u64, exhaustive_count());
    }

    #[test]
    fn later_numbers_are_distinct_and_have_more_rounds() {
        for first in [exhaustive_count(), 1_000_000_007, 1 << 40] {
            let few = first..first + 10_000;
            let all: BTreeSet<String> = few.clone().map(|number| TwinsScenario::numbered(number).words()).collect();
            assert_eq!(all.len(), 10_000);
            assert!(few.clone().all(|number| TwinsScenario::numbered(number).rounds.len() > EXHAUSTIVE_ROUNDS));
        }
    }
}
