//! What agreement asks for, done: derive, compare, sign, send.

use std::collections::{BTreeMap, VecDeque};

use quorate_agreement::{
    Input as Told, Now, Output as Asked, Peer, Promise, Source, Tip, Verdict, VerifiedMessage, Work,
};
use quorate_event::{
    Canonical, EventId, Evidence, Height, Pace, Proposal, ProposalId, Timestamp, VerifiedMilestone, VerifiedVertex,
    View, is_planted,
};
use quorate_graph::{Graph, Origin, Weight};

use crate::admit::Admission;
use crate::cases::Teller;
use crate::derive::Misfit;
use crate::disk;
use crate::finals::Delta;
use crate::input::Ticket;
use crate::output::{Notice, Output};
use crate::replica::Replica;
use crate::steps::PbftStep;

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
        let supersedes =
            height > self.height && milestone_is_stored && self.bytes >= LOG_BYTES || is_planted("log begun too soon");
        self.height = height.max(self.height);
        self.bytes = if supersedes { bytes } else { self.bytes.saturating_add(bytes) };
        supersedes
    }
}

/// A fresh cut that agreement asked for.
#[derive(Debug)]
struct Build {
    height: Height,
    view: View,
    time: Timestamp,
    /// Chosen once, so that events which arrive while the disk works do not postpone it.
    chosen: Option<(Proposal, Derived)>,
}

/// A proposal that agreement wants judged.
#[derive(Debug)]
struct Check {
    id: ProposalId,
    proposal: Proposal,
    finding: Finding,
}

/// How far the judging of a proposal has come: what was found once is not looked for again.
#[derive(Debug)]
enum Finding {
    /// Nobody has looked.
    Nothing,
    /// These vertices of its cut are not held.
    Lacks(Vec<EventId>),
    /// It is right, and waits for the disk.
    Right(Derived),
}

/// What follows from a cut, and how far the disk must be for it.
#[derive(Debug)]
struct Derived {
    delta: Delta,
    /// The last of them in the order of admission, and so on its way to the disk.
    last: u32,
}

impl Derived {
    fn new(delta: Delta, graph: &Graph) -> Self {
        let last = delta.ordered.iter().filter_map(|id| graph.order(*id)).max().unwrap_or_default();
        Self { delta, last: if is_planted("unsynced cut") { 0 } else { last } }
    }

    /// Whether all of the cut is on this disk by now.
    const fn is_stored(&self, disk: &disk::Disk) -> bool {
        disk.holds(self.last)
    }
}

/// What agreement asked for and has not been answered.
#[derive(Debug, Default)]
pub(crate) struct Duties {
    build: Option<Build>,
    checks: Vec<Check>,
    /// Whether something came that may let a check or a build be answered.
    retry: bool,
    derived: Option<(ProposalId, Delta)>,
    evidence: Vec<Evidence>,
    recording: BTreeMap<Ticket, (quorate_agreement::Ticket, quorate_agreement::Record)>,
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
        if !is_planted("work forgotten") {
            (self.work, self.work_is_known) = (Work::None, false);
        }
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
        let from = Source { peer: from, author: self.peers.address(from) };
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
                self.duties.build = Some(Build { height, view, time, chosen: None });
                self.duties.retry();
            }
            Asked::Check { id, proposal, .. } => {
                self.duties.checks.retain(|check| check.id != id);
                self.duties.checks.push(Check { id, proposal, finding: Finding::Nothing });
                self.duties.retry();
            }
            Asked::Record { ticket, promise } => self.record(ticket, promise, out),
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
    fn record(&mut self, ticket: quorate_agreement::Ticket, promise: Promise, out: &mut Vec<Output>) {
        let height = promise.vote().height;
        let record = promise.sign(self.network, &self.key);
        let bytes = record.to_bytes();
        let stored = self.is_stored(self.graph.last_milestone().1);
        let supersedes = self.duties.log.add(height, bytes.len(), stored);
        self.duties.issued = self.duties.issued.saturating_add(1);
        let own = Ticket(self.duties.issued);
        out.push(Output::Record { ticket: own, bytes, supersedes });
        if is_planted("vote before disk") {
            return self.tell(Told::Durable { ticket, record });
        }
        self.duties.recording.insert(own, (ticket, record));
    }

    /// The vote log holds all up to `ticket`.
    pub(crate) fn recorded(&mut self, ticket: Ticket) {
        let later = self.duties.recording.split_off(&Ticket(ticket.0.saturating_add(1)));
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
        match Tip::new(milestone.clone(), self.committee().clone()) {
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

    fn try_build(&mut self) {
        let Some(mut build) = self.duties.build.take() else {
            return;
        };
        let (height, view) = (build.height, build.view);
        let Some((proposal, derived)) = build.chosen.take().or_else(|| self.choose(height, build.time)) else {
            // What is to be covered is on its way to the disk, or there is nothing.
            return match self.waits_for_disk() {
                true => self.duties.build = Some(build),
                false => self.tell(Told::Built { height, view, proposal: None }),
            };
        };
        if !derived.is_stored(&self.disk) {
            build.chosen = Some((proposal, derived));
            self.duties.build = Some(build);
            return;
        }
        self.duties.derived = Some((proposal.id(self.network), derived.delta));
        self.tell(Told::Built { height, view, proposal: Some(proposal) });
    }

    /// A proposal of a fresh cut. What is on this disk has long been sent, or came from others: they will hold it too.
    /// A seal asks for all that is held here.
    fn choose(&self, height: Height, time: Timestamp) -> Option<(Proposal, Derived)> {
        let parameters = &self.genesis.parameters;
        // Another member's seal may have set the height going; a milestone without it would leave it waiting.
        if self.backlog.waits_for_seal(parameters) {
            return None;
        }
        let all = parameters.pace == Pace::Manual;
        let heads = self.graph.cut_among(self.cut_limit(), |id| all || self.is_stored(*id))?;
        let delta = self.derive(height, self.last_proposal(), &heads).ok()?;
        Some((self.proposal_of(height, heads, &delta, time), Derived::new(delta, &self.graph)))
    }

    /// Whether there will be something to cover once the disk has it.
    fn waits_for_disk(&self) -> bool {
        let parameters = &self.genesis.parameters;
        parameters.pace == Pace::Automatic && self.graph.cut(Weight { events: 1, ..self.cut_limit() }).is_some()
    }

    fn try_checks(&mut self, now: Now) {
        for mut check in std::mem::take(&mut self.duties.checks) {
            match self.judge(&mut check, now) {
                Some(verdict) => self.tell(Told::Checked { id: check.id, verdict }),
                None => self.duties.checks.push(check),
            }
        }
    }

    /// The verdict on a proposal, once it can be given.
    fn judge(&mut self, check: &mut Check, now: Now) -> Option<Verdict> {
        let Check { id, proposal, finding } = check;
        let derived = match std::mem::replace(finding, Finding::Nothing) {
            Finding::Right(derived) => derived,
            Finding::Lacks(missing) if !missing.iter().all(|id| self.graph.contains(*id)) => {
                *finding = Finding::Lacks(missing);
                return None;
            }
            Finding::Nothing | Finding::Lacks(_) => {
                match self.derive(proposal.height, proposal.previous, &proposal.heads) {
                    Err(Misfit::Missing(missing)) => {
                        self.graph.cite(&missing);
                        self.wants.add(missing.iter().copied(), None, now.elapsed);
                        *finding = Finding::Lacks(missing);
                        return None;
                    }
                    Err(Misfit::Wrong) => return Some(Verdict::Invalid),
                    Ok(delta) if !self.fits(&delta) || !self.follows(proposal, &delta) => {
                        return Some(Verdict::Invalid);
                    }
                    Ok(delta) => Derived::new(delta, &self.graph),
                }
            }
        };
        // A vote promises that the cut survives: all of it must be on this disk first.
        if !derived.is_stored(&self.disk) {
            *finding = Finding::Right(derived);
            return None;
        }
        self.duties.derived = Some((*id, derived.delta));
        Some(Verdict::Valid)
    }

    /// Whether a cut keeps the network's limits.
    fn fits(&self, delta: &Delta) -> bool {
        let (weight, limit) = (self.graph.weight(&delta.ordered), self.cut_limit());
        weight.events <= limit.events && weight.bytes <= limit.bytes
    }

    /// What a milestone may newly cover.
    fn cut_limit(&self) -> Weight {
        let parameters = &self.genesis.parameters;
        Weight { events: parameters.cut_events, bytes: parameters.cut_bytes }
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
        let committee = &self.genesis.committee;
        if self.cases.told_again(evidence, teller, committee) {
            return;
        }
        let [found, _] = evidence.votes();
        let Some(place) = self.cases.place(found.signer, committee, |event| self.graph.is_void(event)) else {
            return;
        };
        if let Ok(culprit) = evidence.verify(self.network) {
            self.cases.keep(place, evidence, teller);
            out.push(Output::Notice(Notice::Evidence { culprit }));
        }
    }
}
