//! A genesis is read as it was written, and the error of a wrong file names the field.

use quorate_scenario::demo_addresses;
use serde_json::{Value, json};

use super::*;

const N1: &str = "0x96216849c49358B10257cb55b28eA603c874b05E";

fn genesis() -> Genesis {
    Genesis {
        name: "example".to_owned(),
        time: Timestamp(1_700_000_000_000),
        committee: Committee::new(vec![(N1.parse().unwrap(), Stake(u128::from(u64::MAX) + 1))]).unwrap(),
        writers: Writers::Open,
        parameters: Parameters { pace: Pace::Manual, min_events: 5, ..Parameters::default() },
        demo: true,
    }
}

#[test]
fn a_genesis_reads_back_as_it_was_written() {
    let text = to_json(&genesis()).unwrap();
    let read = parse(text.as_bytes(), "g.json".as_ref(), &demo_addresses()).unwrap();
    assert_eq!(read, genesis());
    assert_eq!(to_json(&read).unwrap(), text);
    assert!(text.contains("\"stake\": \"18446744073709551616\"") && text.ends_with("}\n"), "{text}");
}

fn refused(change: impl FnOnce(&mut Value), parts: &[&str]) {
    let mut value: Value = serde_json::from_str(&to_json(&genesis()).unwrap()).unwrap();
    change(&mut value);
    let message = parse(value.to_string().as_bytes(), "g.json".as_ref(), &demo_addresses()).unwrap_err().to_string();
    for part in parts.iter().chain(&["g.json"]) {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[test]
fn an_error_names_the_wrong_field() {
    refused(|v| v["nmae"] = json!("x"), &["`nmae`", "`name`"]);
    refused(|v| v["parameters"]["min_event"] = json!(1), &["`min_event`", "`min_events`"]);
    refused(
        |v| {
            v.as_object_mut().unwrap().remove("demo");
        },
        &["missing field `demo`"],
    );
    refused(|v| v["writers"] = json!("all"), &["`all`", "`members`", "`open`"]);
    refused(|v| v["members"][0]["address"] = json!("0x12"), &["members[0].address", "40 hexadecimal"]);
    for stake in ["+5", "", "0x1", "1.5", "-1"] {
        refused(|v| v["members"][0]["stake"] = json!(stake), &["members[0].stake", "decimal digits"]);
    }
    refused(|v| v["members"][0]["stake"] = json!(5), &["integer `5`", "string"]);
    refused(|v| v["members"] = json!([]), &["members: a committee has 1 to"]);
    refused(|v| v["parameters"]["view_timer_ms"] = json!(0), &["view_timer_ms is 0"]);
    refused(|v| v["name"] = json!(""), &["1 to 256 bytes"]);
    refused(|v| v["demo"] = json!(false), &["public demo key"]);
}

#[test]
fn a_file_that_was_changed_after_its_id_was_written_is_refused() {
    refused(|v| v["time_ms"] = json!(1), &["network is 0x", "the rest of the file gives"]);
    refused(|v| v["network"] = json!("nonsense"), &["network is nonsense"]);
}
