//! Doing something to a world.

use std::time::Duration;

use quorate_event::VerifiedEvent;
use quorate_replica::{Input, Intent, Request};

use super::{Action, Node, World};
use crate::clock::Clock;
use crate::disk::Unsynced;
use crate::fault::Deed;

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
        self.input(node, Input::Submit { request, events: vec![event] });
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
                self.hosts[node.0].disk.log.move_away();
                self.lose_store(node);
            }
            Deed::Forget(node) => {
                self.is_honest = false;
                self.crash(node);
                self.hosts[node.0].disk.log.forget(&mut self.disk_chance);
            }
            Deed::Rot(node) => self.hosts[node.0].disk.rot(&mut self.disk_chance),
            Deed::Full(node) => self.hosts[node.0].is_full = true,
            Deed::Freed(node) => self.hosts[node.0].is_full = false,
            Deed::Snapshot(node) => self.back_up(node),
            Deed::Rollback(node) => self.roll_back(node),
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

    /// A node dies, and nobody starts it again, whatever was planned.
    pub(crate) fn retire(&mut self, node: Node) {
        self.crash(node);
        self.hosts[node.0].is_retired = true;
    }

    /// A node dies at once; what it had not synced is gone.
    pub fn crash(&mut self, node: Node) {
        if self.replica(node).is_none() {
            return;
        }
        // A write that found no room may have left its beginning.
        let unsynced = if self.hosts[node.0].is_full { Unsynced::SomeKept } else { self.disks.unsynced };
        self.hosts[node.0].disk.crash(unsynced, &mut self.disk_chance);
        let host = &self.hosts[node.0];
        self.oracle.crashed(node, host.disk.stored(), host.replica.as_ref());
        self.hosts[node.0].stop();
        self.paused[node.0] = None;
        self.everybody_loses(node);
    }

    /// A node that is down starts on what its disk holds, and everybody connects to it.
    pub fn start(&mut self, node: Node) {
        let host = &mut self.hosts[node.0];
        if host.is_up() || host.is_retired {
            return;
        }
        let now = host.clock.now(self.now);
        match host.start(now) {
            Ok(started) => {
                self.started(node, &started);
                if let Some(replica) = &self.hosts[node.0].replica {
                    self.oracle.started(node, replica);
                }
                self.outputs(node, started.outputs);
                self.everybody_meets(node);
                self.plan_wake(node);
            }
            Err(error) => self.did_not_start(node, error),
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
