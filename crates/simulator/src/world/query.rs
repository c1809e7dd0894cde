//! Reads of the state of a world.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quorate_event::{Address, Digest, EventId, Height, VerifiedVertex};
use quorate_replica::{Replica, ReplicaConfig, Request};

use super::{RequestOutcome, World};
use crate::adversaries::Insider;
use crate::node_id::NodeId;
use crate::oracle::Violation;

impl World {
    /// All nodes that run a replica, up or down.
    pub fn nodes(&self) -> Vec<NodeId> {
        (0..self.hosts.len()).map(NodeId).filter(|node| self.hosts[node.0].config.is_some()).collect()
    }

    /// The nodes whose replica is up.
    pub fn up(&self) -> Vec<NodeId> {
        self.nodes().into_iter().filter(|node| self.replica(*node).is_some()).collect()
    }

    /// A node's replica, while it is up.
    pub fn replica(&self, node: NodeId) -> Option<&Replica> {
        self.hosts.get(node.0)?.replica.as_ref()
    }

    /// The progress of a request.
    pub fn outcome(&self, node: NodeId, request: Request) -> RequestOutcome {
        self.hosts[node.0].outcomes.get(&request).cloned().unwrap_or_default()
    }

    /// Whether all nodes that are up hold the same events and show the same documents.
    pub fn is_level(&self) -> bool {
        let mut seen = self.up().into_iter().filter_map(|node| self.replica(node)).map(|replica| {
            let status = replica.status();
            (status.events, status.heads, status.merged)
        });
        let first = seen.next();
        seen.all(|status| Some(&status) == first.as_ref())
    }

    /// The milestones on a node's disk from the genesis on: height, id, number of signers.
    pub fn milestones(&self, node: NodeId) -> Vec<(Height, EventId, usize)> {
        let host = &self.hosts[node.0];
        let stored = host.disk.stored().iter().filter_map(|vertex| match vertex {
            VerifiedVertex::Milestone(milestone) => {
                let signers = milestone.certificate().signatures.len();
                Some((milestone.height(), milestone.id().event_id(), signers))
            }
            VerifiedVertex::Event(_) => None,
        });
        let genesis = host.network().map(|network| (Height(0), network.event_id(), 0));
        let mut milestones: Vec<_> = genesis.into_iter().chain(stored).collect();
        milestones.sort_unstable();
        milestones
    }

    /// Virtual time since the world began.
    pub const fn elapsed(&self) -> Duration {
        self.now
    }

    /// Number of events processed so far.
    pub const fn event_count(&self) -> u64 {
        self.event_count
    }

    /// A digest of all delivered messages with their times so far: equal for equal seeds (W1).
    pub fn trace(&self) -> Digest {
        Digest::new(*self.trace.finalize().as_bytes())
    }

    /// The broken invariants so far.
    pub fn violations(&self) -> &[Violation] {
        self.oracle.violations()
    }

    /// How often each coverage mark was reached, by name.
    pub const fn coverage(&self) -> &BTreeMap<&'static str, u64> {
        &self.coverage
    }

    /// The keys against which a node has evidence: they signed statements that exclude each other.
    pub fn accused(&self, node: NodeId) -> &BTreeSet<Address> {
        &self.hosts[node.0].accused
    }

    /// The knowledge of the member at a node: its own key and public data.
    pub fn insider(&self, node: NodeId) -> Option<Insider> {
        let ReplicaConfig { key, genesis, .. } = self.hosts.get(node.0)?.config.clone()?;
        let others = self.nodes().into_iter().filter(|other| *other != node).collect();
        Some(Insider { node, others, key, network: genesis.network(), genesis })
    }

    /// How often a node has crashed: requests of an earlier life may never be answered.
    pub fn crashes(&self, node: NodeId) -> u32 {
        self.hosts[node.0].life
    }

    pub(super) fn address(&self, node: NodeId) -> Option<Address> {
        self.hosts[node.0].address()
    }
}
