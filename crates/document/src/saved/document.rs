//! Saving and opening a whole document.

use quorate_event::blake3;
use quorate_event::cbor::{CborReader, CborWriter};

use crate::model::containers::Containers;
use crate::model::document::Document;
use crate::model::events::EventTable;
use crate::saved::containers::Opening;
use crate::saved::error::OpenError;
use crate::saved::events;

/// The first byte: the version of the format.
const FORMAT: u8 = 1;

const CHECKSUM_BYTES: usize = 32;

impl Document {
    /// The whole state of the fold, for [`Document::open`].
    ///
    /// ```
    /// # use quorate_document::*;
    /// # use quorate_event::{Address, EventId};
    /// # use serde_json::json;
    /// # struct Chain;
    /// # impl CausalOrder for Chain {
    /// #     fn precedes(&self, a: &EventId, b: &EventId) -> bool { a < b }
    /// #     fn depth(&self, event: &EventId) -> u64 { u64::from(event.as_bytes()[0]) }
    /// #     fn author(&self, _: &EventId) -> Option<Address> { None }
    /// # }
    /// let mut document = Document::default();
    /// let edits = document.put(&Everything, &Chain, &json!({"sizes": [1, 2]}))?;
    /// document.fold(EventId::new([1; 32]), 0, &edits, &Chain);
    ///
    /// let mut opened = Document::open(&document.save()).expect("it was saved just now");
    /// let edits = opened.set(&Everything, &Chain, "/sizes/-", &json!(3))?;
    /// opened.fold(EventId::new([2; 32]), 0, &edits, &Chain);
    /// assert_eq!(opened.value(&Everything, &Chain), json!({"sizes": [1, 2, 3]}));
    /// # Ok::<(), WriteError>(())
    /// ```
    pub fn save(&self) -> Vec<u8> {
        let mut to = CborWriter::default();
        self.events.save(&mut to);
        events::save_applied(&self.applied, &mut to);
        self.containers.save(&mut to);
        let mut saved = vec![FORMAT];
        saved.extend(to.into_bytes());
        let checksum = blake3(&[&saved]);
        saved.extend(checksum);
        saved
    }

    /// The document that [`Document::save`] saved. An event that was folded before it was saved changes nothing if it is
    /// folded again.
    ///
    /// # Errors
    /// When the bytes are damaged, or of another version.
    pub fn open(saved: &[u8]) -> Result<Self, OpenError> {
        let format = *saved.first().ok_or(OpenError::Damaged)?;
        if format != FORMAT {
            return Err(OpenError::Version { found: format });
        }
        let (content, checksum) = saved.split_last_chunk::<CHECKSUM_BYTES>().ok_or(OpenError::Damaged)?;
        if blake3(&[content]) != *checksum {
            return Err(OpenError::Damaged);
        }
        let mut from = CborReader::new(content.get(1..).unwrap_or_default());
        let events = EventTable::open(&mut from)?;
        let applied = events::open_applied(&events, &mut from)?;
        let mut opening = Opening::new(from, &events);
        let containers = Containers::open(&mut opening)?;
        opening.finish()?;
        Ok(Self { events, containers, applied })
    }
}
