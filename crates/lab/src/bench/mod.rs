//! `quorate-lab bench`: measures a network of processes on this machine, first at full speed, then at a fixed rate.
//!
//! ```text
//!  Plan -> Children -> throughput: all writers at once, until everything is final at every node
//!                   -> latency: writes at a fixed rate, each waiting until it is final
//!                   -> the counters and the CPU time of the nodes, before and after
//! ```
//! `bench trace` replays a recorded editing session: see [`trace`]. `bench events` submits signed events: see [`events`].
//! `bench catch-up` measures a late node in this process: see [`catch_up`].

pub(crate) mod catch_up;
pub(crate) mod events;
mod figures;
mod load;
mod proposals;
pub(crate) mod trace;

use quorate_cli::Exit;
use quorate_cli::args::UpArgs;
use quorate_cli::http::Client;
use quorate_cli::output::Printer;
use quorate_cli::token::ClientOptions;
use quorate_cli::up;
use quorate_cli::view::table;
use serde_json::json;

use self::figures::{Figures, NodeCounters};
use self::proposals::Waits;
use crate::args::{BenchArgs, BenchCommand};
use crate::error::LabError;

/// `bench`.
pub(crate) fn bench(args: &BenchArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, LabError> {
    match &args.command {
        Some(BenchCommand::Trace(args)) => return trace::trace(args, access, output),
        Some(BenchCommand::Events(args)) => return events::bench(args, access, output),
        Some(BenchCommand::CatchUp(args)) => return catch_up::catch_up(args, output),
        None => {}
    }
    let plan = UpArgs::passing(args.nodes, args.port);
    let more = if args.one_event_each { vec!["--one-event-each".to_owned()] } else { Vec::new() };
    up::in_a_passing_network(&plan, access, more, |network| {
        let clients = network.writers()?;
        let throughput = measure((&network.pids(), &clients), || load::throughput(args, &clients))?;
        let latency = measure((&network.pids(), &clients), || load::latency(args, &clients))?;
        print(args, &throughput, &latency, output)?;
        Ok(Exit::Done)
    })
}

/// Runs a load, and reads the counters of the nodes before and after.
fn measure(
    (pids, clients): (&[u32], &[Client]),
    load: impl FnOnce() -> Result<load::Done, LabError>,
) -> Result<Figures, LabError> {
    let (waited, before) = (Waits::read(clients)?, NodeCounters::read(pids, clients)?);
    let done = load()?;
    let used = NodeCounters::read(pids, clients)?.since(&before);
    Ok(Figures { done, waits: Waits::read(clients)?.since(&waited), used })
}

fn print(args: &BenchArgs, throughput: &Figures, latency: &Figures, output: &Printer) -> Result<(), LabError> {
    let (fast, steady) = (throughput.json(), latency.json());
    let report = json!({
        "nodes": args.nodes, "bytes": args.bytes, "one_event_each": args.one_event_each,
        "throughput": fast, "latency": steady,
    });
    output.answer(&report, || {
        let row = |name: &str, key: &str| vec![name.to_owned(), fast[key].to_string(), steady[key].to_string()];
        let rows = [
            row("writes", "writes"),
            row("seconds until durable", "durable_s"),
            row("seconds until final everywhere", "final_s"),
            row("final writes per second", "final_per_s"),
            row("p50 of an answer, ms", "p50_ms"),
            row("p99 of an answer, ms", "p99_ms"),
            row("p50 from a proposal to its certificate, ms", "certified_p50_ms"),
            row("p99 from a proposal to its certificate, ms", "certified_p99_ms"),
            row("p50 from a proposal to its milestone on disk, ms", "stored_p50_ms"),
            row("events", "events"),
            row("store fsyncs, all nodes", "store_fsyncs"),
            row("milestones", "milestones"),
            row("CPU seconds, all nodes", "cpu_s"),
        ];
        table(&["", "at full speed", &format!("at {} a second", args.rate)], &rows)
    })?;
    Ok(())
}
