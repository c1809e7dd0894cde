//! One process, which does not outlive its owner.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::until;

/// Far above what a clean end takes: a node that is asked to end has nothing to wait for.
pub(crate) const END: Duration = Duration::from_secs(5);

/// A process of `quorate`. Dropped, it is killed.
pub(crate) struct Process {
    line: String,
    child: Child,
    /// Where it reads, if somebody types.
    input: Option<ChildStdin>,
    said: PathBuf,
    complained: PathBuf,
}

impl Process {
    /// Starts it with nothing to read; what it says is kept in files beside `said`.
    pub(crate) fn start(command: Command, said: PathBuf) -> Self {
        Self::reading(command, said, Stdio::null())
    }

    /// Starts it for somebody who types.
    pub(crate) fn typed_at(command: Command, said: PathBuf) -> Self {
        Self::reading(command, said, Stdio::piped())
    }

    fn reading(mut command: Command, said: PathBuf, from: Stdio) -> Self {
        let complained = said.with_extension("err");
        let file = |path: &PathBuf| File::create(path).unwrap();
        let line = format!("{command:?}");
        let mut child = command
            .stdin(from)
            .stdout(file(&said))
            .stderr(file(&complained))
            // What the one who runs the tests has set must not change them.
            .env_remove("QUORATE_TOKEN")
            .env_remove("QUORATE_LOG")
            .env("RUST_BACKTRACE", "0")
            .spawn()
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        let input = child.stdin.take();
        Self { line, child, input, said, complained }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Types a line, or the bytes of one.
    pub(crate) fn type_line(&mut self, line: impl AsRef<[u8]>) {
        let input = self.input.as_mut().unwrap();
        input.write_all(line.as_ref()).and_then(|()| input.write_all(b"\n")).unwrap();
        input.flush().unwrap();
    }

    /// Types nothing more.
    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    /// What it printed so far.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.said).unwrap()).into_owned()
    }

    /// What it printed to standard error so far.
    pub(crate) fn complained(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.complained).unwrap()).into_owned()
    }

    /// Fails with what it said if it has ended.
    pub(crate) fn assert_runs(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("{} ended ({status}):\n{}{}", self.line, self.said(), self.complained());
        }
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(&mut self, within: Duration) -> ExitStatus {
        let line = self.line.clone();
        until(&format!("the end of {line}"), within, || self.child.try_wait().unwrap())
    }

    /// SIGTERM.
    pub(crate) fn ask_to_end(&self) {
        terminate(self.pid());
    }

    /// SIGTERM, and how it ended.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        terminate(self.pid());
        self.wait(END)
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Both fail only for a process that has ended already.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// SIGTERM, to a process that was not waited for yet.
pub(crate) fn terminate(pid: u32) {
    signal(pid, Signal::TERM);
}

/// SIGKILL, to a process that was not waited for yet.
pub(crate) fn kill(pid: u32) {
    signal(pid, Signal::KILL);
}

/// SIGSTOP, to a process that was not waited for yet.
pub(crate) fn pause(pid: u32) {
    signal(pid, Signal::STOP);
}

/// SIGCONT, to a process that was not waited for yet.
pub(crate) fn resume(pid: u32) {
    signal(pid, Signal::CONT);
}

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}
