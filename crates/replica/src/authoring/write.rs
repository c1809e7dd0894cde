//! From intents to events: many intents to an event, many events to a disk write.

use quorate_document::{Document, EditBatch};
use quorate_event::{Edit, Payload, Target};

use super::access_set::AccessSet;
use super::write_batch::WriteBatch;
use super::{Authoring, PendingIntent};
use crate::config::Sharing;
use crate::input::{Atomicity, Intent, Request};
use crate::output::{Output, Refusal};
use crate::turn::Turn;
use crate::views::{Merged, PastIn};

impl Authoring {
    /// Makes events of all intents that wait, unless they are to wait for the disk and share one.
    pub(super) fn write_waiting(&mut self, turn: &mut Turn<'_>) {
        if self.waiting.is_empty() || (self.sharing == Sharing::Shared && turn.persistence.is_writing()) {
            return;
        }
        let mut batch = WriteBatch::default();
        for intent in std::mem::take(&mut self.waiting) {
            let request = intent.request;
            if let Err(refusal) = self.add(intent, &mut batch, turn) {
                turn.output(Output::Refused { request, refusal });
            }
        }
        self.finish_draft(&mut batch, turn);
        turn.persist(batch.vertices, batch.held);
    }

    fn add(&self, intent: PendingIntent, batch: &mut WriteBatch, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        let PendingIntent { request, intent, atomicity } = intent;
        let Some((document, accessed)) = AccessSet::of(&intent) else {
            self.finish_draft(batch, turn);
            let id = self.sign(Payload::MilestoneRequest, batch, turn)?;
            batch.held.acknowledge.push((request, vec![id]));
            return Ok(());
        };
        // Edits are computed before those of the draft are folded: an intent that meets them needs an event of its own.
        if batch.accessed.get(document).is_some_and(|other| other.meets(&accessed)) {
            self.finish_draft(batch, turn);
        }
        let mut edits = edits_of(&intent, turn)?;
        let assigns = edits.iter().any(|edit| matches!(edit, Edit::Assign { target: Target::Root, .. }));
        if assigns && batch.accessed.contains_key(document) {
            self.finish_draft(batch, turn);
            edits = edits_of(&intent, turn)?;
        }
        if edits.is_empty() {
            batch.held.acknowledge.push((request, Vec::new()));
            return Ok(());
        }
        if batch.draft.would_exceed(document, &edits) {
            self.finish_draft(batch, turn);
        }
        if batch.draft.would_exceed(document, &edits) {
            let edits = EditBatch::new(document, edits);
            let ids = self.sign_several(edits, atomicity, batch, turn)?;
            batch.held.acknowledge.push((request, ids));
            return Ok(());
        }
        let accessed = if assigns { AccessSet::Whole } else { accessed };
        batch.draft.add(document, edits);
        batch.sharing.push(request);
        match batch.accessed.get_mut(document) {
            Some(joined) => joined.join(accessed),
            None => {
                batch.accessed.insert(document.to_owned(), accessed);
            }
        }
        if self.sharing == Sharing::Single {
            self.finish_draft(batch, turn);
        }
        Ok(())
    }

    /// A write that needs more than one event: each is merged on its own.
    fn sign_several(
        &self,
        mut edits: EditBatch,
        atomicity: Atomicity,
        batch: &mut WriteBatch,
        turn: &mut Turn<'_>,
    ) -> Result<Vec<quorate_event::EventId>, Refusal> {
        if atomicity == Atomicity::Whole && !edits.fits_one_event() {
            return Err(Refusal::NotAtomic);
        }
        let mut ids = Vec::new();
        while let Some((payload, rest)) = edits.next_payload() {
            let id = self.sign(payload, batch, turn)?;
            ids.push(id);
            edits = rest.signed(id);
        }
        Ok(ids)
    }

    /// Signs the draft as one event, whose id acknowledges all requests in it.
    fn finish_draft(&self, batch: &mut WriteBatch, turn: &mut Turn<'_>) {
        batch.accessed.clear();
        let requests = std::mem::take(&mut batch.sharing);
        let Some(payload) = std::mem::take(&mut batch.draft).finish() else {
            return;
        };
        match self.sign(payload, batch, turn) {
            Ok(id) => {
                let acknowledged = requests.into_iter().map(|request| (request, vec![id]));
                batch.held.acknowledge.extend(acknowledged);
            }
            Err(refusal) => refuse(requests, &refusal, turn),
        }
    }
}

fn refuse(requests: Vec<Request>, refusal: &Refusal, turn: &mut Turn<'_>) {
    let refused = requests.into_iter().map(|request| Output::Refused { request, refusal: refusal.clone() });
    turn.outputs.extend(refused);
}

/// The edits that turn the document at level merged into the intended one.
fn edits_of(intent: &Intent, turn: &Turn<'_>) -> Result<Vec<Edit>, Refusal> {
    let (view, past) = (Merged(turn.state.graph()), PastIn(turn.state.graph()));
    let unwritten = Document::default();
    let document = |name: &str| turn.state.documents().get(name).unwrap_or(&unwritten);
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
