//! The output of a measuring process: lines of `name<TAB>value`.

use std::fmt::Display;
use std::io::Write;

/// A number.
pub fn say(name: &str, value: f64) {
    note(name, value);
}

/// A text.
pub fn note(name: &str, value: impl Display) {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{name}\t{value}").and_then(|()| out.flush());
    written.expect("somebody listens");
}

/// The name and the value of a line.
pub fn heard(line: &str) -> Option<(&str, &str)> {
    line.split_once('\t')
}
