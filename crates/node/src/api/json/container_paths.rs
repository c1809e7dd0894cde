//! JSON pointers of the containers of a document, derived from the edits that made them.
//!
//! An edit names a container by the edit that made it. A container that was made at a key of an object stays at that key. The
//! position of a container in a list depends on the other elements, so that it has no path.

use std::collections::BTreeMap;
use std::sync::Arc;

use quorate_disk::store::Store;
use quorate_event::{Edit, ElementRef, EventId, NetworkId, Payload, Target, VerifiedEvent, VerifiedVertex, limits};

use super::vertex::decode;
use crate::api::problem::Problem;

/// Events in memory, at most: 64 KiB each.
const HELD: usize = 128;
/// Events that are read for one answer, at most. Further containers get no path.
const READS: usize = 4_096;

/// The containers of one document.
pub(crate) struct ContainerPaths<'s> {
    store: &'s Store,
    network: NetworkId,
    document: &'s str,
    held: BTreeMap<EventId, Arc<EventEdits>>,
    reads: usize,
    found: BTreeMap<(EventId, u32), Option<String>>,
}

/// An event, and its edits of the document.
pub(crate) struct EventEdits {
    pub(crate) event: VerifiedEvent,
    /// The index of the document among those of the event; `None` if the event does not edit it.
    entry: Option<usize>,
    /// The index of each edit.
    indices: Vec<u32>,
}

impl EventEdits {
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

    /// The edit to which an index belongs.
    fn edit(&self, index: u32) -> Option<&Edit> {
        let after = self.indices.partition_point(|first| *first <= index);
        self.edits().get(after.checked_sub(1)?)
    }
}

impl<'s> ContainerPaths<'s> {
    pub(crate) fn new(store: &'s Store, network: NetworkId, document: &'s str) -> Self {
        Self { store, network, document, held: BTreeMap::new(), reads: 0, found: BTreeMap::new() }
    }

    /// An event and its edits of the document; `None` if it is not on the disk.
    pub(crate) fn event(&mut self, id: EventId) -> Result<Option<Arc<EventEdits>>, Problem> {
        if let Some(event) = self.held.get(&id) {
            return Ok(Some(Arc::clone(event)));
        }
        let Some(record) = self.store.get(id.as_bytes())? else {
            return Ok(None);
        };
        let VerifiedVertex::Event(event) = decode(&record, self.network)? else {
            return Ok(None);
        };
        let said = Arc::new(EventEdits::of(event, self.document));
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
        // The references of a Byzantine author may form a circle.
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
        let Some(said) = self.event(event)? else {
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

/// The pointer of the member `key` of the object at the pointer `object`.
pub(crate) fn member(object: &str, key: &str) -> String {
    format!("{object}/{}", key.replace('~', "~0").replace('/', "~1"))
}
