//! What happens to one document, from its value on, however often the connection breaks off.

use std::ops::ControlFlow;

use serde_json::Value;

use super::error::CliError;
use super::http::{Client, escaped};
use super::stream::Events;
use super::wait::Deadline;

/// What a node tells of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// All of it: at first, and after what was missed.
    Value(Value),
    /// What changed, by whom.
    Patch(Value),
    /// What became final.
    Milestone(Value),
}

/// Tells what happens to a document until `hear` breaks off.
///
/// # Errors
/// When the node is not there at first, or refuses. Later on it is waited for.
pub(crate) fn follow(
    client: &Client,
    document: &str,
    mut hear: impl FnMut(Told) -> Result<ControlFlow<()>, CliError>,
) -> Result<(), CliError> {
    let path = format!("/v1/stream?doc={}", escaped(document));
    let mut last: Option<String> = None;
    // A node that is away comes back, or a person ends this.
    let mut forever = Deadline::after_ms(u64::MAX);
    // Told at once when the node was never there.
    client.get("/v1/status")?;
    loop {
        match client.open(&path, last.as_deref()) {
            // A stream that breaks off is opened again where it was.
            Ok(stream) => {
                for sent in Events::new(stream).map_while(Result::ok) {
                    last = sent.id.or(last);
                    let Some(told) = told(&sent.kind, &sent.data) else { continue };
                    if hear(told)?.is_break() {
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

/// What has no meaning here is passed over.
fn told(kind: &str, data: &str) -> Option<Told> {
    let data = serde_json::from_str(data).ok()?;
    match kind {
        "value" => Some(Told::Value(data)),
        "patch" => Some(Told::Patch(data)),
        "milestone" => Some(Told::Milestone(data)),
        _ => None,
    }
}
