//! Runs of neighbouring elements, of the document or of the session.

/// Neighbouring elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ElementSpan {
    /// Elements of the document, from a position on.
    Base { from: u32, len: u32 },
    /// Elements of the session from an index on. `run` is the first index of their insertion.
    New { run: u32, first: u32, len: u32 },
}

impl ElementSpan {
    pub(crate) const fn len(self) -> u32 {
        match self {
            Self::Base { len, .. } | Self::New { len, .. } => len,
        }
    }

    /// Whether the session inserted it at the index `first` or later.
    pub(crate) const fn is_since(self, first: u32) -> bool {
        matches!(self, Self::New { run, .. } if run >= first)
    }

    /// The first `head` elements, and the remaining ones if there are any.
    pub(crate) fn split(self, head: u32) -> (Self, Option<Self>) {
        let Some(tail) = self.len().checked_sub(head).filter(|tail| *tail > 0) else {
            return (self, None);
        };
        match self {
            Self::Base { from, .. } => {
                let rest = Self::Base { from: from.saturating_add(head), len: tail };
                (Self::Base { from, len: head }, Some(rest))
            }
            Self::New { run, first, .. } => {
                let rest = Self::New { run, first: first.saturating_add(head), len: tail };
                (Self::New { run, first, len: head }, Some(rest))
            }
        }
    }

    /// Both as one, if `next` continues this span.
    pub(crate) fn joined(self, next: Self) -> Option<Self> {
        let len = self.len().saturating_add(next.len());
        match (self, next) {
            (Self::Base { from, len: head }, Self::Base { from: on, .. }) if from.saturating_add(head) == on => {
                Some(Self::Base { from, len })
            }
            (Self::New { run, first, len: head }, Self::New { run: same, first: on, .. })
                if run == same && first.saturating_add(head) == on =>
            {
                Some(Self::New { run, first, len })
            }
            _ => None,
        }
    }
}
