//! Edits in events, and the root of all documents.

mod history;

use std::collections::BTreeMap;

use history::{EventHistory, payload, say};
use quorate_document::{Document, Documents, DocumentsRoot, EditBatch, EventDraft, Everything, PAYLOAD_BYTES};
use quorate_event::{Canonical, Edit, Payload, limits, merkle};
use serde_json::{Value as Json, json};

fn put(value: &Json) -> Vec<Edit> {
    Document::default().put(&Everything, &EventHistory::default(), value).unwrap()
}

fn value(documents: &Documents, name: &str, history: &EventHistory) -> Json {
    documents.get(name).unwrap().value(&Everything, history)
}

#[test]
fn d9_a_draft_of_several_documents_means_what_its_batches_mean() {
    let (mut history, mut documents) = (EventHistory::default(), Documents::default());
    let mut draft = EventDraft::default();
    assert!(draft.is_empty());
    assert_eq!(draft.clone().finish(), None);
    draft.add("zebra", put(&json!({"z": [1, {"k": [2]}, 3]})));
    draft.add("ant", put(&json!([[1], [2, [3]]])));
    draft.add("none", put(&json!({})));
    draft.add("zebra", put(&json!({"y": {"x": {"w": [0]}}})));
    assert!(draft.holds("ant") && !draft.holds("none"));
    let payload = draft.finish().unwrap();
    assert_eq!(Payload::from_bytes(&payload.to_bytes()), Ok(payload.clone()));
    say(&mut history, &mut documents, &payload);
    assert_eq!(value(&documents, "ant", &history), json!([[1], [2, [3]]]));
    let both = json!({"z": [1, {"k": [2]}, 3], "y": {"x": {"w": [0]}}});
    assert_eq!(value(&documents, "zebra", &history), both);
}

#[test]
fn a_draft_says_when_it_is_full() {
    let mut draft = EventDraft::default();
    let kilobyte = put(&json!({"k": "x".repeat(1_000)}));
    while !draft.would_exceed("d", &kilobyte) {
        draft.add("d", kilobyte.clone());
    }
    let bytes = draft.finish().unwrap().to_bytes().len();
    assert!((PAYLOAD_BYTES - 2_500..=PAYLOAD_BYTES).contains(&bytes), "{bytes}");

    let mut draft = EventDraft::default();
    let one = put(&json!({"k": 1}));
    for number in 0..limits::EVENT_EDITS {
        assert!(!draft.would_exceed("d", &one), "{number}");
        draft.add("d", one.clone());
    }
    assert!(draft.would_exceed("d", &one));
    assert!(draft.would_exceed("e", &one));
}

#[test]
fn d9_a_batch_over_many_events_means_what_it_meant_as_one() {
    let big = json!({
        "strings": (0..40).map(|number| number.to_string().repeat(3_000)).collect::<Vec<_>>(),
        "numbers": (0..30_000).collect::<Vec<_>>(),
        "keys": (0..2_500).map(|key| (key.to_string(), json!({"k": [key]}))).collect::<serde_json::Map<_, _>>(),
        "long": "y".repeat(59_000),
    });
    let (mut history, mut documents) = (EventHistory::default(), Documents::default());
    let edits = put(&big);
    assert!(EditBatch::new("d", put(&json!({"k": 1}))).fits_one_event());
    let mut batch = EditBatch::new("d", edits);
    assert!(!batch.fits_one_event());
    let mut events = 0;
    while let Some((payload, rest)) = batch.next_payload() {
        assert!(payload.to_bytes().len() <= PAYLOAD_BYTES);
        assert_eq!(Payload::from_bytes(&payload.to_bytes()), Ok(payload.clone()));
        batch = rest.signed(say(&mut history, &mut documents, &payload));
        events += 1;
    }
    assert!((10..40).contains(&events), "{events}");
    assert_eq!(value(&documents, "d", &history), big);
}

#[test]
fn d10_the_derived_root_is_the_root_of_everything() {
    let (mut history, mut documents) = (EventHistory::default(), Documents::default());
    let empty = DocumentsRoot::default();
    assert_eq!(empty.root(), documents.root(&Everything, &history));
    let mut root = empty;
    for (name, wanted) in [("a", json!({"k": 1})), ("b", json!([1])), ("a", json!({"k": 2})), ("c", json!("x"))] {
        let edits = match documents.get(name) {
            Some(document) => document.put(&Everything, &history, &wanted).unwrap(),
            None => put(&wanted),
        };
        say(&mut history, &mut documents, &payload(name, edits));
        root = root.derive(&documents, [name], &Everything, &history);
        assert_eq!(root.root(), documents.root(&Everything, &history), "{name}");
    }
    let digest = root.digest("a").unwrap();
    assert_eq!(digest, documents.get("a").unwrap().digest(&Everything, &history));
    let digests = ["a", "b", "c"].map(|name| (name.to_owned(), root.digest(name).unwrap()));
    let leaves = merkle::map_leaves(&BTreeMap::from(digests));
    let entry = merkle::entry(b"a", digest);
    let proof = merkle::prove(&leaves, leaves.binary_search(&entry).unwrap()).unwrap();
    assert!(merkle::verify(root.root(), &entry, &proof), "one digest is proved with the others");
    assert!(root.digest("d").is_none());

    let none = history.view(&Default::default());
    let nothing = root.derive(&documents, ["a", "b", "c"], &none, &history);
    assert_eq!(nothing, DocumentsRoot::default(), "unknown documents have no place");
}

#[test]
fn a_document_above_one_mebibyte_has_no_place_in_the_root() {
    let (mut history, mut documents) = (EventHistory::default(), Documents::default());
    let part = "x".repeat(50_000);
    for (parts, placed) in [(20, true), (21, false)] {
        let wanted = Json::Array(vec![json!(part); parts]);
        let edits = match documents.get("d") {
            Some(document) => document.put(&Everything, &history, &wanted).unwrap(),
            None => put(&wanted),
        };
        let mut batch = EditBatch::new("d", edits);
        while let Some((payload, rest)) = batch.next_payload() {
            batch = rest.signed(say(&mut history, &mut documents, &payload));
        }
        assert_eq!(value(&documents, "d", &history), wanted);
        let root = DocumentsRoot::default().derive(&documents, ["d"], &Everything, &history);
        assert_eq!(root.digest("d").is_some(), placed, "{parts}");
    }
}
