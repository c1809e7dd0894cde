//! `quorate-lab bench catch-up`: how fast a node processes history below verified milestones, by parts.
//!
//! ```text
//!  authors --signed events--> Source (a replica, memory) --Rest--> bytes, recorded with a first late replica
//!                                                                    |
//!            measured: read, check, handle, write to a real store <--+
//! ```
//! There is no network: only the work of the late node is measured, with the code of a node. So the CPU seconds are
//! those of one node, on any number of cores.

pub(crate) mod error;
mod late;
mod source;

use quorate_cli::Exit;
use quorate_cli::output::Printer;
use quorate_cli::view::table;
use serde_json::json;

use self::error::CatchUpError;
use self::late::{Late, Spent};
use self::source::Source;
use crate::args::CatchUpArgs;
use crate::error::LabError;

/// `bench catch-up`.
pub(crate) fn catch_up(args: &CatchUpArgs, output: &Printer) -> Result<Exit, LabError> {
    let (spent, of) = measure(args)?;
    print(&spent, &of, output)?;
    Ok(Exit::Done)
}

/// The results as JSON and as text.
struct History {
    height: u64,
    messages: usize,
    bytes: usize,
}

fn measure(args: &CatchUpArgs) -> Result<(Spent, History), CatchUpError> {
    let mut source = Source::new(args)?;
    let messages = source.history()?;
    let mut late = Late::new(&source, args)?;
    let spent = late.take(&messages)?;
    let (height, reached) = (source.height().0, late.height().0);
    if height != reached || late.digest() != source.digest() {
        return Err(CatchUpError::Apart { late: reached, height });
    }
    let bytes = messages.iter().map(Vec::len).sum();
    Ok((spent, History { height, messages: messages.len(), bytes }))
}

fn print(spent: &Spent, of: &History, output: &Printer) -> Result<(), LabError> {
    let events = spent.events - of.height;
    let each = |seconds: f64| (seconds * 1e8 / events.max(1) as f64).round() / 100.0;
    let rate = |seconds: f64| (events as f64 / seconds.max(f64::MIN_POSITIVE)).round();
    let own = [spent.read, spent.check, spent.handle].map(|time| each(time.as_secs_f64()));
    let store = each(spent.cpu_s) - own.iter().sum::<f64>();
    let report = json!({
        "events": events, "milestones": of.height, "messages": of.messages, "bytes": of.bytes, "commits": spent.commits,
        "wall_s": spent.all.as_secs_f64(), "cpu_s": spent.cpu_s,
        "per_s": rate(spent.all.as_secs_f64()), "per_cpu_s": rate(spent.cpu_s),
        "us": { "read": own[0], "check": own[1], "replica": own[2], "store": store, "all": each(spent.cpu_s) },
        "wait_s": spent.wait.as_secs_f64(),
    });
    output.answer(&report, || {
        let row = |name: &str, value: String| vec![name.to_owned(), value];
        let rows = [
            row("events", events.to_string()),
            row("milestones", of.height.to_string()),
            row(
                "bytes of an event, with its share of the rest",
                (of.bytes / usize::try_from(events).unwrap_or(1).max(1)).to_string(),
            ),
            row("events per second of CPU", report["per_cpu_s"].to_string()),
            row("events per second", report["per_s"].to_string()),
            row("us to decode an event", own[0].to_string()),
            row("us to check it", own[1].to_string()),
            row("us in the replica", own[2].to_string()),
            row("us in the store, and elsewhere", format!("{store:.2}")),
            row("commits", spent.commits.to_string()),
            row("seconds of waiting for the disk", report["wait_s"].to_string()),
        ];
        table(&["", ""], &rows)
    })?;
    Ok(())
}
