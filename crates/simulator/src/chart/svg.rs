//! The elements of SVG that drawings are made of.

use std::fmt::Write;

pub(crate) type Point = (f64, f64);

/// A drawing that grows.
pub(super) struct Svg(String);

/// Of words.
const INK: &str = "#222222";

impl Svg {
    /// An empty white sheet.
    pub(super) fn new((width, height): Point, title: &str) -> Self {
        Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\" fill=\"{INK}\">\n<title>{}</title>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
            escaped(title)
        ))
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }

    pub(super) fn line(&mut self, (x1, y1): Point, (x2, y2): Point, colour: &str, width: f64) {
        self.element(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>"
        ));
    }

    pub(super) fn path(&mut self, points: &[Point], colour: &str, width: f64, is_dashed: bool) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let (points, dashes) = (points.join(" "), if is_dashed { " stroke-dasharray=\"6 4\"" } else { "" });
        self.element(format_args!(
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" \
             stroke-linejoin=\"round\"{dashes}/>"
        ));
    }

    pub(super) fn polygon(&mut self, points: &[Point], fill: &str, stroke: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let points = points.join(" ");
        self.element(format_args!(
            "<polygon points=\"{points}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.5\"/>"
        ));
    }

    pub(super) fn circle(&mut self, (x, y): Point, radius: f64, fill: &str, stroke: &str) {
        self.element(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.5\"/>"
        ));
    }

    pub(super) fn rectangle(&mut self, (x, y): Point, (width, height): Point, fill: &str) {
        self.element(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"/>"
        ));
    }

    pub(super) fn text(&mut self, (x, y): Point, anchor: &str, words: &str) {
        let words = escaped(words);
        self.element(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"));
    }

    pub(super) fn title(&mut self, (x, y): Point, words: &str) {
        let words = escaped(words);
        self.element(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" font-weight=\"bold\">{words}</text>"));
    }

    pub(super) fn small(&mut self, (x, y): Point, words: &str) {
        let words = escaped(words);
        self.element(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"12\">{words}</text>"));
    }

    /// Words that are read upwards.
    pub(super) fn upwards(&mut self, (x, y): Point, words: &str) {
        let words = escaped(words);
        self.element(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 {x:.1} {y:.1})\">{words}</text>"
        ));
    }

    fn element(&mut self, element: std::fmt::Arguments<'_>) {
        // A String takes whatever it is given.
        let _written = writeln!(self.0, "{element}");
    }
}

fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
