//! Adding to a counter.

use crate::edit::builder::seen::Site;
use crate::edit::session::editor::Editor;
use crate::edit::write::WriteError;

/// A counter within a session.
pub struct CounterEditor<'e, 'd> {
    editor: &'e mut Editor<'d>,
    site: Site<i128>,
}

impl<'e, 'd> CounterEditor<'e, 'd> {
    pub(super) fn new(editor: &'e mut Editor<'d>, site: Site<i128>) -> Self {
        Self { editor, site }
    }

    /// The sum that shows, what the session added included.
    pub fn sum(&self) -> i128 {
        self.editor.scribe.sum(self.site)
    }

    /// Adds an amount, which may be below zero. Concurrent additions all count.
    ///
    /// # Errors
    /// As every write.
    pub fn add(&mut self, amount: i64) -> Result<(), WriteError> {
        let result = self.editor.scribe.add(self.site.target, amount);
        self.editor.whole(result)
    }
}
