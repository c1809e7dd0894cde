//! All documents of a network, and the root that a proposal names.

use std::collections::BTreeMap;

use quorate_event::{Digest, EventId, Payload, merkle};

use crate::edit::packing::draft::width;
use crate::json::canonical::digest_of_text;
use crate::model::document::Document;
use crate::model::outcome::Outcome;
use crate::model::past::{Past, View};

/// The greatest canonical size of a document that has a place in the root: every member digests it again whenever it is
/// touched, before it can vote.
pub const ROOT_DOCUMENT_BYTES: usize = 1 << 20;

/// Every document, by name.
#[derive(Debug, Clone, Default)]
pub struct Documents(BTreeMap<String, Document>);

/// What an event did to one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded<'e> {
    /// The document's name.
    pub document: &'e str,
    /// What became of each edit, in order.
    pub outcomes: Vec<Outcome>,
}

impl Documents {
    /// Takes in what an event says of documents; whatever else it says is for others.
    pub fn fold_event<'e>(&mut self, event: EventId, payload: &'e Payload, past: &impl Past) -> Vec<Folded<'e>> {
        let Payload::Edits(documents) = payload else {
            return Vec::new();
        };
        let mut index = 0_u32;
        documents
            .iter()
            .map(|entry| {
                let document = match self.0.get_mut(&entry.document) {
                    Some(document) => document,
                    None => self.0.entry(entry.document.clone()).or_default(),
                };
                let outcomes = document.fold(event, index, &entry.edits, past);
                index = index.saturating_add(width(&entry.edits));
                Folded { document: &entry.document, outcomes }
            })
            .collect()
    }

    /// The document of that name, if any event was addressed to it.
    pub fn get(&self, name: &str) -> Option<&Document> {
        self.0.get(name)
    }

    /// Every document, by ascending name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Document)> {
        self.0.iter().map(|(name, document)| (name.as_str(), document))
    }

    /// The root of all documents in `view`, derived from nothing else.
    pub fn root(&self, view: &impl View, past: &impl Past) -> Digest {
        let names = self.iter().map(|(name, _)| name);
        DocumentsRoot::default().derive(self, names, view, past).root()
    }
}

/// The digests of all documents known in a view and at most [`ROOT_DOCUMENT_BYTES`] long: what a proposal's
/// `documents_root` is the Merkle map of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentsRoot(BTreeMap<String, Digest>);

impl DocumentsRoot {
    /// The digests in `view`, which differs from the view of these digests only in the documents `touched`.
    #[must_use]
    pub fn derive<'n>(
        &self,
        documents: &Documents,
        touched: impl IntoIterator<Item = &'n str>,
        view: &impl View,
        past: &impl Past,
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

    /// The digest of a document, if it has a place in the root.
    pub fn digest(&self, name: &str) -> Option<Digest> {
        self.0.get(name).copied()
    }

    /// The proof that a document's [`entry`](merkle::entry) is in the root, if it is.
    pub fn prove(&self, name: &str) -> Option<merkle::Proof> {
        let content = merkle::entry(name.as_bytes(), self.digest(name)?);
        let leaves = merkle::map_leaves(&self.0);
        merkle::prove(&leaves, leaves.binary_search(&content).ok()?)
    }
}

fn short_digest(document: &Document, view: &impl View, past: &impl Past) -> Option<Digest> {
    if !document.known(view) {
        return None;
    }
    let text = document.canonical(view, past);
    (text.len() <= ROOT_DOCUMENT_BYTES).then(|| digest_of_text(&text))
}
