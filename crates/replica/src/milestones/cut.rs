//! Cuts: one is chosen when this member leads, and those of others are checked. Either waits until all of its events are on
//! this disk.

use quorate_agreement::{AgreementInput, ProposalVerdict};
use quorate_event::{Height, Pace, Proposal, Timestamp};
use quorate_graph::Weight;

use super::Milestones;
use super::requests::{CheckProgress, CheckRequest, DerivedCut};
use crate::state::ReplicatedState;
use crate::state::cut_effects::{CutEffects, DeriveError};
use crate::turn::Turn;

impl Milestones {
    pub(super) fn try_build(&mut self, turn: &mut Turn<'_>) {
        let Some(mut build) = self.requests.build.take() else {
            return;
        };
        let (height, view) = (build.height, build.view);
        let Some((proposal, derived)) = build.chosen.take().or_else(|| choose(height, build.time, turn)) else {
            // The events to cover are on their way to the disk, or there are none.
            return match waits_for_disk(turn.state) {
                true => self.requests.build = Some(build),
                false => self.enqueue(AgreementInput::Built { height, view, proposal: None }),
            };
        };
        if !derived.is_stored(turn.persistence) {
            build.chosen = Some((proposal, derived));
            self.requests.build = Some(build);
            return;
        }
        turn.state.remember_derived(proposal.id(turn.state.network()), derived.effects);
        self.enqueue(AgreementInput::Built { height, view, proposal: Some(proposal) });
    }

    pub(super) fn try_checks(&mut self, turn: &mut Turn<'_>) {
        for mut check in std::mem::take(&mut self.requests.checks) {
            match verdict(&mut check, turn) {
                Some(verdict) => self.enqueue(AgreementInput::Checked { id: check.id, verdict }),
                None => self.requests.checks.push(check),
            }
        }
    }
}

/// A proposal of a fresh cut. Events on this disk were published long ago or came from peers: the other members will hold
/// them too. A request for a milestone asks for all that is held here.
fn choose(height: Height, time: Timestamp, turn: &Turn<'_>) -> Option<(Proposal, DerivedCut)> {
    let state = &*turn.state;
    // A request that is held by another member may have started the height; a milestone without it would leave it waiting.
    if state.waits_for_request() {
        return None;
    }
    let all = state.parameters().pace == Pace::Manual;
    let heads = state.graph().cut_among(cut_limit(state), |id| all || turn.is_stored(*id))?;
    let effects = state.derive(height, state.last_proposal(), &heads).ok()?;
    Some((state.proposal_of(height, heads, &effects, time), DerivedCut::new(effects, state.graph())))
}

/// Whether there will be events to cover once the disk has them.
fn waits_for_disk(state: &ReplicatedState) -> bool {
    let limit = Weight { events: 1, ..cut_limit(state) };
    state.parameters().pace == Pace::Automatic && state.graph().cut(limit).is_some()
}

/// The verdict on a proposal, once it can be given.
fn verdict(check: &mut CheckRequest, turn: &mut Turn<'_>) -> Option<ProposalVerdict> {
    let CheckRequest { id, proposal, progress } = check;
    let derived = match std::mem::replace(progress, CheckProgress::New) {
        CheckProgress::Right(derived) => derived,
        CheckProgress::Lacks(missing) if !missing.iter().all(|id| turn.state.graph().contains(*id)) => {
            *progress = CheckProgress::Lacks(missing);
            return None;
        }
        CheckProgress::New | CheckProgress::Lacks(_) => {
            match turn.state.derive(proposal.height, proposal.previous, &proposal.heads) {
                Err(DeriveError::Missing(missing)) => {
                    turn.state.cite(&missing);
                    turn.missing.add(missing.iter().copied(), None, turn.now.elapsed);
                    *progress = CheckProgress::Lacks(missing);
                    return None;
                }
                Err(DeriveError::Invalid) => return Some(ProposalVerdict::Invalid),
                Ok(effects) if !fits(&effects, turn.state) || !turn.state.follows(proposal, &effects) => {
                    return Some(ProposalVerdict::Invalid);
                }
                Ok(effects) => DerivedCut::new(effects, turn.state.graph()),
            }
        }
    };
    // A vote promises that the cut survives a crash: all of it must be on this disk first (R2).
    if !derived.is_stored(turn.persistence) {
        *progress = CheckProgress::Right(derived);
        return None;
    }
    turn.state.remember_derived(*id, derived.effects);
    Some(ProposalVerdict::Valid)
}

/// Whether a cut keeps the network's limits.
fn fits(effects: &CutEffects, state: &ReplicatedState) -> bool {
    let (weight, limit) = (state.graph().weight(&effects.ordered), cut_limit(state));
    weight.events <= limit.events && weight.bytes <= limit.bytes
}

/// The most that a milestone may newly cover.
fn cut_limit(state: &ReplicatedState) -> Weight {
    let parameters = state.parameters();
    Weight { events: parameters.cut_events, bytes: parameters.cut_bytes }
}
