//! Edits of honest authors: they refer to elements that show.

use quorate_document::{Document, EditCommand, ItemMove, PositionRange};
use quorate_event::{Container, Edit, ElementRef, Integer, Target, Value};
use serde_json::{Value as Json, json};

use super::SeededRng;
use super::session::JsonSession;
use crate::history::{EventHistory, Only};
use crate::reference::{ContainerName, Id, SequencePlace, Tables};

/// The reference from event `number` to an element.
pub(crate) fn reference(history: &EventHistory, number: usize, id: Id) -> ElementRef {
    if id.0 == history.events[number].id { ElementRef::Here(id.1) } else { ElementRef::There(id.0, id.1) }
}

/// The neighbours of a gap: the left one shows, the right one is the very next, whether it shows or not.
pub(crate) fn gap(places: &[SequencePlace], position: usize) -> (Option<Id>, Option<Id>) {
    let shown: Vec<_> = (0..places.len()).filter(|at| places[*at].element.is_some()).collect();
    let left = position.checked_sub(1).map(|before| shown[before]);
    let right = places.get(left.map_or(0, |left| left + 1));
    (left.map(|left| places[left].id), right.map(|right| right.id))
}

/// Adds an edit to an event, for the view after its edits so far.
pub(crate) fn add_edit(dice: &mut SeededRng, history: &mut EventHistory, number: usize) {
    let made = {
        let tables = Tables::read(history);
        let view = seen_by(history, number);
        let containers = tables.seen(&view).containers();
        match containers.get(dice.throw(containers.len())) {
            Some((name, _)) => make(dice, &tables, number, *name),
            None => Edit::Assign { target: Target::Root, value: Value::New(Container::Object) },
        }
    };
    let texts = if let Edit::Splice { target, .. } = &made { Some(*target) } else { None };
    history.events[number].edits.push(made);
    if let Some(target) = texts {
        (0..dice.throw(3)).for_each(|_| add_change(dice, history, number, target));
    }
}

/// Adds a change to the splice that is an event's last edit.
fn add_change(dice: &mut SeededRng, history: &mut EventHistory, number: usize, target: Target) {
    let event = &history.events[number];
    let name = match target {
        Target::Root => return,
        Target::Made(ElementRef::Here(index)) => (event.id, index),
        Target::Made(ElementRef::There(event, index)) => (event, index),
    };
    let next = {
        let tables = Tables::read(history);
        change(dice, &tables, number, name)
    };
    if let Some(Edit::Splice { splice, .. }) = history.events[number].edits.last_mut() {
        match next {
            TextEdit::Insert(left, right, text) => splice.insert(left, right, &text),
            TextEdit::Remove(first, count) => splice.remove(first, count),
        }
    }
}

fn seen_by(history: &EventHistory, number: usize) -> std::collections::BTreeSet<usize> {
    history.past_of(&[number])
}

fn make(dice: &mut SeededRng, tables: &Tables<'_>, number: usize, name: ContainerName) -> Edit {
    let history = tables.history;
    let target = name.map_or(Target::Root, |id| Target::Made(reference(history, number, id)));
    match (tables.kind(name), name) {
        (Some(Container::List), Some(list)) => edit_of_list(dice, tables, number, list),
        (Some(Container::Text), Some(text)) => {
            let mut splice = quorate_event::Splice::default();
            match change(dice, tables, number, text) {
                TextEdit::Insert(left, right, text) => splice.insert(left, right, &text),
                TextEdit::Remove(first, count) => splice.remove(first, count),
            }
            Edit::Splice { target, splice }
        }
        (Some(Container::Register), _) => Edit::Assign { target, value: any_value(dice) },
        (Some(Container::Counter), _) => {
            Edit::Add { target, amount: *dice.pick(&[1, -1, 5, i64::MAX, i64::MIN, 1 << 40]) }
        }
        _ => {
            let key = (*dice.pick(&["a", "b", "l", "t"])).to_owned();
            match dice.throw(12) {
                0 if name.is_none() => Edit::Assign { target, value: Value::New(any_container(dice)) },
                1 | 2 => Edit::Delete { target, key },
                _ => Edit::Set { target, key, value: any_value(dice) },
            }
        }
    }
}

fn edit_of_list(dice: &mut SeededRng, tables: &Tables<'_>, number: usize, list: Id) -> Edit {
    let history = tables.history;
    let view = seen_by(history, number);
    let refer = |id: Id| reference(history, number, id);
    let target = Target::Made(refer(list));
    let places = tables.seen(&view).places(list);
    let shown: Vec<_> = places.iter().filter_map(|place| place.element).collect();
    let between = gap(&places, dice.throw(shown.len() + 1));
    let (left, right) = (between.0.map(refer), between.1.map(refer));
    match dice.throw(8) {
        0 | 1 if !shown.is_empty() => {
            let (first, count) = range(dice, tables, list, &shown);
            Edit::Remove { target, first: refer(first), count }
        }
        2..=4 if !shown.is_empty() => Edit::Move { target, element: refer(*dice.pick(&shown)), left, right },
        _ => Edit::Insert { target, left, right, values: (0..=dice.throw(3)).map(|_| any_value(dice)).collect() },
    }
}

/// A range of one run, which starts at an element that shows.
fn range(dice: &mut SeededRng, tables: &Tables<'_>, sequence: Id, shown: &[Id]) -> (Id, u32) {
    let first = *dice.pick(shown);
    let last = tables.run_end(sequence, first).unwrap_or(first.1);
    (first, 1 + dice.throw((last - first.1 + 1) as usize) as u32)
}

enum TextEdit {
    Insert(Option<ElementRef>, Option<ElementRef>, String),
    Remove(ElementRef, u32),
}

fn change(dice: &mut SeededRng, tables: &Tables<'_>, number: usize, text: Id) -> TextEdit {
    let view = seen_by(tables.history, number);
    let refer = |id: Id| reference(tables.history, number, id);
    let places = tables.seen(&view).places(text);
    let shown: Vec<_> = places.iter().filter_map(|place| place.element).collect();
    if dice.throw(3) == 0 && !shown.is_empty() {
        let (first, count) = range(dice, tables, text, &shown);
        return TextEdit::Remove(refer(first), count);
    }
    // Authors often continue at the end of what they typed last.
    let own = shown.iter().rposition(|id| id.0 == tables.history.events[number].id);
    let position = match own {
        Some(own) if dice.throw(2) == 0 => own + 1,
        _ => dice.throw(shown.len() + 1),
    };
    let (left, right) = gap(&places, position);
    let typed: String = (0..=dice.throw(4)).map(|_| *dice.pick(&['x', 'y', 'é', '中', '😀', '\u{301}'])).collect();
    TextEdit::Insert(left.map(refer), right.map(refer), typed)
}

pub(crate) fn any_container(dice: &mut SeededRng) -> Container {
    use Container::{Counter, List, Object, Register, Text};
    *dice.pick(&[Object, List, List, Text, Text, Register, Counter])
}

pub(crate) fn any_value(dice: &mut SeededRng) -> Value {
    match dice.throw(8) {
        0 => Value::Null,
        1 => Value::String("s".into()),
        2..=4 => Value::New(any_container(dice)),
        5 => Value::from_f64(0.5).unwrap(),
        _ => Value::Integer(Integer::new(dice.throw(9) as i128).unwrap()),
    }
}

/// A value, of few kinds so that different authors meet.
pub(crate) fn any_json(dice: &mut SeededRng, depth: usize) -> Json {
    match dice.throw(if depth < 3 { 9 } else { 6 }) {
        0 => Json::Null,
        1 => json!(dice.throw(3)),
        2 => json!("s"),
        3 => json!(0.5),
        4 => json!(true),
        5 => json!("abc".chars().skip(dice.throw(4)).chain("xyz".chars().take(dice.throw(4))).collect::<String>()),
        6 | 7 => (0..dice.throw(4)).map(|_| any_json(dice, depth + 1)).collect(),
        _ => {
            let keys = ["a", "b", "l", "t"].into_iter().take(dice.throw(5));
            Json::Object(keys.map(|key| (key.to_owned(), any_json(dice, depth + 1))).collect())
        }
    }
}

/// The edits of a wanted change, for an author whose view is its past.
pub(crate) fn wish(dice: &mut SeededRng, document: &Document, view: &Only, past: &EventHistory) -> Vec<Edit> {
    let pointer = *dice.pick(&["/a", "/b", "/a/b", "/l/0", "/l/-", "/l/1", "/a/0/b", "/t", "/n", "/r"]);
    let wanted = any_json(dice, 1);
    let edits = match dice.throw(20) {
        14..=17 => document.command(view, past, &commands(dice, view, past)),
        18 => document.json_patch(
            view,
            past,
            &json!([
                {"op": "add", "path": pointer, "value": wanted},
                {"op": "copy", "from": pointer, "path": "/b"},
                {"op": "test", "path": "/b", "value": wanted},
            ]),
        ),
        19 => document.edit(view, past, |doc| {
            doc.text("/t")?.replace(PositionRange { at: 0, count: 1 }, "edit")?;
            doc.list("/l")?.move_to(ItemMove { from: 0, to: 1 })
        }),
        8..=11 => document.set(view, past, "/l", &rearranged(dice, &document.value(view, past)["l"])),
        12 | 13 => document.set(view, past, "/t", &retyped(dice, &document.value(view, past)["t"])),
        0 => document.put(view, past, &altered(dice, &document.value(view, past), 0)),
        1 => document.put(view, past, &json!({"l": [1, 2, {"a": 1}, 4], "a": {"b": wanted}})),
        2 => document.delete(view, past, pointer),
        3 | 4 => document.merge_patch(view, past, "", &json!({"a": wanted, "b": null})),
        _ => document.set(view, past, pointer, &wanted),
    };
    edits.unwrap_or_default()
}

/// A value with a few of its parts changed, removed or added.
pub(crate) fn altered(dice: &mut SeededRng, value: &Json, depth: usize) -> Json {
    if dice.throw(8) == 0 {
        return any_json(dice, depth);
    }
    match value {
        Json::Array(_) => {
            let Json::Array(mut items) = rearranged(dice, value) else { unreachable!("it was a list") };
            if let Some(item) = items.len().checked_sub(1).map(|last| dice.throw(last + 1)) {
                items[item] = altered(dice, &items[item], depth + 1);
            }
            Json::Array(items)
        }
        Json::Object(members) => {
            let mut alter = |(key, member): (&String, &Json)| match dice.throw(6) {
                0 => None,
                1..=3 => Some((key.clone(), altered(dice, member, depth + 1))),
                _ => Some((key.clone(), member.clone())),
            };
            Json::Object(members.iter().filter_map(&mut alter).collect())
        }
        Json::String(_) => retyped(dice, value),
        scalar => scalar.clone(),
    }
}

fn commands(dice: &mut SeededRng, view: &Only, past: &EventHistory) -> Vec<EditCommand> {
    let tables = Tables::read(past);
    let seen = past.all().into_iter().filter(|number| view.0.contains(&past.events[*number].id)).collect();
    let mut session = JsonSession::new(tables.seen(&seen));
    (0..=dice.throw(4)).filter_map(|_| session.command(dice)).collect()
}

/// A list with a few items removed and a few added.
fn rearranged(dice: &mut SeededRng, list: &Json) -> Json {
    let mut items = list.as_array().cloned().unwrap_or_default();
    for _ in 0..dice.throw(3) {
        items.insert(dice.throw(items.len() + 1), any_json(dice, 2));
    }
    if !items.is_empty() && dice.throw(2) == 0 {
        items.remove(dice.throw(items.len()));
    }
    Json::Array(items)
}

/// A text with a few characters removed and a few added.
fn retyped(dice: &mut SeededRng, text: &Json) -> Json {
    let mut characters: Vec<_> = text.as_str().unwrap_or_default().chars().collect();
    for _ in 0..dice.throw(3) {
        characters.insert(dice.throw(characters.len() + 1), *dice.pick(&['k', 'ß', '🙂']));
    }
    if !characters.is_empty() && dice.throw(2) == 0 {
        characters.remove(dice.throw(characters.len()));
    }
    Json::String(characters.into_iter().collect())
}
