//! Valid files, and the messages for invalid ones.

use quorate_event::{Pace, Writers};
use serde_json::json;

use super::*;

fn parse(head: &str, steps: &str) -> Result<Scenario, ScenarioError> {
    let text = format!("name = \"x\"\n{head}\nsteps = [\n{steps}\n]\nexpect.equal_digests = true\n");
    Scenario::parse(&text, "x.toml")
}

/// Refused, with a message that names the file and holds each of `parts`.
fn refused(head: &str, steps: &str, parts: &[&str]) {
    let message = parse(head, steps).unwrap_err().to_string();
    assert!(message.starts_with("x.toml"), "{message}");
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[test]
fn a_whole_scenario_parses() {
    let head = "nodes = [\"a\", \"b\"]\nstakes = [150, \"340282366920938463463374607431\"]\nkeys = [1, 7]\n\
                writers = \"open\"\npace = \"manual\"\nmin_events = 5\nview_timer_ms = 9";
    let scenario = parse(head, "{ stop = \"b\" }, { start = \"b\" }").unwrap();
    let node =
        |name: &str, stake, seed| ScenarioNode { name: name.to_owned(), stake: Stake(stake), seed: DemoSeed(seed) };
    let nodes = [node("a", 150, 1), node("b", 340_282_366_920_938_463_463_374_607_431, 7)];
    assert_eq!(scenario.nodes, nodes);
    assert_eq!(scenario.writers, Writers::Open);
    assert_eq!(scenario.parameters.pace, Pace::Manual);
    let parameters = scenario.parameters;
    assert_eq!((parameters.min_events, parameters.view_timer_ms), (5, 9));
    assert_eq!(parameters.max_wait_ms, 100);
    assert_eq!(scenario.steps.len(), 3);
    assert!(scenario.genesis(Timestamp(0)).unwrap().demo);
}

#[test]
fn a_range_is_spelled_out_and_goes_round_by_its_numbers() {
    let range = "{ writes = { document = \"d\", from = 3, to = 5, key = \"k{i}\", value = { v = [\"{i}\", 1] } } }";
    let scenario = parse("nodes = 2", range).unwrap();
    let writes = scenario.steps.iter().filter_map(|step| match step {
        ScenarioStep::Write(write) => Some((write.node.0, Value::Object(write.set.clone()))),
        _ => None,
    });
    let expected =
        [(0, json!({"k3": {"v": ["3", 1]}})), (1, json!({"k4": {"v": ["4", 1]}})), (0, json!({"k5": {"v": ["5", 1]}}))];
    assert_eq!(writes.collect::<Vec<_>>(), expected);
}

#[test]
fn a_seal_falls_to_the_first_node_that_runs() {
    let scenario = parse("nodes = 3", "{ stop = \"n1\", how = \"terminate\" }, { seal = true }");
    let steps = scenario.unwrap().steps;
    let how = Ending::Terminate;
    let node = NodeIndex(0);
    assert_eq!(steps[0], ScenarioStep::Stop { node, how });
    let (at, within_ms) = (NodeIndex(1), 60_000);
    assert_eq!(steps[1], ScenarioStep::Seal { at, within_ms });
}

#[test]
fn an_unknown_key_is_reported_with_the_known_ones_and_its_line() {
    refused("nodes = 1\nnodez = 2", "", &["line 3", "`nodez`", "`view_timer_ms`"]);
    refused("nodes = 1", "{ sael = true }", &["line 4", "`sael`", "`seal`"]);
    let expect = "{ expect = { digests = true } }";
    refused("nodes = 1", expect, &["`digests`", "`equal_digests`"]);
    let writes = "{ writes = { document = \"d\", count = 3 } }";
    refused("nodes = 1", writes, &["`count`", "`from`"]);
}

#[test]
fn a_value_of_the_wrong_type_is_reported() {
    refused("nodes = \"four\"", "", &["a number of nodes, or a list"]);
    refused("nodes = 1\npace = \"fast\"", "", &["`fast`", "`automatic`"]);
    refused("nodes = 1", "{ barrier = false }", &["write `true`"]);
    refused("nodes = 1\nstakes = [-1]", "", &["a stake: a whole number"]);
    refused("", "", &["missing field `nodes`"]);
}

#[test]
fn an_invalid_network_is_reported() {
    refused("nodes = 0", "", &["1 to 64 nodes, not 0"]);
    refused("nodes = 65", "", &["1 to 64 nodes, not 65"]);
    refused("nodes = [\"a\", \"a\"]", "", &["\"a\" cannot name a node"]);
    refused("nodes = [\"../a\"]", "", &["\"../a\" cannot name a node"]);
    let stakes = "nodes = 2\nstakes = [1]";
    refused(stakes, "", &["`stakes` has 1 entries for 2 nodes"]);
    refused("nodes = 1\nkeys = [1, 2]", "", &["`keys` has 2 entries for 1"]);
    refused("nodes = 2\nkeys = [1, 1]", "", &["is named twice"]);
    refused("nodes = 1\nstakes = [0]", "", &["has no stake"]);
    let timer = "nodes = 1\nview_timer_ms = 0";
    refused(timer, "", &["view_timer_ms is 0", "1 ms to a day"]);
}

#[test]
fn an_invalid_step_is_reported_with_its_line() {
    let table: &[(&str, &[&str])] = &[
        ("{}", &["line 4", "has no action", "`barrier`"]),
        ("{ seal = true },\n{ seal = true, print = true }", &["line 5", "two actions, `seal` and `print`"]),
        ("{ write = \"n1\", how = \"kill\" }", &["`how` does not belong to `write`", "document, set"]),
        ("{ write = \"n1\", set = {} }", &["`write` needs `document`"]),
        ("{ write = \"n9\", document = \"d\", set = {} }", &["no node \"n9\"", "n1, n2"]),
        ("{ stop = \"n1\" }, { seal = \"n1\" }", &["n1 is stopped at this step"]),
        ("{ start = \"n1\" }", &["n1 is running at this step"]),
        ("{ stop = \"n1\" }, { stop = \"n2\" }, { seal = true }", &["no node is running at this step"]),
        ("{ stop = \"n2\" }, { expect = { nodes = \"all\", milestones = 1 } }", &["n2 is stopped at this step"]),
        ("{ expect = {} }", &["`expect` is empty"]),
        ("{ writes = { document = \"d\", from = 2, to = 1, key = \"k{i}\", value = 1 } }", &["from 2 to 1 is empty"]),
        ("{ writes = { document = \"d\", from = 1, to = 2, key = \"k\", value = 1 } }", &["neither `key` nor `value`"]),
        (
            "{ writes = { document = \"d\", from = 1, to = 9999999999, key = \"k{i}\", value = 1 } }",
            &["more than 100000"],
        ),
    ];
    for (steps, parts) in table {
        refused("nodes = 2", steps, parts);
    }
}

#[test]
fn a_scenario_that_expects_nothing_is_refused() {
    let error = Scenario::parse("name = \"x\"\nnodes = 1\nsteps = []", "x.toml").unwrap_err();
    assert!(error.to_string().contains("cannot fail"), "{error}");
}

#[test]
fn what_is_not_toml_is_refused() {
    refused("nodes = ", "", &["line 2"]);
}
