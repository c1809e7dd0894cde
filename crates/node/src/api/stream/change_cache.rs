//! What changes in documents, worked out once for all who follow one, and remembered shortly.

use std::collections::VecDeque;
use std::sync::Arc;

use quorate_replica::{DocumentChanges, DocumentMark};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::api::problem::Problem;
use crate::api::state::App;

/// Steps that are worked out at a time: the core thread does nothing else meanwhile.
const STEPS: usize = 16;
/// Bytes of changes that are remembered: readers of one document are seldom more than some keystrokes apart.
const BYTES: usize = 8 << 20;

/// A step as its readers are told of it.
#[derive(Debug)]
pub(crate) struct Told {
    /// JSON.
    pub(crate) data: String,
    /// The state that it led to.
    pub(crate) mark: DocumentMark,
}

/// What changed in a document since a mark.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) told: Vec<Told>,
    /// The state that it led to.
    pub(crate) mark: DocumentMark,
    /// Whether the document may change without an event that is addressed to it.
    pub(crate) watchful: bool,
}

/// The memory.
#[derive(Debug, Default)]
pub(crate) struct Changes(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    changes: VecDeque<(String, DocumentMark, Arc<Change>)>,
    bytes: usize,
}

impl Changes {
    /// What changed in a document since a mark: some of it, or nothing once the present state is reached.
    pub(crate) async fn since(&self, app: &App, document: &str, from: &DocumentMark) -> Result<Arc<Change>, Problem> {
        // Whoever waits here finds what the one before has worked out.
        let mut remembered = self.0.lock().await;
        if let Some(change) = remembered.find(document, from) {
            return Ok(change);
        }
        let (name, mark) = (document.to_owned(), from.clone());
        let followed = app.read(move |replica| replica.follow(&name, &mark, STEPS)).await?;
        let change = Arc::new(Change::of(document, followed));
        if change.mark != *from {
            remembered.keep(document, from, &change);
        }
        Ok(change)
    }
}

impl Remembered {
    fn find(&self, document: &str, from: &DocumentMark) -> Option<Arc<Change>> {
        let found = self.changes.iter().rev().find(|(name, mark, _)| name == document && mark == from);
        found.map(|(_, _, change)| Arc::clone(change))
    }

    fn keep(&mut self, document: &str, from: &DocumentMark, change: &Arc<Change>) {
        self.bytes += change.bytes();
        self.changes.push_back((document.to_owned(), from.clone(), Arc::clone(change)));
        while self.bytes > BYTES {
            let Some((_, _, oldest)) = self.changes.pop_front() else { return };
            self.bytes -= oldest.bytes();
        }
    }
}

impl Change {
    fn of(document: &str, followed: DocumentChanges) -> Self {
        let DocumentChanges { steps, mark, digest, watchful } = followed;
        let last = steps.len().checked_sub(1);
        let told = steps.into_iter().enumerate().map(|(at, step)| {
            let mut data = json!({
                "document": document,
                "event": step.event.map(|event| event.to_string()),
                "author": step.author.map(|author| author.to_string()),
                "patches": step.patches,
            });
            if let (Some(digest), true) = (digest, last == Some(at)) {
                data["digest"] = Value::String(digest.to_string());
            }
            Told { data: data.to_string(), mark: step.mark }
        });
        Self { told: told.collect(), mark, watchful }
    }

    /// What it takes in memory, about: what changed, its name and its places.
    fn bytes(&self) -> usize {
        const AROUND: usize = 1_024;
        AROUND + self.told.iter().map(|told| told.data.len() + AROUND).sum::<usize>()
    }
}
