//! A scenario, once it is known to be playable.

use quorate_event::{
    Address, Committee, CommitteeError, Genesis, Parameters, SecretKey, SecretKeyError, Stake, Timestamp, Writers,
};

use crate::demo::{DemoSeed, demo_key};
use crate::step::Step;

/// A node of a scenario, by its place among them; from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeIndex(pub usize);

/// One node, which is also a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioNode {
    /// Its name, unique in the scenario.
    pub name: String,
    /// Its weight.
    pub stake: Stake,
    /// Which demo key it has.
    pub seed: DemoSeed,
}

impl ScenarioNode {
    /// Its key, which everybody knows.
    ///
    /// # Errors
    /// When the seed gives no key, which none is known to do.
    pub fn key(&self) -> Result<SecretKey, SecretKeyError> {
        demo_key(self.seed)
    }
}

/// A network, what happens in it, and what must hold. Every [`NodeIndex`] in its steps is one of `nodes`, every write is
/// at a node that runs by then, and the committee and the parameters found a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub about: String,
    /// Who takes part; all run from the start.
    pub nodes: Vec<ScenarioNode>,
    /// Who may write.
    pub writers: Writers,
    /// By which numbers the network runs.
    pub parameters: Parameters,
    /// What happens, in order; ranges are spelled out.
    pub steps: Vec<Step>,
}

/// Why nodes do not make a committee.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FoundError {
    #[error(transparent)]
    Key(#[from] SecretKeyError),
    #[error(transparent)]
    Committee(#[from] CommitteeError),
}

impl Scenario {
    /// The genesis of the scenario's network, founded at `time`; the same for the same file and time.
    ///
    /// # Errors
    /// Never for a scenario that was parsed: its committee was made once already.
    pub fn genesis(&self, time: Timestamp) -> Result<Genesis, CommitteeError> {
        let address = |node: &ScenarioNode| match node.key() {
            Ok(key) => key.address(),
            Err(_) => Address::new([0; 20]),
        };
        let members = self.nodes.iter().map(|node| (address(node), node.stake));
        Ok(Genesis {
            name: self.name.clone(),
            time,
            committee: Committee::new(members.collect())?,
            writers: self.writers,
            parameters: self.parameters,
            demo: true,
        })
    }

    /// All nodes, by their places.
    pub fn indices(&self) -> impl Iterator<Item = NodeIndex> + use<> {
        (0..self.nodes.len()).map(NodeIndex)
    }

    /// A node's name, or nothing where there is no such node.
    pub fn node_name(&self, node: NodeIndex) -> &str {
        self.nodes.get(node.0).map_or("", |node| &node.name)
    }
}

/// Checks that the nodes' keys are keys and their stakes a committee.
pub(crate) fn committee(nodes: &[ScenarioNode]) -> Result<Committee, FoundError> {
    let member = |node: &ScenarioNode| Ok((node.key()?.address(), node.stake));
    let members: Result<Vec<_>, SecretKeyError> = nodes.iter().map(member).collect();
    Ok(Committee::new(members?)?)
}
