//! From the syntax of the file to a scenario that can be played.

use quorate_event::{Height, Stake, Timestamp};
use serde_json::{Map, Value};
use toml::Spanned;

use crate::demo::DemoSeed;
use crate::error::{NetworkFault, ScenarioError, StepFault};
use crate::expect::Expectation;
use crate::file::{
    ExpectEntry, NodesEntry, ScenarioFile, SealEntry, StakeEntry, StepEntry, TurnsEntry, WhereEntry, WhereWord,
    WritesEntry,
};
use crate::node_index::NodeIndex;
use crate::scenario::{FoundError, Scenario, ScenarioNode, committee};
use crate::step::{Ending, ScenarioStep, ScenarioWrite, WaitFor};

/// The largest number of nodes: the number of published demo keys.
const NODES: usize = crate::demo::DEMO_SEEDS as usize;
/// The largest number of steps after expansion of ranges: a small file must not fill the memory.
const STEPS: usize = 100_000;
/// The default time limit of a step.
const WITHIN_MS: u64 = 60_000;
const STAKE: u128 = 100;

/// The actions of steps, each with the other keys that it takes.
const ACTIONS: [(&str, &[&str]); 10] = [
    ("phase", &[]),
    ("write", &["document", "set", "wait", "within_ms"]),
    ("writes", &["wait", "within_ms"]),
    ("barrier", &["within_ms"]),
    ("seal", &["within_ms"]),
    ("stop", &["how"]),
    ("start", &["within_ms"]),
    ("pause_ms", &[]),
    ("print", &[]),
    ("expect", &[]),
];

impl Scenario {
    /// Reads a scenario from the text of `file`.
    ///
    /// # Errors
    /// The error, with its place and the correction.
    pub fn parse(text: &str, file: &str) -> Result<Self, ScenarioError> {
        let syntax = |source| ScenarioError::Syntax { file: file.to_owned(), source: Box::new(source) };
        let entry: ScenarioFile = toml::from_str(text).map_err(syntax)?;
        let network = |source| ScenarioError::Network { file: file.to_owned(), source };
        let mut scenario = found(&entry).map_err(network)?;
        let mut resolver = Resolver::new(&scenario.nodes);
        let at = |offset: usize, source| ScenarioError::Step {
            file: file.to_owned(),
            line: text.get(..offset).unwrap_or(text).matches('\n').count() + 1,
            source,
        };
        for step in entry.steps {
            let start = step.span().start;
            let steps = resolver.step(step.into_inner());
            scenario.steps.extend(steps.map_err(|e| at(start, e))?);
            if scenario.steps.len() > STEPS {
                return Err(network(NetworkFault::TooManySteps { limit: STEPS }));
            }
        }
        if let Some(expect) = entry.expect {
            let start = expect.span().start;
            let expectation = resolver.expectation(Spanned::into_inner(expect));
            let expectation = expectation.map_err(|e| at(start, e))?;
            scenario.steps.push(ScenarioStep::Expect(expectation));
        }
        let expects = |step: &ScenarioStep| matches!(step, ScenarioStep::Expect(_));
        if !scenario.steps.iter().any(expects) {
            return Err(network(NetworkFault::NothingExpected));
        }
        Ok(scenario)
    }
}

/// The network, without steps.
fn found(file: &ScenarioFile) -> Result<Scenario, NetworkFault> {
    let names = names(&file.nodes)?;
    let count = names.len();
    let stakes = match &file.stakes {
        None => vec![STAKE; count],
        Some(stakes) => stakes.iter().map(amount).collect(),
    };
    let keys = match &file.keys {
        None => (1..).take(count).collect(),
        Some(keys) => keys.clone(),
    };
    for (key, found) in [("stakes", stakes.len()), ("keys", keys.len())] {
        if found != count {
            let nodes = count;
            return Err(NetworkFault::Count { key, found, nodes });
        }
    }
    let nodes = names.into_iter().zip(stakes).zip(keys);
    let nodes = nodes.map(|((name, stake), seed)| ScenarioNode { name, stake: Stake(stake), seed: DemoSeed(seed) });
    let scenario = Scenario {
        name: file.name.clone(),
        about: file.about.clone(),
        nodes: nodes.collect(),
        writers: file.writers.writers(),
        parameters: file.parameters(),
        steps: Vec::new(),
    };
    committee(&scenario.nodes).map_err(|error| match error {
        FoundError::Key(error) => NetworkFault::Key(error),
        FoundError::Committee(error) => NetworkFault::Committee(error),
    })?;
    scenario.genesis(Timestamp(0))?.check(&[])?;
    Ok(scenario)
}

const fn amount(stake: &StakeEntry) -> u128 {
    match stake {
        StakeEntry::Number(amount) => *amount as u128,
        StakeEntry::Digits(amount) => *amount,
    }
}

fn names(nodes: &NodesEntry) -> Result<Vec<String>, NetworkFault> {
    let found = match nodes {
        NodesEntry::Count(count) => *count,
        NodesEntry::Names(names) => names.len(),
    };
    if !(1..=NODES).contains(&found) {
        let limit = NODES;
        return Err(NetworkFault::Nodes { found, limit });
    }
    let names: Vec<String> = match nodes {
        NodesEntry::Count(count) => (1..=*count).map(|i| format!("n{i}")).collect(),
        NodesEntry::Names(names) => names.clone(),
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    for (index, name) in names.iter().enumerate() {
        let begins = name.bytes().next().is_some_and(plain);
        let goes_on = name.bytes().all(|b| plain(b) || b == b'-' || b == b'_');
        let twice = names.iter().take(index).any(|earlier| earlier == name);
        if !begins || !goes_on || name.len() > 64 || twice {
            return Err(NetworkFault::Name { name: name.clone() });
        }
    }
    Ok(names)
}

/// Resolves the steps in order, and tracks which nodes are running.
struct Resolver {
    names: Vec<String>,
    running: Vec<bool>,
}

impl Resolver {
    fn new(nodes: &[ScenarioNode]) -> Self {
        Self { names: nodes.iter().map(|node| node.name.clone()).collect(), running: vec![true; nodes.len()] }
    }

    fn step(&mut self, entry: StepEntry) -> Result<Vec<ScenarioStep>, StepFault> {
        action(&entry)?;
        let within_ms = entry.within_ms.unwrap_or(WITHIN_MS);
        let wait = entry.wait.map_or(WaitFor::Durable, |wait| wait.wait());
        let step = if let Some(label) = entry.phase {
            ScenarioStep::Phase { label }
        } else if let Some(node) = entry.write {
            let missing = |key| StepFault::Missing { action: "write", key };
            ScenarioStep::Write(ScenarioWrite {
                node: self.running(&node)?,
                document: entry.document.ok_or_else(|| missing("document"))?,
                set: entry.set.ok_or_else(|| missing("set"))?,
                wait,
                within_ms,
            })
        } else if let Some(writes) = entry.writes {
            return self.writes(&writes, wait, within_ms);
        } else if let Some(seal) = entry.seal {
            let at = match seal {
                SealEntry::FirstRunning(_) => self.first_running()?,
                SealEntry::At(name) => self.running(&name)?,
            };
            ScenarioStep::Seal { at, within_ms }
        } else if let Some(name) = entry.stop {
            let node = self.running(&name)?;
            self.set_running(node, false);
            let how = entry.how.map_or(Ending::Kill, |how| how.ending());
            ScenarioStep::Stop { node, how }
        } else if let Some(name) = entry.start {
            let node = self.stopped(name)?;
            self.set_running(node, true);
            ScenarioStep::Start { node, within_ms }
        } else if let Some(pause_ms) = entry.pause_ms {
            ScenarioStep::Pause { pause_ms }
        } else if let Some(expect) = entry.expect {
            ScenarioStep::Expect(self.expectation(expect)?)
        } else if entry.print.is_some() {
            ScenarioStep::Print
        } else {
            self.first_running()?;
            ScenarioStep::Barrier { within_ms }
        };
        Ok(vec![step])
    }

    fn writes(&self, range: &WritesEntry, wait: WaitFor, within_ms: u64) -> Result<Vec<ScenarioStep>, StepFault> {
        let (from, to) = (range.from, range.to);
        if from == 0 || from > to {
            return Err(StepFault::EmptyRange { from, to });
        }
        if !range.key.contains("{i}") && !range.value.to_string().contains("{i}") && from < to {
            return Err(StepFault::NoPlaceholder);
        }
        let turns = match &range.nodes {
            TurnsEntry::Among(names) => names.iter().map(|name| self.node(name)).collect::<Result<_, _>>()?,
            TurnsEntry::Default | TurnsEntry::RoundRobin(_) => (0..self.names.len()).map(NodeIndex).collect::<Vec<_>>(),
        };
        if turns.is_empty() {
            return Err(StepFault::NoNodeRunning);
        }
        // One step more than the limit is enough for the error.
        (from..=to)
            .take(STEPS + 1)
            .map(|i| {
                let turn = usize::try_from(i - 1).unwrap_or(usize::MAX) % turns.len();
                Ok(ScenarioStep::Write(ScenarioWrite {
                    node: self.runs(turns[turn])?,
                    document: range.document.clone(),
                    set: Map::from_iter([(filled(&range.key, i), filled_value(&range.value, i))]),
                    wait,
                    within_ms,
                }))
            })
            .collect()
    }

    fn expectation(&self, entry: ExpectEntry) -> Result<Expectation, StepFault> {
        let nodes = match &entry.nodes {
            WhereEntry::Among(names) => names.iter().map(|name| self.running(name)).collect::<Result<_, _>>()?,
            WhereEntry::Word(WhereWord::All) => {
                (0..self.names.len()).map(|index| self.runs(NodeIndex(index))).collect::<Result<Vec<_>, _>>()?
            }
            WhereEntry::Default | WhereEntry::Word(WhereWord::Running) => self.all_running(),
        };
        if nodes.is_empty() {
            return Err(StepFault::NoNodeRunning);
        }
        let expectation = Expectation {
            level: entry.level.level(),
            nodes,
            milestones: entry.milestones.map(Height),
            signers_at_least: entry.signers_at_least,
            documents: entry.documents,
            keys: entry.keys,
            equal_digests: entry.equal_digests,
            within_ms: entry.within_ms.unwrap_or(WITHIN_MS),
        };
        if expectation.is_empty() {
            return Err(StepFault::NothingExpected);
        }
        Ok(expectation)
    }

    fn all_running(&self) -> Vec<NodeIndex> {
        let running = self.running.iter().enumerate().filter(|(_, runs)| **runs);
        running.map(|(index, _)| NodeIndex(index)).collect()
    }

    fn first_running(&self) -> Result<NodeIndex, StepFault> {
        let first = self.all_running().first().copied();
        first.ok_or(StepFault::NoNodeRunning)
    }

    fn node(&self, name: &str) -> Result<NodeIndex, StepFault> {
        let index = self.names.iter().position(|known| known == name);
        index
            .map(NodeIndex)
            .ok_or_else(|| StepFault::UnknownNode { name: name.to_owned(), known: self.names.join(", ") })
    }

    fn running(&self, name: &str) -> Result<NodeIndex, StepFault> {
        self.runs(self.node(name)?)
    }

    fn stopped(&self, name: String) -> Result<NodeIndex, StepFault> {
        let node = self.node(&name)?;
        match self.runs(node) {
            Ok(_) => Err(StepFault::Running { name }),
            Err(_) => Ok(node),
        }
    }

    fn runs(&self, node: NodeIndex) -> Result<NodeIndex, StepFault> {
        if self.running.get(node.0).copied().unwrap_or(false) {
            return Ok(node);
        }
        let name = self.names.get(node.0).cloned().unwrap_or_default();
        Err(StepFault::Stopped { name })
    }

    fn set_running(&mut self, node: NodeIndex, runs: bool) {
        if let Some(running) = self.running.get_mut(node.0) {
            *running = runs;
        }
    }
}

/// Checks that a step has exactly one action, and no key of another action.
fn action(entry: &StepEntry) -> Result<(), StepFault> {
    let present = [
        entry.phase.is_some(),
        entry.write.is_some(),
        entry.writes.is_some(),
        entry.barrier.is_some(),
        entry.seal.is_some(),
        entry.stop.is_some(),
        entry.start.is_some(),
        entry.pause_ms.is_some(),
        entry.print.is_some(),
        entry.expect.is_some(),
    ];
    let mut actions = ACTIONS.iter().zip(present).filter(|(_, present)| *present);
    let Some(((action, takes), _)) = actions.next() else {
        let known = ACTIONS.map(|(action, _)| format!("`{action}`")).join(", ");
        return Err(StepFault::NoAction { known });
    };
    if let Some(((other, _), _)) = actions.next() {
        let one = action;
        return Err(StepFault::TwoActions { one, other });
    }
    let along = [
        ("document", entry.document.is_some()),
        ("set", entry.set.is_some()),
        ("wait", entry.wait.is_some()),
        ("how", entry.how.is_some()),
        ("within_ms", entry.within_ms.is_some()),
    ];
    let stray = along.iter().find(|(key, present)| *present && !takes.contains(key));
    stray.map_or(Ok(()), |(key, _)| {
        let known = match takes {
            [] => "nothing else".to_owned(),
            takes => takes.join(", "),
        };
        Err(StepFault::UnexpectedKey { key, action, known })
    })
}

fn filled(template: &str, i: u64) -> String {
    template.replace("{i}", &i.to_string())
}

fn filled_value(template: &Value, i: u64) -> Value {
    match template {
        Value::String(text) => Value::String(filled(text, i)),
        Value::Array(items) => items.iter().map(|item| filled_value(item, i)).collect(),
        Value::Object(entries) => entries.iter().map(|(key, value)| (filled(key, i), filled_value(value, i))).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
