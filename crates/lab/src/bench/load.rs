//! Writers of a load.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use quorate_cli::documents::write_path;
use quorate_cli::http::{Client, HttpError, WriteRequest};
use quorate_cli::wait::Deadline;
use serde_json::json;

use crate::args::BenchArgs;
use crate::bench::events::error::EventsError;
use crate::error::LabError;

/// Number of documents: as many as a busy application has open.
const DOCUMENTS: usize = 16;
/// Number of keys that each writer writes in turn.
const KEYS: usize = 8;
/// Number of writers of the steady part. Each waits until its write is final, so the rate needs many.
const LATENCY_WRITERS: u16 = 128;
/// Timeout for all writes to become final.
const FINAL_MS: u64 = 60_000;

/// The level that a write waits for.
#[derive(Clone, Copy)]
enum WaitLevel {
    Durable,
    Final,
}

/// The measurements of a load.
pub(super) struct Done {
    pub(super) writes: usize,
    /// Time until the last write was acknowledged.
    pub(super) durable: Duration,
    /// Time until all writes were final at every node.
    pub(super) finality: Duration,
    /// Latencies of the answers, ascending.
    pub(super) answers: Vec<Duration>,
}

fn now() -> Instant {
    Instant::now()
}

/// Runs all writers at once, each with one outstanding write, spread over the nodes.
pub(super) fn throughput(args: &BenchArgs, clients: &[Client]) -> Result<Done, LabError> {
    let next = AtomicUsize::new(0);
    let start = now();
    let write = |writer: usize| {
        let mut answers = Vec::new();
        while next.fetch_add(1, Ordering::Relaxed) < args.writes {
            let asked = now();
            one(&clients[writer % clients.len()], (writer, answers.len()), args.bytes, WaitLevel::Durable)?;
            answers.push(asked.elapsed());
        }
        Ok(answers)
    };
    let answers = together(usize::from(args.connections), write)?;
    let durable = start.elapsed();
    wait_until_final(clients)?;
    Ok(Done { writes: answers.len(), durable, finality: start.elapsed(), answers })
}

/// Writes at a fixed rate; each write waits until it is final.
pub(super) fn latency(args: &BenchArgs, clients: &[Client]) -> Result<Done, LabError> {
    let writes = usize::from(args.rate).saturating_mul(usize::from(args.seconds));
    let period = Duration::from_secs(1) / u32::from(args.rate.max(1));
    let next = AtomicUsize::new(0);
    let start = now();
    let write = |writer: usize| {
        let mut answers = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= writes {
                return Ok(answers);
            }
            let due = period.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX));
            thread::sleep(due.saturating_sub(start.elapsed()));
            let asked = now();
            one(&clients[number % clients.len()], (writer, answers.len()), args.bytes, WaitLevel::Final)?;
            answers.push(asked.elapsed());
        }
    };
    let answers = together(usize::from(args.rate.max(args.connections).min(LATENCY_WRITERS)), write)?;
    let durable = start.elapsed();
    wait_until_final(clients)?;
    Ok(Done { writes: answers.len(), durable, finality: start.elapsed(), answers })
}

/// Runs each writer on its own thread; returns the first failure.
pub(super) fn together(
    writers: usize,
    write: impl Fn(usize) -> Result<Vec<Duration>, LabError> + Sync,
) -> Result<Vec<Duration>, LabError> {
    let write = &write;
    let results: Vec<Result<Vec<Duration>, LabError>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..writers).map(|writer| scope.spawn(move || write(writer))).collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    });
    let mut answers = Vec::new();
    for result in results {
        answers.extend(result?);
    }
    answers.sort_unstable();
    Ok(answers)
}

/// Sets one key of one document; writer, number and level make the value unique.
fn one(client: &Client, (writer, number): (usize, usize), bytes: usize, wait: WaitLevel) -> Result<(), HttpError> {
    let wait = match wait {
        WaitLevel::Durable => "durable",
        WaitLevel::Final => "final",
    };
    let document = format!("bench-{}", writer % DOCUMENTS);
    let filled = format!("{wait}/{writer}/{number}/{}", "x".repeat(bytes));
    let value = filled.get(..bytes).unwrap_or(&filled);
    let body = json!({ format!("k{writer}-{}", number % KEYS): value }).to_string();
    client.change(&WriteRequest {
        method: "PATCH",
        path: &write_path(&document, None, wait, FINAL_MS),
        content_type: "application/merge-patch+json",
        body: body.as_bytes(),
        if_match: None,
        timeout_ms: FINAL_MS,
    })?;
    Ok(())
}

pub(super) fn wait_until_final(clients: &[Client]) -> Result<(), LabError> {
    let mut deadline = Deadline::after_ms(FINAL_MS);
    loop {
        let statuses = clients.iter().map(|client| client.get("/v1/status"));
        let statuses = statuses.collect::<Result<Vec<_>, HttpError>>()?;
        let done =
            statuses.iter().all(|status| status["uncovered"] == 0 && status["digests"] == statuses[0]["digests"]);
        if done {
            return Ok(());
        }
        if deadline.is_over() {
            return Err(EventsError::NotFinal { within_ms: FINAL_MS }.into());
        }
        deadline.pause();
    }
}
