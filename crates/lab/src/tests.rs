//! What is typed, and what becomes of it.

use std::path::Path;

use clap::{CommandFactory, Parser};

use super::args::LabCli;

/// The words of a command line, `HOME` standing for the scratch directory.
fn parse(line: &str, home: &Path) -> Result<LabCli, clap::Error> {
    let home = home.display().to_string();
    let words = line.split_whitespace().map(|word| word.replace("HOME", &home));
    LabCli::try_parse_from(std::iter::once("quorate-lab".to_owned()).chain(words))
}

/// Runs a command line as the binary does, and returns its exit code.
fn run(line: &str, home: &Path) -> u8 {
    let home = home.display().to_string();
    let words = line.split_whitespace().map(|word| word.replace("HOME", &home).into());
    super::run(std::iter::once("quorate-lab".into()).chain(words).collect())
}

#[test]
fn the_commands_are_consistent() {
    LabCli::command().debug_assert();
}

#[test]
fn every_command_parses() {
    let scratch = tempfile::tempdir().unwrap();
    let lines = [
        "bench --writes 10 --seconds 1",
        "bench trace t.json.gz --nodes 4 --transactions 100 --home HOME",
        "bench trace t.json --url http://127.0.0.1:8080,http://127.0.0.1:8081",
        "emulate --nodes 4,10 --txs 100 --tx-bytes 315 --latency-ms 350 --bandwidth-mbps 0.1,30,0 --runs 3 --seed 7",
        "emulate --table --classic --csv f.csv --svg f.svg",
        "fuzz --profile full --seeds 10 --seed 3 --jobs 2",
        "fuzz --profile twins --seeds 1000",
        "replay 7 --profile agreement --shrink-runs 5",
        "play scenarios/causal-work.toml --seed 3",
        "plots --out docs/plots --seed 3 --quick",
        "speed --seeds 10",
    ];
    for line in lines {
        assert!(parse(line, scratch.path()).is_ok(), "{line}: {}", parse(line, scratch.path()).unwrap_err());
    }
}

#[test]
fn a_wrong_word_is_answered_with_what_would_be_right() {
    let table: &[(&str, &[&str])] = &[
        ("bench trace", &["<FILE>"]),
        ("emulate --bandwidth-mbps fast", &["fast", "megabits per second", "0 is unlimited"]),
        ("emulate --runs 0", &["--runs", "0 is not in 1.."]),
        ("plots --extent 4", &["--extent", "unexpected"]),
        ("emulate --table --nodes 4", &["--table", "--nodes"]),
    ];
    for (line, parts) in table {
        let message = parse(line, "".as_ref()).unwrap_err().to_string();
        for part in *parts {
            assert!(message.contains(part), "{line}: {part:?} is not in {message:?}");
        }
    }
}

#[test]
fn what_cannot_be_emulated_is_told_before_anything_runs() {
    let scratch = tempfile::tempdir().unwrap();
    for line in ["--nodes 0", "--nodes 3", "--nodes 10,1001", "--txs 0", "--tx-bytes 1", "--bandwidth-mbps 0.0001"] {
        assert_eq!(run(&format!("emulate {line}"), scratch.path()), 2, "{line}");
    }
    let files = "--csv HOME/f.csv --svg HOME/f.svg";
    let line = format!("emulate --nodes 4 --txs 10 --bandwidth-mbps 0.1,0 --runs 1 --json {files}");
    assert_eq!(run(&line, scratch.path()), 0);
    let csv = std::fs::read_to_string(scratch.path().join("f.csv")).unwrap();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(std::fs::read_to_string(scratch.path().join("f.svg")).unwrap().starts_with("<svg"));
}

#[test]
fn all_plots_are_written_by_one_command_and_a_place_that_cannot_be_written_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    assert_eq!(run("plots --quick --seed 3 --out HOME/made/plots", scratch.path()), 0);
    let directory = scratch.path().join("made/plots");
    let mut files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["latency.svg", "load.svg", "partition.svg"]);
    for file in &files {
        assert!(std::fs::read_to_string(file).unwrap().ends_with("</svg>\n"), "{}", file.display());
    }
    assert_eq!(run("plots --quick --out HOME/made/plots/load.svg", scratch.path()), 2);
}
