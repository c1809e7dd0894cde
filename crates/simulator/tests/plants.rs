//! The simulator's grade: every bug that can be planted is found. With the cargo feature `planted-bugs` only.

#![cfg(feature = "planted-bugs")]

use std::collections::BTreeMap;

use quorate_simulator::{PLANTS, Plant};

/// The seeds that a bug may take: far more than any does, and far less than ten minutes.
const SEEDS: u64 = 2_000;

/// The first of the seeds that shows the bug, and how.
fn find(plant: Plant) -> Option<(u64, String)> {
    quorate_event::plant(plant.name);
    let mut taken = BTreeMap::new();
    (1..=SEEDS).find_map(|seed| {
        let report = plant.profile.trial(seed).run();
        taken.extend(report.sometimes);
        let untaken = plant.profile.untaken(seed, &taken).first().map(|path| format!("no seed took the path: {path}"));
        Some((seed, report.failure.map(|failure| failure.to_string()).or(untaken)?))
    })
}

/// All in one test: a process has one planted bug at a time. `QUORATE_PLANT` names one of them.
#[test]
fn every_planted_bug_is_found() {
    let wanted = std::env::var("QUORATE_PLANT").ok();
    let mut missed = Vec::new();
    for plant in PLANTS.into_iter().filter(|plant| wanted.as_ref().is_none_or(|name| name == plant.name)) {
        match find(plant) {
            Some((seed, how)) => println!("{}: seed {seed}: {}", plant.name, how.lines().next().unwrap_or_default()),
            None => missed.push(plant.name),
        }
    }
    assert_eq!(missed, Vec::<&str>::new());
}
