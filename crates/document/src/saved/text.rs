//! Texts: their characters and their order.

use quorate_event::cbor::CborWriter;

use crate::model::sequence::ContentOffset;
use crate::model::text::{Characters, Text};
use crate::saved::containers::Opening;
use crate::saved::content::MeasuredContent;
use crate::saved::error::OpenError;

impl Text {
    pub(super) fn save(&self, to: &mut CborWriter) {
        to.text(&self.content.text);
        self.save_sequence(to);
    }
}

impl MeasuredContent for Characters {
    fn skip(&self, from: ContentOffset, len: u32) -> Option<ContentOffset> {
        let end = if self.is_ascii {
            from.index().checked_add(len as usize).filter(|end| *end <= self.text.len())?
        } else {
            let mut rest = self.text.get(from.index()..)?.chars();
            rest.nth((len as usize).checked_sub(1)?)?;
            self.text.len().checked_sub(rest.as_str().len())?
        };
        u32::try_from(end).map(ContentOffset).ok()
    }

    fn end(&self) -> Option<ContentOffset> {
        u32::try_from(self.text.len()).map(ContentOffset).ok()
    }
}

impl Opening<'_> {
    pub(super) fn text(&mut self) -> Result<Text, OpenError> {
        let mut characters = Characters::default();
        characters.add(self.from.text("characters")?).ok_or(OpenError::Malformed { what: "a text" })?;
        Text::open_sequence(characters, self)
    }
}
