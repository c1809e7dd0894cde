//! The only place that prints.

use std::io::{self, ErrorKind, IsTerminal, Write};

use clap::error::ErrorKind as UsageKind;
use serde::Serialize;
use serde_json::json;

use super::error::{CliError, Failure};

/// Standard output and standard error, for people or for programs.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// For programs if `json`, else for people.
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a line that was printed can be printed over.
    pub fn is_live(self) -> bool {
        !self.json && io::stdout().is_terminal()
    }

    /// Whether programs read.
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

    /// A line that only people read.
    pub fn say(self, text: &str) -> Result<(), CliError> {
        if self.json {
            return Ok(());
        }
        self.raw(&format!("{text}\n"))
    }

    /// Text as it is, in both modes: a document that was asked for in a form of its own.
    pub fn raw(self, text: &str) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => CliError::ReaderGone,
            _ => CliError::Output(error),
        })
    }

    /// How much of something long is done: a bar on the terminal's last line, which vanishes with the last step, or before
    /// an error is told.
    pub fn progress(self, done: u64, all: u64) {
        const WIDTH: u64 = 40;
        let mut err = io::stderr().lock();
        if self.json || !err.is_terminal() {
            return;
        }
        let full = (done.min(all) * WIDTH / all.max(1)) as usize;
        let (full, empty) = ("#".repeat(full), " ".repeat(WIDTH as usize - full));
        let bar = if done < all { format!("\r[{full}{empty}] {done} of {all} runs") } else { CLEAR.to_owned() };
        // Nobody is left to be shown that standard error is closed.
        let _closed = err.write_all(bar.as_bytes()).and_then(|()| err.flush());
    }

    /// Something that goes on nevertheless, on standard error.
    pub fn warn(self, text: &str) {
        if self.json {
            complain(&json!({ "warning": text }).to_string());
        } else {
            complain(&format!("warning: {text}"));
        }
    }

    /// What went wrong, and the process's exit code.
    pub fn fail(self, error: &impl Failure) -> u8 {
        if error.is_reader_gone() {
            return 0;
        }
        if !self.json && io::stderr().is_terminal() {
            let _closed = io::stderr().write_all(CLEAR.as_bytes());
        }
        tell(self.json, &error.code(), &error.text(), error.hint());
        2
    }
}

/// Back to the first column of a terminal, and nothing on the line: a bar may stand there.
const CLEAR: &str = "\r\x1b[K";

/// What clap has to say: help, the version, or which argument is wrong.
pub fn usage(json: bool, error: &clap::Error) -> u8 {
    if matches!(error.kind(), UsageKind::DisplayHelp | UsageKind::DisplayVersion) {
        // A reader that is gone is no error.
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
    tell(true, "usage", message, Some(rest.join("; ")));
    2
}

fn tell(json: bool, code: &str, message: &str, hint: Option<String>) {
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
    // Nobody is left to be told that standard error is closed.
    let _closed = writeln!(io::stderr().lock(), "{line}");
}
