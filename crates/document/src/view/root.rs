//! The root of all documents, which a proposal names.

use std::collections::BTreeMap;

use quorate_event::{Digest, merkle};

use crate::json::canonical::digest_of_text;
use crate::model::causal_order::CausalOrder;
use crate::model::document::Document;
use crate::model::document_view::DocumentView;
use crate::model::documents::Documents;

/// The greatest canonical size of a document in the root: a member digests each changed document again before it can vote.
pub const ROOT_DOCUMENT_BYTES: usize = 1 << 20;

impl Documents {
    /// The root of all documents in `view`, computed from the documents alone.
    pub fn root(&self, view: &impl DocumentView, past: &impl CausalOrder) -> Digest {
        let names = self.iter().map(|(name, _)| name);
        DocumentsRoot::default().derive(self, names, view, past).root()
    }
}

/// The digests of all documents that are known in a view and at most [`ROOT_DOCUMENT_BYTES`] long. A proposal's
/// `documents_root` is the root of their Merkle map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentsRoot(BTreeMap<String, Digest>);

impl DocumentsRoot {
    /// The digests in `view`, if it differs from the view of `self` in the `touched` documents alone.
    #[must_use]
    pub fn derive<'n>(
        &self,
        documents: &Documents,
        touched: impl IntoIterator<Item = &'n str>,
        view: &impl DocumentView,
        past: &impl CausalOrder,
    ) -> Self {
        let mut digests = self.0.clone();
        for name in touched {
            let document = documents.get(name);
            match document.and_then(|document| short_digest(document, view, past)) {
                Some(digest) => digests.insert(name.to_owned(), digest),
                None => digests.remove(name),
            };
        }
        Self(digests)
    }

    /// The root of the map from name to digest.
    pub fn root(&self) -> Digest {
        merkle::root(&merkle::map_leaves(&self.0))
    }

    /// The digest of a document, if it is in the root.
    pub fn digest(&self, name: &str) -> Option<Digest> {
        self.0.get(name).copied()
    }
}

fn short_digest(document: &Document, view: &impl DocumentView, past: &impl CausalOrder) -> Option<Digest> {
    if !document.known(view) {
        return None;
    }
    let text = document.canonical(view, past);
    (text.len() <= ROOT_DOCUMENT_BYTES).then(|| digest_of_text(&text))
}
