//! Figures as a drawing: time against members, and time against bandwidth, side by side, as SVG.

mod panel;

use std::collections::BTreeMap;
use std::time::Duration;

use self::panel::{Mark, Panel, Series};
use super::figures::{Figures, megabits};

/// Colours that can be told apart by everybody (Okabe and Ito).
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
/// Where cells without a limit of bandwidth stand: right of all others, in Mbps.
const UNLIMITED_MBPS: f64 = 10_000.0;

/// Both drawings, and what their lines mean.
pub fn plot(figures: &[Figures]) -> String {
    let members = Panel {
        title: "Time against members",
        across: "members",
        series: series(figures, |of| {
            (format!("{} txs, {} Mbps", of.cell.transactions, megabits(of.cell.bandwidth)), of.cell.nodes as f64)
        }),
    };
    let bandwidth = Panel {
        title: "Time against bandwidth",
        across: "Mbps on each connection",
        series: series(figures, |of| {
            let bits = of.cell.bandwidth.map_or(UNLIMITED_MBPS, |bits| bits as f64 / 1e6);
            (format!("{} txs, {} members", of.cell.transactions, of.cell.nodes), bits)
        }),
    };
    panel::draw(&[members, bandwidth])
}

/// Figures grouped by name, along what `place` says of each: ours or, where it was not run, the law, as a line; what was
/// published and the floor as marks.
fn series(figures: &[Figures], place: impl Fn(&Figures) -> (String, f64)) -> Vec<Series> {
    let mut names: Vec<String> = Vec::new();
    let mut groups = BTreeMap::<String, Vec<(f64, &Figures)>>::new();
    for of in figures {
        let (name, at) = place(of);
        if !names.contains(&name) {
            names.push(name.clone());
        }
        groups.entry(name).or_default().push((at, of));
    }
    let mut drawn = Vec::new();
    for (name, colour) in names.into_iter().zip(COLOURS.iter().cycle()) {
        let group = groups.remove(&name).unwrap_or_default();
        let points = |time: &dyn Fn(&Figures) -> Option<Duration>| {
            let mut points: Vec<(f64, f64)> =
                group.iter().filter_map(|(at, of)| Some((*at, time(of)?.as_secs_f64()))).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points
        };
        let marks = [
            (Mark::Line, points(&|of| of.ours.or(Some(of.classic)))),
            (Mark::Ring, points(&|of| of.cell.published)),
            (Mark::Dashes, points(&|of| Some(of.floor))),
        ];
        drawn.push(Series { name, colour, marks });
    }
    joined(drawn)
}

/// The series that make lines, if any do: a single point tells nothing of how its axis matters.
fn joined(series: Vec<Series>) -> Vec<Series> {
    let makes_a_line = |of: &Series| of.marks.iter().any(|(_, points)| points.len() > 1);
    if series.iter().any(makes_a_line) { series.into_iter().filter(makes_a_line).collect() } else { series }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulate::{Cell, published};

    fn figures(cell: Cell) -> Figures {
        let seconds = Duration::from_secs;
        Figures { cell, classic: seconds(3), ours: Some(seconds(2)), floor: seconds(1) }
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
            "10000 txs, 50 members",
        ] {
            assert!(drawn.contains(text), "{text}");
        }
        assert_eq!(drawn.matches("<svg").count(), drawn.matches("</svg>").count());
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"));
    }

    #[test]
    fn one_figure_and_none_can_be_drawn() {
        let one = Cell { transactions: 1, nodes: 4, bandwidth: None, published: None };
        assert!(!plot(&[figures(one)]).contains("NaN"));
        assert!(!plot(&[]).contains("NaN"));
    }
}
