//! The changes of documents, computed once for all streams of a document and kept for a short time.

use std::collections::VecDeque;
use std::sync::Arc;

use quorate_replica::{DocumentChanges, DocumentMark};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::api::problem::Problem;

/// Changes that are computed at a time. The core thread does nothing else meanwhile.
pub(crate) const MAX_STEPS: usize = 16;
/// Bytes of changes that are kept: the readers of one document are rarely more than a few keystrokes apart.
const MAX_BYTES: usize = 8 << 20;

/// One change of a document, as streams send it.
#[derive(Debug)]
pub(crate) struct PatchEvent {
    /// The data of the event, JSON.
    pub(crate) data: String,
    /// The state of the document after it.
    pub(crate) mark: DocumentMark,
}

/// The changes of a document from one state to another.
#[derive(Debug)]
pub(crate) struct PatchBatch {
    pub(crate) patches: Vec<PatchEvent>,
    /// The state of the document after all of them.
    pub(crate) mark: DocumentMark,
    /// Whether an event that is not addressed to the document may change it.
    pub(crate) watchful: bool,
}

/// The cache, by document and first state.
#[derive(Debug, Default)]
pub(crate) struct ChangeCache(Mutex<CachedChanges>);

#[derive(Debug, Default)]
struct CachedChanges {
    changes: VecDeque<(String, DocumentMark, Arc<PatchBatch>)>,
    bytes: usize,
}

impl ChangeCache {
    /// The changes of a document after `from`, out of the cache or from `compute`. They may end before the present state;
    /// they are empty once it is reached.
    pub(crate) async fn since(
        &self,
        document: &str,
        from: &DocumentMark,
        compute: impl AsyncFnOnce() -> Result<DocumentChanges, Problem>,
    ) -> Result<Arc<PatchBatch>, Problem> {
        // The lock is held while the changes are computed: a second reader waits here, and then finds them in the cache.
        let mut cached = self.0.lock().await;
        if let Some(change) = cached.find(document, from) {
            return Ok(change);
        }
        let change = Arc::new(PatchBatch::of(document, compute().await?));
        if change.mark != *from {
            cached.insert(document, from, &change);
        }
        Ok(change)
    }
}

impl CachedChanges {
    fn find(&self, document: &str, from: &DocumentMark) -> Option<Arc<PatchBatch>> {
        let found = self.changes.iter().rev().find(|(name, mark, _)| name == document && mark == from);
        found.map(|(_, _, change)| Arc::clone(change))
    }

    fn insert(&mut self, document: &str, from: &DocumentMark, change: &Arc<PatchBatch>) {
        self.bytes += change.bytes();
        self.changes.push_back((document.to_owned(), from.clone(), Arc::clone(change)));
        while self.bytes > MAX_BYTES {
            let Some((_, _, oldest)) = self.changes.pop_front() else { return };
            self.bytes -= oldest.bytes();
        }
    }
}

impl PatchBatch {
    fn of(document: &str, followed: DocumentChanges) -> Self {
        let DocumentChanges { steps, mark, digest, watchful } = followed;
        let last = steps.len().checked_sub(1);
        let patches = steps.into_iter().enumerate().map(|(at, step)| {
            let mut data = json!({
                "document": document,
                "event": step.event.map(|event| event.to_string()),
                "author": step.author.map(|author| author.to_string()),
                "patches": step.patches,
            });
            // The digest is that of the present state, so only the last patch can have it.
            if let (Some(digest), true) = (digest, last == Some(at)) {
                data["digest"] = Value::String(digest.to_string());
            }
            PatchEvent { data: data.to_string(), mark: step.mark }
        });
        Self { patches: patches.collect(), mark, watchful }
    }

    /// Its approximate size in memory: the patches, and their names and marks.
    fn bytes(&self) -> usize {
        const OVERHEAD: usize = 1_024;
        OVERHEAD + self.patches.iter().map(|patch| patch.data.len() + OVERHEAD).sum::<usize>()
    }
}
