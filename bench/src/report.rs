//! How a measuring process tells the one that asked: lines of `name<TAB>value`.

use std::fmt::Display;
use std::io::Write;

/// A number.
pub fn say(name: &str, value: f64) {
    note(name, value);
}

/// Anything else.
pub fn note(name: &str, value: impl Display) {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{name}\t{value}").and_then(|()| out.flush());
    written.expect("somebody listens");
}

/// A line as it was said.
pub fn heard(line: &str) -> Option<(&str, &str)> {
    line.split_once('\t')
}
