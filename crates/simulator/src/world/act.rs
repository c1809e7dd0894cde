//! Doing something to a world.

use std::time::Duration;

use quorate_event::VerifiedEvent;
use quorate_replica::{Input, Intent, Request};

use super::{Action, Node, World};
use crate::clock::Clock;
use crate::deed::Deed;
use crate::disk::Disk;
use crate::oracle::Violation;

impl World {
    /// A client writes at a node that is up.
    pub fn write(&mut self, node: Node, intent: Intent) -> Request {
        self.requests += 1;
        let request = Request(self.requests);
        self.client_writes(node, request, intent);
        request
    }

    /// A client that signs for itself hands an event to a node that is up.
    pub fn submit(&mut self, node: Node, event: VerifiedEvent) -> Request {
        self.requests += 1;
        let request = Request(self.requests);
        self.input(node, Input::Submit { request, event });
        request
    }

    /// Plans something for some time from now.
    pub fn plan_deed(&mut self, after: Duration, deed: Deed) {
        self.plan(after, Action::Do(Box::new(deed)));
    }

    /// Does something now. What cannot be, such as starting a node that is up, is nothing.
    pub fn perform(&mut self, deed: Deed) {
        match deed {
            Deed::Crash(node) => self.crash(node),
            Deed::Start(node) => self.start(node),
            Deed::Wipe(node) => {
                self.crash(node);
                let host = &mut self.hosts[node.0];
                host.disk = Disk::default();
                if let Some(config) = &mut host.config {
                    config.votes_lost = true;
                    // The old lane is on the lost disk: its events may be held by others, up to nobody knows where.
                    config.lane.0 += 1;
                }
                self.oracle.disk_replaced(node, &[]);
            }
            Deed::Forget(node) => {
                self.is_honest = false;
                self.crash(node);
                self.hosts[node.0].disk.forget_votes(&mut self.disk_chance);
            }
            Deed::Pause(node) => _ = self.paused[node.0].get_or_insert_default(),
            Deed::Resume(node) => self.resume(node),
            Deed::Block(from, to) => self.network.block(from, to, true),
            Deed::Unblock(from, to) => self.network.block(from, to, false),
            Deed::Heal => self.network.heal(),
            Deed::Clock(node, clock) => self.set_clock(node, clock),
            Deed::Links(links) => {
                self.is_honest = self.is_honest && links.corrupt_per_mille == 0;
                self.network.links = links;
            }
            Deed::Disks(disks) => self.disks = disks,
        }
    }

    /// A node dies at once; what it had not synced is gone.
    pub fn crash(&mut self, node: Node) {
        if self.replica(node).is_none() {
            return;
        }
        self.hosts[node.0].disk.crash(self.disks.unsynced, &mut self.disk_chance);
        self.oracle.crashed(node, self.hosts[node.0].disk.stored());
        self.hosts[node.0].stop();
        self.paused[node.0] = None;
        self.everybody_loses(node);
    }

    /// A node that is down starts on what its disk holds, and everybody connects to it.
    pub fn start(&mut self, node: Node) {
        let host = &mut self.hosts[node.0];
        if host.is_up() {
            return;
        }
        let now = host.clock.now(self.now);
        match host.start(now) {
            Ok(outputs) => {
                if let Some(replica) = &host.replica {
                    self.oracle.started(node, replica);
                }
                self.outputs(node, outputs);
                self.everybody_meets(node);
                self.plan_wake(node);
            }
            Err(error) => {
                self.oracle.report(Violation::DoesNotStart { node, why: error.to_string() });
            }
        }
    }

    fn resume(&mut self, node: Node) {
        for action in self.paused[node.0].take().unwrap_or_default() {
            self.plan(Duration::ZERO, action);
        }
    }

    /// Its timers keep running: what changes is what they are called.
    fn set_clock(&mut self, node: Node, clock: Clock) {
        self.hosts[node.0].clock = clock;
        self.hosts[node.0].wake = None;
        self.plan_wake(node);
    }
}
