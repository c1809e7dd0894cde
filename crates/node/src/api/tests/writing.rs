//! The answers to writes.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use quorate_event::{EventBody, Lane, NetworkId, Pace, Payload, SecretKey, Seq, SignedEvent, Timestamp};
use serde_json::json;

use super::fixture::{Fate, Node};

#[tokio::test]
async fn a_write_answers_200_when_the_wait_was_met_and_202_when_it_was_not() {
    let node = Node::start(Pace::Manual);
    let durable = node.put("/v1/docs/a", "1").await;
    assert_eq!((durable.status, &durable.json()["level"]), (200, &json!("durable")));
    assert_eq!(durable.json()["milestone"], json!(null));
    assert_eq!(durable.json()["events"].as_array().unwrap().len(), 1);
    for timeout_ms in [0, 20] {
        let late = node.put(&format!("/v1/docs/b{timeout_ms}?wait=final&timeout_ms={timeout_ms}"), "1").await;
        assert_eq!(
            (late.status, &late.json()["level"], &late.json()["milestone"]),
            (202, &json!("durable"), &json!(null))
        );
    }
    let sealed = node.ask("POST", "/v1/milestones?wait=final").await;
    assert_eq!(
        (sealed.status, &sealed.json()["level"], &sealed.json()["milestone"]),
        (200, &json!("final"), &json!(1))
    );
}

#[tokio::test]
async fn a_write_that_changes_nothing_makes_no_event() {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a", "{\"b\":1}").await;
    let again = node.put("/v1/docs/a?wait=final", "{\"b\":1}").await;
    assert_eq!((again.status, again.json()["events"].clone()), (200, json!([])));
}

#[tokio::test]
async fn values_are_set_patched_and_deleted() {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a", "{\"b\":{\"c\":1,\"d\":2}}").await;
    node.put("/v1/docs/a?pointer=/b/e~1f", "[true]").await;
    let patch = node.request("PATCH", "/v1/docs/a").header(CONTENT_TYPE, "application/merge-patch+json");
    let patched = node.send(patch.body(Body::from("{\"b\":{\"c\":null},\"g\":\"h\"}")).unwrap()).await;
    assert_eq!(patched.status, 200, "{patched:?}");
    assert_eq!(node.ask("DELETE", "/v1/docs/a?pointer=%2Fb%2Fd").await.status, 200);
    assert_eq!(node.get("/v1/docs/a").await.json()["value"], json!({ "b": { "e/f": [true] }, "g": "h" }));
    node.ask("DELETE", "/v1/docs/z?pointer=/b").await.assert_problem(404, "unknown_document");
}

#[tokio::test]
async fn a_conditional_write_happens_only_if_its_condition_holds() {
    let node = Node::start(Pace::Automatic);
    let put = async |name: axum::http::HeaderName, tag: &str, body: &'static str| {
        let request = node.request("PUT", "/v1/docs/a").header(CONTENT_TYPE, "application/json").header(name, tag);
        node.send(request.body(Body::from(body)).unwrap()).await
    };
    put(IF_MATCH, "*", "1").await.assert_problem(412, "changed");
    assert_eq!(put(IF_NONE_MATCH, "*", "1").await.status, 200);
    put(IF_NONE_MATCH, "*", "2").await.assert_problem(412, "changed");
    let tag = node.get("/v1/docs/a").await.header("etag").unwrap().to_owned();
    assert_eq!(put(IF_MATCH, &tag, "3").await.status, 200);
    put(IF_MATCH, &tag, "4").await.assert_problem(412, "changed");
    assert_eq!(node.get("/v1/docs/a").await.json()["value"], 3);
}

#[tokio::test]
async fn of_many_conditional_writes_on_one_value_one_happens() {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a", "\"start\"").await;
    let tag = node.get("/v1/docs/a").await.header("etag").unwrap().to_owned();
    let writes = (0..8).map(|value| {
        let request = node.request("PUT", "/v1/docs/a").header(CONTENT_TYPE, "application/json").header(IF_MATCH, &tag);
        node.send(request.body(Body::from(value.to_string())).unwrap())
    });
    let replies = futures_util::future::join_all(writes).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert_eq!(replies.iter().filter(|reply| reply.status == 412).count(), 7);
}

#[tokio::test]
async fn a_write_that_does_not_fit_one_event_is_split_or_refused_as_the_client_says() {
    let node = Node::start(Pace::Automatic);
    let large = json!((0..20_000).map(|item| format!("item {item}")).collect::<Vec<_>>()).to_string();
    node.put("/v1/docs/a?atomic=1", large.clone()).await.assert_problem(413, "not_atomic");
    node.get("/v1/docs/a").await.assert_problem(404, "unknown_document");
    let split = node.put("/v1/docs/a?atomic=0&wait=final", large).await;
    assert_eq!(split.status, 200);
    assert!(split.json()["events"].as_array().unwrap().len() > 1);
}

fn signed(author: &SecretKey, network: NetworkId) -> Vec<u8> {
    let body = EventBody {
        author: author.address(),
        lane: Lane(9),
        seq: Seq(1),
        parents: vec![network.event_id()],
        time: Timestamp(5),
        payload: Payload::MilestoneRequest,
    };
    SignedEvent::sign(body, network, author).unwrap().bytes().to_vec()
}

#[tokio::test]
async fn an_event_that_a_client_signed_is_admitted_and_a_forged_one_is_not() {
    let node = Node::start(Pace::Automatic);
    let stranger = SecretKey::from_bytes([9; 32]).unwrap();
    let post = async |body: Vec<u8>| {
        let request = node.request("POST", "/v1/events").header(CONTENT_TYPE, "application/cbor");
        node.send(request.body(Body::from(body)).unwrap()).await
    };
    let event = signed(&stranger, node.app.network);
    let reply = post(event.clone()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let id = reply.json()["events"][0].as_str().unwrap().to_owned();
    let shown = node.get(&format!("/v1/events/{id}")).await.json();
    assert_eq!(shown["author"], stranger.address().to_string());
    let mut forged = event.clone();
    let last = forged.len() - 2;
    forged[last] ^= 1;
    post(forged).await.assert_problem(400, "bad_event");
    post(signed(&stranger, NetworkId::new([3; 32]))).await.assert_problem(400, "bad_event");
    post([event, vec![0]].concat()).await.assert_problem(400, "bad_event");
}

/// A lane's first events, one on the other.
fn lane(author: &SecretKey, network: NetworkId, length: u64) -> Vec<SignedEvent> {
    let mut last = network.event_id();
    let next = |seq| {
        let body = EventBody {
            author: author.address(),
            lane: Lane(9),
            seq: Seq(seq),
            parents: vec![last],
            time: Timestamp(5),
            payload: Payload::MilestoneRequest,
        };
        let event = SignedEvent::sign(body, network, author).unwrap();
        last = event.id();
        event
    };
    (1..=length).map(next).collect()
}

#[tokio::test]
async fn events_that_a_client_signed_are_handed_in_together_and_known_ones_again() {
    let node = Node::start(Pace::Automatic);
    let events = lane(&SecretKey::from_bytes([9; 32]).unwrap(), node.app.network, 1_025);
    let post = async |events: &[SignedEvent]| {
        let body: Vec<u8> = events.iter().flat_map(|event| event.bytes().to_vec()).collect();
        let request = node.request("POST", "/v1/events").header(CONTENT_TYPE, "application/cbor-seq");
        node.send(request.body(Body::from(body)).unwrap()).await
    };
    let ids = |events: &[SignedEvent]| events.iter().map(|event| json!(event.id().to_string())).collect::<Vec<_>>();
    let reply = post(&events[..3]).await;
    assert_eq!((reply.status, &reply.json()["events"]), (200, &json!(ids(&events[..3]))), "{reply:?}");
    let again = post(&events[2..6]).await;
    assert_eq!((again.status, &again.json()["events"]), (200, &json!(ids(&events[2..6]))), "{again:?}");
    // The gap refuses what comes after it; what came before it stays.
    post(&[events[6].clone(), events[8].clone()]).await.assert_problem(409, "missing_parents");
    assert_eq!(post(&events[7..9]).await.status, 200);
    post(&events).await.assert_problem(400, "bad_event");
    assert_eq!(post(&events[..1_024]).await.status, 200);
    post(&[]).await.assert_problem(400, "bad_event");
}

#[tokio::test]
async fn a_node_that_is_stopping_tells_what_is_durable() {
    let node = Node::start(Pace::Manual);
    let (reply, ()) = tokio::join!(node.put("/v1/docs/a?wait=final", "1"), async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        node.app.close();
    });
    assert_eq!((reply.status, &reply.json()["level"]), (202, &json!("durable")));
}

#[tokio::test]
async fn an_operator_can_ask_for_another_leader() {
    let node = Node::start(Pace::Automatic);
    assert_eq!(node.ask("POST", "/v1/leader/skip").await.status, 200);
}

#[tokio::test]
#[ignore = "waits as long as a disk may take"]
async fn a_write_that_never_reaches_the_disk_is_not_promised() {
    let node = Node::start(Pace::Automatic);
    node.fate(Fate::Stuck);
    node.put("/v1/docs/a?timeout_ms=0", "1").await.assert_problem(503, "not_durable_yet");
}
