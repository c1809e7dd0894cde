//! What `quorate up` runs, and nodes that come back one by one.

use std::time::Duration;

use serde_json::Value;

use super::ground::Ground;
use super::node::Node;
use super::process::{self, END, Process};
use super::{TOO_LONG, ends, until};

/// Four nodes with equal stakes by default.
pub(crate) struct Network {
    /// Each at its place, from 0.
    running: Vec<Running>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) id: String,
    up: Option<Process>,
    pub(crate) ground: Ground,
}

enum Running {
    /// As a child of `up`.
    OfUp(u32),
    /// By `quorate run`.
    Alone(Process),
    No,
}

impl Network {
    /// `quorate up --json`, until its first line says that all are ready.
    pub(crate) fn up() -> Self {
        Self::up_with(&[])
    }

    /// The same with further arguments.
    pub(crate) fn up_with(arguments: &[&str]) -> Self {
        let ground = Ground::new();
        let port = ground.port(1).to_string();
        let mut up = ground.start([&["up", "--json", "--port", &port], arguments].concat());
        let ready: Value = until("the network is up", TOO_LONG, || {
            up.assert_runs();
            up.said().split_once('\n').map(|(line, _)| serde_json::from_str(line).unwrap())
        });
        assert_eq!(ready["ready"], true);
        let entries = ready["nodes"].as_array().unwrap();
        let nodes: Vec<Node> = (1..=entries.len()).map(|number| ground.node(number)).collect();
        for (node, entry) in nodes.iter().zip(entries) {
            assert_eq!((&node.name[..], &node.url[..]), (text(entry, "name"), text(entry, "url")));
        }
        let pid = |entry: &Value| Running::OfUp(u32::try_from(entry["pid"].as_u64().unwrap()).unwrap());
        Self {
            running: entries.iter().map(pid).collect(),
            nodes,
            id: text(&ready, "network").to_owned(),
            up: Some(up),
            ground,
        }
    }

    /// Node `number`, from 1.
    pub(crate) fn node(&self, number: usize) -> &Node {
        &self.nodes[number - 1]
    }

    /// SIGTERM to a node, until it has ended.
    pub(crate) fn terminate(&mut self, number: usize) {
        match self.take(number) {
            Running::OfUp(pid) => process::terminate(pid),
            Running::Alone(process) => assert!(process.terminate().success()),
            Running::No => panic!("{} does not run", self.node(number).name),
        }
        self.node(number).wait_until_gone(END);
    }

    /// SIGKILL to a node, until it is gone.
    pub(crate) fn kill(&mut self, number: usize) {
        match self.take(number) {
            Running::OfUp(pid) => process::kill(pid),
            Running::Alone(process) => process.kill(),
            Running::No => panic!("{} does not run", self.node(number).name),
        }
        self.node(number).wait_until_gone(END);
    }

    /// SIGSTOP to a node: it stands still, and its connections stay.
    pub(crate) fn pause(&self, number: usize) {
        process::pause(self.pid(number));
    }

    /// SIGCONT.
    pub(crate) fn resume(&self, number: usize) {
        process::resume(self.pid(number));
    }

    /// The process of node `number`, which runs.
    pub(crate) fn pid(&self, number: usize) -> u32 {
        match &self.running[number - 1] {
            Running::OfUp(pid) => *pid,
            Running::Alone(process) => process.pid(),
            Running::No => panic!("{} does not run", self.node(number).name),
        }
    }

    /// `quorate run NAME --home HOME`, as a user would bring it back, until it is ready.
    pub(crate) fn run(&mut self, number: usize) {
        let name = self.node(number).name.clone();
        let mut process = self.ground.start(["run", &name]);
        let node = self.node(number);
        until(&format!("{name} is ready"), TOO_LONG, || {
            process.assert_runs();
            node.is_ready().then_some(())
        });
        self.running[number - 1] = Running::Alone(process);
    }

    /// What `up` warned of.
    pub(crate) fn warned(&self) -> String {
        self.up.as_ref().map(Process::complained).unwrap_or_default()
    }

    /// What a node that came back by [`Network::run`] says in its log.
    pub(crate) fn log(&self, number: usize) -> String {
        match &self.running[number - 1] {
            Running::Alone(process) => process.complained(),
            _ => panic!("{} was not brought back", self.node(number).name),
        }
    }

    /// SIGTERM to `up`; every node that it runs must end with it, and it with exit code 0.
    pub(crate) fn end(mut self) {
        let status = self.up.take().unwrap().terminate();
        assert!(status.success(), "{status}");
        for (node, running) in self.nodes.iter().zip(&self.running) {
            if matches!(running, Running::OfUp(_)) {
                node.wait_until_gone(Duration::ZERO);
            }
        }
    }

    /// Waits until all nodes have one digest at `level`, and returns it.
    pub(crate) fn agree(&self, level: &str, within: Duration) -> String {
        until(&format!("one digest at level {level}"), within, || {
            let digest = |node: &Node| node.get("/v1/status")["digests"][level].as_str().unwrap().to_owned();
            let first = digest(&self.nodes[0]);
            self.nodes.iter().all(|node| digest(node) == first).then_some(first)
        })
    }

    fn take(&mut self, number: usize) -> Running {
        std::mem::replace(&mut self.running[number - 1], Running::No)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Its end closes what its nodes read, upon which they end.
        drop(self.up.take());
        for (node, running) in self.nodes.iter().zip(&self.running) {
            let Running::OfUp(pid) = *running else { continue };
            // A home that is held is held by that same process still.
            if !ends(|| node.is_gone(), END) && !node.is_gone() {
                process::kill(pid);
            }
        }
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}"))
}
