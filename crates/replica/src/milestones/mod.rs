//! Milestones: does the work that agreement asks for.
//!
//! [`Agreement`](quorate_agreement::Agreement) is a machine of its own: its inputs are queued here and handled at the end of
//! every turn. Its outputs ask this room to choose a cut, to check the cuts of others, to sign, to record and to send.

mod cut;
mod perform;
mod requests;
pub(crate) mod vote_log;

use std::collections::VecDeque;
use std::time::Duration;

use quorate_agreement::{Agreement, AgreementInput, AgreementStatus, BufferSizes, Now, Verifier, Work};
use quorate_event::Evidence;

use self::requests::PendingRequests;
use self::vote_log::VoteLog;
use crate::input::DiskTicket;
use crate::turn::Turn;

/// Agreement, and the requests of it that are not answered yet.
pub(crate) struct Milestones {
    agreement: Agreement,
    inputs: VecDeque<AgreementInput>,
    /// The time of the last input: the timers of agreement are those after it.
    last_input: Now,
    requests: PendingRequests,
    vote_log: VoteLog,
    /// Evidence that agreement found, until it is signed as an event.
    evidence: Vec<Evidence>,
    /// The work that agreement knows of.
    work: Work,
    /// Whether no vertex was admitted or stored since the work was computed.
    work_is_known: bool,
}

impl Milestones {
    pub(crate) fn new(agreement: Agreement, vote_log: VoteLog) -> Self {
        Self {
            agreement,
            inputs: VecDeque::new(),
            last_input: Now::default(),
            requests: PendingRequests::default(),
            vote_log,
            evidence: Vec::new(),
            work: Work::None,
            work_is_known: false,
        }
    }

    /// Queues an input of agreement; [`Milestones::run`] follows at the end of every turn.
    pub(crate) fn enqueue(&mut self, input: AgreementInput) {
        self.inputs.push_back(input);
    }

    /// A vertex was admitted, or is on disk now: a build or a check may be answered.
    pub(crate) const fn retry(&mut self) {
        self.work_is_known = false;
        self.requests.retry = true;
    }

    /// Every record of the vote log up to `ticket` is on disk.
    pub(crate) fn recorded(&mut self, ticket: DiskTicket) {
        self.inputs.extend(self.vote_log.recorded(ticket));
    }

    /// Handles all queued inputs, and performs the outputs, until no input is left.
    pub(crate) fn run(&mut self, turn: &mut Turn<'_>) {
        self.take_consequences(turn);
        loop {
            while let Some(input) = self.inputs.pop_front() {
                self.last_input = turn.now;
                let outputs = self.agreement.handle(input, turn.now);
                turn.agreement = self.agreement.status();
                for output in outputs {
                    self.perform(output, turn);
                }
                if turn.state.is_halted() {
                    return;
                }
            }
            if !std::mem::replace(&mut self.work_is_known, true) {
                let work = turn.state.work();
                self.announce_work(work);
            }
            if std::mem::take(&mut self.requests.retry) {
                self.try_build(turn);
                self.try_checks(turn);
            }
            if self.inputs.is_empty() {
                return;
            }
        }
    }

    /// Queues the milestones that were applied: requests for their heights are obsolete.
    pub(crate) fn take_consequences(&mut self, turn: &mut Turn<'_>) {
        let consequences = turn.state.take_consequences();
        for applied in consequences.applied {
            self.requests.clear();
            // Work for this height must not start the next one.
            self.work_is_known = true;
            self.announce_work(applied.work);
            self.inputs.extend(applied.tip.map(AgreementInput::Applied));
        }
        if consequences.has_progress {
            self.retry();
        }
    }

    /// Queues the work for agreement when it changes.
    fn announce_work(&mut self, work: Work) {
        if work != self.work {
            self.work = work;
            self.inputs.push_back(AgreementInput::Work(work));
        }
    }

    /// The evidence since the last call.
    pub(crate) fn take_evidence(&mut self) -> Vec<Evidence> {
        std::mem::take(&mut self.evidence)
    }

    /// The height and view of agreement.
    pub(crate) fn status(&self) -> AgreementStatus {
        self.agreement.status()
    }

    /// The time of the next timer, as of the last input: a timer that is due since then is due at once.
    pub(crate) fn next_wake(&self) -> Duration {
        self.agreement.next_wake(self.last_input)
    }

    /// The sizes of agreement's buffers.
    pub(crate) fn buffer_sizes(&self) -> BufferSizes {
        self.agreement.buffer_sizes()
    }

    /// Checks signatures of agreement on other threads; it changes with every milestone.
    pub(crate) fn verifier(&self) -> Verifier {
        self.agreement.verifier()
    }
}
