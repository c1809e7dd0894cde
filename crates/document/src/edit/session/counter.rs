//! Adding to a counter.

use crate::edit::builder::seen::ContainerRef;
use crate::edit::session::editor::Editor;
use crate::edit::write::WriteError;

/// A counter within a session.
pub struct CounterEditor<'e, 'd> {
    editor: &'e mut Editor<'d>,
    container: ContainerRef<i128>,
}

impl<'e, 'd> CounterEditor<'e, 'd> {
    pub(super) fn new(editor: &'e mut Editor<'d>, container: ContainerRef<i128>) -> Self {
        Self { editor, container }
    }

    /// The sum that shows, what the session added included.
    pub fn sum(&self) -> i128 {
        self.editor.builder.sum(self.container)
    }

    /// Adds an amount, which may be below zero. Concurrent additions all count.
    ///
    /// # Errors
    /// As every write.
    pub fn add(&mut self, amount: i64) -> Result<(), WriteError> {
        let result = self.editor.builder.add(self.container.target, amount);
        self.editor.whole(result)
    }
}
