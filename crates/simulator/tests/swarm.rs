//! Swarm runs: whatever a seed turns on, nothing is violated and a healed quorum goes on. `.ci/run` draws the first seed
//! anew each time.

use quorate_simulator::{Case, Profile, shrink};

/// The first seed, and how many: `QUORATE_SEED` and `QUORATE_SEEDS`.
fn seeds(many: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|word| word.parse::<u64>().ok());
    let first = number("QUORATE_SEED").unwrap_or(1);
    first..first + number("QUORATE_SEEDS").unwrap_or(many)
}

fn check(profile: Profile, many: u64) {
    for seed in seeds(many) {
        let case = Case::draw(profile, seed);
        if let Some(failure) = case.run().failure {
            let shrunk = shrink(&case, failure.clone(), 60);
            panic!("{failure}\n{}\nafter {} runs: {}", shrunk.case, shrunk.runs, shrunk.failure);
        }
    }
}

#[test]
fn four_members_agree_and_go_on() {
    check(Profile::Agreement, 200);
}

#[test]
fn seven_members_with_documents_agree_and_go_on() {
    check(Profile::Full, 100);
}

#[test]
fn a_case_that_is_run_again_takes_the_same_way() {
    for profile in [Profile::Agreement, Profile::Full] {
        let case = Case::draw(profile, 3);
        assert_eq!(case.run().trace, case.run().trace);
        assert_ne!(case.run().trace, Case::draw(profile, 4).run().trace);
    }
}
