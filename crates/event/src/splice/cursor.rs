//! Where the last change of a text ended, and how the next one lies to it.

use super::{CharRef, TextChange};

/// How a change lies to the cursor, in the order in which a writer tries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeForm {
    /// Inserted at the cursor.
    Insert,
    /// Inserted right of the cursor's left, before that one's follower.
    InsertBeforeFollower,
    /// Inserted right of the cursor's left; the right is named.
    InsertBefore,
    /// Inserted between a named character and its follower.
    InsertAfter,
    /// Inserted between two that are named, or the text's ends.
    InsertBetween,
    /// Removes what ends with the cursor's left.
    RemoveLeft,
    /// Removes what starts with the cursor's right.
    RemoveRight,
    /// Removes from a named character on.
    Remove,
}

impl ChangeForm {
    pub(super) const ALL: [Self; 8] = [
        Self::Insert,
        Self::InsertBeforeFollower,
        Self::InsertBefore,
        Self::InsertAfter,
        Self::InsertBetween,
        Self::RemoveLeft,
        Self::RemoveRight,
        Self::Remove,
    ];
}

/// Where the last change ended, and which characters were met on the way.
pub(super) struct EditCursor {
    pub(super) left: Option<CharRef>,
    pub(super) right: Option<CharRef>,
    /// The first character that the splice inserts.
    first: CharRef,
    /// The index that the next inserted character takes; beyond 32 bits it takes none.
    pub(super) next: u64,
    /// The event met last: 0 for this one, else its place in the table, from 1.
    pub(super) event: usize,
    /// The index met last, of each event.
    indices: Vec<u32>,
}

impl EditCursor {
    pub(super) fn new(first: u32, events: usize) -> Self {
        let indices = std::iter::once(first).chain(std::iter::repeat_n(0, events)).collect();
        let next = u64::from(first);
        Self { left: None, right: None, first: CharRef::Here(first), next, event: 0, indices }
    }

    /// The first form that fits.
    pub(super) fn form(&self, change: &TextChange) -> ChangeForm {
        match *change {
            TextChange::Insert { left, right, .. } => {
                let before_follower = right.is_some() && right == left.and_then(CharRef::follower);
                match (left == self.left, right == self.right) {
                    (true, true) => ChangeForm::Insert,
                    (true, false) if before_follower => ChangeForm::InsertBeforeFollower,
                    (true, false) => ChangeForm::InsertBefore,
                    (false, _) if before_follower => ChangeForm::InsertAfter,
                    (false, _) => ChangeForm::InsertBetween,
                }
            }
            TextChange::Remove { first, count } => {
                if self.left.is_some() && self.left == first.last_of(count) {
                    ChangeForm::RemoveLeft
                } else if self.right == Some(first) {
                    ChangeForm::RemoveRight
                } else {
                    ChangeForm::Remove
                }
            }
        }
    }

    /// Goes on to where `change`, of this form, ends.
    pub(super) fn pass(&mut self, form: ChangeForm, change: &TextChange) {
        match *change {
            TextChange::Insert { right, chars, .. } => {
                self.next = self.next.saturating_add(u64::from(chars));
                let last = u32::try_from(self.next.saturating_sub(1)).unwrap_or(u32::MAX);
                (self.left, self.right) = (Some(CharRef::Here(last)), right);
                self.meet(CharRef::Here(last));
            }
            TextChange::Remove { first, count } => {
                if form != ChangeForm::RemoveRight {
                    // Nothing of this splice leads its first character, wherever the splice stands in its event.
                    self.left = first.leader().filter(|_| first != self.first);
                }
                if form != ChangeForm::RemoveLeft {
                    self.right = first.last_of(count).and_then(CharRef::follower);
                }
                self.meet(first);
            }
        }
    }

    pub(super) fn meet(&mut self, char: CharRef) {
        self.event = char.event();
        if let Some(index) = self.indices.get_mut(self.event) {
            *index = char.index();
        }
    }

    pub(super) fn index_met(&self, event: usize) -> u32 {
        self.indices.get(event).copied().unwrap_or_default()
    }
}
