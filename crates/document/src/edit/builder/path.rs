//! Following a path to a location, and writing there.

use quorate_event::Container;
use serde_json::{Map, Value as Json};

use crate::edit::builder::edit_builder::{EditBuilder, WriteLocation};
use crate::edit::builder::session_value::SessionValue;
use crate::edit::depth::check_depth;
use crate::edit::error::WriteError;
use crate::json::pointer;
use crate::view::positions::PositionRange;

/// A location, as far as a path leads through existing values.
pub(crate) struct ResolvedPath<'t, 'd> {
    pub(crate) place: WriteLocation<'t, 'd>,
    pub(crate) seen: Option<SessionValue<'d>>,
    /// The tokens that remain at a location without a value.
    pub(crate) missing: &'t [String],
}

impl<'d> EditBuilder<'d> {
    /// Makes `value` show at the end of a path.
    pub(crate) fn set(&mut self, tokens: &[String], value: &Json) -> Result<(), WriteError> {
        check_depth(value, tokens.len())?;
        let found = self.find(tokens)?;
        self.write(found.place, found.seen, &wrap(found.missing, value))
    }

    /// Makes an empty container at the end of a path, in place of any value there.
    pub(crate) fn make_at(&mut self, tokens: &[String], kind: Container) -> Result<(), WriteError> {
        check_depth(&Json::Null, tokens.len())?;
        let mut found = self.find(tokens)?;
        let exact;
        if let Some((_, parents)) = found.missing.split_last() {
            self.write(found.place, found.seen, &wrap(parents, &Json::Object(Map::new())))?;
            exact = [self.path.as_slice(), found.missing].concat();
            found = self.find(&exact)?;
        }
        self.make(found.place, kind)
    }

    /// Deletes the value at the end of a path.
    pub(crate) fn delete(&mut self, tokens: &[String]) -> Result<(), WriteError> {
        let Some((last, parents)) = tokens.split_last() else {
            return Err(WriteError::DeletesTheRoot);
        };
        let nothing = || WriteError::NothingThere { pointer: pointer::pointer(tokens) };
        let parent = self.at(parents).and_then(|parent| self.content_of(parent));
        match parent.ok_or_else(nothing)? {
            SessionValue::Object(container) => {
                self.key(container, last).ok_or_else(nothing)?;
                self.delete_key(container.target, last)
            }
            SessionValue::List(container) => {
                let at = pointer::index(last).and_then(|at| u32::try_from(at).ok());
                let at = at.filter(|at| *at < self.list_len(container)).ok_or_else(nothing)?;
                self.remove_items(container, PositionRange { at, count: 1 })
            }
            _ => Err(nothing()),
        }
    }

    /// Follows a path from the root, as far as there are values.
    pub(crate) fn find<'t>(&mut self, tokens: &'t [String]) -> Result<ResolvedPath<'t, 'd>, WriteError> {
        self.path.clear();
        self.registers = 0;
        let mut found = ResolvedPath { place: WriteLocation::Root, seen: Some(self.root()), missing: tokens };
        while let Some((token, rest)) = found.missing.split_first() {
            self.look_through(&mut found.place, &mut found.seen);
            let Some(seen) = found.seen else { break };
            (found.place, found.seen) = self.step(seen, token)?;
            found.missing = rest;
        }
        Ok(found)
    }

    /// Goes from a container to a location within it.
    fn step<'t>(
        &mut self,
        seen: SessionValue<'d>,
        token: &'t str,
    ) -> Result<(WriteLocation<'t, 'd>, Option<SessionValue<'d>>), WriteError> {
        match seen {
            SessionValue::Object(container) => {
                self.path.push(token.to_owned());
                Ok((WriteLocation::Key(container.target, token), self.key(container, token)))
            }
            SessionValue::List(container) => {
                let length = self.list_len(container);
                let at = place_in(token, length).ok_or_else(|| self.no_such_place(token, length))?;
                self.path.push(at.to_string());
                Ok((WriteLocation::Item(container, at), self.item(container, at)))
            }
            _ => Err(WriteError::NotAContainer { pointer: self.pointer() }),
        }
    }

    /// Goes from the location of a register to its content.
    pub(crate) fn look_through(&mut self, place: &mut WriteLocation<'_, 'd>, seen: &mut Option<SessionValue<'d>>) {
        while let Some(SessionValue::Register(container)) = seen {
            self.registers = self.registers.saturating_add(1);
            *place = WriteLocation::Content(container.target);
            *seen = self.content(*container);
        }
    }

    fn no_such_place(&self, token: &str, length: u32) -> WriteError {
        let pointer = self.pointer() + &pointer::pointer(&[token]);
        WriteError::NoSuchPlace { pointer, length: usize::try_from(length).unwrap_or(usize::MAX) }
    }
}

/// The position that a token names in a list of `length` items; the one after the last is valid.
fn place_in(token: &str, length: u32) -> Option<u32> {
    if token == "-" {
        return Some(length);
    }
    pointer::index(token).and_then(|index| u32::try_from(index).ok()).filter(|index| *index <= length)
}

/// `value` within nested objects, one for each of `tokens`.
pub(crate) fn wrap(tokens: &[String], value: &Json) -> Json {
    tokens.iter().rev().fold(value.clone(), |value, token| Json::Object([(token.clone(), value)].into_iter().collect()))
}
