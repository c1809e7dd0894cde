//! A member that repeats the past: certificates, offers, positions and milestones of views and heights that are over.
//!
//! All of it was true once, and its signatures are good. An old certificate must not move a view back or justify an offer
//! that a later one forbids; an old position asks for all milestones since, each time.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::insider::Insider;
use super::messages::of_agreement;
use crate::actor::{Actor, Hands};
use crate::packet::Wire;
use crate::world::Node;

/// What it remembers: the first so many messages, and as many of the latest.
const REMEMBERS: usize = 128;
const REPEATS_EVERY: Duration = Duration::from_millis(100);

pub(super) struct StaleCertifier {
    insider: Insider,
    first: Vec<Rc<Wire>>,
    latest: VecDeque<Rc<Wire>>,
}

impl StaleCertifier {
    pub(super) const fn new(insider: Insider) -> Self {
        Self { insider, first: Vec::new(), latest: VecDeque::new() }
    }

    fn remember(&mut self, wire: &Wire) {
        if of_agreement(wire).is_none() {
            return;
        }
        let kept = Rc::new(Wire::of_bytes(wire.bytes().to_vec()));
        if self.first.len() < REMEMBERS {
            return self.first.push(kept);
        }
        if self.latest.len() >= REMEMBERS {
            self.latest.pop_front();
        }
        self.latest.push_back(kept);
    }
}

impl Actor for StaleCertifier {
    fn name(&self) -> &'static str {
        "stale certifier"
    }

    fn hears(&mut self, _from: Node, wire: &Wire, _hands: &mut Hands<'_>) -> bool {
        self.remember(wire);
        true
    }

    fn says(&mut self, _to: &[Node], wire: &Rc<Wire>, _hands: &mut Hands<'_>) -> bool {
        self.remember(wire);
        true
    }

    fn wakes(&mut self, hands: &mut Hands<'_>) {
        for node in &self.insider.others {
            let at = hands.chance.up_to(self.first.len() + self.latest.len());
            let old = self.first.iter().chain(&self.latest).nth(at);
            if let Some(old) = old {
                hands.send(*node, old);
            }
        }
        hands.wake_after(REPEATS_EVERY);
    }
}
