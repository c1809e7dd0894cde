//! Changing a text character by character.

use serde::Deserialize;

use crate::edit::builder::session_value::{ContainerRef, SessionValue};
use crate::edit::error::WriteError;
use crate::edit::session::editor::{Editor, end, within, wrong_kind};
use crate::view::sequences::TextView;

/// What positions in a text count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextUnit {
    /// Unicode scalar values: characters.
    #[default]
    Scalar,
    /// UTF-16 code units, as in JavaScript. To find a position, the text is read from its start.
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

/// A text within a session. Positions count what shows, the session's own changes included.
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

    /// Whether a text shows at `path`.
    pub(crate) fn holds_text(&self, path: &str) -> Result<bool, WriteError> {
        Ok(matches!(self.container(path)?, SessionValue::Text(_)))
    }
}

impl<'e, 'd> TextEditor<'e, 'd> {
    fn new(editor: &'e mut Editor<'d>, path: &'e str, container: ContainerRef<TextView<'d>>) -> Self {
        Self { editor, path, container, unit: TextUnit::default() }
    }

    /// The same text, with positions that count in `unit`.
    #[must_use]
    pub fn counting(self, unit: TextUnit) -> Self {
        Self { unit, ..self }
    }

    /// How long it is.
    pub fn len(&self) -> u32 {
        match self.unit {
            TextUnit::Scalar => self.editor.builder.text_len(self.container),
            TextUnit::Utf16 => {
                let text = self.editor.builder.text(self.container);
                text.chars().fold(0, |units, char| units.saturating_add(utf16(char)))
            }
        }
    }

    /// Whether no character shows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Inserts `text` before the character at `at`, or at the end.
    ///
    /// # Errors
    /// When `at` is past the end.
    pub fn insert(&mut self, at: u32, text: &str) -> Result<(), WriteError> {
        self.replace(at, 0, text)
    }

    /// Removes `count` characters from `at` on.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn remove(&mut self, at: u32, count: u32) -> Result<(), WriteError> {
        self.replace(at, count, "")
    }

    /// Puts `text` in the place of `count` characters from `at` on.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn replace(&mut self, at: u32, count: u32, text: &str) -> Result<(), WriteError> {
        let (at, count) = match self.unit {
            TextUnit::Scalar => {
                within(self.path, end(at, count), self.len(), self.unit.name())?;
                (at, count)
            }
            TextUnit::Utf16 => self.characters(at, count)?,
        };
        if count > 0 || !text.is_empty() {
            self.editor.builder.replace_chars(self.container, [(at, count, text)]);
        }
        Ok(())
    }

    /// A range of UTF-16 units in characters.
    fn characters(&self, at: u32, count: u32) -> Result<(u32, u32), WriteError> {
        let (text, until) = (self.editor.builder.text(self.container), end(at, count));
        let (mut units, mut chars, mut start) = (0_u32, 0_u32, None);
        for char in text.chars() {
            if units == at {
                start = Some(chars);
            }
            if u64::from(units) >= until {
                break;
            }
            units = units.saturating_add(utf16(char));
            chars = chars.saturating_add(1);
        }
        within(self.path, until, units, self.unit.name())?;
        let start = if units == at { Some(chars) } else { start };
        let within_one = |at| WriteError::WithinACharacter { pointer: self.path.to_owned(), at };
        let start = start.ok_or_else(|| within_one(at))?;
        if u64::from(units) != until {
            return Err(within_one(units.saturating_sub(1)));
        }
        Ok((start, chars.saturating_sub(start)))
    }
}

fn utf16(char: char) -> u32 {
    if char.len_utf16() == 1 { 1 } else { 2 }
}
