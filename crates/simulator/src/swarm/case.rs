//! A swarm run as data.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use quorate_event::{Parameters, Stake};

use crate::disk::DiskModel;
use crate::fault::{Fault, ScheduledFault};
use crate::network::LinkModel;
use crate::node_id::NodeId;

/// The kind of world that a case is played in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwarmProfile {
    /// Four members that only ask for milestones: tests agreement.
    Agreement,
    /// Seven members, documents, failing disks: tests the whole replica.
    Full,
}

impl fmt::Display for SwarmProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agreement => "agreement",
            Self::Full => "full",
        })
    }
}

impl SwarmProfile {
    /// How many members it has.
    pub const fn members(self) -> usize {
        match self {
            Self::Agreement => 4,
            Self::Full => 7,
        }
    }
}

/// A world, its faults until it is healed, and its adversaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwarmCase {
    /// The seed of the case, of its links and disks, and of its clients.
    pub seed: u64,
    /// The kind of world.
    pub profile: SwarmProfile,
    /// Each member's stake.
    pub stakes: Vec<Stake>,
    /// The network's parameters.
    pub parameters: Parameters,
    /// How links behave until they are healed.
    pub links: LinkModel,
    /// How disks behave until they are healed.
    pub disks: DiskModel,
    /// The faults, by time.
    pub faults: Vec<ScheduledFault>,
    /// The duration of the faulty phase.
    pub chaos: Duration,
    /// The nodes that are down from then on.
    pub absent: Vec<NodeId>,
    /// The Byzantine nodes, with the names of [`Adversary::ALL`](crate::Adversary::ALL). Together with the absent nodes and the
    /// nodes that lose their disks they have less than a third of the stake.
    pub adversaries: Vec<(NodeId, &'static str)>,
}

impl SwarmCase {
    /// Whether the Byzantine nodes, the absent ones, and those that lose their disks have less than a third of the stake: the
    /// protocol tolerates no more.
    pub fn is_tolerable(&self) -> bool {
        let stake = self.faulty().iter().map(|node| self.stakes[node.0].0).sum::<u128>();
        stake * 3 < self.stakes.iter().map(|stake| stake.0).sum()
    }

    /// The nodes that are Byzantine, absent, or lose their disks.
    pub(super) fn faulty(&self) -> BTreeSet<NodeId> {
        let lost = self.faults.iter().filter_map(|scheduled| match scheduled.fault {
            Fault::WipeDisk(node) | Fault::TruncateVoteLog(node) | Fault::FlipBit(node) | Fault::RestoreDisk(node) => {
                Some(node)
            }
            _ => None,
        });
        let adversaries = self.adversaries.iter().map(|(node, _)| *node);
        lost.chain(adversaries).chain(self.absent.iter().copied()).collect()
    }
}

impl fmt::Display for SwarmCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} of profile {}, {:?}", self.seed, self.profile, self.parameters)?;
        let stakes: Vec<u128> = self.stakes.iter().map(|stake| stake.0).collect();
        writeln!(f, "  stakes {stakes:?}\n  {:?}\n  {:?}", self.links, self.disks)?;
        for ScheduledFault { at, fault } in &self.faults {
            writeln!(f, "  {at:>12.3?}  {fault:?}")?;
        }
        write!(
            f,
            "  {:>12.3?}  healed; away for good: {:?}; adversaries: {:?}",
            self.chaos, self.absent, self.adversaries
        )
    }
}
