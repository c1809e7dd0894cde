//! Turning the value that shows into the wanted one, with the fewest edits.

use quorate_event::Value;
use serde_json::{Map, Value as Json};

use crate::edit::builder::edit_builder::{EditBuilder, WriteLocation};
use crate::edit::builder::session_value::{ContainerRef, SessionValue};
use crate::edit::diff::sequence::{DiffHunk, hunks};
use crate::edit::diff::text::{TextReplacement, replaced};
use crate::edit::error::WriteError;
use crate::json::canonical::canonical_json;
use crate::json::scalar;
use crate::model::containers::Object;
use crate::view::positions::PositionRange;
use crate::view::sequences::{ListView, TextView};

/// How many old items are considered as the one that becomes a new item.
const CANDIDATES: usize = 64;

impl<'d> EditBuilder<'d> {
    /// Makes `want` show at a location where `seen` shows now, or nothing.
    pub(crate) fn write(
        &mut self,
        place: WriteLocation<'_, 'd>,
        seen: Option<SessionValue<'d>>,
        want: &Json,
    ) -> Result<(), WriteError> {
        match seen {
            Some(seen) if self.is_kept_for(&seen, want) => self.change(seen, want),
            Some(seen) if self.is_seen(&seen, want) => Ok(()),
            // A register without an assigned value shows null.
            None if want.is_null() && matches!(place, WriteLocation::Content(_)) => Ok(()),
            _ => self.write_new(place, want),
        }
    }

    /// Whether a container is kept and changed so that it shows `want`.
    fn is_kept_for(&self, seen: &SessionValue<'d>, want: &Json) -> bool {
        match (seen, want) {
            (SessionValue::Counter(container), _) => self.missing(*container, want).is_some(),
            (SessionValue::Object(_), Json::Object(_)) | (SessionValue::List(_), Json::Array(_)) => true,
            (SessionValue::Text(_), Json::String(_)) | (SessionValue::Register(_), _) => true,
            _ => false,
        }
    }

    fn is_seen(&self, seen: &SessionValue<'d>, want: &Json) -> bool {
        match seen {
            SessionValue::Scalar(value) => scalar::from_json(want).as_ref() == Some(value),
            SessionValue::Counter(_) => self.json(seen) == *want,
            _ => false,
        }
    }

    /// Turns the content of a container into `want`.
    fn change(&mut self, seen: SessionValue<'d>, want: &Json) -> Result<(), WriteError> {
        match (seen, want) {
            (SessionValue::Object(container), Json::Object(want)) => self.change_object(container, want),
            (SessionValue::List(container), Json::Array(want)) => self.change_list(container, want),
            (SessionValue::Text(container), Json::String(want)) => {
                self.change_text(container, want);
                Ok(())
            }
            (SessionValue::Counter(container), want) => {
                self.missing(container, want).map_or(Ok(()), |amount| self.add(container.target, amount))
            }
            (SessionValue::Register(container), want) => {
                self.registers = self.registers.saturating_add(1);
                self.write(WriteLocation::Content(container.target), self.content(container), want)?;
                self.registers = self.registers.saturating_sub(1);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The amount that turns a counter into an integer, if one addition can do it.
    fn missing(&self, counter: ContainerRef<i128>, want: &Json) -> Option<i64> {
        let Some(Value::Integer(want)) = scalar::from_json(want) else {
            return None;
        };
        i64::try_from(want.value().saturating_sub(self.sum(counter))).ok()
    }

    fn change_object(&mut self, object: ContainerRef<&'d Object>, want: &Map<String, Json>) -> Result<(), WriteError> {
        for (key, _) in self.keys(object) {
            if !want.contains_key(&key) {
                self.delete_key(object.target, &key)?;
            }
        }
        for (key, value) in want {
            self.path.push(key.clone());
            self.write(WriteLocation::Key(object.target, key), self.key(object, key), value)?;
            self.path.pop();
        }
        Ok(())
    }

    fn change_text(&mut self, text: ContainerRef<TextView<'d>>, want: &str) {
        let old = self.text(text);
        let replacements = replaced(&old, want);
        // Positions in the old text become positions after the earlier replacements.
        let (mut removed, mut inserted) = (0_u32, 0_u32);
        let replacements = replacements.iter().map(|replacement| {
            let at = replacement.at.saturating_sub(removed).saturating_add(inserted);
            removed = removed.saturating_add(replacement.removed);
            inserted = inserted.saturating_add(length(replacement.inserted.chars().count()));
            TextReplacement { at, ..*replacement }
        });
        if old != want {
            self.replace_chars(text, replacements);
        }
    }

    fn change_list(&mut self, list: ContainerRef<ListView<'d>>, want: &[Json]) -> Result<(), WriteError> {
        let old = self.items(list);
        let names = old.iter().map(|item| canonical_json(&self.json(item))).collect::<Vec<_>>();
        let (mut at, mut from) = (0_u32, 0);
        for hunk in hunks(names.into_iter(), want.iter().map(canonical_json)) {
            at = at.saturating_add(length(hunk.old.start.saturating_sub(from)));
            from = hunk.old.end;
            at = self.change_items(list, at, &old, want, &hunk)?;
        }
        Ok(())
    }

    /// Changes the items between two items that stay: each new item reuses the next old container that can become it; other
    /// old items are removed, other new items inserted. Returns the position after them.
    fn change_items(
        &mut self,
        list: ContainerRef<ListView<'d>>,
        mut at: u32,
        old: &[SessionValue<'d>],
        want: &[Json],
        hunk: &DiffHunk,
    ) -> Result<u32, WriteError> {
        let mut gone = old.get(hunk.old.clone()).unwrap_or_default();
        let mut run = Vec::new();
        for value in want.get(hunk.new.clone()).unwrap_or_default() {
            let may_become = |item: &SessionValue<'d>| self.is_kept_for(item, value);
            let Some(place) = gone.iter().take(CANDIDATES).position(may_become) else {
                run.push(value);
                continue;
            };
            let removed = PositionRange { at, count: length(place) };
            at = self.replace_items(list, removed, &std::mem::take(&mut run))?;
            self.path.push(at.to_string());
            if let Some(item) = gone.get(place) {
                self.change(item.clone(), value)?;
            }
            self.path.pop();
            at = at.saturating_add(1);
            gone = gone.get(place.saturating_add(1)..).unwrap_or_default();
        }
        self.replace_items(list, PositionRange { at, count: length(gone.len()) }, &run)
    }

    /// Replaces a range of items; the position after the new ones.
    fn replace_items(
        &mut self,
        list: ContainerRef<ListView<'d>>,
        removed: PositionRange,
        items: &[&Json],
    ) -> Result<u32, WriteError> {
        self.remove_items(list, removed)?;
        self.insert_items(list, removed.at, items)?;
        Ok(removed.at.saturating_add(length(items.len())))
    }
}

fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
