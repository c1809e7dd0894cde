//! Writing edits down, so that they refer to each other by index.

use quorate_event::{Canonical, Container, Edit, ElementRef, Target, Value};
use serde_json::Value as Json;

use crate::canonical::canonical_json;
use crate::difference::common;
use crate::document::Object;
use crate::draft::EDIT_BYTES;
use crate::line::{Gap, Line};
use crate::list::List;
use crate::name::ElementId;
use crate::pointer;
use crate::reading::{Reading, Shown};
use crate::scalar;
use crate::write::WriteError;

/// Bytes of values in one insertion, so that a long run spreads over events without waste.
const RUN_BYTES: usize = 8 * 1024;

/// A place that a whole value is written to.
#[derive(Clone, Copy)]
pub(crate) enum Place<'k> {
    Root,
    Key(Target, &'k str),
}

/// Collects edits. References within them count from the batch's first edit.
pub(crate) struct Scribe<'d> {
    pub(crate) reading: Reading<'d>,
    pub(crate) edits: Vec<Edit>,
    next_index: u32,
    /// Where the value being written lies, for errors.
    pub(crate) path: Vec<String>,
}

impl<'d> Scribe<'d> {
    pub(crate) fn new(reading: Reading<'d>) -> Self {
        Self { reading, edits: Vec::new(), next_index: 0, path: Vec::new() }
    }

    /// Makes `want` show at a place where `shown` does, if anything.
    pub(crate) fn write(&mut self, place: Place<'_>, shown: Option<Shown<'d>>, want: &Json) -> Result<(), WriteError> {
        match shown {
            Some(shown) if same_kind(shown, want) => self.change(shown, want),
            Some(shown) if self.is_shown(shown, want) => Ok(()),
            _ => self.write_new(place, want),
        }
    }

    /// Turns what a container holds into `want`, which is of its kind.
    pub(crate) fn change(&mut self, shown: Shown<'d>, want: &Json) -> Result<(), WriteError> {
        match (shown, want) {
            (Shown::Object(id, object), Json::Object(want)) => self.change_object(id.target(), object, want),
            (Shown::List(id, list), Json::Array(want)) => self.change_list(id.target(), list, want),
            _ => Ok(()),
        }
    }

    fn change_object(
        &mut self,
        target: Target,
        object: &'d Object,
        want: &serde_json::Map<String, Json>,
    ) -> Result<(), WriteError> {
        for (key, _) in self.reading.keys(object) {
            if !want.contains_key(key) {
                self.delete_key(target, key)?;
            }
        }
        for (key, value) in want {
            self.path.push(key.clone());
            let shown = self.reading.key(object, key);
            self.write(Place::Key(target, key), shown, value)?;
            self.path.pop();
        }
        Ok(())
    }

    /// Between items that stay, old and new ones pair up in order: a container becomes the new one where it is of its
    /// kind, all else is removed and inserted.
    fn change_list(&mut self, target: Target, list: &'d List, want: &[Json]) -> Result<(), WriteError> {
        let line = Line::new(self.reading, list);
        let old: Vec<_> = line.items.iter().map(|item| self.reading.canonical(item.shown)).collect();
        let new: Vec<_> = want.iter().map(canonical_json).collect();
        let mut kept = common(&old, &new);
        kept.push((old.len(), new.len()));
        let (mut from, mut start, mut before) = (0, 0, None);
        for (to, end) in kept {
            let gone = line.items.get(from..to).unwrap_or_default();
            let come = want.get(start..end).unwrap_or_default();
            let mut run: Vec<&Json> = Vec::new();
            for offset in 0..gone.len().max(come.len()) {
                match (gone.get(offset), come.get(offset)) {
                    (Some(item), Some(value)) if item.is_kept_for(value) => {
                        self.insert(line.gap(target, before), &std::mem::take(&mut run))?;
                        self.path.push(start.saturating_add(offset).to_string());
                        self.change(item.shown, value)?;
                        self.path.pop();
                        before = Some(from.saturating_add(offset));
                    }
                    (item, value) => {
                        if let Some(item) = item {
                            self.remove(target, item.id)?;
                        }
                        run.extend(value);
                    }
                }
            }
            self.insert(line.gap(target, before), &run)?;
            (from, start, before) = (to.saturating_add(1), end.saturating_add(1), Some(to));
        }
        Ok(())
    }

    /// Writes a whole new value.
    fn write_new(&mut self, place: Place<'_>, want: &Json) -> Result<(), WriteError> {
        let value = self.value(want)?;
        let index = self.push(match place {
            Place::Root => Edit::Assign { value },
            Place::Key(target, key) => Edit::Set { target, key: key.to_owned(), value },
        })?;
        self.fill(Target::Made(ElementRef::Here(index)), want)
    }

    /// Fills a container that this batch makes.
    fn fill(&mut self, target: Target, want: &Json) -> Result<(), WriteError> {
        match want {
            Json::Object(members) => members.iter().try_for_each(|(key, value)| {
                self.path.push(key.clone());
                self.write_new(Place::Key(target, key), value)?;
                self.path.pop();
                Ok(())
            }),
            Json::Array(items) => {
                let items: Vec<_> = items.iter().collect();
                let (left, right) = (None, None);
                self.insert(Gap { list: target, left, right }, &items)
            }
            _ => Ok(()),
        }
    }

    /// Inserts items as runs of at most about [`RUN_BYTES`], each after the one before it.
    pub(crate) fn insert(&mut self, gap: Gap, items: &[&Json]) -> Result<(), WriteError> {
        let (mut left, mut made) = (gap.left, Vec::new());
        let values = items.iter().map(|item| self.value(item));
        for values in runs(values.collect::<Result<_, _>>()?) {
            let count = values.len();
            let first = self.push(Edit::Insert { target: gap.list, left, right: gap.right, values })?;
            for index in (first..).take(count) {
                left = Some(ElementRef::Here(index));
                made.push(ElementRef::Here(index));
            }
        }
        let mut made = made.into_iter().zip(items);
        made.try_for_each(|(made, item)| self.fill(Target::Made(made), item))
    }

    pub(crate) fn delete_key(&mut self, target: Target, key: &str) -> Result<(), WriteError> {
        let key = key.to_owned();
        self.push(Edit::Delete { target, key }).map(|_| ())
    }

    pub(crate) fn remove(&mut self, target: Target, element: ElementId) -> Result<(), WriteError> {
        let element = element.reference();
        self.push(Edit::Remove { target, element }).map(|_| ())
    }

    /// Adds an edit; its index.
    fn push(&mut self, edit: Edit) -> Result<u32, WriteError> {
        let (bytes, limit) = (edit.to_bytes().len(), EDIT_BYTES);
        if bytes > limit {
            let pointer = self.pointer();
            return Err(WriteError::TooLong { pointer, bytes, limit });
        }
        let index = self.next_index;
        self.next_index = index.saturating_add(edit.width());
        self.edits.push(edit);
        Ok(index)
    }

    fn value(&self, json: &Json) -> Result<Value, WriteError> {
        match json {
            Json::Object(_) => Ok(Value::New(Container::Object)),
            Json::Array(_) => Ok(Value::New(Container::List)),
            scalar => scalar::from_json(scalar).ok_or_else(|| WriteError::NotFinite { pointer: self.pointer() }),
        }
    }

    pub(crate) fn is_shown(&self, shown: Shown<'d>, want: &Json) -> bool {
        matches!(shown, Shown::Scalar(value) if scalar::from_json(want).as_ref() == Some(value))
    }

    pub(crate) fn pointer(&self) -> String {
        pointer::pointer(&self.path)
    }
}

pub(crate) fn same_kind(shown: Shown<'_>, want: &Json) -> bool {
    matches!((shown, want), (Shown::Object(..), Json::Object(_)) | (Shown::List(..), Json::Array(_)))
}

/// Cuts values into runs, each of at most [`RUN_BYTES`] or of one value.
fn runs(values: Vec<Value>) -> Vec<Vec<Value>> {
    let mut runs: Vec<Vec<Value>> = Vec::new();
    let mut room = 0;
    for value in values {
        let bytes = value.to_bytes().len();
        match runs.last_mut() {
            Some(run) if bytes <= room => run.push(value),
            _ => {
                runs.push(vec![value]);
                room = RUN_BYTES;
            }
        }
        room = room.saturating_sub(bytes);
    }
    runs
}
