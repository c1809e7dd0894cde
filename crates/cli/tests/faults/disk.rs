//! The library, and a process that lives under it.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use rustix::process::Signal;

use crate::cluster::{Ground, Process, TOO_LONG};

/// What counts as a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// An fsync or fdatasync, of a file or a directory.
    Sync,
    /// A change of bytes, of a length, or of a name.
    Write,
    /// Either of them.
    Any,
    /// A write or sync of the vote log alone.
    Vote,
    /// Bytes handed to a socket.
    Send,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
}

/// What becomes of that which was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    None,
    All,
    /// Some sectors and names arrive.
    Some,
}

/// What the disk is to do, in `disk.c`'s words.
#[derive(Clone, Debug)]
pub(crate) struct Order(String);

impl Order {
    /// The process dies at its `at`-th step.
    pub(crate) fn die(step: Step, at: u32, when: When, loss: Loss, seed: u64) -> Self {
        let when = if matches!(when, When::Before) { "before" } else { "after" };
        let loss = match loss {
            Loss::None => "none",
            Loss::All => "all",
            Loss::Some => "some",
        };
        Self(format!("die {step} {at} {when} {loss} {seed}"))
    }

    /// The `at`-th sync fails, and what it should have synced is lost.
    pub(crate) fn fail_sync(at: u32) -> Self {
        Self(format!("eio sync {at} - - 0"))
    }

    /// From the `at`-th write on there is no space.
    pub(crate) fn fill(at: u32) -> Self {
        Self(format!("enospc write {at} - - 0"))
    }

    /// The process dies and loses all; until then every sync answers, and does nothing.
    pub(crate) fn ignore_syncs_and_die(step: Step, at: u32) -> Self {
        Self(format!("deaf {step} {at} before all 0"))
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sync => "sync",
            Self::Write => "write",
            Self::Any => "any",
            Self::Vote => "watched",
            Self::Send => "send",
        })
    }
}

/// The library, built for one test.
pub(crate) struct FaultyDisk {
    library: PathBuf,
    directory: PathBuf,
    lives: u32,
}

impl FaultyDisk {
    /// Builds it. Where that is impossible, the test is skipped.
    pub(crate) fn build(ground: &Ground) -> Option<Self> {
        if !cfg!(target_os = "linux") {
            quorate_traces::skipped("disk.c is loaded by LD_PRELOAD, on Linux only");
            return None;
        }
        let directory = ground.path("disk");
        fs::create_dir_all(&directory).unwrap();
        let library = directory.join("disk.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/disk.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]);
        match compiler.arg(&library).args([source, "-ldl", "-lpthread"]).status() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                quorate_traces::skipped("there is no C compiler `cc` to build disk.c with");
                None
            }
            built => {
                assert!(built.unwrap().success(), "{compiler:?} failed");
                Some(Self { library, directory, lives: 0 })
            }
        }
    }

    /// Starts `quorate` over this disk. An order given here counts steps from the first one on.
    pub(crate) fn start<A: AsRef<OsStr>>(
        &mut self,
        ground: &Ground,
        member: &str,
        line: impl IntoIterator<Item = A>,
        order: Option<&Order>,
    ) -> Life {
        self.lives += 1;
        let file = |name: &str| self.directory.join(format!("{}.{name}", self.lives));
        let (orders, journal) = (file("order"), file("journal"));
        if let Some(order) = order {
            give(&orders, order);
        }
        let environment: Vec<(&'static str, OsString)> = vec![
            ("LD_PRELOAD", self.library.clone().into()),
            ("FAULTS_HOME", ground.home().into()),
            ("FAULTS_KEEP", self.directory.clone().into()),
            ("FAULTS_WATCHED", ground.home().join(member).join("votes.log").into()),
            ("FAULTS_ORDER", orders.clone().into()),
            ("FAULTS_JOURNAL", journal.clone().into()),
        ];
        let process = ground.start_in(environment, line);
        Life { process, orders, journal }
    }
}

fn give(file: &Path, order: &Order) {
    let fresh = file.with_extension("new");
    fs::write(&fresh, format!("{order}\n")).unwrap();
    fs::rename(fresh, file).unwrap();
}

/// A process over a faulty disk, from its start to its end.
pub(crate) struct Life {
    pub(crate) process: Process,
    orders: PathBuf,
    journal: PathBuf,
}

impl Life {
    /// Counts steps from now on.
    pub(crate) fn order(&self, order: &Order) {
        give(&self.orders, order);
    }

    /// How it ended, by itself.
    pub(crate) fn end(&mut self) -> ExitStatus {
        self.process.wait(TOO_LONG)
    }

    /// Waits until it has died at the step that it was ordered to die at.
    pub(crate) fn wait_until_dead(&mut self) {
        let ended = self.end();
        assert_eq!(ended.signal(), Some(Signal::KILL.as_raw()), "{ended}\n{}", self.process.complained());
    }

    /// The vote log, whole, each time that something of it became durable.
    pub(crate) fn votes(&self) -> Vec<Vec<u8>> {
        let bytes = match fs::read(&self.journal) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            bytes => bytes.unwrap(),
        };
        let (mut rest, mut logs) = (&bytes[..], Vec::new());
        while let Some((length, after)) = rest.split_first_chunk::<8>() {
            let length = usize::try_from(u64::from_ne_bytes(*length)).unwrap();
            // The last one may be torn, if somebody else ended the process.
            let Some((log, after)) = after.split_at_checked(length) else { break };
            logs.push(log.to_vec());
            rest = after;
        }
        logs
    }
}
