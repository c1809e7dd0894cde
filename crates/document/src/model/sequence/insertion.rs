//! Inserting a run.

use crate::model::events::{ElementKey, EventTable};
use crate::model::outcome::IgnoredReason;
use crate::model::sequence::fragment::Fragment;
use crate::model::sequence::numbers::{ContentOffset, LeafNo, RunPosition};
use crate::model::sequence::state::{ElementContent, Sequence};

/// The elements that an author saw around a run when it was inserted; `None` is the start or the end of the sequence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origins {
    pub(crate) left: Option<ElementKey>,
    pub(crate) right: Option<ElementKey>,
}

/// A run to insert. Its keys ascend by index from the first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewRun {
    pub(crate) key: ElementKey,
    pub(crate) len: u32,
    pub(crate) origins: Origins,
}

impl<C: ElementContent> Sequence<C> {
    /// Inserts a run; `add` stores its content and returns the content's offset.
    pub(crate) fn insert(
        &mut self,
        run: NewRun,
        events: &EventTable,
        add: impl FnOnce(&mut C) -> Option<ContentOffset>,
    ) -> Result<(), IgnoredReason> {
        let left = self.find_optional(run.origins.left)?.unwrap_or(RunPosition::START);
        let right = self.find_optional(run.origins.right)?;
        let content = add(&mut self.content).ok_or(IgnoredReason::Full)?;
        self.place(run, (left, right), content, events).ok_or(IgnoredReason::Full)
    }

    fn place(
        &mut self,
        run: NewRun,
        (left, right): (RunPosition, Option<RunPosition>),
        content: ContentOffset,
        events: &EventTable,
    ) -> Option<()> {
        let (parent, side) = self.hang(left, right);
        let number = self.runs.next();
        let spot = self.spot((parent, side), RunPosition { run: number, offset: 0 }, events.id(run.key), events);
        let (beside, direction) = self.open(spot)?;
        let leaf = LeafNo::FIRST;
        let fragment = Fragment { run: number, offset: 0, len: run.len, content, hidden_until: 0, leaf };
        let fragment = self.order.insert(fragment, beside, direction)?;
        self.runs.add(run.key, run.len, parent, fragment)?;
        self.recent = fragment;
        Some(())
    }

    fn find_optional(&mut self, key: Option<ElementKey>) -> Result<Option<RunPosition>, IgnoredReason> {
        key.map(|key| self.find_again(key)).transpose()
    }
}
