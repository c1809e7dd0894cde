//! A directory and ports for one test.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;

use super::node::Node;
use super::process::Process;
use super::{TOO_LONG, name, ports, repository};

/// The program of the crate whose test this is: `quorate`, or `quorate-lab`.
const PROGRAM: &str = match (option_env!("CARGO_BIN_EXE_quorate"), option_env!("CARGO_BIN_EXE_quorate-lab")) {
    (Some(program), _) | (None, Some(program)) => program,
    (None, None) => panic!("only tests of quorate-cli and quorate-lab know their program"),
};

/// Bytes at the end of each file that are shown when a test fails.
const SHOWN: usize = 4_096;

/// Where a test's processes live. Dropped last, it shows what they said if the test failed.
pub(crate) struct Ground {
    directory: TempDir,
    base: u16,
    started: AtomicUsize,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) line: String,
    pub(crate) code: i32,
    pub(crate) said: String,
    pub(crate) complained: String,
}

impl Ended {
    /// The command did what it was asked.
    #[track_caller]
    pub(crate) fn assert_done(&self) -> &Self {
        assert_eq!(self.code, 0, "{}:\n{}{}", self.line, self.said, self.complained);
        self
    }
}

impl Ground {
    pub(crate) fn new() -> Self {
        let directory = TempDir::with_prefix("quorate-test-").unwrap();
        Self { directory, base: ports::take(), started: AtomicUsize::new(0) }
    }

    /// A path in the test's directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where nodes live.
    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// Node `number` of this test, from 1, whether it runs or not.
    pub(crate) fn node(&self, number: usize) -> Node {
        Node::new(&name(number), &self.home(), self.port(number))
    }

    /// Its HTTP port.
    pub(crate) fn port(&self, number: usize) -> u16 {
        let offset = u16::try_from(number - 1).unwrap();
        assert!(offset < ports::NODES);
        self.base + offset
    }

    /// Where it answers libp2p.
    pub(crate) fn p2p(&self, number: usize) -> String {
        format!("/ip4/127.0.0.1/tcp/{}", self.port(number) + ports::P2P_ABOVE)
    }

    /// Starts `quorate` with these arguments, below this test's home, in the root of the repository.
    pub(crate) fn start<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Process {
        let (command, said) = self.command(arguments);
        Process::start(command, said)
    }

    /// The same, in an environment of its own.
    pub(crate) fn start_in<A: AsRef<OsStr>>(
        &self,
        environment: impl IntoIterator<Item = (&'static str, OsString)>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Process {
        let (mut command, said) = self.command(arguments);
        command.envs(environment);
        Process::start(command, said)
    }

    /// The same, for somebody who types.
    pub(crate) fn typed_at<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Process {
        let (command, said) = self.command(arguments);
        Process::typed_at(command, said)
    }

    fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> (Command, PathBuf) {
        let started = self.started.fetch_add(1, Ordering::Relaxed);
        let mut command = Command::new(PROGRAM);
        command.arg("--home").arg(self.home()).args(arguments).current_dir(repository());
        (command, self.path(&format!("{started:02}.out")))
    }

    /// Runs `quorate` to its end.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ended {
        let arguments: Vec<A> = arguments.into_iter().collect();
        let shown = arguments.iter().map(|argument| argument.as_ref().to_string_lossy());
        let line = shown.fold("quorate".to_owned(), |line, argument| format!("{line} {argument}"));
        let mut process = self.start(arguments);
        let status = process.wait(2 * TOO_LONG);
        let code = status.code().unwrap_or_else(|| panic!("{line} ended by a signal: {status}"));
        Ended { line, code, said: process.said(), complained: process.complained() }
    }

    /// A network of one member: its genesis, its home, and the command line that runs it.
    pub(crate) fn alone(&self) -> Vec<String> {
        let genesis = self.path("genesis.json").display().to_string();
        self.run(["genesis", "new", "--seeds", "1", "--out", &genesis]).assert_done();
        self.run(["init", "n1", "--seed", "1"]).assert_done();
        let port = self.port(1).to_string();
        ["run", "n1", "--genesis", &genesis, "--port", &port].map(str::to_owned).to_vec()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        let mut files = files(self.directory.path());
        let nodes = fs::read_dir(self.home()).into_iter().flatten().flatten();
        files.extend(nodes.map(|node| node.path().join("log")));
        files.sort();
        for file in files {
            let Ok(bytes) = fs::read(&file) else { continue };
            let end = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(SHOWN)..]);
            eprintln!("---- {}\n{end}", file.display());
        }
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let output = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "out" || kind == "err");
    paths.filter(output).collect()
}
