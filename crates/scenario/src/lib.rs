//! Scenarios: a network, what happens in it, and what must hold, in one TOML file.
//!
//! One file is played by whoever can play it: live, by processes that speak to each other, or in one process, in virtual
//! time. This crate knows neither. It reads the file, so strictly that whatever it returns can be played, and it judges
//! what the player saw.
//!
//! ```text
//!  text --Scenario::parse--> Scenario { nodes, parameters, steps }
//!                                |  the player walks the steps, and at each Step::Expect
//!                                v
//!  Expectation::unmet(what the player observed) --> nothing, or what does not hold
//! ```
//!
//! # The file
//! | key | what | if absent |
//! |---|---|---|
//! | `name`, `about` | for people | `about` is empty |
//! | `nodes` | how many, or their names | must be there |
//! | `stakes` | one a node | 100 each |
//! | `keys` | the demo key of each node, by number | 1, 2, 3, … |
//! | `writers` | `members` or `open` | `members` |
//! | `pace`, `min_events`, `max_wait_ms`, `view_timer_ms`, `cut_events`, `cut_bytes` | the network's parameters | the defaults |
//! | `steps` | what happens, in order | must be there |
//! | `expect` | what must hold in the end | steps may hold expectations too |
//!
//! | step | what happens |
//! |---|---|
//! | `{ phase = "1-10" }` | a heading is shown |
//! | `{ write = "n1", document = "store", set = { k1 = "v1" }, wait = "durable" }` | a merge patch is written at a node |
//! | `{ writes = { document = "store", from = 1, to = 10, key = "k{i}", value = "v{i}", nodes = "round-robin" } }` | write i is written at node (i - 1) mod n |
//! | `{ barrier = true }` | wait until all running nodes hold the same events |
//! | `{ seal = true }`, `{ seal = "n2" }` | a milestone is asked for at the first running node, or that one; wait until every running node has it |
//! | `{ stop = "n4", how = "kill" }` | a node is killed, or asked to end by `how = "terminate"` |
//! | `{ start = "n4" }` | a stopped node is started again |
//! | `{ pause_ms = 500 }` | time passes |
//! | `{ print = true }` | each node's clock and store are shown |
//! | `{ expect = { level = "final", nodes = "all", milestones = 2, signers_at_least = 3, keys = { store = 30 }, documents = { … }, equal_digests = true } }` | wait until all of it holds |
//!
//! `barrier`, `seal`, `start` and `expect` take `within_ms`, their limit, and so does a write that waits for `final`.
//!
//! # Limits
//! A scenario writes merge patches only, and holds at most 100,000 steps once its ranges are spelled out.
//!
//! # Example
//! ```
//! use quorate_scenario::{Scenario, Step};
//! let text = r#"
//! name = "one write"
//! nodes = 1
//! steps = [{ write = "n1", document = "greeting", set = { text = "hello" } }]
//! expect = { level = "merged", keys = { greeting = 1 } }
//! "#;
//! let scenario = Scenario::parse(text, "one-write.toml").unwrap();
//! assert!(matches!(scenario.steps[..], [Step::Write(_), Step::Expect(_)]));
//! ```

mod demo;
mod error;

mod expect;
mod scenario;
mod step;

mod file;
mod resolve;

pub use demo::{DEMO_SEEDS, DemoSeed, demo_addresses, demo_key, peer_key};
pub use error::{ScenarioError, SceneFault, StepFault};
pub use expect::{Expectation, Level, Observed, ObservedMilestone, Unmet};
pub use scenario::{NodeIndex, Scenario, ScenarioNode};
pub use step::{Ending, Step, Wait, Write};
