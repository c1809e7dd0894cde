//! Plays the console blocks of README and docs, and compares what they print with what the page shows.
//!
//! A page is one session, with a home and ports of its own. A line that begins with `$ ` is a command for `sh`; the lines
//! below it are its output.
//!
//! - `quorate up` and `quorate run` stay in the background, and the page shows how their output begins. A session whose page
//!   does not begin with one of them gets a network of four nodes.
//! - A command that writes runs once. Any other runs again until it prints what the page shows: another node learns of a
//!   write a moment later, and a milestone takes a moment.
//! - Ports 8080 to 8095 and 9080 to 9095 stand for free ports, `/home/you` for the home of the session.
//! - An id on the page stands for one id of the run, throughout the page. Times, process ids, decimals, the order of nodes
//!   and the width of columns may differ.
//! - A line `…` stands for any lines, a word `…` for any words, at the end of a word for its rest.
//! - `<!-- $ command -->` outside of a block runs too, and its output is not compared. `$n3` is the process id of n3.

mod cluster;
#[path = "console/likeness.rs"]
mod likeness;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use cluster::{Ground, Process, TOO_LONG, ends, repository};
use likeness::{Ids, compare, words};

/// The first ports of a page, for HTTP and libp2p.
const FIRST: [u16; 2] = [8_080, 9_080];
/// Ports of either kind that a page may name.
const PORTS: u16 = 16;
/// Commands whose repetition would write again.
const WRITES: [&str; 9] = ["put", "edit", "type", "import", "milestone", "leader", "init", "new", "-X"];
const ANYTHING: &str = "…";
/// The last line that a network prints before it can be asked.
const READY: &str = "Ctrl-C ends it.";

struct Step {
    /// Of the page, from 1.
    line: usize,
    command: String,
    shown: Vec<String>,
}

impl Step {
    fn new(line: usize, command: &str, shown: &[&str]) -> Self {
        Self { line, command: command.to_owned(), shown: shown.iter().map(|&line| line.to_owned()).collect() }
    }

    fn stays(&self) -> bool {
        ["quorate up", "quorate run", "cargo run --release -- up"].iter().any(|start| self.command.starts_with(start))
    }
}

fn steps(text: &str) -> Vec<Step> {
    let (mut steps, mut console) = (Vec::<Step>::new(), false);
    for (line, content) in (1..).zip(text.lines()) {
        let hidden = content.strip_prefix("<!-- $ ").and_then(|rest| rest.strip_suffix(" -->"));
        if let Some(info) = content.strip_prefix("```") {
            console = info == "console";
        } else if let Some(command) = hidden {
            steps.push(Step::new(
                line,
                command,
                if command == "quorate up" { &[ANYTHING, READY] } else { &[ANYTHING] },
            ));
        } else if let (true, Some(command)) = (console, content.strip_prefix("$ ")) {
            steps.push(Step::new(line, command, &[]));
        } else if console {
            let step = steps.last_mut().unwrap_or_else(|| panic!("line {line}: a console block begins with a command"));
            step.shown.push(content.to_owned());
        }
    }
    if steps.first().is_some_and(|step| !step.stays()) {
        steps.insert(0, Step::new(0, "quorate up", &[ANYTHING, READY]));
    }
    steps
}

struct Session {
    ground: Ground,
    background: Vec<Process>,
    ids: Ids,
    commands: usize,
}

impl Session {
    fn begin() -> Self {
        let ground = Ground::new();
        fs::create_dir_all(ground.home()).unwrap();
        symlink(repository().canonicalize().unwrap().join("scenarios"), ground.home().join("scenarios")).unwrap();
        Self { ground, background: Vec::new(), ids: Ids::new(), commands: 0 }
    }

    /// The difference between what the page shows and what its command prints.
    fn play(&mut self, step: &Step) -> Result<(), String> {
        let line = self.with_free_ports(&step.command.replace("cargo run --release -- ", "quorate "));
        if line.starts_with("curl ") && Command::new("curl").arg("--version").output().is_err() {
            quorate_traces::skipped(&format!("there is no curl for `{}`", step.command));
            return Ok(());
        }
        let once = step.shown == [ANYTHING] || line.split_whitespace().any(|word| WRITES.contains(&word));
        let mut process = self.start(&line, step.stays());
        let (mut printed, mut alike) = (String::new(), Err(0));
        let look = || {
            let ended = process.ended().is_some();
            printed = self.as_shown(&process.said());
            let lines: Vec<&str> = printed.trim_end().lines().collect();
            alike = compare(&step.shown, &lines, step.stays(), &self.ids);
            let again = ended && alike.is_err() && !once && !step.stays();
            if again {
                process = self.start(&line, false);
            }
            !again && (ended || (step.stays() && alike.is_ok()))
        };
        ends(look, TOO_LONG);
        if step.stays() {
            self.background.push(process);
        }
        self.ids = alike.map_err(|at| difference(step, at, &printed))?;
        Ok(())
    }

    fn start(&mut self, line: &str, stays: bool) -> Process {
        self.commands += 1;
        let port = self.ground.port(1);
        let line = match (stays, line.contains(" --port ") || line.starts_with("quorate run")) {
            (true, true) => format!("exec {line}"),
            (true, false) => format!("exec {line} --port {port}"),
            (false, _) => format!("{}\n{line}", self.process_ids()),
        };
        // The node that is asked where a page names none.
        let url = format!("--url http://127.0.0.1:{port}");
        let ask =
            format!("case \" $* \" in *' --url '*) command quorate \"$@\";; *) command quorate {url} \"$@\";; esac");
        let program = Path::new(env!("CARGO_BIN_EXE_quorate")).parent().unwrap().to_path_buf();
        let directories = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([program].into_iter().chain(std::env::split_paths(&directories))).unwrap();
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("exec 2>&1\nquorate() {{ {ask}; }}\n{line}"));
        command.current_dir(self.ground.home()).env("HOME", self.ground.home()).env("PATH", path);
        Process::start(command, self.ground.path(&format!("{:02}.out", self.commands)))
    }

    /// `n1=4711` and so on, as `up` shows them.
    fn process_ids(&self) -> String {
        let said: String = self.background.iter().map(Process::said).collect();
        let nodes = said.lines().filter(|line| line.contains(" http://"));
        let words = nodes.filter_map(|line| line.split_once(' ')?.1.rsplit_once(' ').map(|(_, id)| (line, id)));
        words.filter_map(|(line, id)| Some(format!("{}={id}\n", line.split_once(' ')?.0))).collect()
    }

    fn with_free_ports(&self, text: &str) -> String {
        self.ports(text, |port, first, base| (port.checked_sub(first)? < PORTS).then(|| base + port - first))
    }

    fn as_shown(&self, text: &str) -> String {
        let text = text.replace(&self.ground.home().display().to_string(), "/home/you");
        self.ports(&text, |port, first, base| (port.checked_sub(base)? < PORTS).then(|| first + port - base))
    }

    /// The text with other ports: `new` maps one of them, beside the first one of the page and of this session.
    fn ports(&self, text: &str, new: impl Fn(u16, u16, u16) -> Option<u16>) -> String {
        let base = self.ground.port(1);
        let port = |word: &str| {
            let port = word.parse().ok()?;
            FIRST.into_iter().find_map(|first| new(port, first, base + first - FIRST[0]))
        };
        words(text).map(|word| port(word).map_or_else(|| word.to_owned(), |port| port.to_string())).collect()
    }

    fn end(self) {
        for mut process in self.background.into_iter().rev() {
            // Some have ended: a page also shows how a start fails.
            if process.ended().is_none() {
                process.terminate();
            }
        }
    }
}

/// The page's lines, the first that has no counterpart marked, and what was printed.
fn difference(step: &Step, at: usize, printed: &str) -> String {
    let mark = |(line, text): (usize, &String)| format!("{} {text}\n", if line == at { '!' } else { '-' });
    let shown: String = step.shown.iter().enumerate().map(mark).collect();
    let printed: String = printed.lines().map(|text| format!("+ {text}\n")).collect();
    format!("{}: $ {}\n{shown}{printed}", step.line + 1 + at, step.command)
}

fn pages() -> Vec<PathBuf> {
    let root = repository();
    let folders = ["docs", "docs/decisions"].map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let files = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = files.chain(["README.md", "CONTRIBUTING.md"].map(|name| root.join(name))).collect();
    pages.retain(|page| page.extension().is_some_and(|kind| kind == "md"));
    pages.sort();
    pages
}

#[test]
fn every_console_block_prints_what_its_page_shows() {
    let mut differences = String::new();
    let mut played = 0;
    for page in pages() {
        let steps = steps(&fs::read_to_string(&page).unwrap());
        if steps.is_empty() {
            continue;
        }
        let mut session = Session::begin();
        for step in &steps {
            played += 1;
            if let Err(difference) = session.play(step) {
                differences += &format!("{}:{difference}\n", page.display());
                break;
            }
        }
        session.end();
    }
    assert!(differences.is_empty(), "\n{differences}");
    assert!(played > 10, "{played} commands in console blocks");
}
