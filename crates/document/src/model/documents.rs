//! All documents of a network.

use std::collections::BTreeMap;

use quorate_event::{EventId, Payload};

use crate::model::causal_order::CausalOrder;
use crate::model::document::{Document, width};
use crate::model::outcome::EditOutcome;

/// Every document, by name.
#[derive(Debug, Clone, Default)]
pub struct Documents(BTreeMap<String, Document>);

/// The outcomes of an event's edits of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentOutcomes<'e> {
    /// The document's name.
    pub document: &'e str,
    /// The outcome of each edit, in order.
    pub outcomes: Vec<EditOutcome>,
}

impl Documents {
    /// Folds the edits of an event into their documents; a payload of another kind changes nothing.
    pub fn fold_event<'e>(
        &mut self,
        event: EventId,
        payload: &'e Payload,
        past: &impl CausalOrder,
    ) -> Vec<DocumentOutcomes<'e>> {
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
                DocumentOutcomes { document: &entry.document, outcomes }
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
}
