//! Sessions of edits on random histories have the same effect on a document and on plain JSON; `changes` returns it.

mod history;
mod reference;
mod writers;

use proptest::prelude::*;
use quorate_document::{EditCommand, InsertedContent, ViewPatch};
use reference::{Tables, agreed};
use serde_json::Value as Json;
use writers::session::JsonSession;
use writers::{SeededRng, cases, sketch};

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn a_session_does_to_a_document_what_it_does_to_plain_json(
        sketches in proptest::collection::vec(sketch(3), 1..8),
        seeds in proptest::collection::vec(any::<u64>(), 1..12),
        head in any::<prop::sample::Index>(),
    ) {
        let mut history = writers::grow(1, &sketches);
        let seen = history.past_of(&[head.index(history.events.len())]);
        let (commands, before, wanted) = {
            let tables = Tables::read(&history);
            let mut session = JsonSession::new(tables.seen(&seen));
            let before = session.shown.clone();
            let commands: Vec<EditCommand> = seeds.iter().filter_map(|seed| session.command(&mut SeededRng(*seed))).collect();
            (commands, before, session.shown)
        };
        let view = history.view(&seen);
        let document = history.document();
        let edits = document.command(&view, &history, &commands);
        let edits = edits.unwrap_or_else(|error| panic!("{error}: {commands:#?} in {before} of\n{history}"));
        let parents: Vec<_> = seen.iter().copied().collect();
        let number = history.write(9, &parents, edits);
        agreed(&history);
        prop_assert_eq!(
            &Tables::read(&history).verdicts[number].iter().filter(|verdict| verdict.is_err()).count(), &0,
            "{:#?} of {} \n{}", commands, before, history
        );
        let after = history.view(&history.past_of(&[number]));
        let document = history.document();
        prop_assert_eq!(document.value(&after, &history), wanted, "{:#?} of {} \n{}", commands, before, history);
    }

    #[test]
    fn the_changes_between_two_views_turn_the_one_s_value_into_the_other_s(
        sketches in proptest::collection::vec(sketch(3), 1..10),
        salt in 0..1_000_u64,
        seed in any::<u64>(),
    ) {
        let history = writers::grow(salt, &sketches);
        let document = history.document();
        let mut dice = SeededRng(seed);
        let mut any_view = || {
            let cut = history.past_of(&[dice.throw(history.events.len())]);
            let holes = if dice.throw(2) == 0 { 1 } else { 4 };
            history.view(&cut.into_iter().filter(|_| holes == 1 || dice.throw(holes) > 0).collect())
        };
        let (one, other) = (any_view(), any_view());
        let (before, after) = (document.value(&one, &history), document.value(&other, &history));
        let changes = document.changes(&one, &other, &history);
        let mut value = before.clone();
        changes.iter().for_each(|patch| apply(&mut value, patch));
        prop_assert_eq!(&value, &after, "{:#?} of {} \n{}", changes, before, history);
        prop_assert_eq!(document.changes(&one, &one, &history), []);
    }
}

/// The effect of a patch on plain JSON.
fn apply(value: &mut Json, patch: &ViewPatch) {
    match patch {
        ViewPatch::Set { path, value: new } => set(value, path, Some(new)),
        ViewPatch::Delete { path } => set(value, path, None),
        ViewPatch::Insert { path, at, content } => {
            let at = *at as usize;
            match (value.pointer_mut(path).unwrap(), content) {
                (Json::Array(items), InsertedContent::Values(values)) => {
                    drop(items.splice(at..at, values.iter().cloned()))
                }
                (text, InsertedContent::Text(typed)) => {
                    let mut characters: Vec<_> = text.as_str().unwrap().chars().collect();
                    characters.splice(at..at, typed.chars());
                    *text = Json::String(characters.into_iter().collect());
                }
                (other, _) => panic!("{other} is no list"),
            }
        }
        ViewPatch::Remove { path, at, count } => {
            let range = *at as usize..(at + count) as usize;
            match value.pointer_mut(path).unwrap() {
                Json::Array(items) => drop(items.drain(range)),
                text => {
                    let mut characters: Vec<_> = text.as_str().unwrap().chars().collect();
                    characters.drain(range);
                    *text = Json::String(characters.into_iter().collect());
                }
            }
        }
    }
}

fn set(value: &mut Json, path: &str, new: Option<&Json>) {
    let Some((parent, key)) = path.rsplit_once('/') else {
        *value = new.unwrap().clone();
        return;
    };
    let key = key.replace("~1", "/").replace("~0", "~");
    match (value.pointer_mut(parent).unwrap(), new) {
        (Json::Object(members), Some(new)) => drop(members.insert(key, new.clone())),
        (Json::Object(members), None) => drop(members.remove(&key)),
        (Json::Array(items), Some(new)) => items[key.parse::<usize>().unwrap()] = new.clone(),
        (other, _) => panic!("{other} holds nothing at {key}"),
    }
}
