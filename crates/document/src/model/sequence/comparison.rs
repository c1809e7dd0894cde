//! What differs in a sequence between two views.

use crate::model::events::Lens;
use crate::model::sequence::insertion::{Content, Sequence};
use crate::model::sequence::reading::Piece;
use crate::model::sequence::removal::Removed;
use crate::model::sequence::runs::Place;

/// Neighbouring elements of one run that show alike in each of two views.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared {
    pub(crate) first: Place,
    pub(crate) len: u32,
    /// Where the first one's content lies.
    pub(crate) content: u32,
    pub(crate) before: bool,
    pub(crate) after: bool,
}

impl Compared {
    pub(crate) const fn piece(&self) -> Piece {
        Piece { first: self.first, len: self.len, content: self.content, shows: self.after }
    }
}

/// A view of a sequence that can be asked about any place of it.
struct Sight<'l> {
    lens: &'l Lens,
    removed: Removed,
}

impl<C: Content> Sequence<C> {
    /// All elements that show in one of two views or in both, in order.
    pub(crate) fn compared<'s>(&'s self, before: &'s Lens, after: &'s Lens) -> impl Iterator<Item = Compared> + 's {
        let sight = |lens| Sight { lens, removed: self.removed(lens) };
        let (before, after) = (sight(before), sight(after));
        self.order.iter().filter(|it| it.run != Place::START.run).flat_map(move |fragment| {
            let event = self.key(fragment.first()).event;
            let (was_made, is_made) = (before.lens.shows(event), after.lens.shows(event));
            let mut parts = Vec::new();
            let (mut at, mut content) = (fragment.first(), fragment.content);
            while (was_made || is_made) && at.offset < fragment.end() {
                let ((was_removed, one), (is_removed, other)) = (before.removed.at(at), after.removed.at(at));
                let len = one.min(other).min(fragment.end()).saturating_sub(at.offset);
                let (before, after) = (was_made && !was_removed, is_made && !is_removed);
                if before || after {
                    parts.push(Compared { first: at, len, content, before, after });
                }
                content = self.content.advance(content, len);
                at.offset = at.offset.saturating_add(len);
            }
            parts
        })
    }
}
