//! Finding the place that a pointer names, and writing there.

use quorate_event::{Edit, Target};
use serde_json::Value as Json;

use crate::line::Line;
use crate::list::List;
use crate::pointer;
use crate::reading::Shown;
use crate::scribe::{Place, Scribe};
use crate::write::{WriteError, check_depth};

impl<'d> Scribe<'d> {
    /// The edits that make `value` show at the end of a path.
    pub(crate) fn set(mut self, tokens: &[String], value: &Json) -> Result<Vec<Edit>, WriteError> {
        check_depth(value, tokens.len())?;
        let (mut place, mut shown) = (Place::Root, Some(self.reading.root()));
        for (step, token) in tokens.iter().enumerate() {
            let rest = tokens.get(step.saturating_add(1)..).unwrap_or_default();
            match shown {
                None => break,
                Some(Shown::Scalar(_)) => return Err(self.not_a_container()),
                Some(Shown::Object(id, object)) => {
                    place = Place::Key(id.target(), token);
                    shown = self.reading.key(object, token);
                }
                Some(Shown::List(id, list)) => {
                    let items: Vec<_> = self.reading.items(list).collect();
                    let item = pointer::index(token).and_then(|index| items.get(index));
                    if let (Some((_, item)), false) = (item, rest.is_empty()) {
                        shown = Some(*item);
                    } else {
                        let at = Self::place_in(token, items.len());
                        let at = at.ok_or_else(|| self.no_such_place(token, items.len()))?;
                        return self.set_item(id.target(), list, at, &wrap(rest, value));
                    }
                }
            }
            self.path.push(token.clone());
        }
        let missing = tokens.get(self.path.len()..).unwrap_or_default();
        self.write(place, shown, &wrap(missing, value))?;
        Ok(self.edits)
    }

    /// The edits that delete what shows at the end of a path.
    pub(crate) fn delete(mut self, tokens: &[String]) -> Result<Vec<Edit>, WriteError> {
        let Some((last, parents)) = tokens.split_last() else {
            return Err(WriteError::DeletesTheRoot);
        };
        let nothing = || WriteError::NothingThere { pointer: pointer::pointer(tokens) };
        match self.reading.at(parents).ok_or_else(nothing)? {
            Shown::Scalar(_) => return Err(nothing()),
            Shown::Object(id, object) => {
                self.reading.key(object, last).ok_or_else(nothing)?;
                self.delete_key(id.target(), last)?;
            }
            Shown::List(id, list) => {
                let item = pointer::index(last).and_then(|at| self.reading.items(list).nth(at));
                let (element, _) = item.ok_or_else(nothing)?;
                self.remove(id.target(), element)?;
            }
        }
        Ok(self.edits)
    }

    /// The place in a list of `length` that a token names: one past the last appends.
    fn place_in(token: &str, length: usize) -> Option<usize> {
        if token == "-" {
            return Some(length);
        }
        pointer::index(token).filter(|index| *index <= length)
    }

    /// Makes `value` the item at `place`, which may be the one past the last.
    fn set_item(mut self, target: Target, list: &'d List, place: usize, value: &Json) -> Result<Vec<Edit>, WriteError> {
        self.path.push(place.to_string());
        let line = Line::new(self.reading, list);
        match line.items.get(place) {
            Some(item) if item.is_kept_for(value) => self.change(item.shown, value)?,
            Some(item) if self.is_shown(item.shown, value) => {}
            Some(item) => {
                self.remove(target, item.id)?;
                self.insert(line.gap(target, place.checked_sub(1)), &[value])?;
            }
            None => self.insert(line.gap(target, place.checked_sub(1)), &[value])?,
        }
        Ok(self.edits)
    }

    fn not_a_container(&self) -> WriteError {
        WriteError::NotAContainer { pointer: self.pointer() }
    }

    fn no_such_place(&self, token: &str, length: usize) -> WriteError {
        let pointer = self.pointer() + &pointer::pointer(&[token]);
        WriteError::NoSuchPlace { pointer, length }
    }
}

/// `value` within new objects, one for each of `tokens`.
fn wrap(tokens: &[String], value: &Json) -> Json {
    tokens.iter().rev().fold(value.clone(), |value, token| Json::Object([(token.clone(), value)].into_iter().collect()))
}
