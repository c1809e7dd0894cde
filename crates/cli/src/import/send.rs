//! Sends records to the nodes.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use super::ImportError;
use super::records::ImportRecord;
use crate::args::ImportArgs;
use crate::documents::write_path;
use crate::error::{CliError, file_error};
use crate::http::{Client, HttpError, WriteRequest};
use crate::output::Printer;
use crate::view::list;
use crate::wait::Deadline;

/// How long one request may wait for the disk of a node before the next node is tried.
const DURABLE_MS: u64 = 10_000;
/// Number of acknowledged records between two progress messages.
const PROGRESS: usize = 500;

/// The outcome of an import.
#[derive(Debug, Default)]
pub(super) struct ImportResult {
    acknowledged: usize,
    /// The events of the answers. Records share events, and a record that changes nothing has none.
    pub(super) events: BTreeSet<String>,
}

/// The state that the sending threads share.
struct Shared<'a> {
    args: &'a ImportArgs,
    clients: &'a [Client],
    records: &'a [ImportRecord],
    output: Printer,
    next: AtomicUsize,
    failed: AtomicBool,
    ledger: Mutex<Acknowledged>,
}

/// The acknowledged records, and the file that lists them.
struct Acknowledged {
    sent: ImportResult,
    notes: Option<BufWriter<File>>,
}

/// Writes every record, and returns when all are acknowledged, or after the first failure.
pub(super) fn send(
    args: &ImportArgs,
    clients: &[Client],
    records: &[ImportRecord],
    output: Printer,
) -> Result<ImportResult, CliError> {
    let create = |path| File::create(path).map(BufWriter::new).map_err(file_error(path));
    let notes = args.acks.as_deref().map(create).transpose()?;
    let shared = Shared {
        args,
        clients,
        records,
        output,
        next: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
        ledger: Mutex::new(Acknowledged { sent: ImportResult::default(), notes }),
    };
    let results: Vec<Result<(), CliError>> = thread::scope(|scope| {
        let sender = |_| scope.spawn(|| shared.work());
        let senders: Vec<_> = (0..args.in_flight).map(sender).collect();
        let joined = senders.into_iter().map(|sender| match sender.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    });
    let sent = shared.into_sent();
    for result in results {
        result.map_err(|error| with_count(error, &sent))?;
    }
    Ok(sent)
}

/// Adds the number of records that were acknowledged by the end to the error.
fn with_count(error: CliError, sent: &ImportResult) -> CliError {
    match error {
        CliError::Import(ImportError::Unacknowledged { records, key, source, .. }) => {
            let acknowledged = sent.acknowledged;
            ImportError::Unacknowledged { acknowledged, records, key, source }.into()
        }
        other => other,
    }
}

impl Shared<'_> {
    fn work(&self) -> Result<(), CliError> {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(record) = self.records.get(index) else {
                return Ok(());
            };
            if self.failed.load(Ordering::Relaxed) {
                return Ok(());
            }
            let done = match self.write(record, index) {
                Ok((answer, client)) => self.acknowledge(record, &answer, client),
                Err(source) => Err(CliError::from(ImportError::Unacknowledged {
                    acknowledged: 0,
                    records: self.records.len(),
                    key: record.name.clone(),
                    source: Box::new(source),
                })),
            };
            if done.is_err() {
                self.failed.store(true, Ordering::Relaxed);
                return done;
            }
        }
    }

    /// Tries one node after the other, starting with the node of the record, until one acknowledges it or the timeout ends.
    fn write(&self, record: &ImportRecord, index: usize) -> Result<(Value, &Client), HttpError> {
        let pointer = format!("/{}", record.name.replace('~', "~0").replace('/', "~1"));
        let pointer = Some(("pointer", pointer.as_str()));
        let path = write_path(&self.args.doc, pointer, "durable", DURABLE_MS);
        let body = record.value.to_string();
        let mut deadline = Deadline::after_ms(self.args.timeout_ms);
        let mut turn = index;
        loop {
            // `urls` names one node at least.
            let client = &self.clients[turn % self.clients.len()];
            let sent = client.change(&WriteRequest {
                method: "PUT",
                path: &path,
                content_type: "application/json",
                body: body.as_bytes(),
                if_match: None,
                timeout_ms: DURABLE_MS,
            });
            let late = || HttpError::Late { url: client.url().to_owned() };
            match sent.and_then(|answer| (answer.status == 200).then_some(answer).ok_or_else(late)) {
                Ok(answer) => return Ok((answer.body, client)),
                Err(error) if !error.may_pass() || deadline.is_over() => return Err(error),
                Err(_) => turn += 1,
            }
            if (turn - index).is_multiple_of(self.clients.len()) {
                deadline.pause();
            }
        }
    }

    fn acknowledge(&self, record: &ImportRecord, answer: &Value, client: &Client) -> Result<(), CliError> {
        let events = list(answer, "/events");
        let mut ledger = match self.ledger.lock() {
            Ok(ledger) => ledger,
            Err(poisoned) => poisoned.into_inner(),
        };
        if let Some(notes) = &mut ledger.notes {
            let note = json!({ "key": record.name, "events": events, "url": client.url() });
            // Each line is written as a whole, for programs that follow the file.
            let written = writeln!(notes, "{note}").and_then(|()| notes.flush());
            let path = self.args.acks.as_deref().unwrap_or("--acks".as_ref());
            written.map_err(file_error(path))?;
        }
        ledger.sent.acknowledged += 1;
        let names = events.iter().filter_map(Value::as_str).map(str::to_owned);
        ledger.sent.events.extend(names);
        let acknowledged = ledger.sent.acknowledged;
        drop(ledger);
        if acknowledged.is_multiple_of(PROGRESS) {
            let records = self.records.len();
            self.output.say(&format!("{acknowledged} of {records} acknowledged"))?;
        }
        Ok(())
    }

    fn into_sent(self) -> ImportResult {
        match self.ledger.into_inner() {
            Ok(ledger) => ledger.sent,
            Err(poisoned) => poisoned.into_inner().sent,
        }
    }
}
