//! The work for agreement: whether the uncovered events are worth a milestone.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use quorate_agreement::Work;
use quorate_event::{EventId, Pace, Parameters};

/// The uncovered events in the order of their arrival here, and those that ask for a milestone.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    arrivals: VecDeque<(Duration, EventId)>,
    requests: BTreeSet<EventId>,
}

impl Backlog {
    pub(super) fn add(&mut self, id: EventId, asks_for_milestone: bool, now: Duration) {
        self.arrivals.push_back((now, id));
        if asks_for_milestone {
            self.requests.insert(id);
        }
    }

    /// Drops events that are covered or void by now; `is_open` says of an event that it is neither.
    pub(super) fn prune(&mut self, is_open: impl Fn(&EventId) -> bool) {
        while self.arrivals.front().is_some_and(|(_, id)| !is_open(id)) {
            self.arrivals.pop_front();
        }
        self.requests.retain(|id| is_open(id));
    }

    /// At the automatic pace, an event that has waited `max_wait_ms` or `min_events` events are work; at either pace, a
    /// request for a milestone is.
    pub(super) fn work(&self, coverable: usize, parameters: &Parameters) -> Work {
        let oldest = self.arrivals.front().map(|(arrived, _)| *arrived);
        let (true, Some(arrived)) = (coverable > 0, oldest) else {
            return Work::None;
        };
        let enough = parameters.pace == Pace::Automatic && coverable as u64 >= parameters.min_events;
        if enough || !self.requests.is_empty() {
            return Work::Now;
        }
        match parameters.pace {
            Pace::Automatic => Work::At(arrived.saturating_add(Duration::from_millis(parameters.max_wait_ms))),
            Pace::Manual => Work::None,
        }
    }

    pub(super) fn waits_for_request(&self, parameters: &Parameters) -> bool {
        parameters.pace == Pace::Manual && self.requests.is_empty()
    }
}
