//! A file of records, imported over four nodes of which one is killed half-way and comes back.

mod cluster;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use cluster::{Network, TOO_LONG, until};
use quorate_event::keccak256;
use serde_json::{Map, Value, json};

/// What `import` does with the array of a file: an object, each record under its `code`.
fn transformed(file: &Value) -> Value {
    let records = file.as_object().unwrap().values().next().unwrap().as_array().unwrap();
    let name = |record: &Value| record["code"].as_str().unwrap().to_owned();
    Value::Object(records.iter().map(|record| (name(record), record.clone())).collect::<Map<_, _>>())
}

/// keccak256 over RFC 8785, for values without numbers: keys by their UTF-16 units, texts escaped as serde_json does.
fn digest(value: &Value) -> String {
    fn write(value: &Value, out: &mut String) {
        match value {
            Value::Object(entries) => {
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_by_key(|(key, _)| key.encode_utf16().collect::<Vec<_>>());
                out.push('{');
                for (place, (key, value)) in entries.into_iter().enumerate() {
                    out.push_str(if place > 0 { "," } else { "" });
                    out.push_str(&format!("{}:", json!(key)));
                    write(value, out);
                }
                out.push('}');
            }
            Value::Array(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    out.push_str(if place > 0 { "," } else { "" });
                    write(item, out);
                }
                out.push(']');
            }
            Value::Number(number) => panic!("{number} needs more than this"),
            plain => out.push_str(&plain.to_string()),
        }
    }
    let mut canonical = String::new();
    write(value, &mut canonical);
    let hex = keccak256(&[canonical.as_bytes()]).map(|byte| format!("{byte:02x}"));
    format!("0x{}", hex.concat())
}

/// Each acknowledged record in the file of `--acks`.
fn acknowledged(acks: &Path) -> Vec<Value> {
    let text = fs::read_to_string(acks).unwrap_or_default();
    // The last line may be on its way.
    let whole = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn check(file: &Path) {
    let expected = transformed(&serde_json::from_slice(&fs::read(file).unwrap()).unwrap());
    let count = expected.as_object().unwrap().len();
    let mut network = Network::up();
    let acks = network.ground.path("acks");
    let mut arguments = vec!["import", "subdivisions", file.to_str().unwrap(), "--array-key", "code"];
    arguments.extend(["--acks", acks.to_str().unwrap()]);
    network.nodes.iter().for_each(|node| arguments.extend(["--url", &node.url]));
    let mut import = network.ground.start(&arguments);
    let reaches = |wanted: usize| {
        until(&format!("{wanted} of {count} records"), 2 * TOO_LONG, || {
            (acknowledged(&acks).len() >= wanted).then_some(())
        });
    };
    reaches(count / 2);
    network.kill(3);
    // It goes on without it.
    reaches(count * 3 / 4);
    network.run(3);
    let status = import.wait(2 * TOO_LONG);
    assert!(status.success(), "{}{}", import.said(), import.complained());

    let records = acknowledged(&acks);
    assert_eq!(records.len(), count);
    until("all of it is final at all nodes", TOO_LONG, || {
        let reads = network.nodes.iter().map(|node| node.try_get("/v1/docs/subdivisions?level=final"));
        let digests: Option<BTreeSet<String>> = reads.map(|reply| Some(reply?.text("digest").to_owned())).collect();
        (digests? == BTreeSet::from([digest(&expected)])).then_some(())
    });
    assert_eq!(network.node(3).document("subdivisions", "final"), Some(expected));
    let events = records.iter().flat_map(|record| record["events"].as_array().unwrap());
    let events: BTreeSet<&str> = events.map(|event| event.as_str().unwrap()).collect();
    assert!(events.len() >= network.nodes.len());
    for node in &network.nodes {
        let held = node.events();
        let lost: Vec<_> = events.iter().filter(|event| !held.contains(**event)).collect();
        assert!(lost.is_empty(), "{} lost {lost:?}", node.name);
    }
    network.agree("merged", TOO_LONG);
}

#[test]
fn made_up_records_survive_the_kill_of_a_node() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("records.json");
    let record = |number: usize| json!({ "code": format!("R/{number}~é"), "name": format!("record {number}\n\u{1f980}\"\\"), "tags": [null, true, ["x"]] });
    let records: Vec<Value> = (0..400).map(record).collect();
    fs::write(&file, json!({ "records": records }).to_string()).unwrap();
    check(&file);
}

#[test]
fn the_subdivisions_of_all_countries_survive_the_kill_of_a_node() {
    if let Some(file) = quorate_traces::data("iso_3166-2.json") {
        check(&file);
    }
}
