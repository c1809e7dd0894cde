//! `quorate type`: several people write one text at the same time, each at their own node.
//!
//! ```text
//!  standard input --lines--> PATCH insert at the end --> node
//!  node --/v1/stream?doc= --> who typed what, and the digest: the same at every node that has seen the same
//! ```
//! One thread follows the stream of the node. Another one reads lines from standard input, after the text was shown, so that
//! each line returns as a change. The main thread handles the messages of both in order. Both threads block in system calls
//! that cannot be cancelled, so they end with the process.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::args::{LevelArg, TypeArgs};
use super::documents::{read, write_path};
use super::edit::EDITS;
use super::error::{CliError, file_error};
use super::follow::{DocumentUpdate, follow};
use super::http::{Client, HttpError, WriteRequest};
use super::output::Printer;
use super::patches::typed_lines;
use super::token::ClientOptions;
use super::up::Stop;
use super::view::{NodeNames, list, plain, short_digest, text};
use super::wait::Deadline;
use crate::exit::Exit;

/// Most bytes of one append; a longer line is appended in pieces.
const PIECE_BYTES: u64 = 1 << 20;
/// Capacity of the queue of lines and changes; a full queue blocks the sending thread.
const WAITING: usize = 64;
/// How long a write may take.
const TIMEOUT_MS: u64 = 30_000;
/// How long to wait for the last line to return as a change.
const LAST_MS: u64 = 10_000;
/// Interval between two checks for a signal.
const LOOK: Duration = Duration::from_millis(100);
/// Lines at the end of the text that are shown at the start.
const SHOWN_LINES: usize = 20;

/// A message to the main thread.
enum SessionMessage {
    /// A line from standard input, with its line end.
    Typed(String),
    /// Standard input ended.
    End,
    /// An update from the node.
    Update(DocumentUpdate),
    /// The error of one of the two threads.
    Failed(CliError),
}

/// `type`.
pub(crate) fn type_lines(args: &TypeArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let client = access.writer()?;
    let stop = Stop::on_signals()?;
    make_if_missing(args, &client)?;
    let (sender, messages) = sync_channel(WAITING);
    let (follower, line_sender, document) = (client.clone(), sender.clone(), args.doc.clone());
    thread::spawn(move || send_changes(&follower, &document, &sender));
    let names = NodeNames::new(access.network()?);
    let mut session =
        Session { args, client, names, output: *output, unseen: None, ending: None, line_sender: Some(line_sender) };
    session.run(&messages, &stop)
}

/// Creates an empty text if nothing is at the pointer.
fn make_if_missing(args: &TypeArgs, client: &Client) -> Result<(), CliError> {
    let found = match read(client, &args.doc, LevelArg::Merged) {
        Ok(answer) => answer["value"].pointer(&args.pointer).is_some(),
        Err(HttpError::Refused { status: 404, .. }) => false,
        Err(error) => return Err(error.into()),
    };
    if found {
        return Ok(());
    }
    edit(args, client, &json!([{ "op": "make", "path": args.pointer, "kind": "text" }]))?;
    Ok(())
}

fn edit(args: &TypeArgs, client: &Client, edits: &Value) -> Result<Value, HttpError> {
    let answer = client.change(&WriteRequest {
        method: "PATCH",
        path: &write_path(&args.doc, None, "durable", TIMEOUT_MS),
        content_type: EDITS,
        body: edits.to_string().as_bytes(),
        if_match: None,
        timeout_ms: TIMEOUT_MS,
    })?;
    if answer.status == 200 { Ok(answer.body) } else { Err(HttpError::Late { url: client.url().to_owned() }) }
}

fn send_changes(client: &Client, document: &str, sender: &SyncSender<SessionMessage>) {
    let followed = follow(client, document, |update| {
        let sent = sender.send(SessionMessage::Update(update));
        Ok(if sent.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    });
    if let Err(error) = followed {
        // The receiver is gone once the session has ended.
        let _ended = sender.send(SessionMessage::Failed(error));
    }
}

fn send_lines(sender: &SyncSender<SessionMessage>) {
    let mut lines = Lines { from: io::stdin().lock(), rest: Vec::new() };
    loop {
        let (message, last) = match lines.next() {
            Ok(Some(piece)) => (SessionMessage::Typed(piece), false),
            Ok(None) => (SessionMessage::End, true),
            Err(error) => (SessionMessage::Failed(file_error("-".as_ref())(error)), true),
        };
        if sender.send(message).is_err() || last {
            return;
        }
    }
}

/// Lines of standard input. Bytes that are not UTF-8 become the replacement character.
struct Lines<R> {
    from: R,
    /// The first bytes of a character that the last piece cut.
    rest: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// The next line with its end, or a piece of a line that is too long.
    fn next(&mut self) -> io::Result<Option<String>> {
        let mut bytes = std::mem::take(&mut self.rest);
        let read = self.from.by_ref().take(PIECE_BYTES).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let whole = bytes.ends_with(b"\n");
        if read == 0 || (!whole && read < usize::try_from(PIECE_BYTES).unwrap_or(usize::MAX)) {
            // The last line may lack its line end.
            bytes.push(b'\n');
        } else if !whole
            && let Err(error) = std::str::from_utf8(&bytes)
            && error.error_len().is_none()
        {
            self.rest = bytes.split_off(error.valid_up_to());
        }
        Ok(Some(String::from_utf8_lossy(&bytes).replace("\r\n", "\n")))
    }
}

struct Session<'a> {
    args: &'a TypeArgs,
    client: Client,
    names: NodeNames,
    output: Printer,
    /// The last line that was sent and has not returned as a change.
    unseen: Option<String>,
    /// Set when standard input has ended.
    ending: Option<Deadline>,
    /// Starts the thread that reads lines, after the text was shown.
    line_sender: Option<SyncSender<SessionMessage>>,
}

impl Session<'_> {
    fn run(&mut self, messages: &Receiver<SessionMessage>, stop: &Stop) -> Result<Exit, CliError> {
        while !stop.is_asked() {
            match messages.recv_timeout(LOOK) {
                Ok(SessionMessage::Typed(line)) => self.append(&line)?,
                Ok(SessionMessage::End) => self.ending = Some(Deadline::after_ms(LAST_MS)),
                Ok(SessionMessage::Update(update)) => self.handle(&update)?,
                Ok(SessionMessage::Failed(error)) => return Err(error),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(Exit::Done),
            }
            match self.ending {
                Some(_) if self.unseen.is_none() => return Ok(Exit::Done),
                Some(limit) if limit.is_over() => {
                    self.output.warn("the last line was written, and has not come back yet");
                    return Ok(Exit::Degraded);
                }
                _ => {}
            }
        }
        Ok(Exit::Done)
    }

    fn append(&mut self, line: &str) -> Result<(), CliError> {
        let edits = json!([{ "op": "insert", "path": self.args.pointer, "text": line }]);
        let answer = edit(self.args, &self.client, &edits)?;
        let event = list(&answer, "/events").last().and_then(Value::as_str);
        self.unseen = event.map(str::to_owned).or(self.unseen.take());
        Ok(())
    }

    fn handle(&mut self, update: &DocumentUpdate) -> Result<(), CliError> {
        match update {
            DocumentUpdate::Value(value) => self.show(value),
            DocumentUpdate::Patch(patch) => {
                if self.unseen.as_deref() == Some(text(patch, "/event")) {
                    self.unseen = None;
                }
                self.output.answer(patch, || self.patch_text(patch))
            }
            DocumentUpdate::Milestone(_) => Ok(()),
        }
    }

    /// Shows the end of the current text. After a reconnection, lines of this user are in this text or follow as changes.
    fn show(&mut self, value: &Value) -> Result<(), CliError> {
        self.unseen = None;
        if let Some(line_sender) = self.line_sender.take() {
            thread::spawn(move || send_lines(&line_sender));
        }
        let standing = value.pointer(&format!("/value{}", self.args.pointer)).and_then(Value::as_str).unwrap_or("");
        let lines: Vec<&str> = standing.lines().collect();
        let left_out = lines.len().saturating_sub(SHOWN_LINES);
        self.output.answer(value, || {
            let mut report = if left_out > 0 { format!("({left_out} lines before)\n") } else { String::new() };
            lines.iter().skip(left_out).for_each(|line| report.push_str(&format!("{}\n", plain(line))));
            let (document, pointer) = (plain(&self.args.doc), plain(&self.args.pointer));
            let digest = short_digest(value);
            report.push_str(&format!("-- {document} {pointer} at {}: {digest}\n", self.client.url()));
            report
        })
    }

    /// One line for each change with its author. The last line also shows the new digest, if the node sent it.
    fn patch_text(&self, patch: &Value) -> String {
        let who = patch["author"].as_str().map_or_else(|| "somebody".to_owned(), |author| self.names.of(author));
        let lines = typed_lines(patch, &self.args.pointer);
        let mut report: Vec<String> = lines.iter().map(|line| format!("{who}: {line}")).collect();
        let digest = short_digest(patch);
        if let (Some(last), false) = (report.last_mut(), digest.is_empty()) {
            last.push_str(&format!("  {digest}"));
        }
        report.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut lines = Lines { from: bytes, rest: Vec::new() };
        std::iter::from_fn(|| lines.next().unwrap()).collect()
    }

    #[test]
    fn every_line_ends_and_any_bytes_will_do() {
        assert_eq!(lines(b"one\ntwo\r\n\nthree"), ["one\n", "two\n", "\n", "three\n"]);
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"a\xffb\n\x00"), ["a\u{fffd}b\n", "\0\n"]);
    }

    #[test]
    fn a_line_that_is_too_long_comes_in_pieces_without_breaking_a_character() {
        let long = format!("x{}\n", "é".repeat(usize::try_from(PIECE_BYTES).unwrap()));
        let pieces = lines(long.as_bytes());
        assert!(pieces.len() > 2 && !pieces[0].ends_with('\n'));
        assert_eq!(pieces.concat(), long);
    }
}
