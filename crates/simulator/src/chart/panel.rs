//! One panel: what it shows, its axes, and what its series are called.

use super::axis::{Axis, AxisRange, thousands};
use super::lanes::{self, TimelineRow};
use super::look::{Look, Mark};
use super::svg::{Point, Svg};

/// What is drawn over one pair of axes.
pub(crate) struct Panel {
    pub(crate) title: String,
    /// The height of what is within its axes.
    pub(crate) size: f64,
    pub(crate) across: Axis,
    pub(crate) shades: Vec<Shade>,
    pub(crate) content: PanelContent,
}

/// What is within the axes.
pub(crate) enum PanelContent {
    Series(Axis, Vec<PlotSeries>),
    Lanes(Vec<TimelineRow>),
}

/// What belongs together, and looks alike.
pub(crate) struct PlotSeries {
    pub(crate) name: String,
    pub(crate) look: Look,
    pub(crate) marks: Vec<(Mark, Vec<Point>)>,
}

/// A part of the panel that is darker, and why.
pub(crate) struct Shade {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) name: &'static str,
}

const LEFT: f64 = 76.0;
const TOP: f64 = 34.0;
/// Below the axis: its ticks, and what is measured.
const BOTTOM: f64 = 48.0;
const LINE: f64 = 18.0;
/// Two names of series stand side by side if there are more than fit below each other.
const NAMES: usize = 3;
/// No letter of any usual font is wider on average.
const LETTER: f64 = 7.4;
const SAMPLE: f64 = 30.0;

impl Panel {
    /// With all that is around it.
    pub(super) fn height(&self) -> f64 {
        let rows = self.named().len().div_ceil(self.columns());
        TOP + self.size + BOTTOM + rows as f64 * LINE + 8.0
    }

    /// The series that have a name.
    fn named(&self) -> Vec<&PlotSeries> {
        match &self.content {
            PanelContent::Series(_, series) => series.iter().filter(|of| !of.name.is_empty()).collect(),
            PanelContent::Lanes(_) => Vec::new(),
        }
    }

    fn columns(&self) -> usize {
        if self.named().len() > NAMES { 2 } else { 1 }
    }

    /// Draws it so wide, beginning there.
    pub(super) fn draw(&self, (left, top): Point, width: f64, svg: &mut Svg) {
        let (left, right) = (left + LEFT, left + width - 8.0);
        let (top, bottom) = (top + TOP, top + TOP + self.size);
        let series = if let PanelContent::Series(_, series) = &self.content { series.as_slice() } else { &[] };
        let points = || series.iter().flat_map(|of| &of.marks).flat_map(|(_, points)| points);
        let x = AxisRange::new(self.across.scale, points().map(|point| point.0), left, right);
        svg.title((left, top - 14.0), &self.title);
        self.shade(&x, (top, bottom), svg);
        for value in x.ticks() {
            let at = x.place(value);
            svg.line((at, top), (at, bottom + 4.0), "#d0d0d0", 1.0);
            svg.text((at, bottom + 18.0), "middle", &thousands(value));
        }
        match &self.content {
            PanelContent::Series(up, series) => {
                let y = AxisRange::new(up.scale, points().map(|point| point.1), bottom, top);
                scale(up, &y, (left, right), (top, bottom), svg);
                draw_series(series, &x, &y, svg);
            }
            PanelContent::Lanes(lanes) => lanes::draw(lanes, &x, (left, top), svg),
        }
        svg.line((left, top), (left, bottom), "#444444", 1.0);
        svg.line((left, bottom), (right, bottom), "#444444", 1.0);
        svg.text(((left + right) / 2.0, bottom + 36.0), "middle", self.across.label);
        self.names((left, bottom + BOTTOM + 10.0), right - left, svg);
    }

    fn shade(&self, x: &AxisRange, (top, bottom): Point, svg: &mut Svg) {
        for shade in &self.shades {
            let (from, to) = (x.place(shade.from), x.place(shade.to));
            svg.rectangle((from, top), (to - from, bottom - top), "#e4e4e4");
            svg.text(((from + to) / 2.0, top - 4.0), "middle", shade.name);
        }
    }

    /// What the series are called, below the axis.
    fn names(&self, (left, top): Point, width: f64, svg: &mut Svg) {
        let columns = self.columns();
        for (series, number) in self.named().into_iter().zip(0_usize..) {
            let (row, column) = (number / columns, number % columns);
            let at = (left + column as f64 * width / columns as f64, top + row as f64 * LINE);
            let mark = series.marks.iter().map(|(mark, _)| *mark).find(|mark| *mark != Mark::Ring);
            sample(mark.unwrap_or(Mark::Ring), &series.look, &series.name, at, svg);
        }
    }
}

fn scale(up: &Axis, y: &AxisRange, (left, right): Point, (top, bottom): Point, svg: &mut Svg) {
    for value in y.ticks() {
        let at = y.place(value);
        svg.line((left - 4.0, at), (right, at), "#d0d0d0", 1.0);
        svg.text((left - 8.0, at + 4.0), "end", &thousands(value));
    }
    svg.upwards((left - 58.0, f64::midpoint(top, bottom)), up.label);
}

/// Lines first: no line hides a mark.
fn draw_series(series: &[PlotSeries], x: &AxisRange, y: &AxisRange, svg: &mut Svg) {
    let is_joined = |mark: Mark| matches!(mark, Mark::Dashes | Mark::Plain);
    for pass in [true, false] {
        for of in series {
            for (mark, points) in of.marks.iter().filter(|(mark, _)| is_joined(*mark) == pass) {
                let placed: Vec<Point> = points.iter().map(|(across, up)| (x.place(*across), y.place(*up))).collect();
                mark.draw(&placed, &of.look, svg);
            }
        }
    }
}

/// A mark and what it means; where the next one may begin.
pub(super) fn sample(mark: Mark, look: &Look, words: &str, (left, middle): Point, svg: &mut Svg) -> f64 {
    let (from, to) = ((left, middle), (left + SAMPLE, middle));
    let centre = (left + SAMPLE / 2.0, middle);
    match mark {
        Mark::Ring | Mark::Tick | Mark::Bar => mark.draw(&[centre], look, svg),
        Mark::Line => {
            Mark::Plain.draw(&[from, to], look, svg);
            mark.draw(&[centre], look, svg);
        }
        Mark::Dotted => {
            Mark::Dashes.draw(&[from, to], look, svg);
            mark.draw(&[centre], look, svg);
        }
        Mark::Plain | Mark::Dashes => mark.draw(&[from, to], look, svg),
    }
    svg.text((left + SAMPLE + 8.0, middle + 4.0), "start", words);
    left + SAMPLE + 8.0 + words.chars().count() as f64 * LETTER
}
