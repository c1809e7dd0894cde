//! Milestones along time, while the network comes apart twice.

use std::ops::Range;
use std::time::Duration;

use super::{PlotError, Plots, Progress};
use crate::chart::{Axis, Look, Mark, Panel, PanelContent, PlotSeries, Scale, Shade, Sheet, Tick, TimelineRow};
use crate::timeline::{MemberProgress, Timeline};

pub(super) const FILE: &str = "partition.svg";
pub(super) const STEPS: u64 = 1;

pub(super) fn draw(plots: Plots, steps: &mut Progress<'_>) -> Result<String, PlotError> {
    let timeline = Timeline::MINUTE;
    let stands = timeline.run(plots.seed).map_err(|violation| PlotError::violated(FILE, violation))?;
    steps.step();
    let panel = |title: &str, size: f64, content: PanelContent| Panel {
        title: title.to_owned(),
        size,
        across: Axis { label: "seconds", scale: Scale::To(timeline.lasts.as_secs_f64()) },
        shades: shades(&timeline),
        content,
    };
    let heights = lines("milestones", &stands, &timeline, |stand| stand.height);
    let open = lines("events", &stands, &timeline, |stand| stand.open as u64);
    let sheet = Sheet {
        title: "Milestones of four members while the network comes apart".to_owned(),
        key: vec![
            (Mark::Tick, "the member applies a milestone"),
            (Mark::Bar, "it is past the first leader of a height"),
        ],
        rows: vec![
            vec![panel(
                "Milestones",
                stands.len() as f64 * TimelineRow::PITCH,
                PanelContent::Lanes(lanes(&stands, &timeline)),
            )],
            vec![panel("Height", 150.0, heights)],
            vec![panel("Not final yet", 130.0, open)],
        ],
        notes: notes(plots.seed),
    };
    Ok(sheet.draw())
}

fn shades(timeline: &Timeline) -> Vec<Shade> {
    let shade =
        |during: &Range<Duration>, name| Shade { from: during.start.as_secs_f64(), to: during.end.as_secs_f64(), name };
    vec![shade(&timeline.halves, "1, 2 apart from 3, 4"), shade(&timeline.cut_off, "4 apart from 1, 2, 3")]
}

fn name(number: usize) -> String {
    format!("member {}", number + 1)
}

fn lanes(stands: &[Vec<MemberProgress>], timeline: &Timeline) -> Vec<TimelineRow> {
    let lane = |(number, stands): (usize, &Vec<MemberProgress>)| {
        let rises = changes(stands, |stand| stand.height).into_iter().skip(1);
        let later = changes(stands, |stand| u64::from(stand.view > 0));
        let ends = later.iter().skip(1).map(|(since, _)| *since).chain([timeline.lasts]);
        let bars = later.iter().zip(ends).filter(|((_, is_later), _)| *is_later > 0);
        TimelineRow {
            name: name(number),
            bars: bars.map(|((since, _), end)| (since.as_secs_f64(), end.as_secs_f64())).collect(),
            ticks: rises.map(|(at, _)| Tick(at.as_secs_f64())).collect(),
        }
    };
    stands.iter().enumerate().map(lane).collect()
}

/// Since when a value is what it is, from the first on.
fn changes(stands: &[MemberProgress], value: impl Fn(&MemberProgress) -> u64) -> Vec<(Duration, u64)> {
    let mut changes: Vec<(Duration, u64)> = stands.iter().map(|stand| (stand.since, value(stand))).collect();
    changes.dedup_by_key(|(_, value)| *value);
    changes
}

/// Stairs: what is, stays until it is something else.
fn lines(
    label: &'static str,
    stands: &[Vec<MemberProgress>],
    timeline: &Timeline,
    value: fn(&MemberProgress) -> u64,
) -> PanelContent {
    let line = |(number, of): (usize, &Vec<MemberProgress>)| {
        let changes = changes(of, value);
        let ends = changes.iter().skip(1).map(|(since, _)| *since).chain([timeline.lasts]);
        let steps = changes.iter().zip(ends);
        let stairs = steps.flat_map(|((since, value), end)| [*since, end].map(|at| (at.as_secs_f64(), *value as f64)));
        let look = Look::nested(number, stands.len());
        PlotSeries { name: name(number), look, marks: vec![(Mark::Plain, stairs.collect())] }
    };
    PanelContent::Series(Axis { label, scale: Scale::FromZero }, stands.iter().enumerate().map(line).collect())
}

fn notes(seed: u64) -> Vec<String> {
    let (least, most) = (Timeline::LATENCY.start().as_millis(), Timeline::LATENCY.end().as_millis());
    let wait = Timeline::MAX_WAIT.as_millis();
    vec![
        format!(
            "Four members of equal stake, a write each 130 ms at one after the other; messages travel {least} to {most} ms; an event waits up to {wait} ms"
        ),
        format!(
            "for company. A half has no quorum: nothing is final, all is written. Three have one: they go on, and pass over the fourth. Seed {seed}."
        ),
    ]
}
