//! Text and JSON benchmarks: quorate-document and other CRDT libraries, in one run.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml --features ours -- table [--trace NAME …] [--rounds N]
//! ```
//!
//! Prints Markdown: medians over N rounds (default 3), as CPU time of one thread. Without the feature `ours`, only the
//! other libraries (peers) are measured. Traces are read from `$QUORATE_DATA/editing-traces`, or from `../shared/data`
//! beside the checkout; each peer's text is compared with the final text of the trace. Each measurement runs in a process
//! of its own, so that a peer that aborts, or takes too long, affects its own figure alone.
//!
//! | measure | what is timed |
//! |---|---|
//! | local | the whole trace typed at one replica, as one transaction where that is faster (yrs: one each) |
//! | update by update | a trace of concurrent writers, received transaction by transaction at a third replica |
//! | merge | an empty replica receives everything at once from a complete one |
//! | load | from saved bytes; loro defers much of the work to the first read |
//! | saved | those bytes |
//! | live bytes per character | heap bytes after the merge, by characters of the final text |
//! | backdated | an insertion by a replica that has only the start, received by a replica with 100,000 edits |
//! | sets, objects | 100,000 sets of 1,000 keys; 20,000 objects in 200 groups, 10,000 edits of them, 5,000 deletions |
//! | merge of 100 writers | each set the same 1,000 keys concurrently |
//! | damaged updates | one to four bytes changed; half are updates, half saved replicas; *accepted* changed the replica |
//! | signed one by one | the paper's first 20,000 edits, one event each, received by ours; and the signature checks alone |
//! | one equivocating writer | two histories under one name, received in different orders by two readers |
//!
//! A trace with a multiplier, as in `automerge-paper*10`, is typed that many times, each time at the end.
//!
//! cola stores positions and no text: its figures exclude the text, which its user stores and saves.

mod hostile;
mod json;
mod measure;
mod peers;
mod report;
#[cfg(feature = "ours")]
mod signed;
mod table;
mod task;
mod text;
mod trace;

use std::error::Error;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: measure::Counting = measure::Counting;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((verb, rest)) if verb == "table" => table_of(rest),
        Some((verb, rest)) if verb == "task" => task::run(rest).inspect_err(|why| report::note("failed", why)),
        _ => Err("usage: quorate-bench table [--trace NAME …] [--rounds N]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn table_of(mut arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let (mut traces, mut rounds) = (Vec::new(), 3);
    while let [flag, value, rest @ ..] = arguments {
        match flag.as_str() {
            "--trace" => traces.push(value.clone()),
            "--rounds" => rounds = value.parse()?,
            _ => return Err(format!("unknown option {flag}").into()),
        }
        arguments = rest;
    }
    if traces.is_empty() {
        traces = trace::TRACES.map(str::to_owned).into();
    }
    table::print(&traces, rounds)
}
