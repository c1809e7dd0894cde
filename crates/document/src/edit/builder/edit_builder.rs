//! The builder: it collects edits, which refer to each other by index.

use quorate_event::{Canonical, Container, Edit, ElementRef, Target, Value, limits};
use serde_json::Value as Json;

use crate::edit::builder::pending::{PendingValue, PendingWrites};
use crate::edit::builder::session_value::ContainerRef;
use crate::edit::diff::text::TextReplacement;
use crate::edit::error::WriteError;
use crate::edit::packing::draft::EDIT_BYTES;
use crate::edit::piece_table::splice::SpliceBuilder;
use crate::json::pointer;
use crate::json::scalar;
use crate::view::reading::ViewReader;
use crate::view::sequences::ListView;

/// The longest string that becomes a scalar unless the author chooses. A longer one becomes a text: then a later change
/// costs as many bytes as differ, and a string of any length fits into events.
const SCALAR_BYTES: usize = 1_024;

/// A location that a whole value is written to.
#[derive(Clone, Copy)]
pub(crate) enum WriteLocation<'k, 'd> {
    Root,
    Key(Target, &'k str),
    /// The content of a register.
    Content(Target),
    /// A position of a list, or the one after the last.
    Item(ContainerRef<ListView<'d>>, u32),
}

/// Collects edits. References to own edits are indices counted from the first edit.
pub(crate) struct EditBuilder<'d> {
    pub(crate) reading: ViewReader<'d>,
    pub(crate) pending: PendingWrites,
    /// Whether a location may be read after it was written.
    pub(crate) sees_own_writes: bool,
    pub(crate) edits: Vec<Edit>,
    pub(crate) next_index: u32,
    pub(crate) splice: Option<SpliceBuilder<'d>>,
    /// The path of the value that is being written, for errors.
    pub(crate) path: Vec<String>,
    /// How many registers the path leads through: they have no token in a path.
    pub(crate) registers: usize,
}

impl<'d> EditBuilder<'d> {
    /// A builder that writes each location once.
    pub(crate) fn new(reading: ViewReader<'d>) -> Self {
        Self {
            reading,
            pending: PendingWrites::default(),
            sees_own_writes: false,
            edits: Vec::new(),
            next_index: 0,
            splice: None,
            path: Vec::new(),
            registers: 0,
        }
    }

    /// A builder whose writes see the earlier ones.
    pub(crate) fn for_session(reading: ViewReader<'d>) -> Self {
        Self { sees_own_writes: true, ..Self::new(reading) }
    }

    /// The edits.
    pub(crate) fn finish(mut self) -> Vec<Edit> {
        self.close_splice();
        self.edits
    }

    /// Writes a whole new value.
    pub(crate) fn write_new(&mut self, place: WriteLocation<'_, 'd>, want: &Json) -> Result<(), WriteError> {
        if let WriteLocation::Item(list, at) = place {
            self.clear_item(list, at)?;
            return self.insert_items(list, at, &[want]);
        }
        let value = self.value(want, self.above())?;
        let made = made(&value);
        let index = self.write_value(place, value)?;
        made.map_or(Ok(()), |kind| self.fill(index, kind, want))
    }

    /// Makes an empty container at a location.
    pub(crate) fn make(&mut self, place: WriteLocation<'_, 'd>, kind: Container) -> Result<(), WriteError> {
        let value = self.new_container(kind, self.above())?;
        if let WriteLocation::Item(list, at) = place {
            self.clear_item(list, at)?;
            return self.insert_values(list, at, vec![value]).map(|_| ());
        }
        self.write_value(place, value).map(|_| ())
    }

    /// Writes a value to a location outside a list; the index of the edit.
    fn write_value(&mut self, place: WriteLocation<'_, 'd>, value: Value) -> Result<u32, WriteError> {
        let noted = self.sees_own_writes.then(|| value.clone());
        let index = self.push(match place {
            WriteLocation::Key(target, key) => Edit::Set { target, key: key.to_owned(), value },
            WriteLocation::Content(target) => Edit::Assign { target, value },
            WriteLocation::Root | WriteLocation::Item(..) => Edit::Assign { target: Target::Root, value },
        })?;
        if let Some(value) = noted {
            let (pending, new_value) = (&mut self.pending, PendingValue { index, value });
            match place {
                WriteLocation::Key(target, key) => {
                    pending.keys.entry(target).or_default().insert(key.to_owned(), Some(new_value));
                }
                WriteLocation::Content(target) => {
                    pending.contents.insert(target, new_value);
                }
                WriteLocation::Root | WriteLocation::Item(..) => pending.root = Some(new_value),
            }
        }
        Ok(index)
    }

    /// Fills a container that the edit at an index made.
    pub(crate) fn fill(&mut self, index: u32, kind: Container, want: &Json) -> Result<(), WriteError> {
        let target = Target::Made(ElementRef::Here(index));
        match (kind, want) {
            (Container::Object, Json::Object(members)) => members.iter().try_for_each(|(key, value)| {
                self.path.push(key.clone());
                self.write_new(WriteLocation::Key(target, key), value)?;
                self.path.pop();
                Ok(())
            }),
            (Container::List, Json::Array(items)) => {
                self.insert_items(ContainerRef { target, base: None }, 0, &Vec::from_iter(items))?;
                if !self.sees_own_writes {
                    self.pending.lists.remove(&target);
                }
                Ok(())
            }
            (Container::Text, Json::String(text)) => {
                self.replace_chars(
                    ContainerRef { target, base: None },
                    [TextReplacement { at: 0, removed: 0, inserted: text }],
                );
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn delete_key(&mut self, target: Target, key: &str) -> Result<(), WriteError> {
        self.push(Edit::Delete { target, key: key.to_owned() })?;
        if self.sees_own_writes {
            self.pending.keys.entry(target).or_default().insert(key.to_owned(), None);
        }
        Ok(())
    }

    /// Adds to a counter.
    pub(crate) fn add(&mut self, target: Target, amount: i64) -> Result<(), WriteError> {
        if amount == 0 {
            return Ok(());
        }
        self.push(Edit::Add { target, amount })?;
        if self.sees_own_writes {
            let sum = self.pending.amounts.entry(target).or_default();
            *sum = sum.saturating_add(i128::from(amount));
        }
        Ok(())
    }

    /// Adds an edit; its index.
    pub(crate) fn push(&mut self, edit: Edit) -> Result<u32, WriteError> {
        self.close_splice();
        self.check_size(&edit)?;
        let index = self.next_index;
        self.next_index = index.saturating_add(edit.width());
        self.edits.push(edit);
        Ok(index)
    }

    /// Refuses an edit that exceeds an event. Only an edit that may be large is encoded to measure it.
    fn check_size(&self, edit: &Edit) -> Result<(), WriteError> {
        const SMALL: usize = EDIT_BYTES / 2;
        let content = match edit {
            Edit::Set { key, value, .. } => key.len().saturating_add(bytes_at_most(value)),
            Edit::Delete { key, .. } => key.len(),
            Edit::Assign { value, .. } => bytes_at_most(value),
            Edit::Insert { values, .. } => values.iter().fold(0, |sum, it| bytes_at_most(it).saturating_add(sum)),
            Edit::Remove { .. } | Edit::Splice { .. } | Edit::Add { .. } | Edit::Move { .. } => 0,
        };
        if content <= SMALL {
            return Ok(());
        }
        let (bytes, limit) = (edit.to_bytes().len(), EDIT_BYTES);
        let too_long = || WriteError::TooLong { pointer: self.pointer(), bytes, limit };
        if bytes > limit { Err(too_long()) } else { Ok(()) }
    }

    /// The value that an edit writes for `want`, which lies within `above` containers.
    pub(crate) fn value(&self, want: &Json, above: usize) -> Result<Value, WriteError> {
        match want {
            Json::Object(_) => self.new_container(Container::Object, above),
            Json::Array(_) => self.new_container(Container::List, above),
            Json::String(text) if text.len() > SCALAR_BYTES && above < limits::DOCUMENT_DEPTH => {
                Ok(Value::New(Container::Text))
            }
            scalar => scalar::from_json(scalar).ok_or_else(|| WriteError::NotFinite { pointer: self.pointer() }),
        }
    }

    fn new_container(&self, kind: Container, above: usize) -> Result<Value, WriteError> {
        let limit = limits::DOCUMENT_DEPTH;
        if above < limit { Ok(Value::New(kind)) } else { Err(WriteError::TooDeep { limit }) }
    }

    /// The number of containers around the value at the end of the path.
    pub(crate) fn above(&self) -> usize {
        self.path.len().saturating_add(self.registers)
    }

    pub(crate) fn pointer(&self) -> String {
        pointer::pointer(&self.path)
    }
}

/// The kind of the container that a value makes, if any.
pub(crate) fn made(value: &Value) -> Option<Container> {
    match value {
        Value::New(kind) => Some(*kind),
        _ => None,
    }
}

/// An upper bound of the bytes of a value.
pub(crate) fn bytes_at_most(value: &Value) -> usize {
    const HEAD: usize = 9;
    match value {
        Value::String(text) => text.len().saturating_add(HEAD),
        _ => HEAD,
    }
}
