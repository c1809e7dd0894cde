//! Twins (Bano et al., ["Twins: BFT Systems Made Robust"](https://arxiv.org/abs/2004.10617), 2020): systematic enumeration of
//! small scenarios in which one member runs twice.
//!
//! Four members of equal power, one of which runs two machines with one key, agree on the first height. Only the rules of the
//! rounds ([`RoundRule`](crate::RoundRule)) drop messages; a round is a view. Then the world is healed and must make progress.
//!
//! ```text
//!   number --unrank--> TwinsScenario: leaders, the second machine, a rule for each round   (data: replayed, shrunk)
//!   TwinsScenario --run--> a world with a message filter | healed | RunReport
//! ```
//!
//! | file | purpose |
//! |---|---|
//! | `leaders` | the sequences of leaders, and a genesis for each |
//! | `space` | the number of scenarios, and the scenario of a number |
//! | `scenario`, `run`, `shrink` | one scenario |

mod leaders;
mod run;
mod scenario;
mod shrink;
mod space;

pub use scenario::{TwinKind, TwinsScenario};
pub use space::{EXHAUSTIVE_ROUNDS, MAX_ROUNDS, exhaustive_count, scenario_count};
