//! Actions on a world from outside: client writes and faults.

use std::time::Duration;

use quorate_event::VerifiedEvent;
use quorate_replica::{Input, Intent, Request};

use super::{SimEvent, World};
use crate::clock::ClockSkew;
use crate::disk::UnsyncedWrites;
use crate::fault::Fault;
use crate::node_id::NodeId;

impl World {
    /// A client writes at a node that is up.
    pub fn write(&mut self, node: NodeId, intent: Intent) -> Request {
        self.requests += 1;
        let request = Request(self.requests);
        self.client_writes(node, request, intent);
        request
    }

    /// A client that signs its own events submits one at a node that is up.
    pub fn submit(&mut self, node: NodeId, event: VerifiedEvent) -> Request {
        self.requests += 1;
        let request = Request(self.requests);
        self.input(node, Input::Submit { request, events: vec![event] });
        request
    }

    /// Injects a fault after some time.
    pub fn schedule_fault(&mut self, after: Duration, fault: Fault) {
        self.schedule(after, SimEvent::Do(Box::new(fault)));
    }

    /// Injects a fault now. Without effect where it does not apply, such as the start of a node that is up.
    pub fn inject(&mut self, fault: Fault) {
        match fault {
            Fault::Crash(node) => self.crash(node),
            Fault::Start(node) => self.start(node),
            Fault::WipeDisk(node) => {
                self.crash(node);
                self.hosts[node.0].disk.log.move_away();
                self.lose_store(node);
            }
            Fault::TruncateVoteLog(node) => {
                self.is_honest = false;
                self.crash(node);
                self.hosts[node.0].disk.log.forget(&mut self.disk_rng);
            }
            Fault::FlipBit(node) => self.hosts[node.0].disk.rot(&mut self.disk_rng),
            Fault::FillDisk(node) => self.hosts[node.0].is_full = true,
            Fault::FreeDisk(node) => self.hosts[node.0].is_full = false,
            Fault::BackUpDisk(node) => self.back_up(node),
            Fault::RestoreDisk(node) => self.roll_back(node),
            Fault::Pause(node) => _ = self.paused[node.0].get_or_insert_default(),
            Fault::Resume(node) => self.resume(node),
            Fault::Block(from, to) => self.network.block(from, to, true),
            Fault::Unblock(from, to) => self.network.block(from, to, false),
            Fault::HealLinks => self.network.heal(),
            Fault::SetClock(node, clock) => self.set_clock(node, clock),
            Fault::SetLinks(links) => {
                self.is_honest = self.is_honest && links.corrupt_per_mille == 0;
                self.network.links = links;
            }
            Fault::SetDisks(disks) => self.disks = disks,
        }
    }

    /// A node crashes and never starts again, even if a start is scheduled.
    pub(crate) fn retire(&mut self, node: NodeId) {
        self.crash(node);
        self.hosts[node.0].is_retired = true;
    }

    /// A node's process ends at once. Unsynced writes are lost.
    pub fn crash(&mut self, node: NodeId) {
        if self.replica(node).is_none() {
            return;
        }
        // On a full disk a failed write may leave its beginning.
        let unsynced = if self.hosts[node.0].is_full { UnsyncedWrites::SomeKept } else { self.disks.unsynced };
        self.hosts[node.0].disk.crash(unsynced, &mut self.disk_rng);
        let host = &self.hosts[node.0];
        self.oracle.crashed(node, host.disk.stored(), host.replica.as_ref());
        self.hosts[node.0].stop();
        self.paused[node.0] = None;
        self.everybody_loses(node);
    }

    /// A node that is down starts from its disk, and all nodes that are up connect to it.
    pub fn start(&mut self, node: NodeId) {
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
                self.schedule_wake(node);
            }
            Err(error) => self.did_not_start(node, error),
        }
    }

    fn resume(&mut self, node: NodeId) {
        for event in self.paused[node.0].take().unwrap_or_default() {
            self.schedule(Duration::ZERO, event);
        }
    }

    /// Timers that run keep running; their readings change with the clock, so the next wake-up is scheduled anew.
    fn set_clock(&mut self, node: NodeId, clock: ClockSkew) {
        self.hosts[node.0].clock = clock;
        self.hosts[node.0].wake = None;
        self.schedule_wake(node);
    }
}
