//! Faults of disks, and the reaction of the operators of nodes.

use quorate_event::vote_log::LogFlaw;

use super::{RESTART, World};
use crate::fault::Fault;
use crate::host::{StartError, Started};
use crate::node_id::NodeId;
use crate::oracle::Violation;

impl World {
    /// A node's store is gone. The node writes in a new lane from then on, since peers may hold events of the old lane that it
    /// does not know.
    pub(super) fn lose_store(&mut self, node: NodeId) {
        let host = &mut self.hosts[node.0];
        host.disk.move_store_away();
        if let Some(config) = &mut host.config {
            config.lane.0 += 1;
        }
        self.oracle.store_lost(node, host.disk.log.bytes());
    }

    pub(super) fn back_up(&mut self, node: NodeId) {
        let host = &mut self.hosts[node.0];
        host.backup = host.config.clone().map(|config| Box::new((host.disk.backup(), config)));
    }

    /// The copy is kept: it can be restored again.
    pub(super) fn roll_back(&mut self, node: NodeId) {
        let Some(backup) = self.hosts[node.0].backup.clone() else {
            return;
        };
        self.is_honest = false;
        self.crash(node);
        self.oracle.corrupted(node);
        let host = &mut self.hosts[node.0];
        let (disk, config) = *backup;
        (host.disk, host.config) = (disk, Some(config));
        self.mark("a disk was put back to an older state");
    }

    /// A node has started.
    pub(super) fn started(&mut self, node: NodeId, started: &Started) {
        if started.was_torn {
            self.mark("a torn end of a vote log was cut off");
        }
        let host = &self.hosts[node.0];
        let (is_rotten, is_new) = (host.disk.log.is_rotten(), host.life > 0 && host.disk.stored().is_empty());
        if is_rotten {
            self.oracle.report(Violation::RotUnnoticed { node });
        }
        if is_new && !started.votes_lost && self.up().into_iter().any(|other| self.milestones(other).len() > 1) {
            self.mark("a member joined late");
        }
    }

    /// A node did not start: its operator follows the error message.
    pub(super) fn did_not_start(&mut self, node: NodeId, error: StartError) {
        match error {
            StartError::VoteLog(LogFlaw::Damaged { .. }) if self.hosts[node.0].disk.log.is_rotten() => {
                self.mark("rot was noticed in a vote log");
                self.hosts[node.0].disk.log.move_away();
            }
            StartError::Rotten(_) => {
                self.mark("rot was noticed in a store");
                self.lose_store(node);
            }
            error => return self.oracle.report(Violation::DoesNotStart { node, why: error.to_string() }),
        }
        self.schedule_fault(RESTART, Fault::Start(node));
    }
}
