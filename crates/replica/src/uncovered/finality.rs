//! Requests that wait until milestones cover their events.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::EventId;

use crate::input::Request;

/// Requests at a time: beyond it the oldest is dropped, and its client gets no answer after `durable`.
const REQUESTS: usize = 65_536;

/// The waiting requests, by request and by event.
#[derive(Debug, Default)]
pub(super) struct FinalityRequests {
    waiting: BTreeMap<Request, BTreeSet<EventId>>,
    by_event: BTreeMap<EventId, BTreeSet<Request>>,
}

impl FinalityRequests {
    /// `request` waits for `events`, none of which is covered.
    pub(super) fn wait(&mut self, request: Request, events: impl IntoIterator<Item = EventId>) {
        if self.waiting.len() >= REQUESTS {
            self.drop_oldest();
        }
        let events: BTreeSet<EventId> = events.into_iter().collect();
        for event in &events {
            self.by_event.entry(*event).or_default().insert(request);
        }
        self.waiting.insert(request, events);
    }

    /// `event` is covered: the requests that wait for nothing more.
    pub(super) fn covered(&mut self, event: &EventId) -> Vec<Request> {
        let mut done = Vec::new();
        for request in self.by_event.remove(event).into_iter().flatten() {
            let Some(events) = self.waiting.get_mut(&request) else {
                continue;
            };
            events.remove(event);
            if events.is_empty() {
                self.waiting.remove(&request);
                done.push(request);
            }
        }
        done
    }

    fn drop_oldest(&mut self) {
        let Some((request, events)) = self.waiting.pop_first() else {
            return;
        };
        for event in events {
            if let Some(requests) = self.by_event.get_mut(&event) {
                requests.remove(&request);
                if requests.is_empty() {
                    self.by_event.remove(&event);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_done_with_its_last_event_and_the_oldest_is_dropped_first() {
        let mut requests = FinalityRequests::default();
        let [a, b] = [1, 2].map(|byte| EventId::new([byte; 32]));
        requests.wait(Request(1), [a, b]);
        assert_eq!(requests.covered(&a), vec![]);
        assert_eq!(requests.covered(&b), vec![Request(1)]);
        for number in 0..=REQUESTS as u64 {
            requests.wait(Request(number), [a]);
        }
        let done = requests.covered(&a);
        assert_eq!((done.len(), done.contains(&Request(0))), (REQUESTS, false));
        assert!(requests.waiting.is_empty() && requests.by_event.is_empty());
    }
}
