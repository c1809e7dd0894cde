//! The run: a process for each peer, task and round; medians as Markdown.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::hostile::MUTATIONS;
use crate::measure::median;
use crate::report::heard;
use crate::task::PEERS;

/// A section of the table: its title, its task with arguments, and its columns as (measure, heading).
struct Section {
    title: String,
    task: &'static str,
    about: String,
    columns: &'static [(&'static str, &'static str)],
}

const TRACE: &[(&str, &str)] = &[
    ("local", "local, ms"),
    ("reception", "update by update, ms"),
    ("merge", "merge, ms"),
    ("load", "load, ms"),
    ("size", "saved, kB"),
    ("memory", "live bytes per character"),
];
const BACKDATED: &[(&str, &str)] = &[("backdated", "merge, µs")];
const JSON: &[(&str, &str)] =
    &[("sets", "100,000 sets, ms"), ("objects", "20,000 objects, ms"), ("writers", "merge of 100 writers, ms")];

const SIGNED: &[(&str, &str)] = &[
    ("received", "received, events/s"),
    ("checked", "signatures checked alone, 1/s"),
    ("share", "share of the time that these take, %"),
];

/// The values of each measure and peer.
type Heard = BTreeMap<(usize, String, &'static str), Vec<f64>>;

/// Runs everything and prints it.
pub fn print(traces: &[String], rounds: usize) -> Result<(), Box<dyn Error>> {
    let sections = sections(traces);
    let (mut heard, mut failures) = (Heard::new(), BTreeMap::new());
    for round in 1..=rounds {
        for (number, section) in sections.iter().enumerate() {
            eprintln!("round {round} of {rounds}: {}", section.title);
            for peer in PEERS.iter().filter(|peer| !failures.contains_key(&(number, **peer))).collect::<Vec<_>>() {
                let lines = ask(peer, section.task, &section.about)?;
                for (name, value) in &lines.said {
                    if let Ok(value) = value.parse() {
                        heard.entry((number, name.clone(), *peer)).or_default().push(value);
                    }
                }
                if let Some(why) = lines.failure {
                    failures.insert((number, *peer), why);
                }
            }
        }
    }
    println!("Medians of {rounds} rounds, CPU time of one thread. {}", versions());
    for (number, section) in sections.iter().enumerate() {
        print_section(number, section, &heard);
        for ((_, peer), why) in failures.iter().filter(|((at, _), _)| *at == number) {
            println!("\n{peer}: {why}");
        }
    }
    print_hostile()
}

fn sections(traces: &[String]) -> Vec<Section> {
    let trace = |name: &String| Section { title: name.clone(), task: "trace", about: name.clone(), columns: TRACE };
    let backdated = |burst: usize| Section {
        title: format!("one backdated edit against 100,000, the cursor jumping after each {burst}"),
        task: "backdated",
        about: burst.to_string(),
        columns: BACKDATED,
    };
    let json = Section { title: "JSON".into(), task: "json", about: "-".into(), columns: JSON };
    let signed = Section {
        title: "a signature for each of 20,000 edits".into(),
        task: "signed",
        about: "automerge-paper".into(),
        columns: SIGNED,
    };
    let signed = cfg!(feature = "ours").then_some(signed);
    traces.iter().map(trace).chain([1_000, 10].map(backdated)).chain([json]).chain(signed).collect()
}

fn print_section(number: usize, section: &Section, heard: &Heard) {
    let value =
        |measure: &str, peer| heard.get(&(number, measure.to_owned(), peer)).map(|values| median(values.clone()));
    let said = |(measure, _): &&(&str, &str)| PEERS.iter().any(|peer| value(measure, *peer).is_some());
    let columns: Vec<_> = section.columns.iter().filter(said).collect();
    println!("\n### {}\n", section.title);
    println!("| | {} |", columns.iter().map(|(_, heading)| *heading).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "---:|".repeat(columns.len()));
    for peer in PEERS {
        let cells: Vec<_> =
            columns.iter().map(|(measure, _)| cell(value(measure, *peer), value(measure, PEERS[0]))).collect();
        println!("| {peer} | {} |", cells.join(" | "));
    }
}

/// A value, and its ratio to ours where ours is measured.
fn cell(value: Option<f64>, ours: Option<f64>) -> String {
    let Some(value) = value else { return "-".into() };
    match ours {
        Some(ours) if cfg!(feature = "ours") => format!("{} ({:.2}×)", short(value), value / ours),
        _ => short(value),
    }
}

fn short(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

fn print_hostile() -> Result<(), Box<dyn Error>> {
    println!(
        "\n### Liars\n\n| | of {MUTATIONS} damaged updates: accepted | refused | panicked | aborted | one equivocator |"
    );
    println!("|---|---:|---:|---:|---:|---|");
    for peer in PEERS {
        let fates = mutations(peer)?;
        let count = |fate: &str| fates.iter().filter(|found| *found == fate).count().to_string();
        let counts: Vec<_> = ["accepted", "refused", "panicked", "aborted"].map(count).into();
        let counts = if fates.is_empty() { "- | - | - | -".into() } else { counts.join(" | ") };
        let said = ask(peer, "equivocation", "-")?.said;
        let equivocation = said.into_iter().find(|(name, _)| name == "equivocation").map(|(_, value)| value);
        println!("| {peer} | {counts} | {} |", equivocation.as_deref().unwrap_or("-"));
    }
    Ok(())
}

/// The results of the damaged updates. After a process that did not survive one, another process continues.
fn mutations(peer: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let (mut fates, mut first) = (Vec::new(), 0);
    while first < MUTATIONS {
        let said = ask(peer, "mutations", &first.to_string())?.said;
        let Some((_, last)) = said.iter().rfind(|(name, _)| name == "begins") else { break };
        let ended = said.last().is_some_and(|(name, _)| name == "ends");
        fates.extend(said.iter().filter(|(name, _)| name == "ends").map(|(_, fate)| fate.clone()));
        fates.extend((!ended).then(|| "aborted".to_owned()));
        first = last.parse::<u64>()? + 1;
    }
    Ok(fates)
}

/// The output of a measuring process, and its failure if it failed.
struct Answer {
    said: Vec<(String, String)>,
    failure: Option<String>,
}

fn ask(peer: &str, task: &str, about: &str) -> Result<Answer, Box<dyn Error>> {
    let errors = if task == "mutations" { Stdio::null() } else { Stdio::inherit() };
    let mut command = Command::new(std::env::current_exe()?);
    let mut child = command.args(["task", peer, task, about]).stdout(Stdio::piped()).stderr(errors).spawn()?;
    let output = child.stdout.take().ok_or("no output")?;
    let lines = BufReader::new(output).lines().collect::<Result<Vec<_>, _>>()?;
    let status = child.wait()?;
    let pair = |line: &String| heard(line).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let said: Vec<_> = lines.iter().filter_map(pair).collect();
    let reason = said.iter().find(|(name, _)| name == "failed").map(|(_, why)| why.clone());
    let failure = (!status.success()).then(|| reason.unwrap_or_else(|| status.to_string()));
    Ok(Answer { said, failure })
}

/// The versions of the peers in this build.
fn versions() -> String {
    let lock = include_str!("../Cargo.lock");
    let version = |name: &str| {
        let package = lock.split("[[package]]").find(|package| package.contains(&format!("name = \"{name}\"\n")))?;
        package
            .lines()
            .find_map(|line| line.strip_prefix("version = "))
            .map(|version| version.trim_matches('"').to_owned())
    };
    let peers = ["diamond-types", "loro", "yrs", "automerge", "cola"];
    let named = |name: &&str| version(name).map(|version| format!("{name} {version}"));
    format!("Peers: {}.", peers.iter().filter_map(named).collect::<Vec<_>>().join(", "))
}
