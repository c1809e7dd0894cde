//! Edits as JSON, for clients.

use quorate_event::{Container, Edit};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::edit::error::WriteError;
use crate::edit::session::editor::Editor;
use crate::edit::session::text::TextUnit;
use crate::model::causal_order::CausalOrder;
use crate::model::document::Document;
use crate::model::document_view::DocumentView;
use crate::view::positions::{ItemMove, PositionRange};

/// One edit, at the end of a path (a JSON pointer, RFC 6901). In JSON it is an object with an `op`; members that are not
/// listed here are refused.
///
/// | `op` | members |
/// |---|---|
/// | `insert` | `path` of a text, `text`, and perhaps `at` (else at the end) and `unit`: `scalar` (the default) or `utf16` |
/// | `insert` | `path` of a list, `values`, and perhaps `at` |
/// | `remove` | `path` of a text or a list, `at`, `count`, and perhaps `unit` for a text |
/// | `move` | `path` of a list, `from`, `to`: where the item stands afterwards |
/// | `add` | `path` of a counter, `amount` |
/// | `make` | `path`, `kind`: `object`, `list`, `text`, `register` or `counter` |
/// | `set` | `path`, `value` |
/// | `delete` | `path` |
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "CommandJson")]
pub enum EditCommand {
    /// Inserts characters into a text.
    InsertText {
        /// The text.
        path: String,
        /// Before which position; at the end if none is given.
        at: Option<u32>,
        /// The characters.
        text: String,
        /// The unit of positions.
        unit: TextUnit,
    },
    /// Inserts items into a list.
    InsertValues {
        /// The list.
        path: String,
        /// Before which position; at the end if none is given.
        at: Option<u32>,
        /// The items.
        values: Vec<Json>,
    },
    /// Removes characters of a text or items of a list.
    Remove {
        /// The text or the list.
        path: String,
        /// From which position on.
        at: u32,
        /// How many.
        count: u32,
        /// The unit of positions in a text.
        unit: Option<TextUnit>,
    },
    /// Moves an item of a list.
    Move {
        /// The list.
        path: String,
        /// Which item.
        from: u32,
        /// Where it stands afterwards.
        to: u32,
    },
    /// Adds to a counter.
    Add {
        /// The counter.
        path: String,
        /// How much.
        amount: i64,
    },
    /// Makes an empty container.
    Make {
        /// Where.
        path: String,
        /// Of which kind.
        kind: Container,
    },
    /// Makes a value show.
    Set {
        /// Where.
        path: String,
        /// Which.
        value: Json,
    },
    /// Deletes a key or a list's item.
    Delete {
        /// Where.
        path: String,
    },
}

impl Document {
    /// The edits of `commands`, each of which sees the writes of the earlier ones.
    ///
    /// # Errors
    /// When one of them cannot be written; then none of them is.
    pub fn command(
        &self,
        view: &impl DocumentView,
        past: &impl CausalOrder,
        commands: &[EditCommand],
    ) -> Result<Vec<Edit>, WriteError> {
        self.edit(view, past, |editor| commands.iter().try_for_each(|command| command.write(editor)))
    }
}

impl EditCommand {
    fn write(&self, editor: &mut Editor<'_>) -> Result<(), WriteError> {
        match self {
            Self::InsertText { path, at, text, unit } => {
                let mut editor = editor.text(path)?.counting(*unit);
                let at = at.unwrap_or_else(|| editor.len());
                editor.insert(at, text)
            }
            Self::InsertValues { path, at, values } => {
                let mut editor = editor.list(path)?;
                let at = at.unwrap_or_else(|| editor.len());
                editor.insert(at, values)
            }
            Self::Remove { path, at, count, unit } if unit.is_some() || editor.holds_text(path)? => {
                editor.text(path)?.counting(unit.unwrap_or_default()).remove(PositionRange { at: *at, count: *count })
            }
            Self::Remove { path, at, count, .. } => editor.list(path)?.remove(PositionRange { at: *at, count: *count }),
            Self::Move { path, from, to } => editor.list(path)?.move_to(ItemMove { from: *from, to: *to }),
            Self::Add { path, amount } => editor.counter(path)?.add(*amount),
            Self::Make { path, kind } => editor.make(path, *kind),
            Self::Set { path, value } => editor.set(path, value),
            Self::Delete { path } => editor.delete(path),
        }
    }
}

/// The JSON form of a command.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase", deny_unknown_fields)]
enum CommandJson {
    Insert { path: String, at: Option<u32>, text: Option<String>, values: Option<Vec<Json>>, unit: Option<TextUnit> },
    Remove { path: String, at: u32, count: u32, unit: Option<TextUnit> },
    Move { path: String, from: u32, to: u32 },
    Add { path: String, amount: i64 },
    Make { path: String, kind: ContainerKind },
    Set { path: String, value: Json },
    Delete { path: String },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ContainerKind {
    Object,
    List,
    Text,
    Register,
    Counter,
}

/// An insertion without content, or with both kinds of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an insertion has either `text` (and perhaps `unit`), for a text, or `values`, for a list")]
struct UnclearInsertion;

impl TryFrom<CommandJson> for EditCommand {
    type Error = UnclearInsertion;

    fn try_from(form: CommandJson) -> Result<Self, UnclearInsertion> {
        Ok(match form {
            CommandJson::Insert { path, at, text: Some(text), values: None, unit } => {
                Self::InsertText { path, at, text, unit: unit.unwrap_or_default() }
            }
            CommandJson::Insert { path, at, text: None, values: Some(values), unit: None } => {
                Self::InsertValues { path, at, values }
            }
            CommandJson::Insert { .. } => return Err(UnclearInsertion),
            CommandJson::Remove { path, at, count, unit } => Self::Remove { path, at, count, unit },
            CommandJson::Move { path, from, to } => Self::Move { path, from, to },
            CommandJson::Add { path, amount } => Self::Add { path, amount },
            CommandJson::Make { path, kind } => Self::Make { path, kind: kind.into() },
            CommandJson::Set { path, value } => Self::Set { path, value },
            CommandJson::Delete { path } => Self::Delete { path },
        })
    }
}

impl From<ContainerKind> for Container {
    fn from(kind: ContainerKind) -> Self {
        match kind {
            ContainerKind::Object => Self::Object,
            ContainerKind::List => Self::List,
            ContainerKind::Text => Self::Text,
            ContainerKind::Register => Self::Register,
            ContainerKind::Counter => Self::Counter,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_is_read_strictly() {
        let read = |json: Json| serde_json::from_value::<EditCommand>(json).map_err(|error| error.to_string());
        let insertion = json!({"op": "insert", "path": "/t", "at": 5, "text": "hi"});
        let (path, text) = ("/t".to_owned(), "hi".to_owned());
        assert_eq!(read(insertion), Ok(EditCommand::InsertText { path, at: Some(5), text, unit: TextUnit::Scalar }));
        let (path, values) = ("/l".to_owned(), vec![json!(1)]);
        let at_the_end = read(json!({"op": "insert", "path": "/l", "values": [1]}));
        assert_eq!(at_the_end, Ok(EditCommand::InsertValues { path, at: None, values }));
        let removal = json!({"op": "remove", "path": "/t", "at": 5, "count": 2, "unit": "utf16"});
        let path = "/t".to_owned();
        assert_eq!(read(removal), Ok(EditCommand::Remove { path, at: 5, count: 2, unit: Some(TextUnit::Utf16) }));
        for (wrong, why) in [
            (json!({"op": "insert", "path": "/t", "at": 5}), "either"),
            (json!({"op": "insert", "path": "/t", "at": 5, "text": "", "values": []}), "either"),
            (json!({"op": "insert", "path": "/t", "at": 5, "values": [], "unit": "utf16"}), "either"),
            (json!({"op": "insert", "path": "/t", "at": -1, "text": "hi"}), "u32"),
            (json!({"op": "insert", "path": "/t", "at": 0, "text": "hi", "unit": "bytes"}), "unknown variant"),
            (json!({"op": "add", "path": "/n", "amount": 1, "by": 2}), "unknown field"),
            (json!({"op": "add", "path": "/n", "amount": 0.5}), "i64"),
            (json!({"op": "set", "path": "/n"}), "missing field"),
            (json!({"op": "make", "path": "/n", "kind": "tree"}), "unknown variant"),
            (json!({"op": "increase", "path": "/n"}), "unknown variant"),
            (json!({"path": "/n"}), "missing field `op`"),
        ] {
            let error = read(wrong.clone()).unwrap_err();
            assert!(error.contains(why), "{wrong}: {error}");
        }
    }
}
