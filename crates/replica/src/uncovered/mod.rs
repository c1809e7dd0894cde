//! The events that no milestone covers yet, and the client requests that wait for a milestone.

mod backlog;
mod finality;

use std::time::Duration;

use quorate_agreement::Work;
use quorate_event::{EventId, Parameters};

use self::backlog::Backlog;
use self::finality::FinalityRequests;
use crate::input::Request;

/// The uncovered events, in the order of their arrival, and the requests that wait for them.
#[derive(Debug, Default)]
pub(crate) struct UncoveredEvents {
    backlog: Backlog,
    requests: FinalityRequests,
}

impl UncoveredEvents {
    /// An event arrived `at` this time; some events ask for a milestone.
    pub(crate) fn add(&mut self, id: EventId, asks_for_milestone: bool, at: Duration) {
        self.backlog.add(id, asks_for_milestone, at);
    }

    /// Drops events that are covered or void; `is_open` says of an event that it is neither.
    pub(crate) fn prune(&mut self, is_open: impl Fn(&EventId) -> bool) {
        self.backlog.prune(is_open);
    }

    /// The work for agreement, when a milestone could cover `coverable` events.
    pub(crate) fn work(&self, coverable: usize, parameters: &Parameters) -> Work {
        self.backlog.work(coverable, parameters)
    }

    /// Whether milestones are made on request only, and none is requested.
    pub(crate) fn waits_for_request(&self, parameters: &Parameters) -> bool {
        self.backlog.waits_for_request(parameters)
    }

    /// `request` waits until milestones cover all of `events`.
    pub(crate) fn wait(&mut self, request: Request, events: Vec<EventId>) {
        self.requests.wait(request, events);
    }

    /// A milestone covers `event`: the requests that wait for nothing more.
    pub(crate) fn covered(&mut self, event: &EventId) -> Vec<Request> {
        self.requests.covered(event)
    }
}
