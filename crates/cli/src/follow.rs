//! The changes of one document, starting with its value, across broken connections.

use std::ops::ControlFlow;

use serde_json::Value;

use super::error::CliError;
use super::http::{Client, escaped};
use super::stream::EventStream;
use super::wait::Deadline;

/// An update of a document from a node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DocumentUpdate {
    /// The whole value: at the start, and after missed updates.
    Value(Value),
    /// A change and its author.
    Patch(Value),
    /// A new final value.
    Milestone(Value),
}

/// Passes the updates of a document to `on_update` until `on_update` ends the loop.
///
/// # Errors
/// When the node is unreachable at the start, or refuses. A node that becomes unreachable later is retried.
pub(crate) fn follow(
    client: &Client,
    document: &str,
    mut on_update: impl FnMut(DocumentUpdate) -> Result<ControlFlow<()>, CliError>,
) -> Result<(), CliError> {
    let path = format!("/v1/stream?doc={}", escaped(document));
    let mut last: Option<String> = None;
    // An unreachable node may come back; otherwise the user ends the command.
    let mut forever = Deadline::after_ms(u64::MAX);
    // A node that was never reached is an error at once.
    client.get("/v1/status")?;
    loop {
        match client.open(&path, last.as_deref()) {
            // A broken stream is resumed at its last cursor.
            Ok(stream) => {
                for sent in EventStream::new(stream).map_while(Result::ok) {
                    last = sent.id.or(last);
                    let Some(update) = parse_update(&sent.kind, &sent.data) else { continue };
                    if on_update(update)?.is_break() {
                        return Ok(());
                    }
                }
            }
            Err(error) if error.may_pass() => {}
            Err(error) => return Err(error.into()),
        }
        forever.pause();
    }
}

/// Events of other kinds are ignored.
fn parse_update(kind: &str, data: &str) -> Option<DocumentUpdate> {
    let data = serde_json::from_str(data).ok()?;
    match kind {
        "value" => Some(DocumentUpdate::Value(data)),
        "patch" => Some(DocumentUpdate::Patch(data)),
        "milestone" => Some(DocumentUpdate::Milestone(data)),
        _ => None,
    }
}
