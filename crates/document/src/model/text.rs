//! Texts: characters in Fugue's order.

use quorate_event::{CharRef, Splice, TextChange};

use crate::model::events::{ElementKey, EventTable};
use crate::model::outcome::IgnoredReason;
use crate::model::sequence::{ContentOffset, ElementContent, NewRun, Origins, RunSlice, Sequence};

/// Every character that was inserted, in the order of arrival.
#[derive(Debug, Clone)]
pub(crate) struct Characters {
    pub(crate) text: String,
    /// Whether each character takes one byte: then offsets need no counting.
    pub(crate) is_ascii: bool,
}

impl Default for Characters {
    fn default() -> Self {
        Self { text: String::new(), is_ascii: true }
    }
}

impl Characters {
    /// Appends characters; the offset of the first. `None` if the text would exceed 4 GiB.
    pub(crate) fn add(&mut self, text: &str) -> Option<ContentOffset> {
        let start = u32::try_from(self.text.len()).map(ContentOffset).ok()?;
        u32::try_from(self.text.len().checked_add(text.len())?).ok()?;
        self.is_ascii = self.is_ascii && text.is_ascii();
        self.text.push_str(text);
        Some(start)
    }

    /// The characters of a slice of a run.
    pub(crate) fn of(&self, piece: &RunSlice) -> &str {
        let end = self.advance(piece.content, piece.len);
        self.text.get(piece.content.index()..end.index()).unwrap_or_default()
    }
}

impl ElementContent for Characters {
    fn advance(&self, from: ContentOffset, by: u32) -> ContentOffset {
        if self.is_ascii {
            return from.plus(by);
        }
        let rest = self.text.get(from.index()..).unwrap_or_default();
        let bytes = rest.char_indices().nth(by as usize).map_or(rest.len(), |(at, _)| at);
        from.plus(u32::try_from(bytes).unwrap_or(u32::MAX))
    }
}

pub(crate) type Text = Sequence<Characters>;

impl Text {
    /// Applies a change of an event's splice. `key` is the index that the splice has reached, `inserted` the characters
    /// of an insertion, and `named` resolves a reference.
    pub(crate) fn change(
        &mut self,
        change: &TextChange,
        (key, inserted): (ElementKey, &str),
        events: &EventTable,
        named: impl Fn(CharRef) -> Result<ElementKey, IgnoredReason>,
    ) -> Result<(), IgnoredReason> {
        match *change {
            TextChange::Insert { left, right, chars } => {
                let (left, right) = (left.map(&named).transpose()?, right.map(&named).transpose()?);
                if chars == 0 {
                    return Err(IgnoredReason::Empty);
                }
                let run = NewRun { key, len: chars, origins: Origins { left, right } };
                self.insert(run, events, |characters| characters.add(inserted))
            }
            TextChange::Remove { first, count } => {
                let first = named(first)?;
                self.remove(first, count, key.event)
            }
        }
    }
}

/// The changes of a splice, each with the characters that it inserts; a removal inserts none.
pub(crate) fn inserted(splice: &Splice) -> impl Iterator<Item = (&TextChange, &str)> {
    let mut rest = splice.text();
    let is_ascii = rest.is_ascii();
    splice.changes().iter().map(move |change| {
        let TextChange::Insert { chars, .. } = change else {
            return (change, "");
        };
        let end = if is_ascii {
            (*chars as usize).min(rest.len())
        } else {
            rest.char_indices().nth(*chars as usize).map_or(rest.len(), |(at, _)| at)
        };
        let (now, later) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = later;
        (change, now)
    })
}
