//! Sessions of one author after the other.

use proptest::prelude::*;
use quorate_event::{CharRef, Container, Edit, TextChange};
use serde_json::{Value as Json, json};

use crate::edit::error::WriteError;
use crate::edit::packing::batch::EditBatch;
use crate::edit::session::command::EditCommand;
use crate::edit::session::editor::Editor;
use crate::edit::session::text::TextUnit;
use crate::edit::story::{NumberChain, Story};
use crate::model::document_view::Everything;
use crate::view::positions::{ItemMove, PositionRange};

fn changes(edits: &[Edit]) -> Vec<TextChange> {
    let splices = edits.iter().filter_map(|edit| match edit {
        Edit::Splice { splice, .. } => Some(splice.changes().to_vec()),
        _ => None,
    });
    splices.flatten().collect()
}

#[test]
fn typing_is_one_insertion_and_backspacing_one_removal() {
    let mut story = Story::with_text("hello world");
    let edits = story.edit(|doc| {
        "brave new ".char_indices().try_for_each(|(at, char)| doc.text("/t")?.insert(6 + at as u32, &char.to_string()))
    });
    assert!(matches!(changes(&edits)[..], [TextChange::Insert { chars: 10, .. }]), "{edits:?}");
    let edits =
        story.edit(|doc| (11..16).rev().try_for_each(|at| doc.text("/t")?.remove(PositionRange { at, count: 1 })));
    assert!(matches!(changes(&edits)[..], [TextChange::Remove { count: 5, .. }]), "{edits:?}");
    assert_eq!(story.value(), json!({"t": "hello braveworld"}));
    let edits = story.edit(|doc| (0..5).try_for_each(|_| doc.text("/t")?.remove(PositionRange { at: 0, count: 1 })));
    assert!(matches!(changes(&edits)[..], [TextChange::Remove { count: 5, .. }]), "{edits:?}");
}

#[test]
fn what_is_removed_here_and_there_is_one_removal_in_the_end() {
    let mut story = Story::with_text("0123456789");
    let edits = story.edit(|doc| {
        let mut text = doc.text("/t")?;
        text.insert(10, "ab")?;
        text.remove(PositionRange { at: 7, count: 1 })?;
        text.insert(0, ">")?;
        [(4, 1), (5, 2), (4, 1)].into_iter().try_for_each(|(at, count)| text.remove(PositionRange { at, count }))
    });
    let changes = changes(&edits);
    let [TextChange::Insert { .. }, TextChange::Insert { .. }, TextChange::Remove { first, count: 5 }] = changes[..]
    else {
        panic!("{changes:?}");
    };
    assert!(matches!(first, CharRef::There { .. }));
    assert_eq!(story.value(), json!({"t": ">01289ab"}));
}

#[test]
fn what_two_insertions_wrote_takes_two_removals() {
    let mut story = Story::with_text("ab");
    story.edit(|doc| doc.text("/t")?.insert(2, "cd"));
    let edits = story.edit(|doc| doc.text("/t")?.remove(PositionRange { at: 1, count: 2 }));
    assert_eq!(changes(&edits).len(), 2, "{edits:?}");
    assert_eq!(story.value(), json!({"t": "ad"}));
}

#[test]
fn what_was_typed_and_removed_again_is_not_said() {
    let mut story = Story::with_text("ad");
    let edits = story.edit(|doc| {
        let mut text = doc.text("/t")?;
        text.insert(1, "12")?;
        text.remove(PositionRange { at: 0, count: 1 })?;
        text.insert(2, "34")?;
        text.remove(PositionRange { at: 1, count: 2 })
    });
    let [TextChange::Insert { chars: 2, .. }, TextChange::Remove { count: 1, .. }] = changes(&edits)[..] else {
        panic!("{edits:?}");
    };
    assert_eq!(story.value(), json!({"t": "14d"}));
    let edits = story.edit(|doc| {
        doc.text("/t")?.insert(1, "oh")?;
        doc.text("/t")?.remove(PositionRange { at: 1, count: 2 })
    });
    assert_eq!(edits, []);
}

/// The first part of a session is written down when another place is written to: then it has names.
#[test]
fn what_was_said_already_is_removed_by_name() {
    let mut story = Story::with_text("<>");
    let edits = story.edit(|doc| {
        doc.text("/t")?.insert(1, "a-b")?;
        doc.text("/t")?.remove(PositionRange { at: 2, count: 1 })?;
        doc.set("/k", json!(1))?;
        doc.text("/t")?.insert(3, "c")?;
        doc.text("/t")?.insert(2, "'")?;
        doc.text("/t")?.remove(PositionRange { at: 1, count: 1 })?;
        assert_eq!(doc.get::<String>("/t")?, "<'bc>");
        doc.set("/k", json!(2))?;
        doc.text("/t")?.insert(4, "!")
    });
    let (inserted, removed): (Vec<_>, Vec<_>) =
        changes(&edits).into_iter().partition(|change| matches!(change, TextChange::Insert { .. }));
    assert_eq!((inserted.len(), removed.len()), (4, 1), "{edits:?}");
    assert!(matches!(removed[..], [TextChange::Remove { first: CharRef::Here(0), count: 1 }]), "{edits:?}");
    assert_eq!(story.value(), json!({"t": "<'bc!>", "k": 2}));
}

#[test]
fn a_session_sees_what_it_wrote() {
    let mut story = Story::showing(&json!({"l": [1, 2], "o": {"k": 1}, "gone": 1}));
    story.edit(|doc| {
        doc.set("/o/new/deep", json!({"list": ["a"], "long": "x".repeat(2_000)}))?;
        doc.list("/o/new/deep/list")?.insert(1, ["b", "c"])?;
        doc.list("/o/new/deep/list")?.remove(PositionRange { at: 0, count: 1 })?;
        doc.text("/o/new/deep/long")?.replace(PositionRange { at: 0, count: 1_999 }, "y")?;
        assert_eq!(doc.get::<Json>("/o")?, json!({"k": 1, "new": {"deep": {"list": ["b", "c"], "long": "yx"}}}));
        doc.list("/l")?.push(json!({"in": "list"}))?;
        doc.set("/l/2/in", "there")?;
        doc.set("/l/0", json!([0]))?;
        doc.set("/l/0/-", 5)?;
        doc.list("/l")?.move_to(ItemMove { from: 2, to: 0 })?;
        doc.set("/l/0/more", true)?;
        doc.make("/l/-/x/y", Container::Counter)?;
        doc.counter("/l/3/x/y")?.add(i64::MAX)?;
        doc.counter("/l/3/x/y")?.add(1)?;
        assert_eq!(doc.counter("/l/3/x/y")?.sum(), 1 << 63);
        doc.set("/l/3/x/y", 7)?;
        doc.delete("/gone")?;
        assert!(matches!(doc.delete("/gone"), Err(WriteError::NothingThere { .. })));
        Ok(())
    });
    let list = json!([{"in": "there", "more": true}, [0, 5], 2, {"x": {"y": 7}}]);
    let object = json!({"k": 1, "new": {"deep": {"list": ["b", "c"], "long": "yx"}}});
    assert_eq!(story.value(), json!({"l": list, "o": object}));
}

#[test]
fn a_register_and_the_root_are_written_like_any_place() {
    let mut story = Story::default();
    story.edit(|doc| {
        doc.make("", Container::Register)?;
        doc.set("", json!({"a": 1}))?;
        doc.make("/r", Container::Register)?;
        assert_eq!(doc.get::<Json>("/r")?, json!(null));
        doc.set("/r", json!([1]))?;
        doc.list("/r")?.push(2)?;
        doc.set("/r/0", 0)
    });
    assert_eq!(story.value(), json!({"a": 1, "r": [0, 2]}));
    let edits = story.put(&json!({"a": 1, "r": [0, 2, 3]}));
    assert!(matches!(edits[..], [Edit::Insert { .. }]), "{edits:?}");
    let edits = story.put(&json!({"a": 1, "r": "x"}));
    assert!(matches!(edits[..], [Edit::Assign { .. }]), "{edits:?}");
    let edits =
        story.document.merge_patch(&Everything, &NumberChain, "/r", &json!({"in": {"r": 1}, "no": null})).unwrap();
    assert!(matches!(edits[..], [Edit::Assign { .. }, Edit::Set { .. }, Edit::Set { .. }]), "{edits:?}");
    story.fold(&edits);
    let edits = story.document.merge_patch(&Everything, &NumberChain, "", &json!({"r": {"in": {"r": null}}})).unwrap();
    assert!(matches!(edits[..], [Edit::Delete { .. }]), "{edits:?}");
    story.fold(&edits);
    assert_eq!(story.value(), json!({"a": 1, "r": {"in": {}}}));
    story.edit(|doc| doc.make("", Container::Object));
    assert_eq!(story.value(), json!({}));
}

#[test]
fn a_counter_is_set_by_what_it_lacks() {
    let mut story = Story::default();
    story.edit(|doc| {
        doc.make("/n", Container::Counter)?;
        doc.counter("/n")?.add(5)
    });
    let edits = story.put(&json!({"n": 3}));
    assert!(matches!(edits[..], [Edit::Add { amount: -2, .. }]), "{edits:?}");
    assert_eq!(story.document.put(&Everything, &NumberChain, &json!({"n": 3.0})), Ok(vec![]));
    let edits = story.put(&json!({"n": 0.5}));
    assert!(matches!(edits[..], [Edit::Set { .. }]), "{edits:?}");
}

#[test]
fn a_long_string_is_a_text_and_a_later_put_writes_what_differs() {
    let long = "The quick brown fox jumps over the lazy dog.\n".repeat(1_000);
    let mut story = Story::showing(&json!({"short": "x".repeat(1_024), "long": long, "l": [long]}));
    let changed = long.replacen("lazy", "very lazy", 1);
    let edits = story.put(&json!({"short": "x".repeat(1_024), "long": changed, "l": [changed, "short"]}));
    assert_eq!(changes(&edits).len(), 2);
    assert!(edits.iter().all(|edit| edit.width() <= 5));
    let edits = story.put(&json!({"short": "", "long": "", "l": ["", ""]}));
    let kinds = edits.iter().filter(|edit| matches!(edit, Edit::Splice { .. })).count();
    assert_eq!((edits.len(), kinds), (5, 2));
}

#[test]
fn containers_that_no_token_names_count_as_depth() {
    let mut story = Story::default();
    let path = "/x".repeat(30);
    story.edit(|doc| {
        doc.make(&path, Container::Register)?;
        doc.set(&path, json!("y".repeat(2_000)))
    });
    let at_limit = story.edits(|doc| doc.set(&path, json!([1]))).unwrap();
    story.fold(&at_limit);
    assert!(matches!(story.edits(|doc| doc.set(&path, json!([[1]]))), Err(WriteError::TooDeep { .. })));
    story.edit(|doc| doc.set(&path, json!(["z".repeat(2_000)])));
    let error = story.edits(|doc| doc.list(&path)?.insert(0, [json!({})]));
    assert!(matches!(error, Err(WriteError::TooDeep { .. })), "{error:?}");
}

#[test]
fn positions_and_kinds_are_checked_before_anything_is_written() {
    let story = {
        let mut story = Story::with_text("a𝄞b");
        story.edit(|doc| doc.set("/l", [1, 2]));
        story.edit(|doc| doc.set("/s", "string"));
        story
    };
    let error = |session: fn(&mut Editor<'_>) -> Result<(), WriteError>| {
        let swallowed = story.edits(|doc| {
            let _ = session(doc);
            Ok(())
        });
        assert_eq!(swallowed.unwrap(), []);
        story.edits(session).unwrap_err().to_string()
    };
    assert_eq!(
        error(|doc| doc.text("/t")?.insert(4, "x")),
        r#"position 4 is past the end of "/t": its length is 3, counted in characters"#
    );
    assert_eq!(
        error(|doc| doc.text("/t")?.counting(TextUnit::Utf16).remove(PositionRange { at: 3, count: 2 })),
        r#"position 5 is past the end of "/t": its length is 4, counted in UTF-16 units"#
    );
    assert_eq!(
        error(|doc| doc.list("/l")?.remove(PositionRange { at: 1, count: u32::MAX })),
        r#"position 4294967296 is past the end of "/l": its length is 2, counted in items"#
    );
    assert!(error(|doc| doc.list("/l")?.move_to(ItemMove { from: 0, to: 2 })).contains("position 3 is past the end"));
    assert!(error(|doc| doc.list("/l")?.insert(3, [1])).contains("position 3 is past the end"));
    for session in [
        |doc: &mut Editor<'_>| doc.text("/t")?.counting(TextUnit::Utf16).insert(2, "x"),
        |doc: &mut Editor<'_>| doc.text("/t")?.counting(TextUnit::Utf16).remove(PositionRange { at: 0, count: 2 }),
        |doc: &mut Editor<'_>| doc.text("/t")?.counting(TextUnit::Utf16).remove(PositionRange { at: 2, count: 1 }),
    ] {
        assert!(error(session).starts_with(r#"position 2 of "/t" lies within a character"#), "{}", error(session));
    }
    assert_eq!(
        error(|doc| doc.text("/s")?.insert(0, "x")),
        r#"the value at "/s" is a string, not a text: make a text there first, or set the whole value"#
    );
    assert!(error(|doc| doc.counter("/t")?.add(1)).contains("is a text, not a counter"));
    assert!(error(|doc| doc.list("")?.push(1)).contains("is an object, not a list"));
    assert_eq!(error(|doc| doc.text("/none")?.insert(0, "x")), r#"there is no value at "/none""#);
    assert!(error(|doc| doc.set("/l/5", 1)).contains("the list has 2 items"));
}

#[test]
fn a_write_that_failed_half_way_fails_the_session() {
    let story = Story::default();
    let result = story.edits(|doc| {
        doc.set("/a", 1)?;
        let _ = doc.set("/b", json!({"a": 1, (String::from_utf8(vec![b'k'; 70_000]).unwrap()): 2}));
        doc.set("/c", 1)
    });
    assert!(matches!(result, Err(WriteError::TooLong { .. })), "{result:?}");
}

#[test]
fn commands_do_what_they_say() {
    let mut story = Story::showing(&json!({"list": [1, 2, 3]}));
    let commands = json!([
        {"op": "make", "path": "/body", "kind": "text"},
        {"op": "insert", "path": "/body", "at": 0, "text": "a𝄞b"},
        {"op": "insert", "path": "/body", "at": 3, "text": "c", "unit": "utf16"},
        {"op": "remove", "path": "/body", "at": 0, "count": 1},
        {"op": "remove", "path": "/body", "at": 0, "count": 2, "unit": "utf16"},
        {"op": "insert", "path": "/list", "at": 0, "values": [{"k": []}]},
        {"op": "move", "path": "/list", "from": 3, "to": 1},
        {"op": "remove", "path": "/list", "at": 2, "count": 2},
        {"op": "make", "path": "/n", "kind": "counter"},
        {"op": "add", "path": "/n", "amount": -5},
        {"op": "set", "path": "/list/0/k/-", "value": null},
        {"op": "set", "path": "/x", "value": 1},
        {"op": "delete", "path": "/x"},
    ]);
    let commands: Vec<EditCommand> = serde_json::from_value(commands).unwrap();
    let edits = story.document.command(&Everything, &NumberChain, &commands).unwrap();
    story.fold(&edits);
    assert_eq!(story.value(), json!({"body": "cb", "list": [{"k": [null]}, 3], "n": -5}));
    let wrong: Vec<EditCommand> = serde_json::from_value(json!([
        {"op": "set", "path": "/x", "value": 1},
        {"op": "remove", "path": "/list", "at": 0, "count": 1, "unit": "utf16"}
    ]))
    .unwrap();
    let wrong = story.document.command(&Everything, &NumberChain, &wrong);
    assert!(matches!(wrong, Err(WriteError::WrongKind { wanted: "a text", .. })), "{wrong:?}");
}

/// A step of a session; positions are taken modulo what there is.
#[derive(Debug, Clone)]
enum SessionStep {
    Type(String),
    Insert(usize, String),
    Remove(usize, usize),
    Retype(String),
    Add(usize, Vec<u8>),
    Take(usize, usize),
    Move(usize, usize),
    Relist(Vec<u8>),
    SetItem(usize, u8),
    /// The session ends here.
    End,
}

fn step() -> impl Strategy<Value = SessionStep> {
    let place = 0_usize..64;
    let items = prop::collection::vec(any::<u8>(), 0..5);
    prop_oneof![
        4 => "[a-z𝄞]{1,3}".prop_map(SessionStep::Type),
        3 => (place.clone(), "[a-z𝄞]{1,3}").prop_map(|(at, text)| SessionStep::Insert(at, text)),
        3 => (place.clone(), 0_usize..6).prop_map(|(at, count)| SessionStep::Remove(at, count)),
        1 => "[a-z\n]{0,30}".prop_map(SessionStep::Retype),
        3 => (place.clone(), items.clone()).prop_map(|(at, items)| SessionStep::Add(at, items)),
        2 => (place.clone(), 0_usize..4).prop_map(|(at, count)| SessionStep::Take(at, count)),
        4 => (place.clone(), place.clone()).prop_map(|(from, to)| SessionStep::Move(from, to)),
        1 => items.prop_map(SessionStep::Relist),
        1 => (place, any::<u8>()).prop_map(|(at, item)| SessionStep::SetItem(at, item)),
        2 => Just(SessionStep::End),
    ]
}

/// What the steps should make, on plain lists.
#[derive(Default)]
struct PlainTexts {
    text: Vec<char>,
    list: Vec<u8>,
    typed: usize,
}

impl PlainTexts {
    fn step(&mut self, doc: &mut Editor<'_>, step: &SessionStep) -> Result<(), WriteError> {
        let (chars, items) = (self.text.len(), self.list.len());
        match step {
            SessionStep::End => {}
            SessionStep::Type(text) => self.insert(doc, self.typed.min(chars), text, TextUnit::Scalar)?,
            SessionStep::Insert(at, text) => self.insert(doc, at % (chars + 1), text, TextUnit::Utf16)?,
            SessionStep::Remove(at, count) => {
                let at = at % (chars + 1);
                let count = (*count).min(chars - at);
                doc.text("/t")?.remove(PositionRange { at: at as u32, count: count as u32 })?;
                self.text.drain(at..at + count);
                self.typed = at;
            }
            SessionStep::Retype(text) => {
                doc.set("/t", text)?;
                self.text = text.chars().collect();
            }
            SessionStep::Add(at, values) => {
                let at = at % (items + 1);
                doc.list("/l")?.insert(at as u32, values)?;
                self.list.splice(at..at, values.iter().copied());
            }
            SessionStep::Take(at, count) => {
                let at = at % (items + 1);
                let count = (*count).min(items - at);
                doc.list("/l")?.remove(PositionRange { at: at as u32, count: count as u32 })?;
                self.list.drain(at..at + count);
            }
            SessionStep::Move(from, to) if items > 0 => {
                let (from, to) = (from % items, to % items);
                doc.list("/l")?.move_to(ItemMove { from: from as u32, to: to as u32 })?;
                let item = self.list.remove(from);
                self.list.insert(to, item);
            }
            SessionStep::Move(..) => {}
            SessionStep::Relist(values) => {
                doc.set("/l", values)?;
                self.list = values.clone();
            }
            SessionStep::SetItem(at, value) => {
                let at = at % (items + 1);
                doc.set(&format!("/l/{at}"), value)?;
                self.list.splice(at..(at + 1).min(items), [*value]);
            }
        }
        assert_eq!(doc.get::<Json>("")?, self.json());
        Ok(())
    }

    fn insert(&mut self, doc: &mut Editor<'_>, at: usize, text: &str, unit: TextUnit) -> Result<(), WriteError> {
        let before = &self.text[..at];
        let place = match unit {
            TextUnit::Scalar => before.len(),
            TextUnit::Utf16 => before.iter().map(|char| char.len_utf16()).sum(),
        };
        doc.text("/t")?.counting(unit).insert(place as u32, text)?;
        self.text.splice(at..at, text.chars());
        self.typed = at + text.chars().count();
        Ok(())
    }

    fn json(&self) -> Json {
        json!({"t": self.text.iter().collect::<String>(), "l": self.list})
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn sessions_do_what_plain_lists_do(steps in prop::collection::vec(step(), 0..60)) {
        let (mut story, mut model) = (Story::with_text(""), PlainTexts::default());
        story.edit(|doc| doc.make("/l", Container::List));
        for session in steps.split_inclusive(|step| matches!(step, SessionStep::End)) {
            story.edit(|doc| session.iter().try_for_each(|step| model.step(doc, step)));
            prop_assert_eq!(story.value(), model.json());
        }
    }
}

#[test]
fn d9_a_session_over_many_events_means_what_it_meant_as_one() {
    let mut story = Story::showing(&json!({"t": "0123456789".repeat(1_000), "l": []}));
    let edits = story.edits(|doc| {
        for number in 0..1_500_u32 {
            doc.text("/t")?.replace(
                PositionRange { at: (number * 6_007) % 9_000, count: number % 3 },
                &"𝄞".repeat(1 + number as usize % 60),
            )?;
        }
        doc.text("/t")?.insert(17, &"long é".repeat(30_000))?;
        doc.make("/new", Container::Text)?;
        doc.text("/new")?.insert(0, &"new".repeat(30_000))?;
        doc.list("/l")?.insert(0, 0..3_000)?;
        doc.list("/l")?.move_to(ItemMove { from: 2_999, to: 0 })?;
        doc.text("/new")?.remove(PositionRange { at: 2, count: 50_000 })
    });
    let edits = edits.unwrap();
    let mut whole = Story::showing(&story.value());
    whole.document = story.document.clone();
    whole.events = story.events;
    whole.fold(&edits);
    let (mut batch, mut events) = (EditBatch::new("d", edits), 0);
    while let Some((payload, rest)) = batch.next_payload() {
        use quorate_event::{Canonical, Payload};
        let bytes = payload.to_bytes();
        assert!(bytes.len() <= crate::PAYLOAD_BYTES, "{}", bytes.len());
        let Ok(Payload::Edits(said)) = Payload::from_bytes(&bytes) else { panic!("an event cannot hold it") };
        batch = rest.signed(story.fold(&said[0].edits));
        events += 1;
    }
    assert!((8..30).contains(&events), "{events}");
    assert_eq!(story.value(), whole.value());
}
