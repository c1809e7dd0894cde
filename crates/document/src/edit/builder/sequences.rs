//! Writing lists and texts: positions become the ids of neighbours.

use quorate_event::{Edit, ElementRef, Value};
use serde_json::Value as Json;

use crate::edit::builder::edit_builder::{EditBuilder, bytes_at_most, made};
use crate::edit::builder::pending::{PendingItem, ValueSource};
use crate::edit::builder::session_value::ContainerRef;
use crate::edit::diff::text::TextReplacement;
use crate::edit::error::WriteError;
use crate::edit::piece_table::span::ElementSpan;
use crate::edit::piece_table::splice::{BuiltSplice, INSERTION_BYTES, PendingText, SpliceBuilder};
use crate::edit::piece_table::table::IndexRange;
use crate::view::positions::{ItemMove, PositionRange, ShownElements};
use crate::view::sequences::{ListView, TextView};

impl<'d> EditBuilder<'d> {
    /// Inserts values before the item at `at`, with their content.
    pub(crate) fn insert_items(
        &mut self,
        list: ContainerRef<ListView<'d>>,
        at: u32,
        items: &[&Json],
    ) -> Result<(), WriteError> {
        let above = self.above().saturating_add(1);
        let values: Vec<_> = items.iter().map(|item| self.value(item, above)).collect::<Result<_, _>>()?;
        let kinds: Vec<_> = values.iter().map(made).collect();
        let first = self.insert_values(list, at, values)?;
        for (offset, (kind, item)) in (0_u32..).zip(kinds.into_iter().zip(items)) {
            let Some(kind) = kind else { continue };
            self.path.push(at.saturating_add(offset).to_string());
            self.fill(first.saturating_add(offset), kind, item)?;
            self.path.pop();
        }
        Ok(())
    }

    /// Inserts values before the item at `at`, as runs of at most about [`INSERTION_BYTES`]; the index of the first.
    pub(crate) fn insert_values(
        &mut self,
        list: ContainerRef<ListView<'d>>,
        mut at: u32,
        values: Vec<Value>,
    ) -> Result<u32, WriteError> {
        self.close_splice();
        let start = self.next_index;
        for values in runs(values) {
            let (first, count) = (self.next_index, u32::try_from(values.len()).unwrap_or(u32::MAX));
            let draft = self.pending.list(list);
            let origins = draft.table.insert(&list.base, at, IndexRange { first, len: count });
            if self.sees_own_writes {
                draft.items.extend((first..).zip(values.iter().cloned().map(PendingItem::Inserted)));
            }
            self.push(Edit::Insert { target: list.target, left: origins.left, right: origins.right, values })?;
            at = at.saturating_add(count);
        }
        Ok(start)
    }

    /// Removes the items in a range, as many as there are.
    pub(crate) fn remove_items(
        &mut self,
        list: ContainerRef<ListView<'d>>,
        range: PositionRange,
    ) -> Result<(), WriteError> {
        let (mut spans, mut runs) = (Vec::new(), Vec::new());
        let draft = self.pending.list(list);
        draft.table.remove(range, |span| spans.push(span));
        for span in spans {
            match span {
                ElementSpan::New { first, len, .. } => runs.push((draft.name(first), len)),
                ElementSpan::Base { from, len } => {
                    let range = PositionRange { at: from, count: len };
                    list.base.runs_in(range, &mut |first, count| runs.push((first.reference(), count)));
                }
            }
        }
        runs.into_iter()
            .try_for_each(|(first, count)| self.push(Edit::Remove { target: list.target, first, count }).map(|_| ()))
    }

    /// Removes the item at `at`, if there is one.
    pub(crate) fn clear_item(&mut self, list: ContainerRef<ListView<'d>>, at: u32) -> Result<(), WriteError> {
        if at < self.list_len(list) { self.remove_items(list, PositionRange { at, count: 1 }) } else { Ok(()) }
    }

    /// Moves an item; `to` is a position in the list without the item.
    pub(crate) fn move_item(&mut self, list: ContainerRef<ListView<'d>>, item: ItemMove) -> Result<(), WriteError> {
        let ItemMove { from, to } = item;
        self.close_splice();
        let index = self.next_index;
        let draft = self.pending.list(list);
        let Some(moved) = draft.table.get(from) else {
            return Ok(());
        };
        let (mut element, place) = match moved {
            ElementSpan::Base { from, .. } => (None, ValueSource::Base(from)),
            ElementSpan::New { first, .. } => match draft.items.get(&first) {
                Some(PendingItem::Moved { element, from }) => (Some(*element), *from),
                _ => (Some(ElementRef::Here(first)), ValueSource::New(first)),
            },
        };
        if let ElementSpan::Base { from, .. } = moved {
            list.base.runs_in(PositionRange { at: from, count: 1 }, &mut |id, _| element = Some(id.reference()));
        }
        let Some(element) = element else {
            return Ok(());
        };
        draft.table.remove(PositionRange { at: from, count: 1 }, |_| ());
        let origins = draft.table.insert(&list.base, to, IndexRange { first: index, len: 1 });
        draft.items.insert(index, PendingItem::Moved { element, from: place });
        self.push(Edit::Move { target: list.target, element, left: origins.left, right: origins.right }).map(|_| ())
    }

    /// Replaces characters of a text, one range after the other. Positions are those after the earlier replacements.
    pub(crate) fn replace_chars<'t>(
        &mut self,
        text: ContainerRef<TextView<'d>>,
        replacements: impl IntoIterator<Item = TextReplacement<'t>>,
    ) {
        if self.splice.as_ref().is_none_or(|splice| splice.target != text.target) {
            self.close_splice();
        }
        let splice = self.splice.get_or_insert_with(|| {
            let draft = self.pending.texts.remove(&text.target);
            SpliceBuilder::new(
                text.target,
                text.base,
                draft.unwrap_or_else(|| PendingText::new(&text.base)),
                self.next_index,
            )
        });
        for TextReplacement { at, removed, inserted } in replacements {
            splice.remove(PositionRange { at, count: removed });
            self.next_index = splice.insert(at, inserted, self.next_index);
        }
    }

    /// Finishes the open splice: its number of indices is known now.
    pub(crate) fn close_splice(&mut self) {
        let Some(splice) = self.splice.take() else {
            return;
        };
        let target = splice.target;
        let BuiltSplice { edits, draft, next } = splice.finish();
        self.next_index = next;
        self.edits.extend(edits);
        if self.sees_own_writes {
            self.pending.texts.insert(target, draft);
        }
    }
}

/// Cuts values into runs, each of at most [`INSERTION_BYTES`] or of one value.
fn runs(values: Vec<Value>) -> Vec<Vec<Value>> {
    let mut runs: Vec<Vec<Value>> = Vec::new();
    let mut room = 0;
    for value in values {
        let bytes = bytes_at_most(&value);
        match runs.last_mut() {
            Some(run) if bytes <= room => run.push(value),
            _ => {
                runs.push(vec![value]);
                room = INSERTION_BYTES;
            }
        }
        room = room.saturating_sub(bytes);
    }
    runs
}
