//! How many scenarios there are, and which one a number is.
//!
//! Up to symmetry: honest members are called by the order in which they lead, and where the twin's machines are alike, of
//! two scenarios that become each other when the machines are swapped there is one. The last round is not calm: it would
//! not be a round.
//!
//! Numbers come in two parts. The first has every scenario of up to [`EXHAUSTED_ROUNDS`] rounds, fewer rounds first. In
//! the second, which has the rest, the numbers of rounds take turns; within one, an affine map modulo their count walks
//! through all of them in an order that looks like chance, and meets none twice.

use super::leaders::choices;
use super::round_rule::Rule;
use super::scenario::{Scenario, Second};

/// The most rounds of a scenario.
pub const MOST_ROUNDS: usize = 7;
/// All scenarios of up to so many rounds have the first numbers.
pub const EXHAUSTED_ROUNDS: usize = 2;
/// Numbers of rounds that take turns after these.
const LONGER: u64 = (MOST_ROUNDS - EXHAUSTED_ROUNDS) as u64;
/// 2^64 over the golden ratio: multiples of it are spread evenly.
const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

/// How many scenarios of exactly so many rounds there are, up to symmetry.
pub fn scenarios(rounds: usize) -> u64 {
    choices(rounds).0 * (alike(rounds) + ordered(rounds))
}

/// How many scenarios the first part of the numbers has.
pub fn exhausted() -> u64 {
    (0..=EXHAUSTED_ROUNDS).map(scenarios).sum()
}

impl Scenario {
    /// The scenario of a number.
    pub fn numbered(number: u64) -> Self {
        let (rounds, at) = place(number);
        let count = scenarios(rounds);
        let index = (u128::from(at) * u128::from(stride(count)) % u128::from(count)) as u64;
        let (sequences, step) = choices(rounds);
        let (sequence, index) = (index % sequences * step, index / sequences);
        let plain = alike(rounds);
        let (second, rounds) = match index.checked_sub(plain) {
            None => (Second::Plain, rules_alike(rounds, index)),
            Some(index) => (Second::Rash, rules(rounds, index)),
        };
        Self { number, sequence, second, rounds }
    }
}

/// How many rounds the scenario of a number has, and which of them it is.
fn place(number: u64) -> (usize, u64) {
    let mut at = number;
    for rounds in 0..=EXHAUSTED_ROUNDS {
        match at.checked_sub(scenarios(rounds)) {
            None => return (rounds, at),
            Some(rest) => at = rest,
        }
    }
    let rounds = EXHAUSTED_ROUNDS + 1 + (at % LONGER) as usize;
    (rounds, at / LONGER % scenarios(rounds))
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
    (1..=rounds).map(|left| of_round(left, Rule::count())).product()
}

/// Sequences of rules when the twin's machines are alike: all rules are the same when swapped, or the first that is not is
/// of the first half of those that are not.
fn alike(rounds: usize) -> u64 {
    match rounds {
        0 => 1,
        _ => of_round(rounds, Rule::fixed()) * alike(rounds - 1) + paired() * ordered(rounds - 1),
    }
}

/// Rules that become another one when the machines are swapped, one of each two.
fn paired() -> u64 {
    (Rule::count() - Rule::fixed()) / 2
}

/// The `index`-th sequence of rules.
fn rules(rounds: usize, mut index: u64) -> Vec<Rule> {
    let mut chosen = Vec::with_capacity(rounds);
    for left in (1..=rounds).rev() {
        let count = of_round(left, Rule::count());
        chosen.push(Rule::nth(index % count + u64::from(left == 1)));
        index /= count;
    }
    chosen
}

/// The `index`-th sequence of rules when the twin's machines are alike.
fn rules_alike(rounds: usize, mut index: u64) -> Vec<Rule> {
    let mut chosen = Vec::with_capacity(rounds);
    for left in (1..=rounds).rev() {
        let fixed = of_round(left, Rule::fixed());
        match index.checked_sub(fixed * alike(left - 1)) {
            None => {
                chosen.push(Rule::nth(index % fixed + u64::from(left == 1)));
                index /= fixed;
            }
            Some(rest) => {
                chosen.push(Rule::nth(Rule::fixed() + rest % paired()));
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
        assert_eq!((Rule::count(), Rule::fixed()), (91, 49));
        let counts: Vec<u64> = (0..=MOST_ROUNDS).map(scenarios).collect();
        assert_eq!(counts[..4], [8, 636, 53_844, 4_702_236]);
        assert_eq!(exhausted(), 54_488);
    }

    #[test]
    fn numbers_of_few_rounds_are_all_scenarios_and_each_once() {
        let all: BTreeSet<String> = (0..exhausted()).map(|number| Scenario::numbered(number).words()).collect();
        assert_eq!(all.len() as u64, exhausted());
    }

    #[test]
    fn later_numbers_are_distinct_and_have_more_rounds() {
        for first in [exhausted(), 1_000_000_007, 1 << 40] {
            let few = first..first + 10_000;
            let all: BTreeSet<String> = few.clone().map(|number| Scenario::numbered(number).words()).collect();
            assert_eq!(all.len(), 10_000);
            assert!(few.clone().all(|number| Scenario::numbered(number).rounds.len() > EXHAUSTED_ROUNDS));
        }
    }
}
