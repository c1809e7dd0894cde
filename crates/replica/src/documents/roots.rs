//! The digests over all documents: as the last milestone fixed them, as a proposal would, and at level merged.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use quorate_document::{CausalOrder, DocumentView, Documents, DocumentsRoot};
use quorate_event::{Committee, Digest, EventId};

/// What a proposal's cut changes: derived before it is prepared, applied once it is certified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delta {
    /// The newly covered events, in the milestone's order.
    pub(crate) ordered: Vec<EventId>,
    /// Merkle root of `ordered`.
    pub(crate) events_root: Digest,
    /// The digests of all documents with the cut.
    pub(crate) documents: DocumentsRoot,
    /// The committee of the next height.
    pub(crate) committee: Committee,
}

/// Digests that are brought up to date when they are asked for.
#[derive(Debug, Default)]
pub(crate) struct LazyRoot(RefCell<Lazy>);

#[derive(Debug, Default)]
struct Lazy {
    root: DocumentsRoot,
    stale: BTreeSet<Arc<str>>,
}

impl LazyRoot {
    /// What shows of these documents may have changed.
    pub(crate) fn touch(&mut self, names: impl IntoIterator<Item = Arc<str>>) {
        self.0.get_mut().stale.extend(names);
    }

    /// The digests as someone else has derived them.
    pub(crate) fn set(&mut self, root: DocumentsRoot) {
        *self.0.get_mut() = Lazy { root, stale: BTreeSet::new() };
    }

    /// The digests in `view`, which must be the view of earlier calls but for what was touched.
    pub(crate) fn derive(
        &self,
        documents: &Documents,
        view: &impl DocumentView,
        past: &impl CausalOrder,
    ) -> DocumentsRoot {
        let mut lazy = self.0.borrow_mut();
        if !lazy.stale.is_empty() {
            let stale = std::mem::take(&mut lazy.stale);
            lazy.root = lazy.root.derive(documents, stale.iter().map(|name| &**name), view, past);
        }
        lazy.root.clone()
    }
}
