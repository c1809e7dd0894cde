//! `quorate-lab fuzz --plant`: how many seeds it takes to find a bug that is there.

use std::ops::ControlFlow;

use quorate_cli::Exit;
use quorate_cli::output::Output;
use quorate_cli::view::table;
use quorate_simulator::{PLANTS, Plant, Series};
use serde_json::json;

use super::fuzz::{Campaign, Tally};
use super::speed::cpu_time;
use crate::error::LabError;

/// What it took to find a bug.
struct Hunt {
    plant: Plant,
    profile: Series,
    seeds: u64,
    seconds: f64,
    found: Option<String>,
}

/// Plants the bug of this name, or each in turn. It fails unless all are found.
pub(super) fn find(name: &str, profile: Option<Series>, campaign: Campaign, output: Output) -> Result<Exit, LabError> {
    let wanted = |plant: &Plant| name == "all" || plant.name == name;
    let mut hunts = Vec::new();
    for plant in PLANTS.into_iter().filter(wanted) {
        hunts.push(hunt(plant, Campaign { profile: profile.unwrap_or(plant.profile), ..campaign }));
        output.progress(hunts.len() as u64, PLANTS.len() as u64);
    }
    let told: Vec<_> = hunts.iter().map(Hunt::json).collect();
    let columns = ["planted", "profile", "seeds", "CPU, s", "found by"];
    let rows: Vec<_> = hunts.iter().map(Hunt::row).collect();
    output.answer(&json!({ "plants": told }), || table(&columns, &rows))?;
    let all_found = hunts.iter().all(|hunt| hunt.found.is_some());
    Ok(if all_found { Exit::Done } else { Exit::Failed })
}

/// Runs seeds until one fails, or until one should have taken a path that none did.
fn hunt(plant: Plant, campaign: Campaign) -> Hunt {
    quorate_event::plant(plant.name);
    let (start, profile, mut tally, mut untaken) = (cpu_time(), campaign.profile, Tally::default(), Vec::new());
    let failed = campaign.each_seed(|report| {
        tally.add(report);
        untaken = tally.untaken(profile);
        if untaken.is_empty() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let seconds = cpu_time().saturating_sub(start).as_secs_f64();
    let failure = failed
        .map(|(seed, failure)| format!("seed {seed}: {}", failure.to_string().lines().next().unwrap_or_default()));
    let never = untaken.first().map(|path| format!("in no seed: {path}"));
    Hunt { plant, profile, seeds: tally.seeds, seconds, found: failure.or(never) }
}

impl Hunt {
    fn json(&self) -> serde_json::Value {
        json!({
            "plant": self.plant.name, "what": self.plant.what, "profile": self.profile.to_string(),
            "seeds": self.seeds, "cpu_s": self.seconds, "found": self.found,
        })
    }

    fn row(&self) -> Vec<String> {
        let found = self.found.clone().unwrap_or_else(|| "NOT FOUND".to_owned());
        let (seeds, seconds) = (self.seeds.to_string(), format!("{:.1}", self.seconds));
        vec![self.plant.name.to_owned(), self.profile.to_string(), seeds, seconds, found]
    }
}
