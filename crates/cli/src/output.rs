//! The only place that prints.

use std::io::{self, ErrorKind, IsTerminal, Write};

use clap::error::ErrorKind as UsageKind;
use serde::Serialize;
use serde_json::json;

use super::error::{CliError, CommandFailure};

/// Standard output and standard error, for people or for programs.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    json: bool,
}

impl Printer {
    /// JSON for programs, or text for people.
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether standard output is a terminal, so that a line can be overwritten.
    pub fn is_live(self) -> bool {
        !self.json && io::stdout().is_terminal()
    }

    /// Whether the output is JSON.
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// One answer: a line of JSON, or text.
    pub fn answer(self, json: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), CliError> {
        if self.json {
            let line = serde_json::to_string(json).map_err(io::Error::from);
            self.raw(&(line.map_err(CliError::Output)? + "\n"))
        } else {
            let mut text = text();
            if !text.ends_with('\n') {
                text.push('\n');
            }
            self.raw(&text)
        }
    }

    /// A line of text; nothing in JSON mode.
    pub fn say(self, text: &str) -> Result<(), CliError> {
        if self.json {
            return Ok(());
        }
        self.raw(&format!("{text}\n"))
    }

    /// Text without change in both modes, for exports in a format of their own.
    pub fn raw(self, text: &str) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => CliError::ReaderGone,
            _ => CliError::Output(error),
        })
    }

    /// Shows a progress bar on the last line of the terminal. It is erased after the last step, or before an error is
    /// printed.
    pub fn progress(self, done: u64, all: u64) {
        const WIDTH: u64 = 40;
        let mut err = io::stderr().lock();
        if self.json || !err.is_terminal() {
            return;
        }
        let full = (done.min(all) * WIDTH / all.max(1)) as usize;
        let (full, empty) = ("#".repeat(full), " ".repeat(WIDTH as usize - full));
        let bar = if done < all { format!("\r[{full}{empty}] {done} of {all} runs") } else { CLEAR.to_owned() };
        // A closed standard error cannot be reported.
        let _closed = err.write_all(bar.as_bytes()).and_then(|()| err.flush());
    }

    /// A warning on standard error; the command goes on.
    pub fn warn(self, text: &str) {
        if self.json {
            complain(&json!({ "warning": text }).to_string());
        } else {
            complain(&format!("warning: {text}"));
        }
    }

    /// Prints an error, and returns the exit code of the process.
    pub fn fail(self, error: &impl CommandFailure) -> u8 {
        if error.is_reader_gone() {
            return 0;
        }
        if !self.json && io::stderr().is_terminal() {
            let _closed = io::stderr().write_all(CLEAR.as_bytes());
        }
        print_error(self.json, &error.code(), &error.text(), error.hint());
        2
    }
}

/// Erases the current line of a terminal, which may show a progress bar.
const CLEAR: &str = "\r\x1b[K";

/// Prints the help, the version or the error of clap, and returns the exit code.
pub fn usage(json: bool, error: &clap::Error) -> u8 {
    if matches!(error.kind(), UsageKind::DisplayHelp | UsageKind::DisplayVersion) {
        // A closed pipe is not an error.
        let _gone = error.print();
        return 0;
    }
    if !json {
        let _gone = error.print();
        return 2;
    }
    let text = error.to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let rest: Vec<&str> = lines.collect();
    print_error(true, "usage", message, Some(rest.join("; ")));
    2
}

fn print_error(json: bool, code: &str, message: &str, hint: Option<String>) {
    if json {
        complain(&json!({ "code": code, "message": message, "hint": hint }).to_string());
        return;
    }
    complain(&format!("error: {message}"));
    if let Some(hint) = hint {
        complain(&format!("hint: {hint}"));
    }
}

fn complain(line: &str) {
    // A closed standard error cannot be reported.
    let _closed = writeln!(io::stderr().lock(), "{line}");
}
