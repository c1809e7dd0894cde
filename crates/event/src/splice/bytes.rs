//! The changes of a splice as bytes.
//!
//! Most changes continue where the last one ended, or remove a neighbour of it. So a change is encoded relative to a
//! *cursor*, which encoder and decoder move alike: the character to its left and the one to its right. The head of a change
//! is a number: the three low bits are the form (how the change lies relative to the cursor), the bits above are the number
//! of characters less one. A reference that does not follow from the cursor is encoded as the distance to the last
//! character used. `docs/wire.md` specifies the same for other programs.

use super::cursor::{ChangeForm, EditCursor};
use super::{CharRef, Splice, TextChange, varint};
use crate::cbor::DecodeError;
use crate::limits;

/// Bytes that a change takes, about: what is set aside beforehand.
const CHANGE_BYTES: usize = 4;

/// The changes of `splice`, whose first character takes the index `first` of its event.
pub(super) fn write(splice: &Splice, first: u32) -> Vec<u8> {
    let bytes = Vec::with_capacity(splice.changes.len().saturating_mul(CHANGE_BYTES));
    let mut writer = ChangeWriter { cursor: EditCursor::new(first, splice.events.len()), bytes };
    for change in &splice.changes {
        writer.change(change);
    }
    writer.bytes
}

struct ChangeWriter {
    cursor: EditCursor,
    bytes: Vec<u8>,
}

impl ChangeWriter {
    fn change(&mut self, change: &TextChange) {
        let form = self.cursor.form(change);
        let (TextChange::Insert { chars: count, .. } | TextChange::Remove { count, .. }) = *change;
        let above = u64::from(count).saturating_sub(1).saturating_mul(8);
        varint::write(above | form as u64, &mut self.bytes);
        match (form, *change) {
            (ChangeForm::InsertBefore, TextChange::Insert { right, .. }) => self.name(right),
            (ChangeForm::InsertAfter, TextChange::Insert { left, .. }) => self.name(left),
            (ChangeForm::InsertBetween, TextChange::Insert { left, right, .. }) => {
                self.name(left);
                self.name(right);
            }
            (ChangeForm::Remove, TextChange::Remove { first, .. }) => self.name(Some(first)),
            _ => {}
        }
        self.cursor.pass(form, change);
    }

    /// 0 for an end of the text; the distance within the event met last, from 1, doubled; or an event, doubled, and one,
    /// then the distance.
    fn name(&mut self, char: Option<CharRef>) {
        let Some(char) = char else {
            return varint::write(0, &mut self.bytes);
        };
        let event = char.event();
        let distance = varint::difference(self.cursor.index_met(event), char.index());
        if event == self.cursor.event {
            varint::write(distance.saturating_add(1).saturating_mul(2), &mut self.bytes);
        } else {
            varint::write((event as u64).saturating_mul(2) | 1, &mut self.bytes);
            varint::write(distance, &mut self.bytes);
        }
        self.cursor.meet(char);
    }
}

/// The changes that `bytes` hold, which use `events` other events and insert `chars` characters from the index `first`.
///
/// # Errors
/// When they are no changes, too many, or not of so many events and characters.
pub(super) fn read(bytes: &[u8], first: u32, events: usize, chars: u64) -> Result<Vec<TextChange>, DecodeError> {
    let mut reader = ChangeReader { cursor: EditCursor::new(first, events), bytes, events, used: 0 };
    let mut changes = Vec::with_capacity(bytes.len().div_ceil(CHANGE_BYTES).min(limits::EVENT_EDITS));
    while !reader.bytes.is_empty() {
        if changes.len() == limits::EVENT_EDITS {
            let limit = limits::EVENT_EDITS as u64;
            return Err(DecodeError::TooLarge { what: "changes", found: limit.saturating_add(1), limit });
        }
        changes.push(reader.change()?);
    }
    if changes.is_empty() {
        return Err(DecodeError::OutOfRange { what: "empty splice" });
    }
    if reader.used != events {
        return Err(EVENTS);
    }
    let end = u64::from(first).saturating_add(chars);
    if reader.cursor.next == end && end <= 1 << 32 { Ok(changes) } else { Err(CHARACTERS) }
}

const CHANGE: DecodeError = DecodeError::OutOfRange { what: "change" };
const REFERENCE: DecodeError = DecodeError::OutOfRange { what: "reference" };
const EVENTS: DecodeError = DecodeError::OutOfRange { what: "events of a splice" };
const CHARACTERS: DecodeError = DecodeError::OutOfRange { what: "characters of a splice" };

struct ChangeReader<'b> {
    cursor: EditCursor,
    bytes: &'b [u8],
    /// How many events the table has.
    events: usize,
    /// How many events of the table were named: always the first ones.
    used: usize,
}

impl ChangeReader<'_> {
    fn change(&mut self) -> Result<TextChange, DecodeError> {
        let head = self.number()?;
        let form = usize::try_from(head & 7).ok().and_then(|low| ChangeForm::ALL.get(low)).ok_or(CHANGE)?;
        let count = u32::try_from((head >> 3).saturating_add(1)).map_err(|_| CHARACTERS)?;
        let change = self.of(*form, count)?;
        self.cursor.pass(*form, &change);
        Ok(change)
    }

    fn of(&mut self, form: ChangeForm, count: u32) -> Result<TextChange, DecodeError> {
        let insert = |left, right| Ok(TextChange::Insert { left, right, chars: count });
        match form {
            ChangeForm::Insert => insert(self.cursor.left, self.cursor.right),
            ChangeForm::InsertBeforeFollower => insert(self.cursor.left, Some(followed(self.cursor.left)?)),
            ChangeForm::InsertBefore => insert(self.cursor.left, self.named()?),
            ChangeForm::InsertAfter => {
                let left = self.named()?;
                insert(left, Some(followed(left)?))
            }
            ChangeForm::InsertBetween => insert(self.named()?, self.named()?),
            ChangeForm::RemoveLeft => {
                let first = self.cursor.left.and_then(|last| last.first_of(count));
                Ok(TextChange::Remove { first: first.ok_or(REFERENCE)?, count })
            }
            ChangeForm::RemoveRight => removal(self.cursor.right, count),
            ChangeForm::Remove => removal(self.named()?, count),
        }
    }

    fn named(&mut self) -> Result<Option<CharRef>, DecodeError> {
        let number = self.number()?;
        let (event, distance) = match number.checked_sub(1) {
            None => return Ok(None),
            Some(above) if number.is_multiple_of(2) => (self.cursor.event, above / 2),
            Some(above) => (self.event(above / 2)?, self.number()?),
        };
        let index = varint::differing(self.cursor.index_met(event), distance).ok_or(REFERENCE)?;
        let char = CharRef::new(event, index).ok_or(REFERENCE)?;
        self.cursor.meet(char);
        Ok(Some(char))
    }

    /// The event that is called `number`: this one, one named before, or the table's next.
    fn event(&mut self, number: u64) -> Result<usize, DecodeError> {
        let event = usize::try_from(number).map_err(|_| EVENTS)?;
        self.used = self.used.max(event.min(self.used.saturating_add(1)));
        if event <= self.used && event <= self.events { Ok(event) } else { Err(EVENTS) }
    }

    fn number(&mut self) -> Result<u64, DecodeError> {
        varint::read(&mut self.bytes).ok_or(CHANGE)
    }
}

fn followed(left: Option<CharRef>) -> Result<CharRef, DecodeError> {
    left.and_then(CharRef::follower).ok_or(REFERENCE)
}

fn removal(first: Option<CharRef>, count: u32) -> Result<TextChange, DecodeError> {
    let first = first.filter(|first| first.last_of(count).is_some()).ok_or(REFERENCE)?;
    Ok(TextChange::Remove { first, count })
}
