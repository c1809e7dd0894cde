//! Step 3 of a write's life, for every vertex: into the graph, onto the disk, folded into documents.

use std::sync::Arc;

use quorate_agreement::Now;
use quorate_event::{EventId, Payload, VerifiedEvent, VerifiedMilestone, VerifiedVertex};
use quorate_graph::{Insertion, Origin};

use crate::evidence::pool::Teller;
use crate::output::{Notice, Output};
use crate::persistence::Promise;
use crate::replica::Replica;
use crate::views::{Final, PastIn};

/// What became of a vertex at the door.
#[derive(Debug)]
pub(crate) enum Admission {
    /// It is in the graph; so are those that waited for it.
    Admitted(Vec<VerifiedVertex>),
    /// It waits for its parents.
    Waiting(Vec<EventId>),
    /// It was there already.
    Known,
    /// It contradicts its own past.
    Refused(String),
    /// There is no room to wait in, or it is one branch too many of an equivocator.
    Dropped,
}

impl Replica {
    /// Brings a vertex into the graph and folds what became ready. Whoever calls sees to the disk.
    pub(crate) fn admit(&mut self, vertex: VerifiedVertex, from: Origin, now: Now, out: &mut Vec<Output>) -> Admission {
        if let VerifiedVertex::Milestone(milestone) = &vertex
            && (self.contradicts_trust(milestone.height(), vertex.id(), out) || self.comes_too_late(milestone))
        {
            return Admission::Dropped;
        }
        match self.graph.insert(vertex, from, now.elapsed) {
            Insertion::Ready { admitted, equivocations, .. } => {
                for found in equivocations {
                    out.push(Output::Notice(Notice::Evidence { culprit: found.author }));
                }
                for vertex in &admitted {
                    self.fold(vertex, now, out);
                }
                self.merged_may_change();
                self.duties.retry();
                Admission::Admitted(admitted)
            }
            Insertion::Waiting { missing } => Admission::Waiting(missing),
            Insertion::Known => Admission::Known,
            Insertion::Refused(reason) => Admission::Refused(reason.to_string()),
            Insertion::Dropped(_) => Admission::Dropped,
        }
    }

    /// Whether another milestone of its height is final here, and those who certified this one are the committee no longer:
    /// they have nothing to lose. Where they still are, more than a third of the stake signed twice, and that is not passed
    /// over: see [`Replica::halt`].
    fn comes_too_late(&self, milestone: &VerifiedMilestone) -> bool {
        let (height, id) = (milestone.height(), milestone.id().event_id());
        let is_other = height <= self.height() && self.graph.milestone(height) != Some(id);
        is_other && self.committee_of(height) != Some(self.committee())
    }

    /// Asks the disk to keep `vertices`, after which `promise` is kept.
    pub(crate) fn persist(&mut self, vertices: Vec<VerifiedVertex>, mut promise: Promise, out: &mut Vec<Output>) {
        promise.say.append(&mut self.decided);
        if vertices.is_empty() && promise.acknowledge.is_empty() && promise.say.is_empty() {
            return;
        }
        let ticket = self.disk.issue(self.admitted(), promise);
        out.push(Output::Persist { ticket, vertices });
    }

    fn fold(&mut self, vertex: &VerifiedVertex, now: Now, out: &mut Vec<Output>) {
        self.wants.remove(&vertex.id());
        out.push(Output::Notice(Notice::Admitted { id: vertex.id() }));
        match vertex {
            VerifiedVertex::Event(event) => self.fold_event(event, now, out),
            VerifiedVertex::Milestone(milestone) => self.apply(milestone, out),
        }
    }

    fn fold_event(&mut self, event: &VerifiedEvent, now: Now, out: &mut Vec<Output>) {
        let id = event.id();
        self.tell_step(self.request_step(event), out);
        let payload = &event.body().payload;
        self.backlog.add(id, *payload == Payload::MilestoneRequest, now.elapsed);
        match payload {
            Payload::MilestoneRequest => {}
            Payload::Evidence(evidence) => {
                let teller = Teller { author: event.body().author, event: id };
                self.learn_evidence(evidence, teller, out);
            }
            Payload::Edits(documents) => {
                let folded = self.documents.fold_event(id, payload, &PastIn(&self.graph));
                if let Some(order) = self.graph.order(id) {
                    self.journal.note(order, &folded);
                }
                let names: Vec<Arc<str>> = documents.iter().map(|edits| self.journal.name(&edits.document)).collect();
                self.merged.touch(names.iter().cloned());
                for document in &names {
                    out.push(Output::Notice(Notice::Changed { document: Arc::clone(document), event: id }));
                }
                self.edited.insert(id, names);
            }
        }
    }

    /// A milestone whose cut is held: marks what it covers, and lets agreement go on to the next height.
    fn apply(&mut self, milestone: &VerifiedMilestone, out: &mut Vec<Output>) {
        let height = milestone.height();
        let id = milestone.id().event_id();
        let covered = if self.recovering {
            self.cover_unseen(milestone)
        } else {
            match self.cover(milestone) {
                Some(covered) => covered,
                None => return self.halt(height, out),
            }
        };
        for event in &covered {
            self.edited.remove(event);
            for request in self.finality.covered(event) {
                self.decided.push(Output::Final { request, milestone: height });
            }
        }
        self.merged_may_change();
        let signers = milestone.certificate().signatures.len();
        self.decided.push(Output::Notice(Notice::Milestone { height, id, covered: covered.len(), signers }));
        let reply = self.reply_step(milestone, covered.len());
        self.decided.push(Output::Step(reply));
        self.applied(milestone, out);
    }

    /// Covers what a milestone certifies, if it follows here too (R3).
    fn cover(&mut self, milestone: &VerifiedMilestone) -> Option<Vec<EventId>> {
        let proposal = milestone.proposal();
        let delta = self.delta_of(milestone.id(), proposal)?;
        if !self.follows(proposal, &delta) {
            return None;
        }
        self.graph.apply_milestone(milestone.id().event_id()).ok()?;
        self.finals.set(delta.documents);
        self.door.committees.follow(&delta.committee);
        Some(delta.ordered)
    }

    /// Covers what a stored milestone certifies; it followed when it was stored. Only where it names another committee is
    /// that derived again: [`Tip::new`](quorate_agreement::ChainTip::new) compares.
    fn cover_unseen(&mut self, milestone: &VerifiedMilestone) -> Vec<EventId> {
        let covered = self.graph.apply_milestone(milestone.id().event_id()).unwrap_or_default();
        let touched = covered.iter().filter_map(|event| self.edited.get(event)).flatten();
        self.finals.touch(touched.cloned().collect::<Vec<_>>());
        let stays = milestone.proposal().next_committee == self.door.committees.digest();
        let committee = if stays { self.committee().clone() } else { self.committee_after(&Final(&self.graph)) };
        self.door.committees.follow(&committee);
        covered
    }

    /// While there are equivocators, what shows of their events changes with who cites them and what is covered.
    fn merged_may_change(&mut self) {
        if !self.graph.equivocators().is_empty() {
            let names: Vec<Arc<str>> = self.documents.iter().map(|(name, _)| Arc::from(name)).collect();
            self.merged.touch(names);
        }
    }

    pub(crate) fn halt(&mut self, height: quorate_event::Height, out: &mut Vec<Output>) {
        self.halted = true;
        out.push(Output::Halt { height });
    }
}
