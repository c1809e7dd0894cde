//! The figures as an SVG drawing: time against members, and time against bandwidth, side by side.

use std::collections::BTreeMap;
use std::time::Duration;

use super::figures::{CaseFigures, megabits};
use crate::chart::{Axis, Look, Mark, Panel, PanelContent, PlotSeries, Scale, Sheet, thousands};

/// Where cells without a limit of bandwidth stand: right of all others, in Mbps.
const UNLIMITED_MBPS: f64 = 10_000.0;
/// Of what is within a panel's axes.
const HEIGHT: f64 = 280.0;

/// What the marks of both drawings mean.
pub(crate) const KEY: [(Mark, &str); 3] = [
    (Mark::Line, "measured"),
    (Mark::Ring, "published, of another system"),
    (Mark::Dashes, "floor: what bytes and messages take at least"),
];

/// Both drawings, and what their lines mean.
pub fn plot(figures: &[CaseFigures]) -> String {
    let unlimited = figures.iter().any(|of| of.case.bandwidth.is_none());
    let note = unlimited.then(|| format!("Unlimited bandwidth stands at {} Mbps.", thousands(UNLIMITED_MBPS)));
    let sheet = Sheet {
        title: "How long a request takes".to_owned(),
        key: KEY.to_vec(),
        rows: vec![vec![against_members(figures, Scale::Log), against_bandwidth(figures)]],
        notes: note.into_iter().collect(),
    };
    sheet.draw()
}

/// Time against members.
pub(crate) fn against_members(figures: &[CaseFigures], up: Scale) -> Panel {
    let place = |of: &CaseFigures| {
        let transactions = thousands(of.case.transactions as f64);
        (format!("{transactions} txs, {} Mbps", megabits(of.case.bandwidth)), of.case.nodes as f64)
    };
    let across = Axis { label: "members", scale: Scale::Log };
    panel("Time to final against members", across, up, series(figures, place))
}

/// Time against bandwidth.
pub(crate) fn against_bandwidth(figures: &[CaseFigures]) -> Panel {
    let place = |of: &CaseFigures| {
        let bits = of.case.bandwidth.map_or(UNLIMITED_MBPS, |bits| bits as f64 / 1e6);
        (format!("{} txs, {} members", thousands(of.case.transactions as f64), of.case.nodes), bits)
    };
    let across = Axis { label: "Mbps on each connection", scale: Scale::Log };
    panel("Time to final against bandwidth", across, Scale::Log, series(figures, place))
}

fn panel(title: &str, across: Axis, up: Scale, series: Vec<PlotSeries>) -> Panel {
    let content = PanelContent::Series(Axis { label: "seconds", scale: up }, series);
    Panel { title: title.to_owned(), size: HEIGHT, across, shades: Vec::new(), content }
}

/// Figures grouped by name, along what `place` says of each: ours or, where it was not run, the law, as a line; what was
/// published and the floor as marks.
fn series(figures: &[CaseFigures], place: impl Fn(&CaseFigures) -> (String, f64)) -> Vec<PlotSeries> {
    let mut names: Vec<String> = Vec::new();
    let mut groups = BTreeMap::<String, Vec<(f64, &CaseFigures)>>::new();
    for of in figures {
        let (name, at) = place(of);
        if !names.contains(&name) {
            names.push(name.clone());
        }
        groups.entry(name).or_default().push((at, of));
    }
    let drawn = names.into_iter().enumerate().map(|(number, name)| {
        let group = groups.remove(&name).unwrap_or_default();
        let points = |time: &dyn Fn(&CaseFigures) -> Option<Duration>| {
            let mut points: Vec<(f64, f64)> =
                group.iter().filter_map(|(at, of)| Some((*at, time(of)?.as_secs_f64()))).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points
        };
        let marks = vec![
            (Mark::Line, points(&|of| of.ours.or(Some(of.classic)))),
            (Mark::Ring, points(&|of| of.case.published)),
            (Mark::Dashes, points(&|of| Some(of.floor))),
        ];
        PlotSeries { name, look: Look::nth(number), marks }
    });
    joined(drawn.collect())
}

/// The series with more than one point, if there are any: a single point shows no trend.
fn joined(series: Vec<PlotSeries>) -> Vec<PlotSeries> {
    let makes_a_line = |of: &PlotSeries| of.marks.iter().any(|(_, points)| points.len() > 1);
    if series.iter().any(makes_a_line) { series.into_iter().filter(makes_a_line).collect() } else { series }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulate::{EmulationCase, published};

    fn figures(case: EmulationCase) -> CaseFigures {
        let seconds = Duration::from_secs;
        CaseFigures { case, classic: seconds(3), ours: Some(seconds(2)), floor: seconds(1) }
    }

    #[test]
    fn a_drawing_names_its_axes_units_and_lines() {
        let drawn = plot(&published().into_iter().map(figures).collect::<Vec<_>>());
        for text in [
            "members",
            "Mbps on each connection",
            "seconds",
            "published",
            "floor",
            "100 txs, 30 Mbps",
            "10,000 txs, 50 members",
        ] {
            assert!(drawn.contains(text), "{text}");
        }
        assert_eq!(drawn.matches("<svg").count(), drawn.matches("</svg>").count());
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"));
    }

    #[test]
    fn one_figure_and_none_can_be_drawn() {
        let one = EmulationCase { transactions: 1, nodes: 4, bandwidth: None, published: None };
        assert!(!plot(&[figures(one)]).contains("NaN"));
        assert!(!plot(&[]).contains("NaN"));
    }
}
