//! A member that repeats old messages: certificates, proposals, positions and milestones of past views and heights.
//!
//! All of them were valid once, and their signatures are valid. An old certificate must not move a view back or justify a
//! proposal that a later one forbids; an old position requests all milestones since, each time.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::insider::Insider;
use super::messages::of_agreement;
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;

/// Messages that it remembers: this many of the first, and as many of the latest.
const REMEMBERS: usize = 128;
const REPEATS_EVERY: Duration = Duration::from_millis(100);

pub(super) struct StaleCertifier {
    insider: Insider,
    first: Vec<Rc<Packet>>,
    latest: VecDeque<Rc<Packet>>,
}

impl StaleCertifier {
    pub(super) const fn new(insider: Insider) -> Self {
        Self { insider, first: Vec::new(), latest: VecDeque::new() }
    }

    fn remember(&mut self, packet: &Packet) {
        if of_agreement(packet).is_none() {
            return;
        }
        let kept = Rc::new(Packet::of_bytes(packet.bytes().to_vec()));
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

    fn on_receive(&mut self, _from: NodeId, packet: &Packet, _context: &mut ActorContext<'_>) -> bool {
        self.remember(packet);
        true
    }

    fn on_send(&mut self, _to: &[NodeId], packet: &Rc<Packet>, _context: &mut ActorContext<'_>) -> bool {
        self.remember(packet);
        true
    }

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        for node in &self.insider.others {
            let at = context.rng.up_to(self.first.len() + self.latest.len());
            let old = self.first.iter().chain(&self.latest).nth(at);
            if let Some(old) = old {
                context.send(*node, old);
            }
        }
        context.wake_after(REPEATS_EVERY);
    }
}
