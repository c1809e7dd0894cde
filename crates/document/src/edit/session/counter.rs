//! Adding to a counter.

use crate::edit::builder::session_value::{ContainerRef, SessionValue};
use crate::edit::error::WriteError;
use crate::edit::session::editor::{Editor, wrong_kind};

/// A counter within a session.
pub struct CounterEditor<'e, 'd> {
    editor: &'e mut Editor<'d>,
    container: ContainerRef<i128>,
}

impl<'d> Editor<'d> {
    /// The counter at `path`.
    ///
    /// # Errors
    /// When there is none.
    pub fn counter(&mut self, path: &str) -> Result<CounterEditor<'_, 'd>, WriteError> {
        match self.container(path)? {
            SessionValue::Counter(container) => Ok(CounterEditor::new(self, container)),
            other => Err(wrong_kind(path, "a counter", &other)),
        }
    }
}

impl<'e, 'd> CounterEditor<'e, 'd> {
    fn new(editor: &'e mut Editor<'d>, container: ContainerRef<i128>) -> Self {
        Self { editor, container }
    }

    /// The sum, the session's own additions included.
    pub fn sum(&self) -> i128 {
        self.editor.builder.sum(self.container)
    }

    /// Adds an amount, which may be negative. Concurrent additions all count.
    ///
    /// # Errors
    /// When the session's edits cannot be kept.
    pub fn add(&mut self, amount: i64) -> Result<(), WriteError> {
        let result = self.editor.builder.add(self.container.target, amount);
        self.editor.whole(result)
    }
}
