//! Cuts for agreement: one chosen when this member leads, and those of others judged. Either waits until all of its
//! events are on this disk.

use quorate_agreement::{AgreementInput as Told, Now, ProposalVerdict};
use quorate_event::{EventId, Height, Pace, Proposal, ProposalId, Timestamp, View};
use quorate_graph::{Graph, Weight};

use crate::documents::roots::Delta;
use crate::persistence::Disk;
use crate::replica::Replica;
use crate::state::derive::Misfit;

/// A fresh cut that agreement asked for.
#[derive(Debug)]
pub(crate) struct Build {
    height: Height,
    view: View,
    time: Timestamp,
    /// Chosen once, so that events which arrive while the disk works do not postpone it.
    chosen: Option<(Proposal, Derived)>,
}

impl Build {
    pub(crate) const fn new(height: Height, view: View, time: Timestamp) -> Self {
        Self { height, view, time, chosen: None }
    }
}

/// A proposal that agreement wants judged.
#[derive(Debug)]
pub(crate) struct Check {
    id: ProposalId,
    proposal: Proposal,
    finding: Finding,
}

impl Check {
    pub(crate) const fn new(id: ProposalId, proposal: Proposal) -> Self {
        Self { id, proposal, finding: Finding::Nothing }
    }

    pub(crate) fn is_of(&self, id: ProposalId) -> bool {
        self.id == id
    }
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
        Self { delta, last }
    }

    /// Whether all of the cut is on this disk by now.
    const fn is_stored(&self, disk: &Disk) -> bool {
        disk.holds(self.last)
    }
}

impl Replica {
    pub(crate) fn try_build(&mut self) {
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

    pub(crate) fn try_checks(&mut self, now: Now) {
        for mut check in std::mem::take(&mut self.duties.checks) {
            match self.judge(&mut check, now) {
                Some(verdict) => self.tell(Told::Checked { id: check.id, verdict }),
                None => self.duties.checks.push(check),
            }
        }
    }

    /// The verdict on a proposal, once it can be given.
    fn judge(&mut self, check: &mut Check, now: Now) -> Option<ProposalVerdict> {
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
                    Err(Misfit::Wrong) => return Some(ProposalVerdict::Invalid),
                    Ok(delta) if !self.fits(&delta) || !self.follows(proposal, &delta) => {
                        return Some(ProposalVerdict::Invalid);
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
        Some(ProposalVerdict::Valid)
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
}
