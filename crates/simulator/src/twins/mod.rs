//! Twins (Bano et al., "Twins: BFT Systems Made Robust", 2020): small scenarios, one after the other, of all that there are.
//!
//! Four members of equal power, one of whom runs two machines with one key, agree on the first height while nothing but
//! the rounds' rules hinders them. A round is a view; its [`RoundRule`] says from which phase on who hears whom. Then the world
//! is healed and must go on.
//!
//! ```text
//!   number --unrank--> TwinsScenario: leaders, the second machine's nature, a rule a round     (data: replayed, shrunk)
//!   TwinsScenario --run---> a world with a sieve | healed | RunReport
//! ```
//!
//! | file | what it is |
//! |---|---|
//! | `shape`, `rule` | who hears whom, and from which phase on: what a round may be |
//! | `leaders` | the sequences of leaders, and a genesis for each |
//! | `space` | how many scenarios there are, and the one of a number |
//! | `sieve` | what passes between two processes |
//! | `scenario`, `run`, `shrink` | one of them |

mod leaders;
mod run;
mod scenario;
mod shrink;
mod space;

pub use scenario::{TwinKind, TwinsScenario};
pub use space::{EXHAUSTIVE_ROUNDS, MAX_ROUNDS, exhaustive_count, scenario_count};
