//! What is held against whom, in pages.

use quorate_event::{Evidence, Height, Pace, Payload, ProposalId, SecretKey, View, Vote, VoteKind};
use serde_json::Value;

use super::fixture::Node;
use super::strangers::{Stranger, set};

/// Two prepares of one key in one view.
fn two_votes(node: &Node, signer: u8, height: u64) -> Payload {
    let network = node.app.network;
    let key = SecretKey::from_bytes([signer; 32]).unwrap();
    let [first, second] = [1, 2].map(|proposal| {
        let proposal = ProposalId::new([proposal; 32]);
        let vote = Vote { kind: VoteKind::Prepare, height: Height(height), view: View(0), proposal };
        vote.sign(network, &key).verify(network).unwrap()
    });
    Payload::Evidence(Box::new(Evidence::of(first, second).unwrap()))
}

fn pairs(page: &Value) -> Vec<Value> {
    ["votes", "events"].iter().flat_map(|kind| page[kind].as_array().unwrap().clone()).collect()
}

#[tokio::test]
async fn the_pages_of_evidence_hold_all_of_it_once() {
    let node = Node::start(Pace::Automatic);
    for (teller, (signer, height)) in (20..).zip([(50, 3), (50, 2_003), (51, 3), (50, 4_003)]) {
        Stranger::new(teller).hand_in(&node, &[], two_votes(&node, signer, height)).await;
    }
    for author in [30, 31] {
        for value in ["a", "b", "c"] {
            Stranger::new(author).write(&node, &[], ("d", vec![set("k", value)])).await;
        }
    }
    let all = node.get("/v1/evidence").await.json();
    assert_eq!((all["votes"].as_array().unwrap().len(), all["events"].as_array().unwrap().len()), (4, 4));
    assert_eq!(all["next"], Value::Null);
    for limit in 1..=8 {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = node.get(&format!("/v1/evidence?limit={limit}{after}")).await.json();
            assert!(pairs(&page).len() <= limit);
            found.extend(pairs(&page));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let mut expected = pairs(&all);
        for list in [&mut found, &mut expected] {
            list.sort_by_key(Value::to_string);
        }
        assert_eq!(found, expected, "pages of {limit}");
    }
}
