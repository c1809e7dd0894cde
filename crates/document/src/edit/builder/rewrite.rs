//! Turning what shows into what is wanted, with the fewest edits.

use quorate_event::Value;
use serde_json::{Map, Value as Json};

use crate::edit::builder::edit_builder::{EditBuilder, WriteLocation};
use crate::edit::builder::session_value::{ContainerRef, SessionValue};
use crate::edit::diff::sequence::{DiffHunk, hunks};
use crate::edit::diff::text::replaced;
use crate::edit::error::WriteError;
use crate::json::canonical::canonical_json;
use crate::json::scalar;
use crate::model::containers::Object;
use crate::view::sequences::{ListView, TextView};

/// How many old items are looked at for one that may become a new item.
const CANDIDATES: usize = 64;

impl<'d> EditBuilder<'d> {
    /// Makes `want` show at a place where `seen` does, if anything.
    pub(crate) fn write(
        &mut self,
        place: WriteLocation<'_, 'd>,
        seen: Option<SessionValue<'d>>,
        want: &Json,
    ) -> Result<(), WriteError> {
        match seen {
            Some(seen) if self.is_kept_for(&seen, want) => self.change(seen, want),
            Some(seen) if self.is_seen(&seen, want) => Ok(()),
            // Where nothing was assigned to a register, null shows already.
            None if want.is_null() && matches!(place, WriteLocation::Content(_)) => Ok(()),
            _ => self.write_new(place, want),
        }
    }

    /// Whether a container may become `want`.
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

    /// Turns what a container holds into `want`, for which it is kept.
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

    /// What a counter lacks of an integer, if one addition can tell.
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
        let changes = replaced(&old, want);
        let (mut removed, mut inserted) = (0_u32, 0_u32);
        let changes = changes.iter().map(|change| {
            let at = change.at.saturating_sub(removed).saturating_add(inserted);
            removed = removed.saturating_add(change.removed);
            inserted = inserted.saturating_add(u32::try_from(change.inserted.chars().count()).unwrap_or(u32::MAX));
            (at, change.removed, change.inserted)
        });
        if old != want {
            self.replace_chars(text, changes);
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

    /// Between items that stay, a new item takes the next old container that may become it; all else is removed and
    /// inserted. The position after them.
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
            at = self.replace_items(list, at, length(place), &std::mem::take(&mut run))?;
            self.path.push(at.to_string());
            if let Some(item) = gone.get(place) {
                self.change(item.clone(), value)?;
            }
            self.path.pop();
            at = at.saturating_add(1);
            gone = gone.get(place.saturating_add(1)..).unwrap_or_default();
        }
        self.replace_items(list, at, length(gone.len()), &run)
    }

    /// Removes items at a position and inserts others there; the position after them.
    fn replace_items(
        &mut self,
        list: ContainerRef<ListView<'d>>,
        at: u32,
        removed: u32,
        items: &[&Json],
    ) -> Result<u32, WriteError> {
        self.remove_items(list, at, removed)?;
        self.insert_items(list, at, items)?;
        Ok(at.saturating_add(length(items.len())))
    }
}

fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
