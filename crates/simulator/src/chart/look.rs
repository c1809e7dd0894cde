//! Markers, colours and line styles.

use super::svg::{Point, Svg};

/// How the points of a series are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Full shapes, joined.
    Line,
    /// Hollow shapes, joined by dashes.
    Dotted,
    /// Hollow shapes, apart.
    Ring,
    /// Dashes, without shapes.
    Dashes,
    /// A line, without shapes.
    Plain,
    /// A short stroke upwards at each point.
    Tick,
    /// A bar.
    Bar,
}

/// The style of a series: it differs from others by more than its colour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(super) colour: &'static str,
    shape: MarkerShape,
    width: f64,
}

#[derive(Debug, Clone, Copy)]
enum MarkerShape {
    Circle,
    Square,
    Triangle,
    Diamond,
    Funnel,
}

/// Colours for all readers, colour-blind ones included (Okabe and Ito), light and dark ones in turn.
const COLOURS: [&str; 7] = ["#0072b2", "#e69f00", "#000000", "#cc79a7", "#009e73", "#56b4e9", "#d55e00"];
const SHAPES: [MarkerShape; 5] =
    [MarkerShape::Circle, MarkerShape::Square, MarkerShape::Triangle, MarkerShape::Diamond, MarkerShape::Funnel];
/// What lanes and keys are drawn in.
pub(super) const DARK: &str = "#222222";
pub(super) const BAR: &str = "#e69f00";

impl Look {
    /// Of what stands for all series.
    pub(super) const KEY: Self = Self { colour: "#444444", shape: MarkerShape::Circle, width: 1.8 };

    /// Of the series of this number.
    pub(crate) fn nth(number: usize) -> Self {
        let (colour, shape) = (COLOURS[number % COLOURS.len()], SHAPES[number % SHAPES.len()]);
        Self { colour, shape, width: 1.8 }
    }

    /// Of the series of this number, among `all` that may lie on each other: the later, the thinner.
    pub(crate) fn nested(number: usize, all: usize) -> Self {
        Self { width: 1.2 + 1.3 * all.saturating_sub(number + 1) as f64, ..Self::nth(number) }
    }

    fn shape(&self, (x, y): Point, is_full: bool, svg: &mut Svg) {
        let (r, fill) = if is_full { (3.2, self.colour) } else { (4.8, "white") };
        let points = match self.shape {
            MarkerShape::Circle => return svg.circle((x, y), r, fill, self.colour),
            MarkerShape::Square => vec![(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)],
            MarkerShape::Triangle => vec![(x, y - r - 1.0), (x + r + 1.0, y + r), (x - r - 1.0, y + r)],
            MarkerShape::Diamond => vec![(x, y - r - 1.5), (x + r + 1.5, y), (x, y + r + 1.5), (x - r - 1.5, y)],
            MarkerShape::Funnel => vec![(x - r - 1.0, y - r), (x + r + 1.0, y - r), (x, y + r + 1.0)],
        };
        svg.polygon(&points, fill, self.colour);
    }
}

impl Mark {
    /// Points that are placed.
    pub(super) fn draw(self, points: &[Point], look: &Look, svg: &mut Svg) {
        match self {
            Self::Line | Self::Plain => svg.path(points, look.colour, look.width, false),
            Self::Dotted | Self::Dashes => svg.path(points, look.colour, look.width, true),
            Self::Ring | Self::Tick | Self::Bar => {}
        }
        for point in points {
            match self {
                Self::Line => look.shape(*point, true, svg),
                Self::Dotted | Self::Ring => look.shape(*point, false, svg),
                Self::Tick => svg.line((point.0, point.1 - 6.0), (point.0, point.1 + 6.0), DARK, 1.2),
                Self::Bar => svg.rectangle((point.0 - 8.0, point.1 - 4.0), (16.0, 8.0), BAR),
                Self::Plain | Self::Dashes => {}
            }
        }
    }
}
