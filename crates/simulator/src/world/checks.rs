//! Checks that a caller asks for: at the end of a run, or once a world has been fault-free for a while.

use std::time::Duration;

use quorate_event::{Height, VerifiedVertex};
use quorate_replica::{Intent, Replica};

use super::World;
use crate::node_id::NodeId;
use crate::oracle::Violation;

impl World {
    /// Runs the expensive checks: the documents that honest nodes show, that rebuilt replicas show the same, and that the
    /// culprits of contradicting milestones are known. Returns all violations so far.
    pub fn check_all(&mut self) -> &[Violation] {
        for node in self.honest_up() {
            let host = &self.hosts[node.0];
            if let (Some(replica), Some(config)) = (&host.replica, &host.config) {
                self.oracle.examine(node, replica, &host.disk, config, host.clock.now(self.now));
            }
        }
        self.oracle.name_culprits();
        self.violations()
    }

    /// Whether all honest nodes that are up hold and show the same; each that differs is a violation of I5. For a world that
    /// was healed long enough ago.
    pub fn expect_level(&mut self) -> bool {
        let shown = |replica: &Replica| {
            let status = replica.status();
            (status.heads, status.merged, status.finalised, status.height)
        };
        let honest = self.honest_up();
        let mut seen = honest.iter().filter_map(|node| Some((*node, shown(self.replica(*node)?))));
        let Some((other, first)) = seen.next() else {
            return true;
        };
        let behind: Vec<NodeId> = seen.filter(|(_, shown)| *shown != first).map(|(node, _)| node).collect();
        for node in &behind {
            self.oracle.report(Violation::NotLevel { node: *node, other });
        }
        behind.is_empty()
    }

    /// For a world in which a quorum is up, connected and fault-free: an honest node asks for a milestone, which must come
    /// `within` this time and after at most f + 2 views, counted from the latest view of any node (I9). Returns how long it
    /// took.
    ///
    /// The time limit is generous: a view timer that grew during the faults may be half a minute long.
    pub fn expect_milestone(&mut self, within: Duration) -> Option<Duration> {
        let (from, node) = (self.now, *self.honest_up().first()?);
        let stands = |world: &Self| {
            let up = world.honest_up().into_iter().filter_map(|node| world.replica(node));
            up.map(|replica| (replica.height(), replica.status().view.0)).collect::<Vec<_>>()
        };
        let (height, view) = stands(self).into_iter().max()?;
        self.write(node, Intent::RequestMilestone);
        let done = |world: &Self| stands(world).into_iter().all(|(reached, _)| reached > height);
        if !self.run_until(within, done) {
            let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
            self.oracle.report(Violation::NoMilestone { height, within_ms });
            return None;
        }
        let height = height.next();
        self.oracle.took(height, self.views_of(node, height).saturating_sub(view));
        Some(self.now - from)
    }

    /// How many views a height took, by the milestone on a node's disk.
    fn views_of(&self, node: NodeId, height: Height) -> u64 {
        let mut stored = self.hosts[node.0].disk.stored().iter().rev();
        let found = stored.find_map(|vertex| match vertex {
            VerifiedVertex::Milestone(milestone) if milestone.height() == height => Some(milestone),
            _ => None,
        });
        found.map_or(0, |milestone| milestone.certificate().vote.view.0 + 1)
    }

    /// The honest nodes that are up.
    pub fn honest_up(&self) -> Vec<NodeId> {
        self.up().into_iter().filter(|node| self.oracle.is_honest(*node)).collect()
    }

    pub(super) fn look(&mut self, node: NodeId) {
        let host = &self.hosts[node.0];
        if let Some(replica) = host.replica.as_ref().filter(|_| self.oracle.is_honest(node)) {
            self.oracle.look(node, replica, &host.disk);
        }
    }
}
