//! Drawings as SVG: panels of lines, marks and lanes over axes with units, a key above them, notes below.
//!
//! The layout does not depend on fonts: texts have room for the widest usual font. The colours suit colour-blind readers, and no
//! two series differ by colour alone. All numbers are rounded to a tenth of a pixel, so equal figures give equal bytes. Why the
//! code draws SVG itself: [decision 21](../../../../docs/decisions/0021-charts-are-drawn-by-our-own-code.md).

mod axis;
mod lanes;
mod look;
mod panel;
mod svg;

pub(crate) use axis::{Axis, Scale, thousands};
pub(crate) use lanes::{Tick, TimelineRow};
pub(crate) use look::{Look, Mark};
pub(crate) use panel::{Panel, PanelContent, PlotSeries, Shade};

use self::svg::Svg;

/// One drawing.
pub(crate) struct Sheet {
    /// Its title, for screen readers.
    pub(crate) title: String,
    /// What the marks mean, whatever they are marks of.
    pub(crate) key: Vec<(Mark, &'static str)>,
    /// Panels side by side, in rows.
    pub(crate) rows: Vec<Vec<Panel>>,
    /// Under what circumstances, in lines that fit the width.
    pub(crate) notes: Vec<String>,
}

/// As wide as a page of text shows without making it smaller.
const WIDTH: f64 = 880.0;
const MARGIN: f64 = 16.0;
/// Of the key and the notes.
const LINE: f64 = 18.0;

impl Sheet {
    /// The bytes of a file.
    pub(crate) fn draw(&self) -> String {
        let heights: Vec<f64> = self.rows.iter().map(|row| row.iter().map(Panel::height).fold(0.0, f64::max)).collect();
        let below = MARGIN + LINE + heights.iter().sum::<f64>();
        let height = below + self.notes.len() as f64 * LINE + MARGIN / 2.0;
        let mut svg = Svg::new((WIDTH, height), &self.title);
        self.key(&mut svg);
        let mut top = MARGIN + LINE;
        for (row, height) in self.rows.iter().zip(heights) {
            let pitch = WIDTH / row.len().max(1) as f64;
            for (panel, place) in row.iter().zip(0..) {
                panel.draw((f64::from(place) * pitch, top), pitch - MARGIN, &mut svg);
            }
            top += height;
        }
        for (note, line) in self.notes.iter().zip(1..) {
            svg.small((MARGIN, below + f64::from(line) * LINE - 4.0), note);
        }
        svg.finish()
    }

    fn key(&self, svg: &mut Svg) {
        let mut at = MARGIN;
        for (mark, words) in &self.key {
            at = panel::sample(*mark, &Look::KEY, words, (at, MARGIN + 4.0), svg) + MARGIN;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_break_a_drawing() {
        let panel = Panel {
            title: "a < b & \"c\"".to_owned(),
            size: 100.0,
            across: Axis { label: "x", scale: Scale::Log },
            shades: Vec::new(),
            content: PanelContent::Lanes(Vec::new()),
        };
        let sheet = Sheet { title: "<".to_owned(), key: Vec::new(), rows: vec![vec![panel]], notes: Vec::new() };
        let drawn = sheet.draw();
        assert!(drawn.contains("a &lt; b &amp; &quot;c&quot;") && drawn.contains("<title>&lt;</title>"), "{drawn}");
    }
}
