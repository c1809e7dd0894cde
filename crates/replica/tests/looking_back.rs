//! Documents at past events and milestones, their history, and what changes in them step by step.

mod alone;

use alone::Alone;
use quorate_event::{
    DocumentEdits, Edit, EventBody, EventId, Height, Lane, Payload, SecretKey, Seq, Target, Timestamp, Value,
    VerifiedEvent,
};
use quorate_replica::{
    ConsistencyLevel, DocumentMark, IgnoredReason, Input, Intent, Moment, Output, Refusal, Replica, Request,
    UnknownMoment,
};
use serde_json::{Value as Json, json};

fn put(alone: &mut Alone, value: Json) -> EventId {
    let written = alone.intend(Intent::Put { document: "d".to_owned(), value });
    let all = alone.let_the_disk_work(written);
    let durable = all.iter().find_map(|output| match output {
        Output::Durable { events, .. } => events.first().copied(),
        _ => None,
    });
    durable.unwrap()
}

fn set(key: &str, value: &str) -> Edit {
    Edit::Set { target: Target::Root, key: key.to_owned(), value: Value::String(value.into()) }
}

/// Another author's event at a place of its lane; after the genesis, if it names no parents.
fn submit(alone: &mut Alone, seed: u64, seq: u64, parents: &[EventId], edits: Vec<Edit>) -> EventId {
    let (network, key) = (alone.config.genesis.network(), SecretKey::simulated(seed));
    let payload = Payload::Edits(vec![DocumentEdits { document: "d".to_owned(), edits }]);
    let parents = if parents.is_empty() { vec![network.event_id()] } else { parents.to_vec() };
    let body = EventBody { author: key.address(), lane: Lane(7), seq: Seq(seq), parents, time: Timestamp(1), payload };
    let event = VerifiedEvent::sign(body, network, &key).unwrap();
    let id = event.id();
    let outputs = alone.handle(Input::Submit { request: Request(1_000 + seq), events: vec![event] });
    alone.let_the_disk_work(outputs);
    assert!(alone.replica.holds(id));
    id
}

fn value_at(replica: &Replica, moment: Moment) -> Json {
    replica.document_at("d", moment).unwrap().map_or(Json::Null, |found| found.value)
}

#[test]
fn every_past_state_shows_again_with_its_digest_after_a_restart_too() {
    let mut alone = Alone::new();
    let mut states = Vec::new();
    for step in 0..20 {
        let event =
            put(&mut alone, json!({ "n": step, "l": (0..step % 5).collect::<Vec<_>>(), format!("k{step}"): {} }));
        let height = alone.replica.height();
        states.push((event, height, alone.replica.document("d", ConsistencyLevel::Final).unwrap()));
    }
    let (again, _) = Replica::recover(alone.config.clone(), alone.stored.clone(), &[], alone.now).unwrap();
    for replica in [&alone.replica, &again] {
        for (event, height, then) in &states {
            for moment in [Moment::Event(*event), Moment::Milestone(*height)] {
                let found = replica.document_at("d", moment).unwrap().unwrap();
                assert_eq!((&found.value, found.digest), (&then.value, then.digest), "{moment:?}");
            }
        }
    }
    let beyond = Moment::Milestone(Height(21));
    assert_eq!(alone.replica.document_at("d", beyond), Err(UnknownMoment::Milestone(Height(21))));
    let unknown = Moment::Event(EventId::new([3; 32]));
    assert!(alone.replica.document_at("d", unknown).is_err());
    assert_eq!(alone.replica.document_at("d", Moment::Milestone(Height(0))), Ok(None));
}

#[test]
fn what_is_not_covered_yet_shows_at_level_merged_alone() {
    let mut alone = Alone::new();
    put(&mut alone, json!({ "n": 1 }));
    let waits = alone.intend(Intent::Put { document: "d".to_owned(), value: json!({ "n": 2 }) });
    let value = |alone: &Alone, level| alone.replica.document("d", level).unwrap().value;
    assert_eq!(
        (value(&alone, ConsistencyLevel::Final), value(&alone, ConsistencyLevel::Merged)),
        (json!({ "n": 1 }), json!({ "n": 2 }))
    );
    alone.let_the_disk_work(waits);
    assert_eq!(value(&alone, ConsistencyLevel::Final), json!({ "n": 2 }));
}

#[test]
fn who_is_condemned_later_still_shows_in_the_milestones_before_and_nowhere_in_what_is_void() {
    let mut alone = Alone::new();
    let branch = submit(&mut alone, 9, 1, &[], vec![set("a", "first branch")]);
    let first = alone.replica.document("d", ConsistencyLevel::Final).unwrap();
    assert_eq!(alone.replica.height(), Height(1));
    submit(&mut alone, 9, 1, &[], vec![set("b", "second branch")]);
    put(&mut alone, json!({ "mine": 1 }));
    let condemned = alone.replica.height();
    let late = submit(&mut alone, 9, 2, &[branch], vec![set("c", "too late")]);
    assert!(alone.replica.placement(late).unwrap().void);
    assert_eq!(value_at(&alone.replica, Moment::Milestone(Height(1))), first.value);
    assert_eq!(value_at(&alone.replica, Moment::Event(late)), first.value, "its past, without itself");
    let now = value_at(&alone.replica, Moment::Level(ConsistencyLevel::Merged));
    assert_eq!(now.get("c"), None);
    assert_eq!(value_at(&alone.replica, Moment::Milestone(condemned)), now);
    let history = alone.replica.history("d", None, 1).unwrap();
    assert_eq!((history[0].event, history[0].place.void), (late, true));
}

#[test]
fn the_history_goes_back_from_any_event_and_names_what_was_ignored() {
    let mut alone = Alone::new();
    let events: Vec<EventId> = (0..5).map(|value| put(&mut alone, json!({ "n": value }))).collect();
    let ids = |before, limit| {
        let wrote = alone.replica.history("d", before, limit).unwrap();
        wrote.into_iter().map(|wrote| wrote.event).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, 2), [events[4], events[3]]);
    assert_eq!(ids(Some(events[3]), 9), [events[2], events[1], events[0]]);
    assert_eq!(ids(Some(events[0]), 9), []);
    assert!(alone.replica.history("d", Some(EventId::new([3; 32])), 9).is_err());
    assert_eq!(alone.replica.history("nowhere", None, 9), Ok(Vec::new()));
    let nowhere = Target::Made(quorate_event::ElementRef::Here(9));
    let bad = Edit::Delete { target: nowhere, key: "k".to_owned() };
    submit(&mut alone, 9, 1, &[], vec![set("a", "b"), bad.clone(), bad]);
    let ignored = alone.replica.history("d", None, 1).unwrap().remove(0).ignored.unwrap();
    let runs: Vec<_> = ignored.iter().map(|run| (run.first, run.count, run.reason)).collect();
    assert_eq!(runs, [(1, 2, IgnoredReason::ForwardReference)]);
}

#[test]
fn what_is_followed_step_by_step_ends_where_the_document_is() {
    let mut alone = Alone::new();
    let start = alone.replica.shown("d").1;
    let events: Vec<EventId> = (0..5).map(|value| put(&mut alone, json!({ "n": value }))).collect();
    // An event of which nothing applies changes nothing.
    let nowhere = Target::Made(quorate_event::ElementRef::Here(9));
    submit(&mut alone, 9, 1, &[], vec![Edit::Delete { target: nowhere, key: "k".to_owned() }]);
    let mut mark = start.clone();
    let mut told = Vec::new();
    let mut digest = None;
    loop {
        let followed = alone.replica.follow("d", &mark, 2);
        assert!(followed.steps.len() <= 2 && !followed.watchful);
        told.extend(followed.steps.iter().map(|step| (step.event.unwrap(), step.author.unwrap())));
        digest = followed.digest.or(digest);
        if followed.mark == mark {
            break;
        }
        mark = followed.mark;
    }
    let me = alone.replica.address();
    assert_eq!(told, events.iter().map(|event| (*event, me)).collect::<Vec<_>>());
    let (shown, now) = alone.replica.shown("d");
    assert_eq!((mark, alone.replica.follow("d", &start, 99).digest), (now, Some(shown.digest)));
    assert!(alone.replica.can_follow("d", &start, 6) && !alone.replica.can_follow("d", &start, 5));
    assert!(!alone.replica.can_follow("d", &DocumentMark::at(1_000), 99));
}

fn patch(operations: Json) -> Intent {
    Intent::JsonPatch { document: "d".to_owned(), patch: operations }
}

#[test]
fn patches_of_other_keys_share_an_event_and_a_test_sees_what_was_written_before_it() {
    let mut alone = Alone::new();
    put(&mut alone, json!({ "a": 0, "b": 0 }));
    let first = alone.intend(patch(json!([{ "op": "replace", "path": "/a", "value": 1 }])));
    for (key, tested) in [("b", 0), ("a", 1), ("a", 1), ("b", 0)] {
        let path = format!("/{key}");
        let operations = json!([
            { "op": "test", "path": path, "value": tested },
            { "op": "replace", "path": path, "value": 7 },
        ]);
        assert!(alone.intend(patch(operations)).is_empty(), "it waits for the disk");
    }
    let outputs = alone.let_the_disk_work(first);
    let durable: Vec<EventId> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Durable { events, .. } => events.first().copied(),
            _ => None,
        })
        .collect();
    let refused = |output: &&Output| matches!(output, Output::Refused { refusal: Refusal::Write(_), .. });
    assert_eq!((durable.len(), outputs.iter().filter(refused).count()), (3, 2));
    assert_eq!(durable[1], durable[2], "two keys, one event");
    assert_eq!(alone.replica.document("d", ConsistencyLevel::Merged).unwrap().value, json!({ "a": 7, "b": 7 }));
}
