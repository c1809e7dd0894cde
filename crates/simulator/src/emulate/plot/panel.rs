//! Panels of lines and marks on two logarithmic axes.

use std::fmt::Write;

/// How the points of a series are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Dots, joined.
    Line,
    /// Rings, apart.
    Ring,
    /// Joined by dashes.
    Dashes,
}

/// What belongs together: one colour.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) colour: &'static str,
    pub(super) marks: [(Mark, Vec<(f64, f64)>); 3],
}

/// One drawing.
pub(super) struct Panel {
    pub(super) title: &'static str,
    pub(super) across: &'static str,
    pub(super) series: Vec<Series>,
}

/// Of a panel, without its words.
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 72.0;
/// From the left of one panel to that of the next: its names stand between them.
const PITCH: f64 = 720.0;
const LINE: f64 = 18.0;

/// The panels side by side, under one legend of what the marks mean.
pub(super) fn draw(panels: &[Panel]) -> String {
    let rows = panels.iter().map(|panel| panel.series.len()).max().unwrap_or(0) as f64;
    let (width, height) = (PITCH * panels.len() as f64, TOP + HEIGHT.max(rows * LINE) + 64.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    legend(&mut svg);
    for (panel, left) in panels.iter().zip((0..).map(|number| f64::from(number) * PITCH + LEFT)) {
        panel.draw(left, &mut svg);
    }
    svg.push_str("</svg>\n");
    svg
}

fn legend(svg: &mut String) {
    let meanings =
        [(Mark::Line, "measured"), (Mark::Ring, "published"), (Mark::Dashes, "floor that bytes and messages set")];
    for ((mark, meaning), x) in meanings.into_iter().zip([LEFT, LEFT + 140.0, LEFT + 280.0]) {
        let shown = [(x, 20.0), (x + 36.0, 20.0)];
        mark.draw(if mark == Mark::Ring { &shown[1..] } else { &shown }, "#444444", svg);
        text(svg, (x + 46.0, 24.0), "start", meaning);
    }
}

impl Panel {
    fn draw(&self, left: f64, svg: &mut String) {
        let all = || self.series.iter().flat_map(|series| &series.marks).flat_map(|(_, points)| points);
        let x = Axis::new(all().map(|point| point.0), left, left + WIDTH);
        let y = Axis::new(all().map(|point| point.1), TOP + HEIGHT, TOP);
        text(svg, (left, TOP - 14.0), "start", self.title);
        self.grid(&x, &y, left, svg);
        for (series, row) in self.series.iter().zip(0..) {
            for (mark, points) in &series.marks {
                let placed: Vec<_> = points.iter().map(|(across, up)| (x.place(*across), y.place(*up))).collect();
                mark.draw(&placed, series.colour, svg);
            }
            let (at, down) = (left + WIDTH + 16.0, TOP + 10.0 + f64::from(row) * LINE);
            Mark::Line.draw(&[(at, down), (at + 24.0, down)], series.colour, svg);
            text(svg, (at + 34.0, down + 4.0), "start", &series.name);
        }
    }

    fn grid(&self, x: &Axis, y: &Axis, left: f64, svg: &mut String) {
        for value in x.ticks() {
            let at = x.place(value);
            line(svg, (at, TOP), (at, TOP + HEIGHT), "#dddddd");
            text(svg, (at, TOP + HEIGHT + 18.0), "middle", &value.to_string());
        }
        for value in y.ticks() {
            let at = y.place(value);
            line(svg, (left, at), (left + WIDTH, at), "#dddddd");
            text(svg, (left - 8.0, at + 4.0), "end", &value.to_string());
        }
        line(svg, (left, TOP), (left, TOP + HEIGHT), "#444444");
        line(svg, (left, TOP + HEIGHT), (left + WIDTH, TOP + HEIGHT), "#444444");
        text(svg, (left + WIDTH / 2.0, TOP + HEIGHT + 42.0), "middle", self.across);
        let (at, down) = (left - 46.0, TOP + HEIGHT / 2.0);
        _ = writeln!(
            svg,
            "<text x=\"{at}\" y=\"{down}\" text-anchor=\"middle\" transform=\"rotate(-90 {at} {down})\">seconds</text>"
        );
    }
}

impl Mark {
    fn draw(self, points: &[(f64, f64)], colour: &str, svg: &mut String) {
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let dashes = if self == Self::Dashes { " stroke-dasharray=\"5 4\"" } else { "" };
        if self != Self::Ring {
            let path = path.join(" ");
            _ = writeln!(
                svg,
                "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\"{dashes}/>"
            );
        }
        let (radius, fill) = match self {
            Self::Line => (3.0, colour),
            Self::Ring => (5.5, "none"),
            Self::Dashes => return,
        };
        for (x, y) in points {
            _ = writeln!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"1.6\"/>"
            );
        }
    }
}

/// A logarithmic axis that holds all its values, from one place on the page to another.
struct Axis {
    least: f64,
    most: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (least, most) =
            values.fold((f64::MAX, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
        let (least, most) = if most > 0.0 { (least.max(1e-6) / 1.25, most * 1.25) } else { (1.0, 10.0) };
        Self { least, most, from, to }
    }

    fn place(&self, value: f64) -> f64 {
        let part = (value.max(1e-6) / self.least).ln() / (self.most / self.least).ln();
        self.from + part * (self.to - self.from)
    }

    /// One, two and five of each power of ten; only the powers where that would be too many.
    fn ticks(&self) -> Vec<f64> {
        let within = |value: &f64| (self.least..=self.most).contains(value);
        let ticks = |steps: &'static [i32]| {
            let powers = -6..=7;
            powers.flat_map(move |power: i32| {
                let step = move |step: &i32| {
                    if power < 0 {
                        f64::from(*step) / 10_f64.powi(-power)
                    } else {
                        f64::from(*step) * 10_f64.powi(power)
                    }
                };
                steps.iter().map(step)
            })
        };
        let fine: Vec<f64> = ticks(&[1, 2, 5]).filter(within).collect();
        if fine.len() <= 10 { fine } else { ticks(&[1]).filter(within).collect() }
    }
}

fn line(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64), colour: &str) {
    _ = writeln!(svg, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>");
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}
