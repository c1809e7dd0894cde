//! Editing a text.

use serde::Deserialize;

use crate::edit::builder::session_value::{ContainerRef, SessionValue};
use crate::edit::diff::text::TextReplacement;
use crate::edit::error::WriteError;
use crate::edit::session::editor::{Editor, within, wrong_kind};
use crate::view::positions::PositionRange;
use crate::view::sequences::TextView;

/// The unit of positions in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextUnit {
    /// Unicode scalar values: characters.
    #[default]
    Scalar,
    /// UTF-16 code units, as in JavaScript. Finding a position takes O(n).
    Utf16,
}

impl TextUnit {
    const fn name(self) -> &'static str {
        match self {
            Self::Scalar => "characters",
            Self::Utf16 => "UTF-16 units",
        }
    }
}

/// A text within a session. Positions include the session's own changes.
pub struct TextEditor<'e, 'd> {
    editor: &'e mut Editor<'d>,
    path: &'e str,
    container: ContainerRef<TextView<'d>>,
    unit: TextUnit,
}

impl<'d> Editor<'d> {
    /// The text at `path`.
    ///
    /// # Errors
    /// When there is none.
    pub fn text<'e>(&'e mut self, path: &'e str) -> Result<TextEditor<'e, 'd>, WriteError> {
        match self.container(path)? {
            SessionValue::Text(container) => Ok(TextEditor::new(self, path, container)),
            other => Err(wrong_kind(path, "a text", &other)),
        }
    }

    /// Whether the value at `path` is a text.
    pub(crate) fn holds_text(&self, path: &str) -> Result<bool, WriteError> {
        Ok(matches!(self.container(path)?, SessionValue::Text(_)))
    }
}

impl<'e, 'd> TextEditor<'e, 'd> {
    fn new(editor: &'e mut Editor<'d>, path: &'e str, container: ContainerRef<TextView<'d>>) -> Self {
        Self { editor, path, container, unit: TextUnit::default() }
    }

    /// The same text, with positions in `unit`.
    #[must_use]
    pub fn counting(self, unit: TextUnit) -> Self {
        Self { unit, ..self }
    }

    /// The length of the text.
    pub fn len(&self) -> u32 {
        match self.unit {
            TextUnit::Scalar => self.editor.builder.text_len(self.container),
            TextUnit::Utf16 => {
                let text = self.editor.builder.text(self.container);
                text.chars().fold(0, |units, char| units.saturating_add(utf16(char)))
            }
        }
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Inserts `text` before the character at `at`, or at the end.
    ///
    /// # Errors
    /// When `at` is past the end.
    pub fn insert(&mut self, at: u32, text: &str) -> Result<(), WriteError> {
        self.replace(PositionRange { at, count: 0 }, text)
    }

    /// Removes the characters in `range`.
    ///
    /// # Errors
    /// When the range ends past the end of the text.
    pub fn remove(&mut self, range: PositionRange) -> Result<(), WriteError> {
        self.replace(range, "")
    }

    /// Replaces the characters in `range` by `text`.
    ///
    /// # Errors
    /// When the range ends past the end of the text.
    pub fn replace(&mut self, range: PositionRange, text: &str) -> Result<(), WriteError> {
        let PositionRange { at, count } = match self.unit {
            TextUnit::Scalar => {
                within(self.path, range.end(), self.len(), self.unit.name())?;
                range
            }
            TextUnit::Utf16 => self.characters(range)?,
        };
        if count > 0 || !text.is_empty() {
            let replacement = TextReplacement { at, removed: count, inserted: text };
            self.editor.builder.replace_chars(self.container, [replacement]);
        }
        Ok(())
    }

    /// The characters of a range of UTF-16 units.
    fn characters(&self, range: PositionRange) -> Result<PositionRange, WriteError> {
        let (text, until) = (self.editor.builder.text(self.container), range.end());
        let (mut units, mut chars, mut start) = (0_u32, 0_u32, None);
        for char in text.chars() {
            if units == range.at {
                start = Some(chars);
            }
            if u64::from(units) >= until {
                break;
            }
            units = units.saturating_add(utf16(char));
            chars = chars.saturating_add(1);
        }
        within(self.path, until, units, self.unit.name())?;
        let start = if units == range.at { Some(chars) } else { start };
        let within_one = |at| WriteError::WithinACharacter { pointer: self.path.to_owned(), at };
        let start = start.ok_or_else(|| within_one(range.at))?;
        if u64::from(units) != until {
            return Err(within_one(units.saturating_sub(1)));
        }
        Ok(PositionRange { at: start, count: chars.saturating_sub(start) })
    }
}

fn utf16(char: char) -> u32 {
    if char.len_utf16() == 1 { 1 } else { 2 }
}
