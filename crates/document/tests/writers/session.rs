//! Sessions of commands, and their effect on plain JSON.

use quorate_document::{EditCommand, TextUnit};
use quorate_event::Container;
use serde_json::{Value as Json, json};

use super::SeededRng;
use super::honest::{any_container, any_json};
use crate::reference::TablesInView;

/// The state of a session: the value that shows, and the containers in it whose kind is known.
pub(crate) struct JsonSession {
    pub(crate) shown: Json,
    known: Vec<(String, Container)>,
}

impl JsonSession {
    pub(crate) fn new(sight: TablesInView<'_, '_>) -> Self {
        let containers = sight.containers().into_iter();
        let known = containers.filter_map(|(name, pointer)| Some((pointer, sight.tables.kind(name)?)));
        // The value of a register has the path of the register.
        let known = known.filter(|(_, kind)| *kind != Container::Register).collect();
        Self { shown: sight.value(), known }
    }

    /// A valid command, which is also applied to the value.
    pub(crate) fn command(&mut self, dice: &mut SeededRng) -> Option<EditCommand> {
        let (path, kind) = self.known.get(dice.throw(self.known.len()))?.clone();
        match kind {
            Container::Object => Some(self.at_key(dice, path)),
            Container::List => Some(self.in_list(dice, path)),
            Container::Text => Some(self.in_text(dice, path)),
            Container::Counter => Some(self.adding(dice, path)),
            Container::Register => None,
        }
    }

    fn at(&mut self, path: &str) -> &mut Json {
        self.shown.pointer_mut(path).unwrap()
    }

    /// Drops the known kinds at a path and below it.
    fn forget(&mut self, path: &str) {
        let below = format!("{path}/");
        self.known.retain(|(known, _)| known != path && !known.starts_with(&below));
    }

    fn forget_below(&mut self, path: &str) {
        let below = format!("{path}/");
        self.known.retain(|(known, _)| !known.starts_with(&below));
    }

    fn at_key(&mut self, dice: &mut SeededRng, object: String) -> EditCommand {
        let key = *dice.pick(&["a", "b", "l", "t"]);
        let path = format!("{object}/{key}");
        let had = self.at(&object).get(key).is_some();
        self.forget(&path);
        let members = self.at(&object).as_object_mut().unwrap();
        match dice.throw(5) {
            0 if had => {
                members.remove(key);
                EditCommand::Delete { path }
            }
            1 | 2 => {
                let kind = any_container(dice);
                let empty = match kind {
                    Container::Object => json!({}),
                    Container::List => json!([]),
                    Container::Text => json!(""),
                    Container::Register => json!(null),
                    Container::Counter => json!(0),
                };
                members.insert(key.to_owned(), empty);
                if kind != Container::Register {
                    self.known.push((path.clone(), kind));
                }
                EditCommand::Make { path, kind }
            }
            _ => {
                let value = any_json(dice, 1);
                members.insert(key.to_owned(), value.clone());
                EditCommand::Set { path, value }
            }
        }
    }

    fn in_list(&mut self, dice: &mut SeededRng, path: String) -> EditCommand {
        self.forget_below(&path);
        let items = self.at(&path).as_array_mut().unwrap();
        let at = dice.throw(items.len() + 1);
        match dice.throw(5) {
            0 if at < items.len() => {
                let count = dice.throw(items.len() - at + 1);
                items.drain(at..at + count);
                EditCommand::Remove { path, at: at as u32, count: count as u32, unit: None }
            }
            1 | 2 if at < items.len() => {
                let to = dice.throw(items.len());
                let item = items.remove(at);
                items.insert(to, item);
                EditCommand::Move { path, from: at as u32, to: to as u32 }
            }
            3 if at < items.len() => {
                let value = any_json(dice, 2);
                items[at] = value.clone();
                EditCommand::Set { path: format!("{path}/{at}"), value }
            }
            _ => {
                let values: Vec<_> = (0..=dice.throw(3)).map(|_| any_json(dice, 2)).collect();
                items.splice(at..at, values.clone());
                EditCommand::InsertValues { path, at: Some(at as u32), values }
            }
        }
    }

    fn in_text(&mut self, dice: &mut SeededRng, path: String) -> EditCommand {
        let text = self.at(&path);
        let mut characters: Vec<char> = text.as_str().unwrap().chars().collect();
        let at = dice.throw(characters.len() + 1);
        let unit = *dice.pick(&[TextUnit::Scalar, TextUnit::Utf16]);
        let position = |characters: &[char]| match unit {
            TextUnit::Utf16 => characters.iter().map(|character| character.len_utf16() as u32).sum(),
            _ => characters.len() as u32,
        };
        let from = position(&characters[..at]);
        if dice.throw(3) == 0 {
            let count = dice.throw(characters.len() - at + 1);
            let removed = position(&characters[at..at + count]);
            characters.drain(at..at + count);
            *text = Json::String(characters.into_iter().collect());
            return EditCommand::Remove { path, at: from, count: removed, unit: Some(unit) };
        }
        let typed: String = (0..=dice.throw(3)).map(|_| *dice.pick(&['u', 'ü', '🙂', '\u{ffff}'])).collect();
        characters.splice(at..at, typed.chars());
        *text = Json::String(characters.into_iter().collect());
        EditCommand::InsertText { path, at: Some(from), text: typed, unit }
    }

    fn adding(&mut self, dice: &mut SeededRng, path: String) -> EditCommand {
        let amount = *dice.pick(&[1, -1, i64::MAX, i64::MIN]);
        let sum = self.at(&path);
        let text = sum.as_str().map_or_else(|| sum.to_string(), str::to_owned);
        let next = text.parse::<i128>().unwrap() + i128::from(amount);
        let fits = (-(1_i128 << 63)..1_i128 << 64).contains(&next);
        *sum = if fits { serde_json::from_str(&next.to_string()).unwrap() } else { json!(next.to_string()) };
        EditCommand::Add { path, amount }
    }
}
