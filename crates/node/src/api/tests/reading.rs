//! What readers see.

use axum::body::Body;
use axum::http::header::IF_NONE_MATCH;
use quorate_event::Pace;
use serde_json::json;

use super::fixture::{Node, request};

#[tokio::test]
async fn a_document_shows_at_the_level_that_was_asked_for() {
    let node = Node::start(Pace::Manual);
    node.put("/v1/docs/a", "{\"b\":[1,18446744073709551615,0.5]}").await;
    let merged = node.get("/v1/docs/a").await;
    assert_eq!(merged.json()["value"], json!({ "b": [1, u64::MAX, 0.5] }));
    assert_eq!((&merged.json()["level"], &merged.json()["milestone"]), (&json!("merged"), &json!(0)));
    node.get("/v1/docs/a?level=final").await.assert_problem(404, "unknown_document");
    assert_eq!(node.ask("POST", "/v1/milestones?wait=final").await.status, 200);
    let at_last = node.get("/v1/docs/a?level=final").await.json();
    assert_eq!((&at_last["level"], &at_last["milestone"]), (&json!("final"), &json!(1)));
    assert_eq!(at_last["digest"], merged.json()["digest"]);
}

#[tokio::test]
async fn a_document_that_a_client_has_is_not_sent_again() {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a", "1").await;
    let first = node.get("/v1/docs/a").await;
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(tag, format!("\"{}\"", first.json()["digest"].as_str().unwrap()));
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let again = request("GET", "/v1/docs/a").header(IF_NONE_MATCH, known).body(Body::empty()).unwrap();
        let again = node.send(again).await;
        assert_eq!((again.status, again.header("etag"), again.body.len()), (304, Some(tag.as_str()), 0));
    }
    node.put("/v1/docs/a", "2").await;
    let changed = request("GET", "/v1/docs/a").header(IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
    assert_eq!(node.send(changed).await.json()["value"], 2);
}

#[tokio::test]
async fn documents_are_listed_in_pages() {
    let node = Node::start(Pace::Automatic);
    for name in ["c", "a", "b"] {
        node.put(&format!("/v1/docs/{name}"), "1").await;
    }
    let first = node.get("/v1/docs?limit=2").await.json();
    let names = |page: &serde_json::Value| {
        page["documents"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((names(&first), &first["next"]), (vec!["a".to_owned(), "b".to_owned()], &json!("b")));
    let second = node.get("/v1/docs?limit=2&after=b&level=final").await.json();
    assert_eq!((names(&second), &second["next"]), (vec!["c".to_owned()], &json!(null)));
}

#[tokio::test]
async fn events_are_listed_from_the_genesis_on_and_each_by_its_id() {
    let node = Node::start(Pace::Automatic);
    let written = node.put("/v1/docs/a?wait=final", "{\"x\":{\"y\":1.5}}").await.json();
    let id = written["events"][0].as_str().unwrap();
    let page = node.get("/v1/events").await.json();
    let events = page["events"].as_array().unwrap();
    let kinds: Vec<_> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["genesis", "event", "milestone"]);
    let event = &events[1];
    assert_eq!((&event["id"], &event["covered_at"], &event["void"]), (&json!(id), &json!(1), &json!(false)));
    assert_eq!((&event["lane"], &event["seq"], &event["depth"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(event["parents"], json!([events[0]["id"]]));
    let edits = event["payload"]["edits"].as_array().unwrap();
    assert!(
        edits.iter().any(|edit| edit["document"] == "a" && edit["key"] == "y" && edit["value"] == 1.5),
        "{edits:?}"
    );
    for event in events {
        let mut alone = node.get(&format!("/v1/events/{}", event["id"].as_str().unwrap())).await.json();
        let bytes = alone.as_object_mut().unwrap().remove("cbor");
        assert_eq!((&alone, bytes.is_some()), (event, event["kind"] != "genesis"));
    }
    let mut after = String::new();
    for event in events {
        let one = node.get(&format!("/v1/events?limit=1{after}")).await.json();
        assert_eq!(one["events"], json!([event]));
        after = format!("&after={}", one["next"].as_str().unwrap());
    }
    let end = node.get(&format!("/v1/events?limit=1{after}")).await.json();
    assert_eq!(end, json!({ "events": [], "next": null }));
    let unknown = format!("/v1/events/0x{}", "00".repeat(32));
    node.get(&unknown).await.assert_problem(404, "unknown_event");
}

#[tokio::test]
async fn a_milestone_is_shown_with_its_certificate() {
    let node = Node::start(Pace::Automatic);
    assert_eq!(node.get("/v1/milestones/head").await.json()["height"], 0);
    node.put("/v1/docs/a?wait=final", "1").await;
    let head = node.get("/v1/milestones/head").await.json();
    assert_eq!(head["height"], 1);
    assert_eq!(head["signers"][0]["stake"], "100");
    assert_eq!(head["previous"], node.get("/v1/milestones/0").await.json()["id"]);
    assert_eq!(head, node.get("/v1/milestones/1").await.json());
    let cbor = head["cbor"].as_str().unwrap().strip_prefix("0x").unwrap();
    let bytes: Vec<u8> =
        (0..cbor.len()).step_by(2).map(|at| u8::from_str_radix(&cbor[at..at + 2], 16).unwrap()).collect();
    let milestone = quorate_event::Milestone::decode(&bytes, node.app.network).unwrap();
    assert!(milestone.verify(node.app.network, &node.app.genesis.committee).is_ok());
    node.get("/v1/milestones/2").await.assert_problem(404, "unknown_milestone");
}

#[tokio::test]
async fn the_status_names_what_the_interface_promises() {
    let node = Node::start(Pace::Manual);
    let before = node.get("/v1/status").await.json();
    for field in [
        "network",
        "name",
        "address",
        "peer_id",
        "height",
        "milestone",
        "view",
        "leader",
        "events",
        "uncovered",
        "heads",
        "digests",
        "why_not_final",
    ] {
        assert!(before.get(field).is_some(), "{field}");
    }
    assert_eq!(before["why_not_final"], json!(null));
    node.put("/v1/docs/a", "1").await;
    let after = node.get("/v1/status").await.json();
    assert_eq!((&after["uncovered"], &after["why_not_final"]["code"]), (&json!(1), &json!("waits_for_seal")));
    assert_ne!(after["digests"]["merged"], after["digests"]["final"]);
    assert_eq!(node.get("/v1/health").await.json()["state"], "ready");
    let clock = node.get("/v1/clock").await.json();
    let entries = clock["clock"].as_object().unwrap();
    let (lane, seq) = entries.iter().next().unwrap();
    assert!(lane.starts_with(after["address"].as_str().unwrap()));
    assert_eq!((entries.len(), seq), (1, &json!(1)));
    let committee = node.get("/v1/committee").await.json();
    assert_eq!((&committee["total"], &committee["members"][0]["stake"]), (&json!("100"), &json!("100")));
    assert_eq!(node.get("/v1/evidence").await.json(), json!({ "votes": [], "events": [], "next": null }));
    assert_eq!(node.get("/v1/peers").await.json(), json!({ "peers": [] }));
}

#[tokio::test]
async fn the_graph_is_exported_whole_in_both_formats() {
    let node = Node::start(Pace::Manual);
    for value in 1..=3 {
        node.put("/v1/docs/a", value.to_string()).await;
    }
    node.ask("POST", "/v1/milestones?wait=final").await;
    let graph = node.get("/v1/graph").await.json();
    let (nodes, edges) = (graph["nodes"].as_array().unwrap(), graph["edges"].as_array().unwrap());
    // M0, three writes, the seal, the milestone.
    assert_eq!(nodes.len(), 6);
    let ids: Vec<_> = nodes.iter().map(|node| &node["id"]).collect();
    assert!(edges.iter().all(|edge| ids.contains(&&edge["from"]) && ids.contains(&&edge["to"])));
    assert!(edges.len() >= 5);
    let dot = node.get("/v1/graph?format=dot").await;
    assert!(dot.text().starts_with("\ndigraph quorate {") && dot.text().ends_with("}\n"), "{}", dot.text());
    assert_eq!(dot.text().matches(" -> ").count(), edges.len());
}

#[tokio::test]
async fn the_page_escapes_whatever_it_shows() {
    let node = Node::start(Pace::Automatic);
    let page = node.get("/").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.text().contains("n1 &amp; &lt;co&gt;") && page.text().contains("a &lt;test&gt;"));
    assert!(!page.text().contains("<co>") && !page.text().contains("<test>"));
    for header in ["content-security-policy", "x-content-type-options", "x-frame-options", "cache-control"] {
        assert!(page.header(header).is_some(), "{header}");
    }
}

#[tokio::test]
async fn metrics_count_requests_by_route_and_not_by_path() {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a?wait=final", "1").await;
    for path in ["/v1/docs/a", "/v1/docs/b", "/v1/docs/c", "/nothing/1", "/nothing/2"] {
        node.get(path).await;
    }
    let metrics = node.get("/metrics").await;
    for line in [
        "quorate_height 1",
        "quorate_vertices 3",
        "quorate_peers 0",
        "quorate_store_events_total 2",
        "quorate_http_requests_total{method=\"GET\",route=\"/v1/docs/{name}\",status=\"200\"} 1",
        "quorate_http_requests_total{method=\"GET\",route=\"/v1/docs/{name}\",status=\"404\"} 2",
        "quorate_http_requests_total{method=\"GET\",route=\"unknown\",status=\"404\"} 2",
    ] {
        assert!(metrics.text().lines().any(|found| found == line), "{line}\n{}", metrics.text());
    }
    assert!(metrics.text().ends_with("# EOF\n") && !metrics.text().contains("/nothing"));
}
