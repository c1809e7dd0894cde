//! The scenario files of the repository parse, and causal-work has the documented content.

use std::fs;
use std::path::Path;

use quorate_event::{Height, Pace};
use quorate_scenario::{Scenario, ScenarioStep};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn load(name: &str) -> Scenario {
    let text = fs::read_to_string(folder().join(name)).unwrap();
    Scenario::parse(&text, name).unwrap()
}

#[test]
fn every_file_parses() {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let toml = files.filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let names: Vec<_> = toml.map(|path| path.file_name().unwrap().to_owned()).collect();
    assert!(!names.is_empty());
    for name in names {
        load(name.to_str().unwrap());
    }
}

#[test]
fn causal_work_is_thirty_writes_round_robin_in_four_phases_with_two_seals() {
    let scenario = load("causal-work.toml");
    assert_eq!(scenario.nodes.len(), 4);
    assert!(scenario.nodes.iter().all(|node| node.stake.0 == 100));
    assert_eq!(scenario.parameters.pace, Pace::Manual);
    let mut outline = Vec::new();
    let mut written = 0;
    for step in &scenario.steps {
        match step {
            ScenarioStep::Phase { label } => outline.push(label.clone()),
            ScenarioStep::Write(write) => {
                assert_eq!(write.node.0, written % 4);
                written += 1;
                let expected = (format!("k{written}"), format!("v{written}").into());
                assert_eq!(write.set.clone().into_iter().next(), Some(expected));
            }
            ScenarioStep::Barrier { .. } => outline.push(format!("barrier after {written}")),
            ScenarioStep::Seal { .. } => outline.push(format!("seal after {written}")),
            _ => {}
        }
    }
    let expected =
        ["1-10", "11-20", "barrier after 20", "seal after 20", "21-25", "26-30", "barrier after 30", "seal after 30"];
    assert_eq!(outline, expected);
    let Some(ScenarioStep::Expect(end)) = scenario.steps.last() else {
        panic!("it expects nothing in the end");
    };
    assert_eq!(end.nodes.len(), 4);
    assert_eq!((end.milestones, end.signers_at_least), (Some(Height(2)), Some(3)));
    assert_eq!(end.documents["store"].as_object().unwrap().len(), 30);
}
