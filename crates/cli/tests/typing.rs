//! A text that two people type at once, each in a terminal of their own, at two nodes of one network.

mod cluster;

use cluster::{Network, Process, TOO_LONG, until};
use serde_json::{Value, json};

fn type_at(network: &Network, number: usize, document: &str) -> Process {
    network.ground.typed_at(["type", document, "--url", &network.node(number).url])
}

/// The last digest that a terminal shows.
fn digest(terminal: &Process) -> Option<String> {
    let said = terminal.said();
    let mut last = said.lines().filter_map(|line| line.rsplit_once(' ')).map(|(_, last)| last);
    last.rfind(|last| last.starts_with("0x")).map(str::to_owned)
}

fn shows(terminals: &[&Process], line: &str) {
    until(&format!("{line:?} in every terminal"), TOO_LONG, || {
        terminals.iter().all(|terminal| terminal.said().contains(line)).then_some(())
    });
}

fn text(network: &Network, number: usize) -> Option<String> {
    Some(network.node(number).document("notes", "merged")?["text"].as_str()?.to_owned())
}

#[test]
fn lines_typed_at_two_nodes_appear_in_both_terminals_with_one_digest() {
    let network = Network::up();
    let mut one = type_at(&network, 1, "notes");
    shows(&[&one], "-- notes /text");
    // Whoever makes the text second makes another one.
    until("n2 has the text", TOO_LONG, || text(&network, 2));
    let mut two = type_at(&network, 2, "notes");
    shows(&[&two], "-- notes /text");

    one.type_line("hello from one");
    shows(&[&one, &two], "n1: hello from one");
    two.type_line("and from two: \u{1b}[2J \u{1f980}");
    shows(&[&one, &two], "n2: and from two: \\u{1b}[2J \u{1f980}");
    for line in 1..=20 {
        one.type_line(format!("one {line}."));
        two.type_line(format!("two {line}."));
    }
    for line in 1..=20 {
        shows(&[&one, &two], &format!("n1: one {line}."));
        shows(&[&one, &two], &format!("n2: two {line}."));
    }
    let last = until("one digest in both terminals", TOO_LONG, || {
        let shown = digest(&one)?;
        (digest(&two)? == shown).then_some(shown)
    });
    for number in 1..=4 {
        let shown = until("the same document everywhere", TOO_LONG, || {
            let found = network.node(number).get("/v1/docs/notes")["digest"].as_str().unwrap().to_owned();
            found.starts_with(&last).then_some(found)
        });
        assert_eq!(shown.len(), 66);
    }
    let text = text(&network, 3).unwrap();
    assert!(text.starts_with("hello from one\nand from two: \u{1b}[2J \u{1f980}\n"), "{text}");
    let typed = |who: &str| text.lines().filter(|line| line.starts_with(&format!("{who} "))).count();
    assert_eq!((typed("one"), typed("two"), text.lines().count()), (20, 20, 42), "{text}");

    one.end_input();
    let status = one.wait(TOO_LONG);
    assert!(status.success(), "{status}: {}", one.complained());
    assert!(two.terminate().success());
}

#[test]
fn what_is_piped_is_written_and_shown_before_the_end_whatever_its_bytes() {
    let network = Network::up();
    let mut pipe = type_at(&network, 3, "notes");
    pipe.type_line(b"not \xff text");
    pipe.type_line("last");
    pipe.end_input();
    let status = pipe.wait(TOO_LONG);
    assert!(status.success(), "{status}: {}", pipe.complained());
    assert_eq!(text(&network, 3).as_deref(), Some("not \u{fffd} text\nlast\n"));
    assert!(pipe.said().contains("n3: not \u{fffd} text") && pipe.said().contains("n3: last  0x"), "{}", pipe.said());

    // A short string is a scalar that is replaced as a whole, so `type` refuses it.
    network.node(1).put("plain", "", &json!({ "text": "short" }));
    let mut refused = type_at(&network, 1, "plain");
    refused.type_line("more");
    assert_eq!(refused.wait(TOO_LONG).code(), Some(2));
    assert!(refused.complained().contains("not a text"), "{}", refused.complained());
    assert_eq!(network.node(1).document("plain", "merged"), Some::<Value>(json!({ "text": "short" })));
}
