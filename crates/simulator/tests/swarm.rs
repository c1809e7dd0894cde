//! Swarm runs: whatever a seed turns on, nothing is violated and a healed quorum goes on. `.ci/run` draws the first seed
//! anew each time.

use std::collections::BTreeMap;

use quorate_simulator::{FuzzProfile, SwarmCase, SwarmProfile, shrink};

/// The first seed, and how many: `QUORATE_SEED` and `QUORATE_SEEDS`.
fn seeds(many: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|word| word.parse::<u64>().ok());
    let first = number("QUORATE_SEED").unwrap_or(1);
    first..first + number("QUORATE_SEEDS").unwrap_or(many)
}

fn check(profile: SwarmProfile, many: u64) {
    let (seeds, mut taken) = (seeds(many), BTreeMap::new());
    for seed in seeds.clone() {
        let case = SwarmCase::generate(profile, seed);
        let report = case.run();
        if let Some(failure) = report.failure {
            let shrunk = shrink(&case, failure.clone(), 60);
            panic!("{failure}\n{}\nafter {} runs: {}", shrunk.case, shrunk.runs, shrunk.failure);
        }
        taken.extend(report.coverage);
    }
    assert_eq!(FuzzProfile::Swarm(profile).missed_marks(seeds.end - seeds.start, &taken), Vec::<&str>::new());
}

#[test]
fn four_members_agree_and_go_on() {
    check(SwarmProfile::Agreement, SwarmProfile::Agreement.seeds_for_all_marks());
}

#[test]
fn seven_members_with_documents_agree_and_go_on() {
    check(SwarmProfile::Full, SwarmProfile::Full.seeds_for_all_marks());
}

#[test]
fn a_case_that_is_run_again_takes_the_same_way() {
    for profile in [SwarmProfile::Agreement, SwarmProfile::Full] {
        let case = SwarmCase::generate(profile, 3);
        assert_eq!(case.run().trace, case.run().trace);
        assert_ne!(case.run().trace, SwarmCase::generate(profile, 4).run().trace);
    }
}
