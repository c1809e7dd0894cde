//! `quorate-lab bench events`: submits signed events at full speed or at a fixed rate.
//!
//! ```text
//!  sign all events -> a writer for each lane: a batch, until it is durable, then the next -> final at every node
//! ```
//! Every event is signed before the measurement starts, so the CPU time of the client is not in the figures. The authors are
//! the demo keys, with lanes other than those of their nodes. Events that became final before the last submission and
//! events that became final after it are counted separately.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

pub(crate) mod error;

use std::thread;
use std::time::{Duration, Instant};

use quorate_cli::Exit;
use quorate_cli::args::UpArgs;
use quorate_cli::http::{Client, HttpError, WriteRequest};
use quorate_cli::output::Printer;
use quorate_cli::token::ClientOptions;
use quorate_cli::up;
use quorate_cli::view::{table, text};
use quorate_event::{
    DocumentEdits, Edit, EventBody, EventId, Lane, NetworkId, Payload, SecretKey, Seq, SignedEvent, Target, Timestamp,
    Value,
};
use quorate_scenario::{DemoSeed, demo_key};
use serde_json::json;

use self::error::EventsError;
use crate::args::BenchEventsArgs;
use crate::bench::figures::NodeCounters;
use crate::bench::load::{together, wait_until_final};
use crate::error::LabError;

/// The first lane: the same in every run, and improbable as the random lane of a node.
const FIRST_LANE: u32 = 0xBE00_0000;
/// Number of keys that a lane writes in turn.
const KEYS: usize = 64;
/// Timeout for a batch to become durable.
const DURABLE_MS: u64 = 60_000;

/// The events of one lane, and the node that receives them.
struct LaneLoad<'a> {
    client: &'a Client,
    batches: Vec<Vec<u8>>,
}

/// `bench events`.
pub(crate) fn bench(args: &BenchEventsArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, LabError> {
    let plan = UpArgs::passing(args.nodes, args.port);
    up::in_a_passing_network(&plan, access, Vec::new(), |network| {
        let dead = usize::from(args.dead);
        let clients = network.writers()?;
        let alive = clients.len().saturating_sub(dead).max(1);
        for index in alive..clients.len() {
            network.kill(index)?;
        }
        let (clients, pids) = (&clients[..alive], network.pids());
        let status = clients[0].get("/v1/status")?;
        let id: NetworkId = text(&status, "/network").parse().map_err(|_| EventsError::NotANetwork)?;
        let loads = loads(args, id, clients)?;
        let before = NodeCounters::read(&pids, clients)?;
        let start = Instant::now();
        let refused = together(loads.len(), |lane| hand_in(args, &loads[lane], lane, loads.len(), start))?;
        let durable = start.elapsed();
        let within = NodeCounters::read(&pids, clients)?.since(&before);
        wait_until_final(clients)?;
        let finality = start.elapsed();
        let used = NodeCounters::read(&pids, clients)?.since(&before);
        let batches: usize = loads.iter().map(|load| load.batches.len()).sum();
        let events = (batches - refused.len()) * args.batch;
        let of = |count: f64, time: Duration| (count / time.as_secs_f64().max(f64::MIN_POSITIVE)).round();
        let report = json!({
            "nodes": args.nodes, "dead": args.dead, "bytes": args.bytes, "edits": args.edits,
            "events": events,
            "refused": refused.len() * args.batch,
            "durable_s": durable.as_secs_f64(),
            "final_s": finality.as_secs_f64(),
            "handed_in_per_s": of(events as f64, durable),
            "final_within_per_s": of(within.finalised(), durable),
            "final_per_s": of(events as f64, finality),
            "edits_final_per_s": of((events * args.edits) as f64, finality),
            "milestones": used.milestones(),
            "cpu_s": used.cpu_s(),
        });
        output.answer(&report, || {
            let rows = report.as_object().into_iter().flatten();
            table(
                &["", ""],
                &rows.map(|(name, value)| vec![name.replace('_', " "), value.to_string()]).collect::<Vec<_>>(),
            )
        })?;
        Ok(Exit::Done)
    })
}

/// Signs all events.
fn loads<'a>(args: &BenchEventsArgs, network: NetworkId, clients: &'a [Client]) -> Result<Vec<LaneLoad<'a>>, LabError> {
    let lanes = clients.len() * args.lanes;
    let batches = args.events.div_ceil(lanes * args.batch);
    let load = |lane: usize| {
        let key = demo_key(DemoSeed((lane % clients.len()) as u64 + 1)).map_err(EventsError::from)?;
        let mut writer = LaneWriter::new(args, network, key, lane);
        let batch = |_| (0..args.batch).map(|_| Ok(writer.next()?.bytes().to_vec())).collect::<Result<Vec<_>, _>>();
        let batches = (0..batches).map(batch).map(|batch| batch.map(|events| events.concat()));
        Ok(LaneLoad { client: &clients[lane % clients.len()], batches: batches.collect::<Result<_, EventsError>>()? })
    };
    (0..lanes).map(load).collect()
}

/// The author of one lane.
struct LaneWriter {
    network: NetworkId,
    key: SecretKey,
    lane: usize,
    seq: u64,
    last: EventId,
    edits: usize,
    bytes: usize,
}

impl LaneWriter {
    fn new(args: &BenchEventsArgs, network: NetworkId, key: SecretKey, lane: usize) -> Self {
        Self { network, key, lane, seq: 0, last: network.event_id(), edits: args.edits, bytes: args.bytes }
    }

    /// The next event: one edit with the requested bytes, or the requested number of small edits.
    fn next(&mut self) -> Result<SignedEvent, EventsError> {
        self.seq += 1;
        let seq = self.seq as usize;
        let event = match self.edits {
            1 => {
                let bare = self.sign(vec![self.set(seq, String::new())])?.bytes().len();
                // The length of a longer text takes two more bytes.
                let filling = self.bytes.checked_sub(bare + 1).ok_or(EventsError::TooSmall { least: bare + 1 })?;
                self.sign(vec![self.set(seq, "x".repeat(filling))])?
            }
            edits => self.sign((0..edits).map(|edit| self.set(edit, format!("{seq}"))).collect())?,
        };
        self.last = event.id();
        Ok(event)
    }

    fn set(&self, key: usize, value: String) -> Edit {
        Edit::Set { target: Target::Root, key: format!("k{}", key % KEYS), value: Value::String(value.into()) }
    }

    fn sign(&self, edits: Vec<Edit>) -> Result<SignedEvent, EventsError> {
        let body = EventBody {
            author: self.key.address(),
            lane: Lane(FIRST_LANE + self.lane as u32),
            seq: Seq(self.seq),
            parents: vec![self.last],
            time: Timestamp(0),
            payload: Payload::Edits(vec![DocumentEdits { document: format!("bench-{}", self.lane), edits }]),
        };
        Ok(SignedEvent::sign(body, self.network, &self.key)?)
    }
}

/// Submits the batches of one lane in order, and returns the time of each refused one.
fn hand_in(
    args: &BenchEventsArgs,
    load: &LaneLoad<'_>,
    lane: usize,
    lanes: usize,
    start: Instant,
) -> Result<Vec<Duration>, LabError> {
    let mut refused = Vec::new();
    let period = (args.rate > 0).then(|| Duration::from_secs(1) * args.batch as u32 / args.rate);
    for (number, batch) in load.batches.iter().enumerate() {
        if let Some(period) = period {
            let due = period * (number * lanes + lane) as u32;
            thread::sleep(due.saturating_sub(start.elapsed()));
        }
        let asked = Instant::now();
        while let Err(error) = post(load.client, batch) {
            if !error.may_pass() {
                return Err(error.into());
            }
            refused.push(asked.elapsed());
            thread::sleep(Duration::from_millis(100));
        }
    }
    Ok(refused)
}

fn post(client: &Client, events: &[u8]) -> Result<(), HttpError> {
    client.change(&WriteRequest {
        method: "POST",
        path: &format!("/v1/events?wait=durable&timeout_ms={DURABLE_MS}"),
        content_type: "application/cbor-seq",
        body: events,
        if_match: None,
        timeout_ms: DURABLE_MS,
    })?;
    Ok(())
}
