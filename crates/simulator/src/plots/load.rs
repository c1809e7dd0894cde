//! What members carry, and how long it takes, against what is offered to them.

use std::time::Duration;

use super::{Extent, PlotError, Plots, Progress};
use crate::chart::{Axis, Look, Mark, Panel, PanelContent, PlotSeries, Scale, Sheet, thousands};
use crate::emulate::EmulationCase;
use crate::load::{LoadResult, LoadTest};
use crate::network::Latency;

pub(super) const FILE: &str = "load.svg";

/// One column: transactions of each event, and the rates that are offered.
struct LoadColumn {
    transactions: usize,
    events_per_second: &'static [u64],
}

const SINGLE: &[u64] = &[100, 250, 500, 750, 1_000, 1_250, 1_375, 1_500, 1_625, 1_750, 2_000];
const FULL: [LoadColumn; 2] = [
    LoadColumn { transactions: 1, events_per_second: SINGLE },
    LoadColumn { transactions: 64, events_per_second: &[2, 5, 10, 15, 20, 25, 30, 34, 37, 40, 44, 50] },
];
const SMALL: [LoadColumn; 2] = [
    LoadColumn { transactions: 1, events_per_second: &[20, 40] },
    LoadColumn { transactions: 64, events_per_second: &[2, 4] },
];
const MEMBERS: [usize; 2] = [4, 7];
const BITS_PER_SECOND: u64 = 5_000_000;
const LATENCY_MS: (u64, u64) = (5, 50);

const fn columns(extent: Extent) -> (&'static [LoadColumn; 2], Duration) {
    match extent {
        Extent::Full => (&FULL, Duration::from_secs(10)),
        Extent::Small => (&SMALL, Duration::from_secs(2)),
    }
}

pub(super) fn steps(extent: Extent) -> u64 {
    let rates = columns(extent).0.iter().map(|column| column.events_per_second.len());
    (rates.sum::<usize>() * MEMBERS.len()) as u64
}

/// What came of each rate.
struct MeasuredLoad {
    members: usize,
    uplinks_carry: f64,
    rates: Vec<(f64, LoadResult)>,
}

pub(super) fn draw(plots: Plots, steps: &mut Progress<'_>) -> Result<String, PlotError> {
    let (columns, lasts) = columns(plots.extent);
    let (mut above, mut below) = (Vec::new(), Vec::new());
    for column in columns {
        let mut measured = Vec::new();
        for members in MEMBERS {
            measured.push(measure(column, members, lasts, plots.seed, steps)?);
        }
        above.push(throughput(column, &measured));
        below.push(waits(&measured));
    }
    let sheet = Sheet {
        title: "What becomes final, and after how long, against what is offered".to_owned(),
        key: vec![
            (Mark::Line, "final each second; median time"),
            (Mark::Dotted, "99th percentile"),
            (Mark::Dashes, "all that the members' uplinks can carry"),
        ],
        rows: vec![above, below],
        notes: notes(lasts, plots.seed),
    };
    Ok(sheet.draw())
}

fn measure(
    column: &LoadColumn,
    members: usize,
    lasts: Duration,
    seed: u64,
    steps: &mut Progress<'_>,
) -> Result<MeasuredLoad, PlotError> {
    let ms = Duration::from_millis;
    let mut measured = MeasuredLoad { members, uplinks_carry: 0.0, rates: Vec::new() };
    for rate in column.events_per_second {
        let load = LoadTest {
            members,
            transactions: column.transactions,
            transaction_bytes: EmulationCase::PUBLISHED_LAW.0,
            events_per_second: *rate,
            lasts,
            latency: Latency::Uniform(ms(LATENCY_MS.0)..=ms(LATENCY_MS.1)),
            bits_per_second: BITS_PER_SECOND,
        };
        let carried = load.run(seed).map_err(|violation| PlotError::violated(FILE, violation))?;
        measured.uplinks_carry = load.uplinks_carry();
        measured.rates.push((*rate as f64, carried));
        steps.step();
    }
    Ok(measured)
}

const ACROSS: Axis = Axis { label: "events offered each second", scale: Scale::FromZero };

fn throughput(column: &LoadColumn, measured: &[MeasuredLoad]) -> Panel {
    let series = measured.iter().enumerate().map(|(number, measured)| {
        let carried = measured.rates.iter().map(|(rate, of)| (*rate, of.final_per_second)).collect();
        let bound = measured.rates.iter().map(|(rate, _)| (*rate, measured.uplinks_carry)).collect();
        let marks = vec![(Mark::Line, carried), (Mark::Dashes, bound)];
        PlotSeries { name: format!("{} members", measured.members), look: Look::nth(number), marks }
    });
    let title = match column.transactions {
        1 => "Events of one transaction".to_owned(),
        more => format!("Events of {more} transactions"),
    };
    panel(title, Axis { label: "events final each second", scale: Scale::FromZero }, series.collect())
}

fn waits(measured: &[MeasuredLoad]) -> Panel {
    let series = measured.iter().enumerate().map(|(number, measured)| {
        let points = |wait: fn(&LoadResult) -> Option<Duration>| {
            measured.rates.iter().filter_map(|(rate, of)| Some((*rate, wait(of)?.as_secs_f64()))).collect::<Vec<_>>()
        };
        let marks = vec![(Mark::Line, points(|of| of.median)), (Mark::Dotted, points(|of| of.late))];
        PlotSeries { name: format!("{} members", measured.members), look: Look::nth(number), marks }
    });
    let up = Axis { label: "seconds until final", scale: Scale::Log };
    panel("How long they take".to_owned(), up, series.collect())
}

fn panel(title: String, up: Axis, series: Vec<PlotSeries>) -> Panel {
    Panel { title, size: 220.0, across: ACROSS, shades: Vec::new(), content: PanelContent::Series(up, series) }
}

fn notes(lasts: Duration, seed: u64) -> Vec<String> {
    let (bytes, (least, most)) = (EmulationCase::PUBLISHED_LAW.0, LATENCY_MS);
    let megabits = thousands(BITS_PER_SECOND as f64 / 1e6);
    vec![
        format!(
            "A client at each member writes for {} s, whatever becomes of it. Transactions of {bytes} bytes; messages travel {least} to {most} ms;",
            lasts.as_secs()
        ),
        format!(
            "each member sends {megabits} Mbps in all; processors take no time, so the ceiling is the uplinks'. Beyond it events wait for longer each"
        ),
        format!(
            "second to leave, and members for the events of a cut that they lack: the rest is final after clients stop. Seed {seed}."
        ),
    ]
}
