//! Digests over all documents, brought up to date when they are read.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use quorate_document::{CausalOrder, DocumentView, Documents, DocumentsRoot};

/// The digests of all documents in one view, and the documents whose digests are stale.
#[derive(Debug, Default)]
pub(super) struct LazyDigests(RefCell<CachedDigests>);

#[derive(Debug, Default)]
struct CachedDigests {
    root: DocumentsRoot,
    stale: BTreeSet<Arc<str>>,
}

impl LazyDigests {
    /// The values of these documents may have changed.
    pub(super) fn touch(&mut self, names: impl IntoIterator<Item = Arc<str>>) {
        self.0.get_mut().stale.extend(names);
    }

    /// Takes digests that were derived elsewhere.
    pub(super) fn set(&mut self, root: DocumentsRoot) {
        *self.0.get_mut() = CachedDigests { root, stale: BTreeSet::new() };
    }

    /// The digests in `view`, which must be the view of earlier calls but for the touched documents.
    pub(super) fn derive(
        &self,
        documents: &Documents,
        view: &impl DocumentView,
        past: &impl CausalOrder,
    ) -> DocumentsRoot {
        let mut cached = self.0.borrow_mut();
        if !cached.stale.is_empty() {
            let stale = std::mem::take(&mut cached.stale);
            cached.root = cached.root.derive(documents, stale.iter().map(|name| &**name), view, past);
        }
        cached.root.clone()
    }
}
