//! The replica: its rooms, and the one function that changes them.

use std::time::Duration;

use quorate_agreement::{AgreementInput, MessageSource, Now};
use quorate_event::{Address, Committee, Height, SecretKey};

use crate::authoring::{Authoring, PendingIntent};
use crate::config::ReplicaConfig;
use crate::input::Input;
use crate::milestones::Milestones;
use crate::output::Output;
use crate::peers::missing_parents::MissingParents;
use crate::persistence::Persistence;
use crate::state::ReplicatedState;
use crate::sync::Synchronizer;
use crate::turn::Turn;

/// One party's copy of the shared state, as a pure machine: inputs and the time in, outputs out.
pub struct Replica {
    key: SecretKey,
    state: ReplicatedState,
    persistence: Persistence,
    missing: MissingParents,
    sync: Synchronizer,
    authoring: Authoring,
    milestones: Milestones,
}

impl Replica {
    /// A replica of recovered parts.
    pub(crate) fn assemble(
        config: &ReplicaConfig,
        state: ReplicatedState,
        persistence: Persistence,
        milestones: Milestones,
    ) -> Self {
        Self {
            key: config.key.clone(),
            state,
            persistence,
            missing: MissingParents::default(),
            sync: Synchronizer::default(),
            authoring: Authoring::new(config.lane, config.sharing),
            milestones,
        }
    }

    /// The one door: every change of a replica passes through here.
    pub fn handle(&mut self, input: Input, now: Now) -> Vec<Output> {
        if self.state.is_halted() {
            return Vec::new();
        }
        let Rooms { sync, authoring, milestones, mut turn } = self.rooms(now);
        match input {
            Input::Tick => milestones.enqueue(AgreementInput::Tick),
            Input::Connected { peer, address } => {
                sync.connected(peer, address, &mut turn);
                milestones.enqueue(AgreementInput::Connected(peer));
            }
            Input::Disconnected { peer } => sync.disconnected(peer, &mut turn),
            Input::Vertices { from, vertices } => {
                sync.receive_vertices(from, vertices, &mut turn);
            }
            Input::FutureMilestones { from, milestones } => sync.receive_future(from, milestones, &mut turn),
            Input::SyncResponse { from, vertices, more } => sync.receive_response(from, vertices, more, &mut turn),
            Input::Agreement { from, message } => {
                let from = MessageSource { peer: from, author: sync.address_of(from) };
                milestones.enqueue(AgreementInput::Received { from, message });
            }
            Input::Summary { from, summary } => sync.respond_to_summary(from, &summary, &mut turn),
            Input::Want { from, ids } => sync.respond_to_want(from, ids, &mut turn),
            Input::Write { request, intent, atomicity } => {
                authoring.write(PendingIntent { request, intent, atomicity }, &mut turn);
            }
            Input::Submit { request, events } => authoring.submit(request, events, &mut turn),
            Input::SkipLeader => milestones.enqueue(AgreementInput::SkipNow),
            Input::Stored(ticket) => {
                // A cut that waited for the disk may be complete now.
                milestones.retry();
                authoring.stored(ticket, &mut turn);
            }
            Input::Recorded(ticket) => milestones.recorded(ticket),
        }
        settle(sync, authoring, milestones, turn)
    }

    /// The outputs that follow from the recovered state without an input.
    pub(crate) fn start(&mut self, now: Now) -> Vec<Output> {
        let Rooms { sync, authoring, milestones, turn } = self.rooms(now);
        settle(sync, authoring, milestones, turn)
    }

    fn rooms(&mut self, now: Now) -> Rooms<'_> {
        let turn = Turn {
            now,
            outputs: Vec::new(),
            key: &self.key,
            state: &mut self.state,
            persistence: &mut self.persistence,
            missing: &mut self.missing,
            agreement: self.milestones.status(),
        };
        Rooms { sync: &mut self.sync, authoring: &mut self.authoring, milestones: &mut self.milestones, turn }
    }

    /// The time at which [`Input::Tick`] is needed next, if ever.
    pub fn next_wake(&self) -> Option<Duration> {
        if self.state.is_halted() {
            return None;
        }
        let agreement = Some(self.milestones.next_wake());
        [agreement, self.missing.next_due(), self.sync.next_wake()].into_iter().flatten().min()
    }

    /// The committee of the next height.
    pub fn committee(&self) -> &Committee {
        self.state.committee()
    }

    /// The committee of a height, as long as it is remembered.
    pub fn committee_of(&self, height: Height) -> Option<&Committee> {
        self.state.committee_of(height)
    }

    /// This replica's author.
    pub fn address(&self) -> Address {
        self.state.author()
    }

    pub(crate) const fn state(&self) -> &ReplicatedState {
        &self.state
    }

    pub(crate) const fn state_mut(&mut self) -> &mut ReplicatedState {
        &mut self.state
    }

    pub(crate) const fn sync(&self) -> &Synchronizer {
        &self.sync
    }

    pub(crate) const fn milestones(&self) -> &Milestones {
        &self.milestones
    }

    pub(crate) fn missing_count(&self) -> usize {
        self.missing.len()
    }
}

/// The rooms beside the turn that they share.
struct Rooms<'a> {
    sync: &'a mut Synchronizer,
    authoring: &'a mut Authoring,
    milestones: &'a mut Milestones,
    turn: Turn<'a>,
}

/// The steps that follow every input: requests that are due, agreement, milestones that waited, evidence.
fn settle(
    sync: &mut Synchronizer,
    authoring: &mut Authoring,
    milestones: &mut Milestones,
    mut turn: Turn<'_>,
) -> Vec<Output> {
    sync.keep_time(&mut turn);
    milestones.run(&mut turn);
    while sync.take_future(&mut turn) {
        milestones.run(&mut turn);
    }
    authoring.report(milestones.take_evidence(), &mut turn);
    milestones.take_consequences(&mut turn);
    turn.outputs
}
