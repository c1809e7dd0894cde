//! From intents to events: signed with this replica's key, on the heads of the moment, many to a disk write.

use std::collections::{BTreeMap, VecDeque};

use quorate_agreement::Now;
use quorate_document::{Document, EditBatch, EventDraft};
use quorate_event::{Edit, EventBody, EventId, Payload, Target, VerifiedEvent, VerifiedVertex};
use quorate_graph::Origin;

use crate::authoring::access_set::Footprint;
use crate::input::{Atomicity, DiskTicket, Intent, Request};
use crate::output::{Output, Refusal};
use crate::persistence::Promise;
use crate::replica::{Replica, Sharing};
use crate::state::admission::Admission;
use crate::views::{Merged, PastIn};

/// Intents that wait for the disk, at most: some seconds of a busy node; clients are asked to come back after that.
const WAITING: usize = 16_384;

/// A client's write that is not an event yet.
#[derive(Debug)]
struct Waiting {
    request: Request,
    intent: Intent,
    atomicity: Atomicity,
}

/// The intents that wait for the disk.
#[derive(Debug, Default)]
pub(crate) struct Writes(VecDeque<Waiting>);

/// The event in the making, and what was promised for this disk write.
#[derive(Default)]
struct Making {
    draft: EventDraft,
    footprints: BTreeMap<String, Footprint>,
    /// Requests whose edits are in the draft.
    sharing: Vec<Request>,
    vertices: Vec<VerifiedVertex>,
    promise: Promise,
}

impl Replica {
    pub(crate) fn write(
        &mut self,
        request: Request,
        intent: Intent,
        atomicity: Atomicity,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        let refusal = if !self.door.may_write(self.address()) {
            Some(Refusal::MayNotWrite { author: self.address() })
        } else if self.writes.0.len() >= WAITING {
            Some(Refusal::Busy { waiting: self.writes.0.len() })
        } else {
            None
        };
        if let Some(refusal) = refusal {
            return out.push(Output::Refused { request, refusal });
        }
        self.writes.0.push_back(Waiting { request, intent, atomicity });
        self.write_waiting(now, out);
    }

    /// Makes events of all intents that wait, unless they are to wait for the disk and share one.
    fn write_waiting(&mut self, now: Now, out: &mut Vec<Output>) {
        if self.writes.0.is_empty() || (self.sharing == Sharing::Shared && self.disk.is_writing()) {
            return;
        }
        let mut making = Making::default();
        for waiting in std::mem::take(&mut self.writes.0) {
            let request = waiting.request;
            if let Err(refusal) = self.make(waiting, &mut making, now, out) {
                out.push(Output::Refused { request, refusal });
            }
        }
        self.finish_draft(&mut making, now, out);
        self.persist(making.vertices, making.promise, out);
    }

    fn make(&mut self, waiting: Waiting, making: &mut Making, now: Now, out: &mut Vec<Output>) -> Result<(), Refusal> {
        let Waiting { request, intent, atomicity } = waiting;
        let Some((document, footprint)) = Footprint::of(&intent) else {
            self.finish_draft(making, now, out);
            let id = self.sign(Payload::MilestoneRequest, making, now, out)?;
            making.promise.acknowledge.push((request, vec![id]));
            return Ok(());
        };
        if making.footprints.get(document).is_some_and(|other| other.meets(&footprint)) {
            self.finish_draft(making, now, out);
        }
        let mut edits = self.edits_of(&intent)?;
        let assigns = edits.iter().any(|edit| matches!(edit, Edit::Assign { target: Target::Root, .. }));
        if assigns && making.footprints.contains_key(document) {
            self.finish_draft(making, now, out);
            edits = self.edits_of(&intent)?;
        }
        if edits.is_empty() {
            making.promise.acknowledge.push((request, Vec::new()));
            return Ok(());
        }
        if making.draft.would_exceed(document, &edits) {
            self.finish_draft(making, now, out);
        }
        if making.draft.would_exceed(document, &edits) {
            let batch = EditBatch::new(document, edits);
            return self.make_several(request, batch, atomicity, making, now, out);
        }
        let footprint = if assigns { Footprint::Whole } else { footprint };
        making.draft.add(document, edits);
        making.sharing.push(request);
        match making.footprints.get_mut(document) {
            Some(joined) => joined.join(footprint),
            None => {
                making.footprints.insert(document.to_owned(), footprint);
            }
        }
        if self.sharing == Sharing::Single {
            self.finish_draft(making, now, out);
        }
        Ok(())
    }

    /// A write that needs more than one event: each is merged by itself.
    fn make_several(
        &mut self,
        request: Request,
        mut batch: EditBatch,
        atomicity: Atomicity,
        making: &mut Making,
        now: Now,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        if atomicity == Atomicity::Whole && !batch.fits_one_event() {
            return Err(Refusal::NotAtomic);
        }
        let mut ids = Vec::new();
        while let Some((payload, rest)) = batch.next_payload() {
            let id = self.sign(payload, making, now, out)?;
            ids.push(id);
            batch = rest.signed(id);
        }
        making.promise.acknowledge.push((request, ids));
        Ok(())
    }

    /// The edits that turn what shows at level merged into what is wanted.
    fn edits_of(&self, intent: &Intent) -> Result<Vec<Edit>, Refusal> {
        let (view, past) = (Merged(&self.graph), PastIn(&self.graph));
        let unwritten = Document::default();
        let document = |name: &str| self.documents.get(name).unwrap_or(&unwritten);
        let edits = match intent {
            Intent::Put { document: name, value } => document(name).put(&view, &past, value)?,
            Intent::MergePatch { document: name, patch } => document(name).merge_patch(&view, &past, "", patch)?,
            Intent::JsonPatch { document: name, patch } => document(name).json_patch(&view, &past, patch)?,
            Intent::Edit { document: name, commands } => document(name).command(&view, &past, commands)?,
            Intent::Set { document: name, pointer, value } => document(name).set(&view, &past, pointer, value)?,
            Intent::Delete { document: name, pointer } => document(name).delete(&view, &past, pointer)?,
            Intent::RequestMilestone => Vec::new(),
        };
        Ok(edits)
    }

    /// Signs what the draft holds, and promises it to those who share it.
    fn finish_draft(&mut self, making: &mut Making, now: Now, out: &mut Vec<Output>) {
        making.footprints.clear();
        let requests = std::mem::take(&mut making.sharing);
        let Some(payload) = std::mem::take(&mut making.draft).finish() else {
            return;
        };
        match self.sign(payload, making, now, out) {
            Ok(id) => {
                let promises = requests.into_iter().map(|request| (request, vec![id]));
                making.promise.acknowledge.extend(promises);
            }
            Err(refusal) => {
                let refused = requests.into_iter().map(|request| {
                    let refusal = refusal.clone();
                    Output::Refused { request, refusal }
                });
                out.extend(refused);
            }
        }
    }

    /// Makes an event of this replica's, through the same door as everybody's.
    fn sign(
        &mut self,
        payload: Payload,
        making: &mut Making,
        now: Now,
        out: &mut Vec<Output>,
    ) -> Result<EventId, Refusal> {
        let author = self.address();
        let (seq, parents) = self.graph.parents_for(author, self.lane)?;
        let body = EventBody { author, lane: self.lane, seq, parents, time: now.wall, payload };
        let event = VerifiedEvent::sign(body, self.network, &self.key)
            .map_err(|error| Refusal::Malformed { reason: error.to_string() })?;
        let id = event.id();
        match self.admit(VerifiedVertex::Event(event), Origin::Local, now, out) {
            Admission::Admitted(vertices) => {
                making.promise.publish.extend(vertices.iter().filter(|vertex| vertex.id() == id).cloned());
                making.vertices.extend(vertices);
                Ok(id)
            }
            other => Err(Refusal::Malformed { reason: format!("{other:?}") }),
        }
    }

    /// Events that a client signed: the same door, one disk write, and one answer. When one is refused those before it
    /// stay: whoever hands them in again finds them known.
    pub(crate) fn submit(&mut self, request: Request, events: Vec<VerifiedEvent>, now: Now, out: &mut Vec<Output>) {
        let ids = events.iter().map(VerifiedEvent::id).collect();
        let mut promise = Promise::default();
        let mut admitted = Vec::new();
        let refused = events.into_iter().find_map(|event| match self.take_in(event, now, out) {
            Ok(vertices) => {
                admitted.extend(vertices);
                None
            }
            Err(refusal) => Some(refusal),
        });
        match refused {
            Some(refusal) => out.push(Output::Refused { request, refusal }),
            None => promise.acknowledge.push((request, ids)),
        }
        promise.publish.clone_from(&admitted);
        self.persist(admitted, promise, out);
    }

    /// What the graph admits with an event that a client signed.
    fn take_in(
        &mut self,
        event: VerifiedEvent,
        now: Now,
        out: &mut Vec<Output>,
    ) -> Result<Vec<VerifiedVertex>, Refusal> {
        let author = event.body().author;
        if !self.door.may_write(author) {
            return Err(Refusal::MayNotWrite { author });
        }
        let missing: Vec<EventId> =
            event.body().parents.iter().filter(|parent| !self.graph.contains(**parent)).copied().collect();
        if !missing.is_empty() {
            return Err(Refusal::MissingParents { missing });
        }
        match self.admit(VerifiedVertex::Event(event), Origin::Local, now, out) {
            Admission::Admitted(vertices) => Ok(vertices),
            Admission::Known => Ok(Vec::new()),
            Admission::Refused(reason) => Err(Refusal::Malformed { reason }),
            Admission::Waiting(missing) => Err(Refusal::MissingParents { missing }),
            Admission::Dropped => Err(Refusal::Busy { waiting: self.writes.0.len() }),
        }
    }

    /// What was written with this ticket and all before it may leave now, and be acknowledged.
    pub(crate) fn stored(&mut self, ticket: DiskTicket, now: Now, out: &mut Vec<Output>) {
        self.duties.retry();
        for promise in self.disk.stored(ticket) {
            if !promise.publish.is_empty() {
                out.push(Output::Publish(promise.publish));
            }
            out.extend(promise.say);
            for (request, events) in promise.acknowledge {
                self.acknowledge(request, events, out);
            }
        }
        self.write_waiting(now, out);
    }

    fn acknowledge(&mut self, request: Request, events: Vec<EventId>, out: &mut Vec<Output>) {
        // Where nothing had to be written, the value that is there may itself not be final yet.
        let awaited = if events.is_empty() { self.graph.heads() } else { events.clone() };
        let uncovered: Vec<EventId> = awaited.into_iter().filter(|id| self.graph.covered_at(*id).is_none()).collect();
        out.push(Output::Durable { request, events });
        if uncovered.is_empty() {
            // The milestone that covers them may itself not be on disk yet.
            let say = vec![Output::Final { request, milestone: self.graph.last_milestone().0 }];
            self.persist(Vec::new(), Promise { say, ..Promise::default() }, out);
        } else {
            self.finality.wait(request, uncovered);
        }
    }

    /// Puts evidence that agreement found into the graph, so that it is ordered; not what adds nothing to what is there.
    /// Evidence is an event and asks for a milestone, at whose height the culprit may offend again: said each time, this
    /// would never end.
    pub(crate) fn write_evidence(&mut self, now: Now, out: &mut Vec<Output>) {
        let mut making = Making::default();
        for evidence in self.duties.take_evidence() {
            if self.is_known_culprit(&evidence) || !self.door.may_write(self.address()) {
                continue;
            }
            // A lane that is forked cannot write; another member will.
            let _refused = self.sign(Payload::Evidence(Box::new(evidence)), &mut making, now, out);
        }
        self.persist(making.vertices, making.promise, out);
    }
}
