//! Scenario files: a network, the steps of a test, and the expected results, in one TOML file.
//!
//! A scenario is played live, by node processes that connect to each other (`quorate up --scenario`), or in one process and in
//! virtual time (`quorate-lab play`). This crate does neither: it parses and checks the file, so that every parsed scenario can
//! be played, and it compares the player's observations with the expectations.
//!
//! ```text
//!  text --Scenario::parse--> Scenario { nodes, parameters, steps }
//!                                |  the player executes the steps; at each ScenarioStep::Expect it
//!                                v  reads the nodes
//!  Expectation::unmet(observations) --> nothing, or the expectations that do not hold
//! ```
//!
//! Terms are in [the glossary](../../../docs/glossary.md).
//!
//! # The file
//! | key | meaning | default |
//! |---|---|---|
//! | `name`, `about` | name and description | `about` is empty |
//! | `nodes` | the number of nodes, or their names | required |
//! | `stakes` | one per node | 100 each |
//! | `keys` | the demo key of each node, by number | 1, 2, 3, … |
//! | `writers` | `members` or `open` | `members` |
//! | `pace`, `min_events`, `max_wait_ms`, `view_timer_ms`, `cut_events`, `cut_bytes` | parameters of the network | the defaults |
//! | `steps` | the steps, in order | required |
//! | `expect` | an expectation after the last step | optional if a step has one |
//!
//! | step | effect |
//! |---|---|
//! | `{ phase = "1-10" }` | prints a heading |
//! | `{ write = "n1", document = "store", set = { k1 = "v1" }, wait = "durable" }` | writes a merge patch at a node |
//! | `{ writes = { document = "store", from = 1, to = 10, key = "k{i}", value = "v{i}", nodes = "round-robin" } }` | writes number i at node (i - 1) mod n |
//! | `{ barrier = true }` | waits until all running nodes hold the same events |
//! | `{ seal = true }`, `{ seal = "n2" }` | requests a milestone at the first running node, or at the named one, and waits until each running node has it |
//! | `{ stop = "n4", how = "kill" }` | kills a node, or asks it to end with `how = "terminate"` |
//! | `{ start = "n4" }` | starts a stopped node again |
//! | `{ pause_ms = 500 }` | waits |
//! | `{ print = true }` | prints the clock and the documents of each node |
//! | `{ expect = { level = "final", nodes = "all", milestones = 2, signers_at_least = 3, keys = { store = 30 }, documents = { … }, equal_digests = true } }` | waits until all of it holds |
//!
//! `barrier`, `seal`, `start` and `expect` take the time limit `within_ms`, and so does a write that waits for `final`.
//!
//! # Limits
//! Scenarios write merge patches only, and have at most 100,000 steps after the expansion of `writes`.
//!
//! # Example
//! ```
//! use quorate_scenario::{Scenario, ScenarioStep};
//! let text = r#"
//! name = "one write"
//! nodes = 1
//! steps = [{ write = "n1", document = "greeting", set = { text = "hello" } }]
//! expect = { level = "merged", keys = { greeting = 1 } }
//! "#;
//! let scenario = Scenario::parse(text, "one-write.toml").unwrap();
//! assert!(matches!(scenario.steps[..], [ScenarioStep::Write(_), ScenarioStep::Expect(_)]));
//! ```

mod demo;
mod error;

mod expect;
mod node_index;
mod scenario;
mod step;

mod file;
mod resolve;

pub use demo::{DEMO_SEEDS, DemoSeed, demo_addresses, demo_key, peer_key};
pub use error::{NetworkFault, ScenarioError, StepFault};
pub use expect::{Expectation, Observed, ObservedMilestone, ReadLevel, Unmet};
pub use node_index::NodeIndex;
pub use scenario::{Scenario, ScenarioNode};
pub use step::{Ending, ScenarioStep, ScenarioWrite, WaitFor};
