//! A scenario as data.

use std::fmt;

use quorate_event::Parameters;

use super::connectivity::Role;
use super::leaders::cast;
use super::round_rule::RoundRule;

/// What the twin's second machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwinKind {
    /// The production replica, as the first one is.
    Plain,
    /// That, and when its key leads a later view, it offers something new there that no certificate justifies.
    Rash,
}

/// Who leads, and what hinders each round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwinsScenario {
    /// Its number, or that of the scenario that it was shrunk from.
    pub number: u64,
    /// The number of its sequence of leaders.
    pub(super) sequence: u64,
    /// What the twin's second machine is.
    pub second: TwinKind,
    /// What hinders each round.
    pub rounds: Vec<RoundRule>,
}

/// A message takes a millisecond, and what is missing is asked for again after a quarter of a second: views leave time for both.
pub(super) fn parameters() -> Parameters {
    Parameters { min_events: 64, max_wait_ms: 20, view_timer_ms: 600, ..Parameters::default() }
}

impl TwinsScenario {
    /// Who leads each of the first seven views.
    pub fn leaders(&self) -> [Role; 7] {
        cast(self.sequence).leaders
    }

    /// All of it but its number.
    pub(super) fn words(&self) -> String {
        let leaders: Vec<String> = self.leaders().iter().map(|role| format!("{role:?}")).collect();
        let rounds: Vec<String> =
            self.rounds.iter().zip(0..).map(|(rule, view)| format!("\n  view {view}: {rule}")).collect();
        let second = match self.second {
            TwinKind::Plain => "plain",
            TwinKind::Rash => "rash",
        };
        let leaders = leaders.join(" ");
        format!("A, B, C and the twin T, U; U is {second}; leaders {leaders}{}", rounds.concat())
    }
}

impl fmt::Display for TwinsScenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scenario {} of profile twins: {}", self.number, self.words())
    }
}
