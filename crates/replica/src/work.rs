//! Whether there is something worth a milestone.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use quorate_agreement::Work;
use quorate_event::{EventId, Pace, Parameters};

/// Milestones that may pass by an event that entered here. While the network keeps up, the next one covers it or the one
/// after. Where there are no milestones, as on the lesser side of a partition, nobody is refused; nor are those counted
/// that this replica only learns of when it comes back.
pub(crate) const LAG: u64 = 4;
/// Events that must have been passed by: a few may merely have been lost on their way, and sync brings them.
const PASSED_BY: usize = 32;

/// The uncovered events in the order of their arrival here, and the uncovered seals.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    arrivals: VecDeque<(Duration, EventId)>,
    seals: BTreeSet<EventId>,
    /// Those that entered the network here, with the count of milestones by then.
    entered: VecDeque<(u64, EventId)>,
    /// Milestones that were certified by votes that this replica counted.
    certified: u64,
}

impl Backlog {
    pub(crate) fn add(&mut self, id: EventId, is_seal: bool, now: Duration) {
        self.arrivals.push_back((now, id));
        if is_seal {
            self.seals.insert(id);
        }
    }

    /// An event enters the network here.
    pub(crate) fn enter(&mut self, id: EventId) {
        self.entered.push_back((self.certified, id));
    }

    /// Votes that were counted here have certified a milestone, which is applied; `waits` as for [`Self::prune`].
    pub(crate) fn certify(&mut self, waits: impl Fn(&EventId) -> bool) {
        self.certified = self.certified.saturating_add(1);
        self.entered.retain(|(_, id)| waits(id));
    }

    /// Whether milestones pass by what entered here: more is offered than the network makes final.
    pub(crate) fn lags(&self) -> bool {
        let last_of_them = self.entered.get(PASSED_BY.saturating_sub(1));
        last_of_them.is_some_and(|(since, _)| self.certified.saturating_sub(*since) >= LAG)
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
