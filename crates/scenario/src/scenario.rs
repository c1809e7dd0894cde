//! A checked scenario.

use quorate_event::{
    Address, Committee, CommitteeError, Genesis, Parameters, SecretKey, SecretKeyError, Stake, Timestamp, Writers,
};

use crate::demo::{DemoSeed, demo_key};
use crate::node_index::NodeIndex;
use crate::step::ScenarioStep;

/// One node, which is also a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioNode {
    /// Its name, unique in the scenario.
    pub name: String,
    /// Its stake.
    pub stake: Stake,
    /// The seed of its demo key.
    pub seed: DemoSeed,
}

impl ScenarioNode {
    /// Its published key.
    ///
    /// # Errors
    /// When the seed gives no valid key; no such seed is known.
    pub fn key(&self) -> Result<SecretKey, SecretKeyError> {
        demo_key(self.seed)
    }
}

/// A network, steps, and expectations. Every [`NodeIndex`] in the steps is one of `nodes`, every write is at a node that is
/// running at that step, and committee and parameters are valid.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// Its description.
    pub about: String,
    /// The nodes; all run from the start.
    pub nodes: Vec<ScenarioNode>,
    /// The addresses that may write.
    pub writers: Writers,
    /// The parameters of the network.
    pub parameters: Parameters,
    /// The steps, in order, with ranges expanded.
    pub steps: Vec<ScenarioStep>,
}

/// Why the nodes do not form a valid committee.
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
    /// Never for a parsed scenario, whose committee is checked.
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

    /// All nodes, by index.
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
