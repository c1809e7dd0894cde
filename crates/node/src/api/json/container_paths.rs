//! Where the containers of a document lie, as far as the edits that made them tell.
//!
//! An edit names a container by the edit that made it. What was made at a key of an object lies at that key for good; what
//! was made in a list lies wherever the list's other elements leave it, and has no path.

use std::collections::BTreeMap;
use std::sync::Arc;

use quorate_disk::store::Store;
use quorate_event::{Edit, ElementRef, EventId, NetworkId, Payload, Target, VerifiedEvent, VerifiedVertex, limits};

use super::vertex::decode;
use crate::api::problem::Problem;

/// Events held at once, at most: 64 KiB each.
const HELD: usize = 128;
/// Events read for one answer, at most; containers beyond that are left without a path.
const READS: usize = 4_096;

/// The containers of one document.
pub(crate) struct ContainerPaths<'s> {
    store: &'s Store,
    network: NetworkId,
    document: &'s str,
    held: BTreeMap<EventId, Arc<DocumentEvent>>,
    reads: usize,
    found: BTreeMap<(EventId, u32), Option<String>>,
}

/// What an event says of the document.
pub(crate) struct DocumentEvent {
    pub(crate) event: VerifiedEvent,
    /// Which of the event's documents it is; none if it says nothing of this one.
    entry: Option<usize>,
    /// The index of each edit.
    indices: Vec<u32>,
}

impl DocumentEvent {
    fn of(event: VerifiedEvent, document: &str) -> Self {
        let Payload::Edits(documents) = &event.body().payload else {
            return Self { event, entry: None, indices: Vec::new() };
        };
        let entry = documents.iter().position(|edits| edits.document == document);
        let before = documents.iter().take(entry.unwrap_or_default()).flat_map(|edits| &edits.edits);
        let mut next = before.fold(0, |next: u32, edit| next.saturating_add(edit.width()));
        let edits = entry.and_then(|entry| documents.get(entry)).map_or(&[][..], |edits| &edits.edits);
        let indices = edits.iter().map(|edit| {
            let index = next;
            next = next.saturating_add(edit.width());
            index
        });
        let indices = indices.collect();
        Self { event, entry, indices }
    }

    /// The edits, in order.
    pub(crate) fn edits(&self) -> &[Edit] {
        match (&self.event.body().payload, self.entry) {
            (Payload::Edits(documents), Some(entry)) => documents.get(entry).map_or(&[], |edits| &edits.edits),
            _ => &[],
        }
    }

    /// The edit that takes an index.
    fn edit(&self, index: u32) -> Option<&Edit> {
        let after = self.indices.partition_point(|first| *first <= index);
        self.edits().get(after.checked_sub(1)?)
    }
}

impl<'s> ContainerPaths<'s> {
    pub(crate) fn new(store: &'s Store, network: NetworkId, document: &'s str) -> Self {
        Self { store, network, document, held: BTreeMap::new(), reads: 0, found: BTreeMap::new() }
    }

    /// What an event says of the document, if it is on the disk.
    pub(crate) fn said(&mut self, id: EventId) -> Result<Option<Arc<DocumentEvent>>, Problem> {
        if let Some(said) = self.held.get(&id) {
            return Ok(Some(Arc::clone(said)));
        }
        let Some(record) = self.store.get(id.as_bytes())? else {
            return Ok(None);
        };
        let VerifiedVertex::Event(event) = decode(&record, self.network)? else {
            return Ok(None);
        };
        let said = Arc::new(DocumentEvent::of(event, self.document));
        if self.held.len() >= HELD {
            self.held.clear();
        }
        self.held.insert(id, Arc::clone(&said));
        Ok(Some(said))
    }

    /// The JSON pointer of a container that an edit of `event` names.
    pub(crate) fn of(&mut self, event: EventId, target: &Target) -> Result<Option<String>, Problem> {
        self.below(event, target, limits::DOCUMENT_DEPTH)
    }

    fn below(&mut self, event: EventId, target: &Target, depth: usize) -> Result<Option<String>, Problem> {
        let id = match target {
            Target::Root => return Ok(Some(String::new())),
            Target::Made(ElementRef::Here(index)) => (event, *index),
            Target::Made(ElementRef::There(event, index)) => (*event, *index),
        };
        if let Some(found) = self.found.get(&id) {
            return Ok(found.clone());
        }
        // A liar's references may go in circles.
        let Some(depth) = depth.checked_sub(1) else {
            return Ok(None);
        };
        let path = self.made(id, depth)?;
        self.found.insert(id, path.clone());
        Ok(path)
    }

    fn made(&mut self, (event, index): (EventId, u32), depth: usize) -> Result<Option<String>, Problem> {
        if !self.held.contains_key(&event) {
            if self.reads >= READS {
                return Ok(None);
            }
            self.reads += 1;
        }
        let Some(said) = self.said(event)? else {
            return Ok(None);
        };
        match said.edit(index) {
            Some(Edit::Set { target, key, .. }) => {
                Ok(self.below(event, target, depth)?.map(|object| member(&object, key)))
            }
            Some(Edit::Assign { target, .. }) => self.below(event, target, depth),
            _ => Ok(None),
        }
    }
}

/// The pointer of a key of the object at a pointer.
pub(crate) fn member(object: &str, key: &str) -> String {
    format!("{object}/{}", key.replace('~', "~0").replace('/', "~1"))
}
