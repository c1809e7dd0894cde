//! A run as data.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use quorate_event::{Parameters, Stake};

use crate::disk::DiskModel;
use crate::fault::{Fault, ScheduledFault};
use crate::network::LinkModel;
use crate::node_id::NodeId;

/// What a case is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwarmProfile {
    /// Four members and bare seals: what is tried is agreement.
    Agreement,
    /// Seven members, documents, disks that fail: all of a replica.
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

/// A world, and what happens to it until it is healed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwarmCase {
    /// What it was drawn from; its links, disks and clients draw from it too.
    pub seed: u64,
    /// What it is made of.
    pub profile: SwarmProfile,
    /// Each member's stake.
    pub stakes: Vec<Stake>,
    /// The network's numbers.
    pub parameters: Parameters,
    /// What the links are like until they are healed.
    pub links: LinkModel,
    /// What the disks are like until they are healed.
    pub disks: DiskModel,
    /// What is done, by time.
    pub faults: Vec<ScheduledFault>,
    /// How long there is chaos.
    pub chaos: Duration,
    /// Who is down from then on.
    pub absent: Vec<NodeId>,
    /// Who lies, and how, by the names of [`Adversary::ALL`](crate::Adversary::ALL). With those that are absent and those
    /// that lose what is on their disks they have less than a third of the stake.
    pub adversaries: Vec<(NodeId, &'static str)>,
}

impl SwarmCase {
    /// Whether those that lie, are away for good, or lose what is on their disks have less than a third of the stake: more
    /// no network has to bear.
    pub fn is_tolerable(&self) -> bool {
        let stake = self.faulty().iter().map(|node| self.stakes[node.0].0).sum::<u128>();
        stake * 3 < self.stakes.iter().map(|stake| stake.0).sum()
    }

    /// Those that lie, are away for good, or lose what is on their disks.
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
