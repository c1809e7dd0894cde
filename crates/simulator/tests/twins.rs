//! Twins: every scenario of few rounds, and a slice of the others. `.ci/run` draws the first number anew each time.

use quorate_simulator::{TwinsScenario, exhaustive_count, scenario_count};

/// Runs scenarios; panics with the first that fails, shrunk.
fn check(numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        let scenario = TwinsScenario::numbered(number);
        if let Some(failure) = scenario.run().failure {
            let shrunk = scenario.shrink(failure.clone(), 60);
            panic!("{failure}\n{scenario}\nafter {} runs: {}\n{}", shrunk.runs, shrunk.failure, shrunk.case);
        }
    }
}

#[test]
fn whatever_one_round_is_members_agree_and_go_on() {
    check(0..scenario_count(0) + scenario_count(1));
}

#[test]
fn whatever_some_rounds_are_members_agree_and_go_on() {
    let number = |name: &str| std::env::var(name).ok().and_then(|word| word.parse::<u64>().ok());
    let first = exhaustive_count() + number("QUORATE_SEED").unwrap_or(1);
    check(first..first + number("QUORATE_SEEDS").unwrap_or(300));
}

#[test]
fn a_scenario_that_is_run_again_takes_the_same_way() {
    let [one, other] = [100_001, 100_002].map(TwinsScenario::numbered);
    assert_eq!(one.run().trace, one.run().trace);
    assert_ne!(one.run().trace, other.run().trace);
}
