//! Whether there is something worth a milestone.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use quorate_agreement::Work;
use quorate_event::{EventId, Pace, Parameters};

/// The uncovered events in the order of their arrival here, and the uncovered seals.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    arrivals: VecDeque<(Duration, EventId)>,
    seals: BTreeSet<EventId>,
}

impl Backlog {
    pub(crate) fn add(&mut self, id: EventId, is_seal: bool, now: Duration) {
        self.arrivals.push_back((now, id));
        if is_seal {
            self.seals.insert(id);
        }
    }

    /// Forgets what is covered or void by now; `waits` says of an event that it is neither.
    pub(crate) fn prune(&mut self, waits: impl Fn(&EventId) -> bool) {
        while self.arrivals.front().is_some_and(|(_, id)| !waits(id)) {
            self.arrivals.pop_front();
        }
        self.seals.retain(|id| waits(id));
    }

    /// DESIGN §7: an event that has waited long enough, or enough of them; a seal at any pace.
    pub(crate) fn work(&self, coverable: usize, parameters: &Parameters) -> Work {
        let oldest = self.arrivals.front().map(|(arrived, _)| *arrived);
        let (true, Some(arrived)) = (coverable > 0, oldest) else {
            return Work::None;
        };
        let enough = parameters.pace == Pace::Automatic && coverable as u64 >= parameters.min_events;
        if enough || !self.seals.is_empty() {
            return Work::Now;
        }
        match parameters.pace {
            Pace::Automatic => Work::At(arrived.saturating_add(Duration::from_millis(parameters.max_wait_ms))),
            Pace::Manual => Work::None,
        }
    }

    pub(crate) fn waits_for_seal(&self, parameters: &Parameters) -> bool {
        parameters.pace == Pace::Manual && self.seals.is_empty()
    }
}
