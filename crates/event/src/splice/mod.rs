//! Changes of a text, as they stand in an event: runs of characters, and references that share a table of events.

mod bytes;
mod cursor;
pub mod varint;

use crate::cbor::{CborReader, CborWriter, DecodeError};
use crate::element_ref::ElementRef;
use crate::id::EventId;
use crate::limits;

/// Other events that a splice can refer to: two for each change.
const EVENTS: usize = 2 * limits::EVENT_EDITS;

/// Changes of one text, in the order in which they apply. Characters are Unicode scalar values; each inserted one takes
/// an index of its event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Splice {
    /// The other events that the changes refer to, in the order of first use.
    events: Vec<EventId>,
    /// The places in `events`, ascending by event.
    by_event: Vec<u16>,
    changes: Vec<TextChange>,
    /// What is inserted, in order.
    text: String,
    chars: u32,
}

/// A change, whose references name events by their place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextChange {
    /// Inserts a run of characters between two that its author saw as neighbours.
    Insert {
        /// The character to the left, or the text's start.
        left: Option<CharRef>,
        /// The character to the right, or the text's end.
        right: Option<CharRef>,
        /// How many characters, at least one: the next ones of [`Splice::text`].
        chars: u32,
    },
    /// Removes characters that one insertion wrote one after the other.
    Remove {
        /// The first of them.
        first: CharRef,
        /// How many, at least one.
        count: u32,
    },
}

/// A character, by the insertion that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharRef {
    /// Written by this same event, at this index.
    Here(u32),
    /// Written by an earlier event.
    There {
        /// The event's place in [`Splice::events`].
        event: u16,
        /// The index within that event.
        index: u32,
    },
}

impl Splice {
    /// The other events that are referred to, each once.
    pub fn events(&self) -> &[EventId] {
        &self.events
    }

    /// The changes, in order.
    pub fn changes(&self) -> &[TextChange] {
        &self.changes
    }

    /// All that is inserted.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many characters are inserted: the indices that it takes.
    pub fn chars(&self) -> u32 {
        self.chars
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// A reference with its event's name; nothing if the table has no such place.
    pub fn resolve(&self, reference: CharRef) -> Option<ElementRef> {
        match reference {
            CharRef::Here(index) => Some(ElementRef::Here(index)),
            CharRef::There { event, index } => {
                self.events.get(usize::from(event)).map(|event| ElementRef::There(*event, index))
            }
        }
    }

    /// Adds an insertion of `text`; of no text, nothing.
    pub fn insert(&mut self, left: Option<ElementRef>, right: Option<ElementRef>, text: &str) {
        if text.is_empty() {
            return;
        }
        let (left, right) = (left.map(|it| self.refer(it)), right.map(|it| self.refer(it)));
        self.changes.push(TextChange::Insert { left, right, chars: 0 });
        self.extend(text);
    }

    /// Appends `text` to the last change, which is an insertion; says whether it is one. What is typed where the last
    /// insertion ended, before the same character as that, is one run with it.
    pub fn extend(&mut self, text: &str) -> bool {
        let Some(TextChange::Insert { chars, .. }) = self.changes.last_mut() else {
            return false;
        };
        let more = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        *chars = chars.saturating_add(more);
        self.chars = self.chars.saturating_add(more);
        self.text.push_str(text);
        true
    }

    /// Adds a removal of `count` characters from `first`; of none, nothing.
    pub fn remove(&mut self, first: ElementRef, count: u32) {
        if count > 0 {
            let first = self.refer(first);
            self.changes.push(TextChange::Remove { first, count });
        }
    }

    fn refer(&mut self, reference: ElementRef) -> CharRef {
        match reference {
            ElementRef::Here(index) => CharRef::Here(index),
            ElementRef::There(event, index) => CharRef::There { event: self.place(event), index },
        }
    }

    /// The event's place in the table, which gets it if it is new. More events than places make more changes than a
    /// reader takes.
    fn place(&mut self, event: EventId) -> u16 {
        match self.by_event.binary_search_by(|place| self.events.get(usize::from(*place)).cmp(&Some(&event))) {
            Ok(at) => self.by_event.get(at).copied().unwrap_or_default(),
            Err(at) => {
                let place = u16::try_from(self.events.len()).unwrap_or(u16::MAX);
                self.by_event.insert(at, place);
                self.events.push(event);
                place
            }
        }
    }

    /// Writes the table, the changes and the text. `first` is the index of its event that the first character takes.
    pub(crate) fn write(&self, first: u32, to: &mut CborWriter) {
        to.list(&self.events, |to, event| {
            to.bytes(event.as_bytes());
        });
        to.bytes(&bytes::write(self, first)).text(&self.text);
    }

    /// Reads what [`Self::write`] writes.
    ///
    /// # Errors
    /// When the parts do not fit each other, or break a limit.
    pub(crate) fn read(first: u32, from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        let events = from.list(EVENTS, "events of a splice", CborReader::event_id)?;
        let by_event = ascending(&events).ok_or(DecodeError::OutOfRange { what: "events of a splice" })?;
        let changes = from.bytes("changes")?;
        let text = from.text("inserted text")?;
        let chars = text.chars().count();
        let changes = bytes::read(changes, first, events.len(), chars as u64)?;
        let chars = u32::try_from(chars).unwrap_or(u32::MAX);
        Ok(Self { events, by_event, changes, text: text.to_owned(), chars })
    }
}

/// The places of different events, ascending by event; nothing if two are the same.
fn ascending(events: &[EventId]) -> Option<Vec<u16>> {
    let at = |place: &u16| events.get(usize::from(*place));
    let mut places: Vec<u16> = events.iter().zip(0..).map(|(_, place)| place).collect();
    places.sort_unstable_by_key(at);
    places.is_sorted_by(|a, b| at(a) < at(b)).then_some(places)
}

impl CharRef {
    /// The character of an event, 0 for this one, else its place in the table from 1.
    fn new(event: usize, index: u32) -> Option<Self> {
        match event.checked_sub(1) {
            None => Some(Self::Here(index)),
            Some(place) => u16::try_from(place).ok().map(|event| Self::There { event, index }),
        }
    }

    fn event(self) -> usize {
        match self {
            Self::Here(_) => 0,
            Self::There { event, .. } => usize::from(event).saturating_add(1),
        }
    }

    fn index(self) -> u32 {
        match self {
            Self::Here(index) | Self::There { index, .. } => index,
        }
    }

    fn at(self, index: u32) -> Self {
        match self {
            Self::Here(_) => Self::Here(index),
            Self::There { event, .. } => Self::There { event, index },
        }
    }

    /// The one with the next index.
    fn follower(self) -> Option<Self> {
        self.index().checked_add(1).map(|index| self.at(index))
    }

    /// The one with the index before.
    fn leader(self) -> Option<Self> {
        self.index().checked_sub(1).map(|index| self.at(index))
    }

    /// The last of `count` characters that start with this one.
    fn last_of(self, count: u32) -> Option<Self> {
        self.index().checked_add(count.checked_sub(1)?).map(|index| self.at(index))
    }

    /// The first of `count` characters that end with this one.
    fn first_of(self, count: u32) -> Option<Self> {
        self.index().checked_sub(count.checked_sub(1)?).map(|index| self.at(index))
    }
}
