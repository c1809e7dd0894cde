//! Lanes: what happened to each of several, one above the other, along time.

use super::axis::AxisRange;
use super::look::{BAR, DARK};
use super::svg::Svg;

/// One of them.
pub(crate) struct TimelineRow {
    pub(crate) name: String,
    /// From when to when something lasted.
    pub(crate) bars: Vec<(f64, f64)>,
    pub(crate) ticks: Vec<Tick>,
}

/// Something that happened at a moment.
pub(crate) struct Tick(pub(crate) f64);

impl TimelineRow {
    /// From the middle of one to that of the next.
    pub(crate) const PITCH: f64 = 34.0;
}

const TALL: f64 = 11.0;
const LOW: f64 = 5.0;

/// Lanes from `top` on.
pub(super) fn draw(lanes: &[TimelineRow], x: &AxisRange, (left, top): (f64, f64), svg: &mut Svg) {
    for (lane, number) in lanes.iter().zip(0..) {
        let middle = top + (f64::from(number) + 0.5) * TimelineRow::PITCH;
        svg.text((left - 8.0, middle + 4.0), "end", &lane.name);
        svg.line((x.place(0.0), middle), (x.end(), middle), "#bbbbbb", 1.0);
        for (from, to) in &lane.bars {
            let (from, to) = (x.place(*from), x.place(*to));
            svg.rectangle((from, middle - LOW), (to - from, 2.0 * LOW), BAR);
        }
        for Tick(at) in &lane.ticks {
            let at = x.place(*at);
            svg.line((at, middle - TALL), (at, middle + TALL), DARK, 1.2);
        }
    }
}
