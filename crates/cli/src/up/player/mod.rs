//! Plays a scenario on real processes over HTTP.

mod observation;
mod print;

use quorate_scenario::{Ending, Expectation, NodeIndex, Scenario, ScenarioStep, ScenarioWrite, Unmet, WaitFor};
use serde_json::{Value, json};

use self::observation::{NodeState, observe, standing};
use super::children::Children;
use super::error::UpError;
use super::plan::Plan;
use super::ready;
use super::signals::Stop;
use crate::documents::write_path;
use crate::error::CliError;
use crate::exit::Exit;
use crate::http::{Client, WriteRequest};
use crate::inspect::ask_for_seal;
use crate::output::Printer;
use crate::token::ClientOptions;
use crate::view::{NodeNames, number};
use crate::wait::Deadline;

/// Plays every step in order, and returns whether all expectations hold. The first failed one ends the scenario.
pub(super) fn play(
    scenario: &Scenario,
    plan: &Plan,
    children: &mut Children,
    stop: &Stop,
    output: Printer,
) -> Result<Exit, CliError> {
    let access = ClientOptions::of_home(&plan.home);
    let clients = plan.nodes.iter().map(|node| access.writer_at(&node.url()));
    let mut player = Player {
        scenario,
        plan,
        children,
        stop,
        output,
        clients: clients.collect::<Result<_, _>>()?,
        names: NodeNames::new(Some(plan.network_file(&plan.genesis))),
        next_height: 0,
    };
    output.say(&print::opening(&scenario.name, &scenario.about))?;
    player.print_milestones(NodeIndex(0))?;
    for step in &scenario.steps {
        player.still_going()?;
        let unmet = player.step(step)?;
        if !unmet.is_empty() {
            player.tell_verdict(&unmet)?;
            return Ok(Exit::Failed);
        }
    }
    player.tell_verdict(&[])?;
    Ok(Exit::Done)
}

struct Player<'a> {
    scenario: &'a Scenario,
    plan: &'a Plan,
    children: &'a mut Children,
    stop: &'a Stop,
    output: Printer,
    /// One client per node, in order.
    clients: Vec<Client>,
    names: NodeNames,
    /// Milestones below this height were printed.
    next_height: u64,
}

impl Player<'_> {
    /// The failed expectations of the step.
    fn step(&mut self, step: &ScenarioStep) -> Result<Vec<Unmet>, CliError> {
        match step {
            ScenarioStep::Phase { label } => self.print_phase(label)?,
            ScenarioStep::Write(write) => self.write(write)?,
            ScenarioStep::Barrier { within_ms } => self.barrier(*within_ms)?,
            ScenarioStep::Seal { at, within_ms } => self.seal(*at, *within_ms)?,
            ScenarioStep::Stop { node, how } => self.end(*node, *how)?,
            ScenarioStep::Start { node, within_ms } => self.start(*node, *within_ms)?,
            ScenarioStep::Pause { pause_ms } => self.pass(*pause_ms)?,
            ScenarioStep::Print => self.print_nodes()?,
            ScenarioStep::Expect(expectation) => return self.expect(expectation),
        }
        Ok(Vec::new())
    }

    fn write(&self, write: &ScenarioWrite) -> Result<(), CliError> {
        let (wait, level) = match write.wait {
            WaitFor::Durable => ("durable", "durable"),
            WaitFor::Final => ("final", "final"),
        };
        let patch = Value::Object(write.set.clone()).to_string();
        let answer = self.client(write.node).change(&WriteRequest {
            method: "PATCH",
            path: &write_path(&write.document, None, wait, write.within_ms),
            content_type: "application/merge-patch+json",
            body: patch.as_bytes(),
            if_match: None,
            timeout_ms: write.within_ms,
        })?;
        if answer.status == 202 {
            let node = self.name(write.node);
            let within_ms = write.within_ms;
            return Err(UpError::Write { node, level, within_ms }.into());
        }
        self.print_write(write, &answer.body)
    }

    /// Waits until all running nodes have the same digests and the same heads, and so the same events.
    fn barrier(&mut self, within_ms: u64) -> Result<(), CliError> {
        let same = |standings: &[NodeState]| standings.windows(2).all(|pair| pair[0].same_events(&pair[1]));
        match self.until(within_ms, same)? {
            Ok(_) => Ok(()),
            Err(standing) => Err(UpError::Barrier { within_ms, standing }.into()),
        }
    }

    fn seal(&mut self, at: NodeIndex, within_ms: u64) -> Result<(), CliError> {
        let before = standing(self.client(at), self.name(at))?.height;
        let answer = ask_for_seal(self.client(at), within_ms)?;
        let named = number(&answer.body, "/milestone");
        let height = named.filter(|height| *height > before).unwrap_or(before + 1);
        let applied = |standings: &[NodeState]| standings.iter().all(|node| node.height >= height);
        match self.until(within_ms, applied)? {
            Ok(_) => self.print_milestones(at),
            Err(standing) => Err(UpError::Seal { within_ms, height, standing }.into()),
        }
    }

    /// Polls all running nodes until the condition holds; the state of each node after the timeout.
    fn until(
        &mut self,
        within_ms: u64,
        reached: impl Fn(&[NodeState]) -> bool,
    ) -> Result<Result<Vec<NodeState>, String>, CliError> {
        let mut deadline = Deadline::after_ms(within_ms);
        loop {
            self.still_going()?;
            let running = self.running();
            let standings = running.iter().map(|node| standing(self.client(*node), self.name(*node)));
            let standings = standings.collect::<Result<Vec<_>, _>>()?;
            if reached(&standings) {
                return Ok(Ok(standings));
            }
            if deadline.is_over() {
                let texts: Vec<String> = standings.iter().map(ToString::to_string).collect();
                return Ok(Err(texts.join("; ")));
            }
            deadline.pause();
        }
    }

    fn end(&mut self, node: NodeIndex, how: Ending) -> Result<(), CliError> {
        self.children.stop(node.0, how)?;
        let how = match how {
            Ending::Kill => "killed",
            Ending::Terminate => "ended",
        };
        self.print_node(node, how)
    }

    fn start(&mut self, node: NodeIndex, within_ms: u64) -> Result<(), CliError> {
        self.children.start(node.0)?;
        if !ready::wait_for(self.plan, node.0, self.children, self.stop, within_ms)? {
            return Err(UpError::Interrupted.into());
        }
        self.print_node(node, "started")
    }

    fn pass(&mut self, pause_ms: u64) -> Result<(), CliError> {
        let mut deadline = Deadline::after_ms(pause_ms);
        while !deadline.is_over() {
            self.still_going()?;
            deadline.pause();
        }
        Ok(())
    }

    /// Polls until all expectations hold, or the timeout ends. A node that does not answer counts as not observed.
    fn expect(&mut self, expectation: &Expectation) -> Result<Vec<Unmet>, CliError> {
        let mut deadline = Deadline::after_ms(expectation.within_ms);
        loop {
            self.still_going()?;
            let seen = expectation.nodes.iter();
            let seen = seen.filter_map(|node| observe(self.client(*node), *node, expectation).ok());
            let unmet = expectation.unmet(&seen.collect::<Vec<_>>());
            if unmet.is_empty() {
                return Ok(unmet);
            }
            if deadline.is_over() {
                return Ok(unmet);
            }
            deadline.pause();
        }
    }

    /// Checks that no signal arrived, and that no node ended.
    fn still_going(&mut self) -> Result<(), UpError> {
        if self.stop.is_asked() {
            return Err(UpError::Interrupted);
        }
        self.children.ended().map_or(Ok(()), Err)
    }

    fn running(&self) -> Vec<NodeIndex> {
        let nodes = self.scenario.indices();
        nodes.filter(|node| self.children.runs(node.0)).collect()
    }

    fn client(&self, node: NodeIndex) -> &Client {
        // The scenario was checked: it names only its own nodes, and the plan has them all.
        &self.clients[node.0]
    }

    fn name(&self, node: NodeIndex) -> String {
        self.scenario.node_name(node).to_owned()
    }

    fn tell_verdict(&self, unmet: &[Unmet]) -> Result<(), CliError> {
        let node = |unmet: &Unmet| self.scenario.node_name(unmet.node());
        let failures: Vec<Value> =
            unmet.iter().map(|unmet| json!({ "node": node(unmet), "message": unmet.to_string() })).collect();
        let name = &self.scenario.name;
        let report = json!({ "scenario": name, "passed": unmet.is_empty(), "failures": failures });
        self.output.answer(&report, || {
            if unmet.is_empty() {
                return format!("\n{name}: all holds");
            }
            let lines = unmet.iter().map(|unmet| format!("\n  {}: {unmet}", node(unmet)));
            format!("\n{name}: does not hold{}", lines.collect::<String>())
        })
    }
}
