//! A run as data.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use quorate_event::{Parameters, Stake};

use crate::disk::Disks;
use crate::fault::{Deed, Planned};
use crate::network::Links;
use crate::world::Node;

/// What a case is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Four members and bare seals: what is tried is agreement.
    Agreement,
    /// Seven members, documents, disks that fail: all of a replica.
    Full,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agreement => "agreement",
            Self::Full => "full",
        })
    }
}

impl Profile {
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
pub struct Case {
    /// What it was drawn from; its links, disks and clients draw from it too.
    pub seed: u64,
    /// What it is made of.
    pub profile: Profile,
    /// Each member's stake.
    pub stakes: Vec<Stake>,
    /// The network's numbers.
    pub parameters: Parameters,
    /// What the links are like until they are healed.
    pub links: Links,
    /// What the disks are like until they are healed.
    pub disks: Disks,
    /// What is done, by time.
    pub deeds: Vec<Planned>,
    /// How long there is chaos.
    pub chaos: Duration,
    /// Who is down from then on.
    pub absent: Vec<Node>,
    /// Who lies, and how, by the names of [`Adversary::ALL`](crate::Adversary::ALL). With those that are absent and those
    /// that lose what is on their disks they have less than a third of the stake.
    pub liars: Vec<(Node, &'static str)>,
}

impl Case {
    /// Whether those that lie, are away for good, or lose what is on their disks have less than a third of the stake: more
    /// no network has to bear.
    pub fn is_bearable(&self) -> bool {
        let stake = self.faulty().iter().map(|node| self.stakes[node.0].0).sum::<u128>();
        stake * 3 < self.stakes.iter().map(|stake| stake.0).sum()
    }

    /// Those that lie, are away for good, or lose what is on their disks.
    pub(super) fn faulty(&self) -> BTreeSet<Node> {
        let lost = self.deeds.iter().filter_map(|planned| match planned.deed {
            Deed::Wipe(node) | Deed::Forget(node) | Deed::Rot(node) | Deed::Rollback(node) => Some(node),
            _ => None,
        });
        let liars = self.liars.iter().map(|(node, _)| *node);
        lost.chain(liars).chain(self.absent.iter().copied()).collect()
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} of profile {}, {:?}", self.seed, self.profile, self.parameters)?;
        let stakes: Vec<u128> = self.stakes.iter().map(|stake| stake.0).collect();
        writeln!(f, "  stakes {stakes:?}\n  {:?}\n  {:?}", self.links, self.disks)?;
        for Planned { at, deed } in &self.deeds {
            writeln!(f, "  {at:>12.3?}  {deed:?}")?;
        }
        write!(f, "  {:>12.3?}  healed; away for good: {:?}; liars: {:?}", self.chaos, self.absent, self.liars)
    }
}
