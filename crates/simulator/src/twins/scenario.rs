//! A scenario as data.

use std::fmt;

use super::leaders::cast;
use crate::round_rules::Role;
use crate::round_rules::RoundRule;

/// The twin's second machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwinKind {
    /// The production replica, like the first machine.
    Plain,
    /// The same, with [the rash leader](crate::Adversary) before it: when its key leads a later view, it proposes something new
    /// that no certificate allows.
    Rash,
}

/// The leaders, and the rule of each round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwinsScenario {
    /// Its number, or the number of the scenario that it was shrunk from.
    pub number: u64,
    /// The number of its sequence of leaders.
    pub(super) sequence: u64,
    /// The twin's second machine.
    pub second: TwinKind,
    /// The rule of each round.
    pub rounds: Vec<RoundRule>,
}

impl TwinsScenario {
    /// Who leads each of the first seven views.
    pub fn leaders(&self) -> [Role; 7] {
        cast(self.sequence).leaders
    }

    /// The scenario in words, without its number.
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
