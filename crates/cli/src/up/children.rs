//! The processes of the nodes.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use quorate_disk::durable_file::PRIVATE_FILE;
use quorate_scenario::Ending;
use rustix::process::{Pid, Signal, kill_process};

use super::error::UpError;
use super::plan::{Plan, PlannedNode};
use crate::network_file::GENESIS_FILE;
use crate::wait::Deadline;

/// How long a node may take to end after SIGTERM.
const END_MS: u64 = 10_000;
/// Number of lines at the end of a log that are shown when a node ended.
const LOG_LINES: usize = 8;
/// Bytes that are read at the end of a log for these lines.
const LOG_BYTES: usize = 16 * 1_024;

/// The running processes, at most one per node. Dropping this ends them all.
pub(crate) struct Children {
    program: PathBuf,
    home: PathBuf,
    slots: Vec<Slot>,
}

struct Slot {
    name: String,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl Children {
    /// Without any process.
    pub(super) fn new(plan: &Plan) -> Result<Self, UpError> {
        let program = env::current_exe().map_err(|source| UpError::Spawn { node: "quorate".to_owned(), source })?;
        let slots = plan.nodes.iter().map(|node| Slot {
            name: node.name.clone(),
            arguments: arguments(plan, node),
            child: None,
        });
        Ok(Self { program, home: plan.home.clone(), slots: slots.collect() })
    }

    /// Adds arguments to the command line of each node.
    pub(super) fn with(mut self, more: Vec<String>) -> Self {
        for slot in &mut self.slots {
            slot.arguments.extend(more.iter().cloned());
        }
        self
    }

    pub(super) fn start_all(&mut self) -> Result<(), UpError> {
        (0..self.slots.len()).try_for_each(|index| self.start(index))
    }

    /// Starts the process of a node.
    pub(super) fn start(&mut self, index: usize) -> Result<(), UpError> {
        let name = self.name(index).to_owned();
        let spawn = || {
            let log = self.open_log(&name)?;
            Command::new(&self.program)
                .args(&self.slots[index].arguments)
                // Held open by this process alone: it closes when this process ends.
                .stdin(Stdio::piped())
                .stdout(log.try_clone()?)
                .stderr(log)
                // Ctrl-C reaches this process only, and it ends them in order.
                .process_group(0)
                .spawn()
        };
        let child = spawn().map_err(|source| UpError::Spawn { node: name, source })?;
        self.slots[index].child = Some(child);
        Ok(())
    }

    /// Ends the process of a node, and waits until it has.
    pub(super) fn stop(&mut self, index: usize, how: Ending) -> Result<(), UpError> {
        let failed = |node: &str| {
            let node = node.to_owned();
            |source| UpError::Signal { node, source }
        };
        let slot = &mut self.slots[index];
        let Some(mut child) = slot.child.take() else {
            return Ok(());
        };
        let asked = match how {
            Ending::Kill => child.kill(),
            Ending::Terminate => terminate(&child),
        };
        asked.map_err(failed(&slot.name))?;
        if how == Ending::Kill || !wait(&mut child, &mut Deadline::after_ms(END_MS)) {
            end(&mut child);
        }
        Ok(())
    }

    /// The process of a node, if it runs.
    pub(super) fn pid(&self, index: usize) -> Option<u32> {
        self.slots.get(index)?.child.as_ref().map(Child::id)
    }

    /// Whether the process of a node was started and has not ended.
    pub(super) fn runs(&self, index: usize) -> bool {
        self.pid(index).is_some()
    }

    /// A node that ended without a request since the last call.
    pub(super) fn ended(&mut self) -> Option<UpError> {
        for slot in &mut self.slots {
            let status = slot.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            if let Some(status) = status {
                slot.child = None;
                let (node, log) = (slot.name.clone(), self.home.join(&slot.name).join("log"));
                return Some(ended(node, status, log));
            }
        }
        None
    }

    /// Sends SIGTERM to all, waits, and kills those that do not end.
    pub(super) fn end_all(&mut self) {
        let running = || self.slots.iter().filter_map(|slot| slot.child.as_ref());
        for child in running() {
            // A process that has ended needs no signal.
            let _gone = terminate(child);
        }
        let mut deadline = Deadline::after_ms(END_MS);
        for slot in &mut self.slots {
            if let Some(mut child) = slot.child.take()
                && !wait(&mut child, &mut deadline)
            {
                end(&mut child);
            }
        }
    }

    pub(super) fn name(&self, index: usize) -> &str {
        self.slots.get(index).map_or("", |slot| &slot.name)
    }

    /// The path of the log of a node.
    pub(super) fn log(&self, index: usize) -> PathBuf {
        self.home.join(self.name(index)).join("log")
    }

    fn open_log(&self, name: &str) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.create(true).append(true).mode(PRIVATE_FILE);
        options.open(self.home.join(name).join("log"))
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.slots.iter_mut().filter_map(|slot| slot.child.as_mut()).for_each(end);
    }
}

fn arguments(plan: &Plan, node: &PlannedNode) -> Vec<String> {
    let others = plan.nodes.iter().filter(|other| other.name != node.name);
    let peers: Vec<String> = others.map(PlannedNode::p2p).collect();
    let home = plan.home.display().to_string();
    let genesis = plan.home.join(GENESIS_FILE).display().to_string();
    let port = node.http_port.to_string();
    let mut arguments = vec!["run", &node.name, "--home", &home, "--genesis", &genesis];
    arguments.extend(["--port", &port, "--stdin-watch"]);
    let peers = peers.join(",");
    if !peers.is_empty() {
        arguments.extend(["--peers", &peers]);
    }
    arguments.into_iter().map(str::to_owned).collect()
}

fn terminate(child: &Child) -> io::Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::NotFound)?;
    Ok(kill_process(pid, Signal::TERM)?)
}

/// Waits; false if the process did not end in time.
fn wait(child: &mut Child, deadline: &mut Deadline) -> bool {
    while matches!(child.try_wait(), Ok(None)) {
        if deadline.is_over() {
            return false;
        }
        deadline.pause();
    }
    true
}

fn end(child: &mut Child) {
    // Both fail only for a process that has already ended.
    let _gone = child.kill();
    let _reaped = child.wait();
}

fn ended(node: String, status: ExitStatus, log: PathBuf) -> UpError {
    // The log of a killed node does not end with a reason.
    let text = match status.signal() {
        Some(_) => Vec::new(),
        None => fs::read(&log).unwrap_or_default(),
    };
    let end = text.get(text.len().saturating_sub(LOG_BYTES)..).unwrap_or_default();
    let end = String::from_utf8_lossy(end);
    let lines: Vec<&str> = end.lines().collect();
    let log_end = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
    UpError::Ended { node, status: status.to_string(), log_end, log }
}
