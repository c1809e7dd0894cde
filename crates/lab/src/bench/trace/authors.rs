//! Agents as authors: each has its own key, lane and document, which holds only the changes that the agent has seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use quorate_event::{
    Address, Container, DocumentEdits, EventBody, EventId, Lane, NetworkId, Payload, SecretKey, Seq, Timestamp,
    VerifiedEvent,
};
use quorate_replica::{CausalOrder, Document, EditBatch, Editor, Everything, WriteError};

use super::error::TraceError;

/// Pointer to the text in the document.
pub(super) const TEXT: &str = "/text";

/// An event with its place in the causal order.
#[derive(Debug)]
pub(super) struct WrittenEvent {
    pub(super) event: VerifiedEvent,
    agent: usize,
    depth: u64,
    /// Number of events of each agent in its past, itself included.
    clock: Vec<u64>,
}

impl WrittenEvent {
    pub(super) fn id(&self) -> EventId {
        self.event.id()
    }

    pub(super) fn edits(&self) -> &[DocumentEdits] {
        match &self.event.body().payload {
            Payload::Edits(documents) => documents,
            _ => &[],
        }
    }
}

/// A document, and the causal order of its events.
#[derive(Debug, Default)]
pub(super) struct Sight {
    document: Document,
    seen: SeenDocument,
}

#[derive(Debug, Default)]
struct SeenDocument(BTreeMap<EventId, Arc<WrittenEvent>>);

impl CausalOrder for SeenDocument {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        let (Some(a), Some(b)) = (self.0.get(a), self.0.get(b)) else {
            return false;
        };
        a.id() != b.id() && a.clock[a.agent] <= b.clock[a.agent]
    }

    fn depth(&self, event: &EventId) -> u64 {
        self.0.get(event).map_or(0, |written| written.depth)
    }

    fn author(&self, event: &EventId) -> Option<Address> {
        self.0.get(event).map(|written| written.event.body().author)
    }
}

impl Sight {
    /// Folds an event whose past is already folded.
    pub(super) fn learn(&mut self, written: &Arc<WrittenEvent>) {
        self.seen.0.insert(written.id(), Arc::clone(written));
        for edits in written.edits() {
            self.document.fold(written.id(), 0, &edits.edits, &self.seen);
        }
    }

    /// The content of the text.
    pub(super) fn text(&self) -> String {
        let value = self.document.value(&Everything, &self.seen);
        value.pointer(TEXT).and_then(|text| text.as_str()).unwrap_or_default().to_owned()
    }
}

/// An author.
pub(super) struct TraceAuthor {
    agent: usize,
    agents: usize,
    key: SecretKey,
    lane: Lane,
    network: NetworkId,
    document: String,
    /// Its last event, or the genesis.
    last: EventId,
    seq: Seq,
    sight: Sight,
}

/// The parameters of an author.
pub(super) struct Identity {
    pub(super) key: SecretKey,
    pub(super) lane: Lane,
    pub(super) network: NetworkId,
    /// Name of the document.
    pub(super) document: String,
}

impl TraceAuthor {
    /// The author of agent number `agent`.
    pub(super) fn new(identity: Identity, agent: usize, agents: usize) -> Self {
        let Identity { key, lane, network, document } = identity;
        let (last, seq) = (network.event_id(), Seq(0));
        Self { agent, agents, key, lane, network, document, last, seq, sight: Sight::default() }
    }

    /// Folds an event of another author.
    pub(super) fn learn(&mut self, written: &Arc<WrittenEvent>) {
        self.sight.learn(written);
    }

    /// Creates the text with its initial content.
    pub(super) fn begin(&mut self, start: &str, now: Timestamp) -> Result<Vec<Arc<WrittenEvent>>, TraceError> {
        self.write(&[], now, |doc| {
            doc.make(TEXT, Container::Text)?;
            doc.text(TEXT)?.insert(0, start)
        })
    }

    /// Writes the changes of the session to the document of this author. Parents are its last event and the `others`.
    pub(super) fn write(
        &mut self,
        others: &[EventId],
        now: Timestamp,
        session: impl FnOnce(&mut Editor<'_>) -> Result<(), WriteError>,
    ) -> Result<Vec<Arc<WrittenEvent>>, TraceError> {
        let edits = self.sight.document.edit(&Everything, &self.sight.seen, session);
        let edits = edits.map_err(|source| TraceError::Edit { source })?;
        let mut batch = EditBatch::new(&self.document, edits);
        let mut all = Vec::new();
        while let Some((payload, rest)) = batch.next_payload() {
            // Only the first of several events cites the events of others.
            let others = if all.is_empty() { others } else { &[] };
            let written = self.sign(payload, others, now)?;
            batch = rest.signed(written.id());
            self.sight.learn(&written);
            all.push(written);
        }
        Ok(all)
    }

    fn sign(&mut self, payload: Payload, others: &[EventId], time: Timestamp) -> Result<Arc<WrittenEvent>, TraceError> {
        let parents: Vec<EventId> = std::iter::once(self.last).chain(others.iter().copied()).collect();
        let upon: Vec<&Arc<WrittenEvent>> = parents.iter().filter_map(|parent| self.sight.seen.0.get(parent)).collect();
        let depth = upon.iter().map(|parent| parent.depth).max().unwrap_or(0).saturating_add(1);
        let known = |agent: usize| upon.iter().map(|parent| parent.clock[agent]).max().unwrap_or(0);
        let mut clock: Vec<u64> = (0..self.agents).map(known).collect();
        self.seq = Seq(self.seq.0.saturating_add(1));
        clock[self.agent] = self.seq.0;
        let body = EventBody { author: self.key.address(), lane: self.lane, seq: self.seq, parents, time, payload };
        let event = VerifiedEvent::sign(body, self.network, &self.key)?;
        self.last = event.id();
        Ok(Arc::new(WrittenEvent { event, agent: self.agent, depth, clock }))
    }
}
