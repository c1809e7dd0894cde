//! Inspections of replicas: during a run (I5, I10) and at the end (I5, I6, I8).

use std::collections::BTreeSet;

use quorate_event::Height;
use quorate_replica::{BufferSizes, Now, Replica, ReplicaConfig, Status};

use super::bounds::{Excess, Sizes};
use super::digests;
use super::rebuild::{VisibleState, from_disk, from_peer};
use super::state::Oracle;
use super::violation::Violation;
use crate::disk::SimulatedDisk;
use crate::node_id::NodeId;

impl Oracle {
    /// Whether a node is due for an inspection; resets the flag.
    pub(crate) fn wants_look(&mut self, node: NodeId) -> bool {
        self.nodes.get_mut(node.0).is_some_and(|state| std::mem::take(&mut state.wants_look))
    }

    /// I5 and I10: inspects a node between two inputs.
    pub(crate) fn look(&mut self, node: NodeId, replica: &Replica, disk: &SimulatedDisk) {
        let status = replica.status();
        self.measured(node, Sizes::of(replica, &status, disk.log.bytes().len()));
        self.showed(node, &status);
    }

    pub(super) fn showed(&mut self, node: NodeId, status: &Status) {
        let held = self.nodes[node.0].admitted;
        for (level, other) in self.digests.look(node, held, status) {
            self.report(Violation::Differs { node, other, level });
        }
    }

    pub(super) fn measured(&mut self, node: NodeId, sizes: Sizes) {
        if let Some(Excess { what, found, bound }) = sizes.excess(&self.model) {
            self.report(Violation::Overgrown { node, what, found, bound });
        }
    }

    /// I10: the sizes of a node's agreement state.
    pub(crate) fn held(&mut self, node: NodeId, held: BufferSizes) {
        if self.is_honest(node) {
            self.measured(node, Sizes { held, ..Sizes::default() });
        }
    }

    /// I5, I6, I8: inspects an honest node once more, reads its documents, and rebuilds its replica in two ways.
    pub(crate) fn examine(
        &mut self,
        node: NodeId,
        replica: &Replica,
        disk: &SimulatedDisk,
        config: &ReplicaConfig,
        now: Now,
    ) {
        self.look(node, replica, disk);
        if let Some(document) = digests::misread(&digests::shown(replica), replica.status().finalised) {
            self.report(Violation::Misread { node, document });
        }
        self.named(node, replica);
        let state = &self.nodes[node.0];
        // A state that is not on disk yet cannot be rebuilt.
        let running = (state.admitted == state.on_disk.sum()).then(|| VisibleState::from(replica.status()));
        // A member that alone is a quorum would certify milestones at once with its own votes.
        let is_quorum = self.model.is_quorum(state.stake);
        let records = if is_quorum { Vec::new() } else { disk.log.payloads() };
        let again = from_disk(config.clone(), disk.stored(), &records, now);
        let elsewhere = || from_peer(config.clone(), disk.stored(), now);
        let elsewhere = if self.vertices.branches > 2 { again.clone() } else { elsewhere() };
        for (how, found) in rebuilt(running, again, elsewhere) {
            if !found {
                self.report(Violation::Rebuilt { node, how });
            }
        }
    }

    /// I8: an author that continued a lane twice is named by every node that holds both events.
    pub(super) fn named(&mut self, node: NodeId, replica: &Replica) {
        let named: BTreeSet<_> = replica.equivocations().into_iter().map(|found| found.author).collect();
        let on_disk = &self.nodes[node.0].on_disk;
        let held = self.lane_forks.iter().filter(|(_, events)| {
            let events = events.iter().filter(|event| on_disk.holds(**event));
            events.count() > 1
        });
        let culprits: BTreeSet<_> = held.map(|((culprit, _), _)| *culprit).collect();
        for culprit in culprits.difference(&named) {
            self.report(Violation::Unnamed { node, culprit: *culprit });
        }
    }

    /// I9: the number of views that a height took in a fault-free world.
    pub(crate) fn took(&mut self, height: Height, views: u64) {
        let bound = self.model.faults() + 2;
        if views > bound {
            self.report(Violation::TooManyViews { height, views, bound });
        }
    }

    /// I8: the proven culprits of heights with two milestones.
    pub(crate) fn name_culprits(&mut self) {
        for height in self.forks.clone() {
            let model = self.models.at(height);
            let culprits = self.votes.culprits().iter();
            let stake = culprits.filter_map(|culprit| model.stakes.get(culprit)).sum();
            if !model.exceeds_third(stake) {
                self.report(Violation::NoCulprits { height: Height(height), stake });
            }
        }
    }
}

/// Whether each way of rebuilding a replica leads to the same state.
pub(super) fn rebuilt(
    running: Option<VisibleState>,
    again: Option<VisibleState>,
    elsewhere: Option<VisibleState>,
) -> [(&'static str, bool); 2] {
    let first = running.or_else(|| again.clone());
    [
        ("from its disk", again.is_some() && again == first),
        ("in another order", elsewhere.is_some() && elsewhere == first),
    ]
}
