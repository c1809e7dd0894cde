//! What agreement asks for, done: sign, send, certify; cuts are chosen and judged in `cut`.

use std::collections::{BTreeMap, VecDeque};

use quorate_agreement::{
    AgreementInput as Told, AgreementOutput as Asked, ChainTip, MessageSource, Now, Peer, PendingVote, VerifiedMessage,
    Work,
};
use quorate_event::{Canonical, EventId, Evidence, Height, Proposal, ProposalId, VerifiedMilestone, VerifiedVertex};
use quorate_graph::Origin;

use crate::documents::roots::Delta;
use crate::evidence::pool::Teller;
use crate::input::DiskTicket;
use crate::milestones::cut::{Build, Check};
use crate::output::{Notice, Output};
use crate::pbft_step::PbftStep;
use crate::persistence as disk;
use crate::replica::Replica;
use crate::state::admission::Admission;

/// Milestones that one answer to a laggard names; it learns the rest by sync.
const MILESTONES_AT_ONCE: usize = 64;

/// The vote log is left to grow to this size before old records are let go, since that takes more than one sync.
const LOG_BYTES: usize = 1 << 20;

/// What the vote log holds.
#[derive(Debug, Default)]
struct LogExtent {
    /// The height of the last record.
    height: Height,
    bytes: usize,
}

impl LogExtent {
    /// Whether a record of `height` makes all earlier ones worthless: it is the first of its height, and the milestone
    /// before it is on disk, so that no vote at an earlier height can ever be asked for again.
    fn add(&mut self, height: Height, bytes: usize, milestone_is_stored: bool) -> bool {
        let supersedes = height > self.height && milestone_is_stored && self.bytes >= LOG_BYTES;
        self.height = height.max(self.height);
        self.bytes = if supersedes { bytes } else { self.bytes.saturating_add(bytes) };
        supersedes
    }
}

/// What agreement asked for and has not been answered.
#[derive(Debug, Default)]
pub(crate) struct Duties {
    pub(crate) build: Option<Build>,
    pub(crate) checks: Vec<Check>,
    /// Whether something came that may let a check or a build be answered.
    retry: bool,
    pub(crate) derived: Option<(ProposalId, Delta)>,
    evidence: Vec<Evidence>,
    recording: BTreeMap<DiskTicket, (quorate_agreement::VoteTicket, quorate_agreement::VoteRecord)>,
    issued: u64,
    log: LogExtent,
    work: Work,
    /// Whether nothing came and nothing was covered since the work was looked at.
    work_is_known: bool,
    told: VecDeque<Told>,
    /// When agreement last heard anything: its timers are those after this moment.
    pub(crate) looked: Now,
}

impl Duties {
    /// Something was admitted, or is on disk now.
    pub(crate) fn retry(&mut self) {
        self.work_is_known = false;
        self.retry = true;
    }

    /// Forgets what there was to hear: a machine that begins anew hears it from its tip, and knows of no work.
    pub(crate) fn forget(&mut self) {
        self.told.clear();
        (self.work, self.work_is_known) = (Work::None, false);
    }

    /// The vote log holds so many bytes already, the last of them of this height.
    pub(crate) fn continue_log(&mut self, height: Height, bytes: usize) {
        self.log = LogExtent { height, bytes };
    }

    pub(crate) fn take_evidence(&mut self) -> Vec<Evidence> {
        std::mem::take(&mut self.evidence)
    }
}

impl Replica {
    /// Tells agreement something; [`Replica::answer_agreement`] follows at the end of every input.
    pub(crate) fn tell(&mut self, told: Told) {
        self.duties.told.push_back(told);
    }

    /// A message of agreement from a connected peer.
    pub(crate) fn heard(&mut self, from: Peer, message: VerifiedMessage) {
        let from = MessageSource { peer: from, author: self.peers.address(from) };
        self.tell(Told::Received { from, message });
    }

    /// Lets agreement hear what it was told, does what it asks, until there is nothing more to do.
    pub(crate) fn answer_agreement(&mut self, now: Now, out: &mut Vec<Output>) {
        loop {
            while let Some(told) = self.duties.told.pop_front() {
                self.duties.looked = now;
                for asked in self.agreement.handle(told, now) {
                    self.asked(asked, now, out);
                }
                if self.halted {
                    return;
                }
            }
            self.update_work();
            if std::mem::take(&mut self.duties.retry) {
                self.try_build();
                self.try_checks(now);
            }
            if self.duties.told.is_empty() {
                return;
            }
        }
    }

    fn asked(&mut self, asked: Asked, now: Now, out: &mut Vec<Output>) {
        match asked {
            Asked::Build { height, view, time } => {
                self.duties.build = Some(Build::new(height, view, time));
                self.duties.retry();
            }
            Asked::Check { id, proposal, .. } => {
                self.duties.checks.retain(|check| !check.is_of(id));
                self.duties.checks.push(Check::new(id, proposal));
                self.duties.retry();
            }
            Asked::PersistVote { ticket, pending: promise } => self.record(ticket, promise, out),
            Asked::Send { to, message } => out.push(Output::Agreement { to, message: message.into_message() }),
            Asked::Certified(milestone) => self.certified(milestone, now, out),
            Asked::FetchMilestones { from, .. } => {
                out.push(Output::Summary { to: from, summary: self.graph.summary() })
            }
            Asked::SendMilestones { to, above } => {
                let ids = self.milestones_above(above).take(MILESTONES_AT_ONCE).collect();
                out.push(Output::SendVertices { to, ids });
            }
            Asked::Verify(messages) => {
                let verifier = self.agreement.verifier();
                for (from, message) in messages {
                    match verifier.verify(message) {
                        Ok(message) => self.tell(Told::Received { from, message }),
                        Err(_) => out.push(Output::Fault { peer: from.peer }),
                    }
                }
            }
            Asked::Counted { vote, behind } => {
                let committee = self.agreement.tip().committee();
                self.tell_step(PbftStep::of_vote(vote, behind, committee), out);
            }
            Asked::Evidence(evidence) => self.duties.evidence.push(evidence),
        }
    }

    /// Signs a promise; it leaves only after [`Replica::recorded`].
    fn record(&mut self, ticket: quorate_agreement::VoteTicket, promise: PendingVote, out: &mut Vec<Output>) {
        let height = promise.vote().height;
        let vote = promise.vote().sign(self.network, &self.key);
        let record = promise.into_record(vote);
        let bytes = record.to_bytes();
        let stored = self.is_stored(self.graph.last_milestone().1);
        let supersedes = self.duties.log.add(height, bytes.len(), stored);
        self.duties.issued = self.duties.issued.saturating_add(1);
        let own = DiskTicket(self.duties.issued);
        out.push(Output::Record { ticket: own, bytes, supersedes });
        self.duties.recording.insert(own, (ticket, record));
    }

    /// The vote log holds all up to `ticket`.
    pub(crate) fn recorded(&mut self, ticket: DiskTicket) {
        let later = self.duties.recording.split_off(&DiskTicket(ticket.0.saturating_add(1)));
        for (ticket, record) in std::mem::replace(&mut self.duties.recording, later).into_values() {
            self.tell(Told::Durable { ticket, record });
        }
    }

    /// A height is decided: its milestone comes through the same door as one from a peer.
    fn certified(&mut self, milestone: VerifiedMilestone, now: Now, out: &mut Vec<Output>) {
        let certificate = milestone.certificate().vote;
        let proposal = milestone.proposal();
        let leads = quorate_agreement::leader(self.committee(), proposal.previous, proposal.height, certificate.view);
        let vertex = VerifiedVertex::Milestone(milestone);
        let Admission::Admitted(vertices) = self.admit(vertex, Origin::Local, now, out) else {
            return;
        };
        // Everybody who counted the votes has it; one voice is enough for those who did not.
        let publish = if leads == self.address() { vertices.clone() } else { Vec::new() };
        self.persist(vertices, disk::Promise { publish, ..disk::Promise::default() }, out);
    }

    /// The last milestone is applied: what was asked for its height is moot.
    pub(crate) fn applied(&mut self, milestone: &VerifiedMilestone, out: &mut Vec<Output>) {
        self.duties.build = None;
        self.duties.checks.clear();
        self.duties.derived = None;
        // What was work for this height must not set the next one going.
        self.duties.work_is_known = false;
        self.update_work();
        match ChainTip::new(milestone.clone(), self.committee().clone()) {
            Ok(tip) => self.tell(Told::Applied(tip)),
            Err(_) => self.halt(milestone.height(), out),
        }
    }

    /// What a milestone of `proposal` changes: derived once, when it was proposed or judged.
    pub(crate) fn delta_of(&mut self, id: ProposalId, proposal: &Proposal) -> Option<Delta> {
        match self.duties.derived.take() {
            Some((derived, delta)) if derived == id => Some(delta),
            _ => self.derive(proposal.height, proposal.previous, &proposal.heads).ok(),
        }
    }

    /// Tells agreement whether there is something worth a milestone, when that changes.
    fn update_work(&mut self) {
        if std::mem::replace(&mut self.duties.work_is_known, true) {
            return;
        }
        let graph = &self.graph;
        self.backlog.prune(|id| graph.covered_at(*id).is_none() && !graph.is_void(*id));
        let work = self.backlog.work(graph.coverable(), &self.genesis.parameters);
        if work != self.duties.work {
            self.duties.work = work;
            self.tell(Told::Work(work));
        }
    }

    /// The applied milestones above a height, ascending.
    fn milestones_above(&self, above: Height) -> impl Iterator<Item = EventId> + '_ {
        let heights = (above.0.saturating_add(1)..).map(Height);
        heights.map_while(|height| self.graph.milestone(height))
    }

    /// Whether more evidence of this kind adds nothing to what is there.
    pub(crate) fn is_known_culprit(&self, evidence: &Evidence) -> bool {
        self.cases.is_closed(evidence, |event| self.graph.is_void(event))
    }

    /// Evidence that an event carries: kept if it proves itself and there is room.
    pub(crate) fn learn_evidence(&mut self, evidence: &Evidence, teller: Teller, out: &mut Vec<Output>) {
        let committees = &self.door.committees;
        if self.cases.told_again(evidence, teller, committees) {
            return;
        }
        let [found, _] = evidence.votes();
        let Some(place) = self.cases.place(found.signer, committees, |event| self.graph.is_void(event)) else {
            return;
        };
        if let Ok(culprit) = evidence.verify(self.network) {
            self.cases.keep(place, evidence, teller);
            out.push(Output::Notice(Notice::Evidence { culprit }));
        }
    }
}
