//! What changes in documents, worked out once for all who follow one, and remembered shortly.

use std::collections::VecDeque;
use std::sync::Arc;

use quorate_replica::{Followed, Mark};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::api::problem::Problem;
use crate::api::state::AppState;

/// Steps that are worked out at a time: the core thread does nothing else meanwhile.
const STEPS: usize = 16;
/// Bytes of changes that are remembered: readers of one document are seldom more than some keystrokes apart.
const BYTES: usize = 8 << 20;

/// A step as its readers are patches of it.
#[derive(Debug)]
pub(crate) struct PatchEvent {
    /// JSON.
    pub(crate) data: String,
    /// The state that it led to.
    pub(crate) mark: Mark,
}

/// What changed in a document since a mark.
#[derive(Debug)]
pub(crate) struct DocumentChange {
    pub(crate) patches: Vec<PatchEvent>,
    /// The state that it led to.
    pub(crate) mark: Mark,
    /// Whether the document may change without an event that is addressed to it.
    pub(crate) watchful: bool,
}

/// The memory.
#[derive(Debug, Default)]
pub(crate) struct ChangeCache(Mutex<CachedChanges>);

#[derive(Debug, Default)]
struct CachedChanges {
    changes: VecDeque<(String, Mark, Arc<DocumentChange>)>,
    bytes: usize,
}

impl ChangeCache {
    /// What changed in a document since a mark: some of it, or nothing once the present state is reached.
    pub(crate) async fn since(
        &self,
        app: &AppState,
        document: &str,
        from: &Mark,
    ) -> Result<Arc<DocumentChange>, Problem> {
        // Whoever waits here finds what the one before has worked out.
        let mut remembered = self.0.lock().await;
        if let Some(change) = remembered.find(document, from) {
            return Ok(change);
        }
        let (name, mark) = (document.to_owned(), from.clone());
        let followed = app.read(move |replica| replica.follow(&name, &mark, STEPS)).await?;
        let change = Arc::new(DocumentChange::of(document, followed));
        if change.mark != *from {
            remembered.keep(document, from, &change);
        }
        Ok(change)
    }
}

impl CachedChanges {
    fn find(&self, document: &str, from: &Mark) -> Option<Arc<DocumentChange>> {
        let found = self.changes.iter().rev().find(|(name, mark, _)| name == document && mark == from);
        found.map(|(_, _, change)| Arc::clone(change))
    }

    fn keep(&mut self, document: &str, from: &Mark, change: &Arc<DocumentChange>) {
        self.bytes += change.bytes();
        self.changes.push_back((document.to_owned(), from.clone(), Arc::clone(change)));
        while self.bytes > BYTES {
            let Some((_, _, oldest)) = self.changes.pop_front() else { return };
            self.bytes -= oldest.bytes();
        }
    }
}

impl DocumentChange {
    fn of(document: &str, followed: Followed) -> Self {
        let Followed { steps, mark, digest, watchful } = followed;
        let last = steps.len().checked_sub(1);
        let patches = steps.into_iter().enumerate().map(|(at, step)| {
            let mut data = json!({
                "document": document,
                "event": step.event.map(|event| event.to_string()),
                "author": step.author.map(|author| author.to_string()),
                "patches": step.patches,
            });
            if let (Some(digest), true) = (digest, last == Some(at)) {
                data["digest"] = Value::String(digest.to_string());
            }
            PatchEvent { data: data.to_string(), mark: step.mark }
        });
        Self { patches: patches.collect(), mark, watchful }
    }

    /// What it takes in memory, about: what changed, its name and its places.
    fn bytes(&self) -> usize {
        const AROUND: usize = 1_024;
        AROUND + self.patches.iter().map(|patches| patches.data.len() + AROUND).sum::<usize>()
    }
}
