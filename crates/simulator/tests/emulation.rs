//! What the emulation of requests says, held against what can be worked out.

use std::ops::RangeInclusive;
use std::time::Duration;

use quorate_simulator::{CaseVerdict, DISK, Emulation, EmulationError, Latency, MeasurementPlan, published};

const MS: fn(u64) -> Duration = Duration::from_millis;

fn emulation(nodes: usize, transactions: usize) -> Emulation {
    let latency = Emulation::latency_up_to(MS(350));
    Emulation { nodes, transactions, transaction_bytes: 315, latency, bandwidth: None }
}

/// Request, proposal, prepare, commit, receipt; a write before each but the first.
#[test]
fn without_chance_and_bandwidth_the_time_is_five_hops_and_five_writes() {
    for nodes in [4, 7, 10] {
        let constant = Emulation { latency: Latency::Constant(MS(100)), ..emulation(nodes, 10) };
        assert_eq!(constant.run(1).unwrap().time, MS(100) * 5 + DISK * 5, "{nodes} members");
        assert_eq!(constant.floor(1), MS(100) * 5);
        assert_eq!(constant.classic(1), MS(200) * 5);
    }
}

#[test]
fn equal_seeds_give_equal_runs_and_others_do_not() {
    let emulation = emulation(7, 300);
    let first = emulation.run(5).unwrap();
    assert_eq!(first, emulation.run(5).unwrap());
    assert_ne!(first.trace, emulation.run(6).unwrap().trace);
    assert_eq!(first.events, 2);
}

#[test]
fn half_the_bandwidth_takes_the_bytes_twice_as_long() {
    let at = |bits_per_second| {
        let latency = Latency::Constant(MS(100));
        Emulation { latency, bandwidth: Some(bits_per_second), ..emulation(4, 100) }.run(1).unwrap().time
    };
    let bytes_at_one_megabit = MS(100 * 315 * 8 / 1_000);
    let (slow, slower) = (at(1_000_000), at(500_000));
    let difference = slower - slow;
    within(difference, &(bytes_at_one_megabit..=bytes_at_one_megabit + MS(20)));
}

fn within(time: Duration, range: &RangeInclusive<Duration>) {
    assert!(range.contains(&time), "{time:?} is not in {range:?}");
}

#[test]
fn the_published_law_gives_the_published_cells_but_for_one() {
    let measure = MeasurementPlan { transaction_bytes: 315, longest_latency: MS(350), runs: 0, seed: 1 };
    let mut without = Vec::new();
    for case in published() {
        let figures = measure.figures(case, &mut || ()).unwrap();
        match figures.verdict() {
            CaseVerdict::Pass => {}
            CaseVerdict::Fail => panic!("{figures:?}"),
            CaseVerdict::None => without.push((case.transactions, case.published, figures.classic)),
        }
    }
    let [(10_000, None, _), (10_000, Some(published), law)] = without[..] else {
        panic!("{without:?}");
    };
    assert!(published > law * 3 / 2, "no law of three hops of content gives {published:?}: {law:?}");
}

#[test]
fn ours_is_below_what_was_published_and_above_the_floor() {
    let measure = MeasurementPlan { transaction_bytes: 315, longest_latency: MS(350), runs: 5, seed: 1 };
    for case in published().into_iter().filter(|case| (case.transactions, case.nodes) == (100, 10)) {
        let figures = measure.figures(case, &mut || ()).unwrap();
        assert_eq!(figures.verdict(), CaseVerdict::Pass, "{figures:?}");
        assert!(figures.ours.unwrap() * 5 > figures.floor * 4, "{figures:?}");
    }
}

#[test]
fn what_cannot_be_emulated_says_what_can() {
    let wrong = [
        Emulation { nodes: 0, ..emulation(4, 1) },
        Emulation { nodes: 3, ..emulation(4, 1) },
        Emulation { nodes: 1_001, ..emulation(4, 1) },
        emulation(4, 0),
        Emulation { transaction_bytes: 5, ..emulation(4, 1) },
        Emulation { bandwidth: Some(10), ..emulation(4, 1) },
    ];
    for emulation in wrong {
        let error: EmulationError = emulation.run(1).unwrap_err();
        assert!(error.to_string().contains("name "), "{error}");
    }
}
