//! The syntax of the file; [`crate::resolve`] turns it into a scenario.

use std::collections::BTreeMap;

use quorate_event::{Pace, Parameters, Writers};
use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Spanned;

use crate::expect::ReadLevel;
use crate::step::{Ending, WaitFor};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScenarioFile {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) about: String,
    pub(crate) nodes: NodesEntry,
    pub(crate) stakes: Option<Vec<StakeEntry>>,
    pub(crate) keys: Option<Vec<u64>>,
    #[serde(default)]
    pub(crate) writers: ScenarioWriters,
    #[serde(default)]
    pace: ScenarioPace,
    min_events: Option<u64>,
    max_wait_ms: Option<u64>,
    view_timer_ms: Option<u64>,
    cut_events: Option<u64>,
    cut_bytes: Option<u64>,
    pub(crate) steps: Vec<Spanned<StepEntry>>,
    pub(crate) expect: Option<Spanned<ExpectEntry>>,
}

impl ScenarioFile {
    pub(crate) fn parameters(&self) -> Parameters {
        let usual = Parameters::default();
        Parameters {
            pace: match self.pace {
                ScenarioPace::Automatic => Pace::Automatic,
                ScenarioPace::Manual => Pace::Manual,
            },
            min_events: self.min_events.unwrap_or(usual.min_events),
            max_wait_ms: self.max_wait_ms.unwrap_or(usual.max_wait_ms),
            view_timer_ms: self.view_timer_ms.unwrap_or(usual.view_timer_ms),
            cut_events: self.cut_events.unwrap_or(usual.cut_events),
            cut_bytes: self.cut_bytes.unwrap_or(usual.cut_bytes),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a number of nodes, or a list of their names")]
pub(crate) enum NodesEntry {
    Count(usize),
    Names(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a stake: a whole number, or its decimal digits in quotes")]
pub(crate) enum StakeEntry {
    Number(u64),
    Digits(#[serde(deserialize_with = "digits")] u128),
}

fn digits<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ScenarioWriters {
    #[default]
    Members,
    Open,
}

impl ScenarioWriters {
    pub(crate) const fn writers(&self) -> Writers {
        match self {
            Self::Members => Writers::Members,
            Self::Open => Writers::Open,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum ScenarioPace {
    #[default]
    Automatic,
    Manual,
}

/// The value `true`, the only one for steps without arguments.
#[derive(Deserialize)]
#[serde(try_from = "bool")]
pub(crate) struct Yes;

impl TryFrom<bool> for Yes {
    type Error = &'static str;

    fn try_from(said: bool) -> Result<Self, Self::Error> {
        said.then_some(Self).ok_or("write `true`, or leave it out")
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`true`, or the name of a node")]
pub(crate) enum SealEntry {
    FirstRunning(Yes),
    At(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepEntry {
    pub(crate) phase: Option<String>,
    pub(crate) write: Option<String>,
    pub(crate) writes: Option<WritesEntry>,
    pub(crate) barrier: Option<Yes>,
    pub(crate) seal: Option<SealEntry>,
    pub(crate) stop: Option<String>,
    pub(crate) start: Option<String>,
    pub(crate) pause_ms: Option<u64>,
    pub(crate) print: Option<Yes>,
    pub(crate) expect: Option<ExpectEntry>,

    pub(crate) document: Option<String>,
    pub(crate) set: Option<Map<String, Value>>,
    pub(crate) wait: Option<WaitEntry>,
    pub(crate) how: Option<EndingEntry>,
    pub(crate) within_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WritesEntry {
    pub(crate) document: String,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) key: String,
    pub(crate) value: Value,
    #[serde(default)]
    pub(crate) nodes: TurnsEntry,
}

#[derive(Deserialize, Default)]
#[serde(untagged, expecting = "\"round-robin\", or a list of nodes")]
pub(crate) enum TurnsEntry {
    #[default]
    Default,
    RoundRobin(RoundRobin),
    Among(Vec<String>),
}

#[derive(Deserialize)]
pub(crate) enum RoundRobin {
    #[serde(rename = "round-robin")]
    All,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WaitEntry {
    Durable,
    Final,
}

impl WaitEntry {
    pub(crate) const fn wait(self) -> WaitFor {
        match self {
            Self::Durable => WaitFor::Durable,
            Self::Final => WaitFor::Final,
        }
    }
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EndingEntry {
    Kill,
    Terminate,
}

impl EndingEntry {
    pub(crate) const fn ending(self) -> Ending {
        match self {
            Self::Kill => Ending::Kill,
            Self::Terminate => Ending::Terminate,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectEntry {
    #[serde(default)]
    pub(crate) level: LevelEntry,
    #[serde(default)]
    pub(crate) nodes: WhereEntry,
    pub(crate) milestones: Option<u64>,
    pub(crate) signers_at_least: Option<usize>,
    #[serde(default)]
    pub(crate) documents: BTreeMap<String, Value>,
    #[serde(default)]
    pub(crate) keys: BTreeMap<String, usize>,
    #[serde(default)]
    pub(crate) equal_digests: bool,
    pub(crate) within_ms: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LevelEntry {
    Merged,
    #[default]
    Final,
}

impl LevelEntry {
    pub(crate) const fn level(&self) -> ReadLevel {
        match self {
            Self::Merged => ReadLevel::Merged,
            Self::Final => ReadLevel::Final,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(untagged, expecting = "\"all\", \"running\", or a list of nodes")]
pub(crate) enum WhereEntry {
    #[default]
    Default,
    Word(WhereWord),
    Among(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WhereWord {
    All,
    Running,
}
