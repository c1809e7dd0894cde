//! A splice in the making: the changes of one text that follow each other.

use quorate_event::{Edit, ElementRef, Splice, Target, limits};

use crate::overlay::{Base, Origins, Overlay, Span};
use crate::parts::cut;
use crate::seen::Site;
use crate::shown::TextView;

/// Bytes of one insertion, so that a long text spreads over events without waste.
pub(crate) const INSERTION_BYTES: usize = 8 * 1024;
/// Bytes of text after which another splice begins, so that one that spreads over events is not copied again and again.
const SPLICE_BYTES: usize = 32 * 1024;

/// A text as a session left it.
pub(crate) struct TextDraft {
    pub(crate) overlay: Overlay,
    /// All that was inserted, one insertion after the other.
    text: String,
    /// The insertions by their first index, ascending, each with where it starts in `text`.
    starts: Vec<(u32, usize)>,
}

impl TextDraft {
    pub(crate) fn new(base: &impl Base) -> Self {
        Self { overlay: Overlay::new(base), text: String::new(), starts: Vec::new() }
    }

    /// What the insertion called `run` inserted, and all that was inserted later.
    pub(crate) fn inserted_since(&self, run: u32) -> &str {
        let place = self.starts.binary_search_by_key(&run, |(first, _)| *first);
        let start = place.ok().and_then(|place| self.starts.get(place)).map(|(_, start)| *start);
        start.and_then(|start| self.text.get(start..)).unwrap_or_default()
    }
}

/// Collects changes of one text until another edit is written. Typing on lengthens the last insertion; removing what
/// touches the last removal lengthens that.
pub(crate) struct OpenSplice<'d> {
    pub(crate) target: Target,
    pub(crate) draft: TextDraft,
    /// Where the splice's own part of the draft's text starts.
    start: usize,
    changes: Changes<'d>,
}

/// The changes, of which the last may still grow.
struct Changes<'d> {
    base: Option<TextView<'d>>,
    settled: Vec<OpenChange>,
    /// A removal after those.
    removal: Option<Span>,
}

enum OpenChange {
    Insert { origins: Origins, bytes: usize },
    Remove { first: ElementRef, count: u32 },
}

impl<'d> OpenSplice<'d> {
    pub(crate) fn new(text: Site<TextView<'d>>, draft: TextDraft) -> Self {
        let (target, base, start) = (text.target, text.base, draft.text.len());
        Self { target, draft, start, changes: Changes { base, settled: Vec::new(), removal: None } }
    }

    /// Removes characters that show at a position.
    pub(crate) fn remove(&mut self, at: u32, count: u32) {
        let changes = &mut self.changes;
        if count > 0 {
            self.draft.overlay.remove(at, count, |span| changes.remove(span));
        }
    }

    /// Inserts `text` at a position, as characters from the index `next` on; the index after them.
    pub(crate) fn insert(&mut self, mut at: u32, text: &str, mut next: u32) -> u32 {
        let mut rest = text;
        while !rest.is_empty() {
            let (part, after) = cut(rest, INSERTION_BYTES);
            let count = u32::try_from(part.chars().count()).unwrap_or(u32::MAX);
            let draft = &mut self.draft;
            match self.changes.extensible(part.len()) {
                Some(bytes) if draft.overlay.extend(at, next, count) => *bytes = bytes.saturating_add(part.len()),
                _ => {
                    let origins = draft.overlay.insert(&self.changes.base, at, next, count);
                    self.changes.insert(origins, part.len());
                    draft.starts.push((next, draft.text.len()));
                }
            }
            draft.text.push_str(part);
            (at, next, rest) = (at.saturating_add(count), next.saturating_add(count), after);
        }
        next
    }

    /// The edits, more than one where no event could hold them all, and the text.
    pub(crate) fn finish(mut self) -> (Vec<Edit>, TextDraft) {
        self.changes.settle_removal();
        let (target, mut edits, mut splice) = (self.target, Vec::new(), Splice::default());
        let mut rest = self.draft.text.get(self.start..).unwrap_or_default();
        for change in &self.changes.settled {
            if splice.changes().len() >= limits::EVENT_EDITS || splice.text().len() >= SPLICE_BYTES {
                edits.push(Edit::Splice { target, splice: std::mem::take(&mut splice) });
            }
            match change {
                OpenChange::Insert { origins, bytes } => {
                    let (text, after) = rest.split_at_checked(*bytes).unwrap_or((rest, ""));
                    splice.insert(origins.left, origins.right, text);
                    rest = after;
                }
                OpenChange::Remove { first, count } => splice.remove(*first, *count),
            }
        }
        if !splice.is_empty() {
            edits.push(Edit::Splice { target, splice });
        }
        (edits, self.draft)
    }
}

impl Changes<'_> {
    /// The bytes of the insertion that came last, if `more` may be a part of it.
    fn extensible(&mut self, more: usize) -> Option<&mut usize> {
        match self.settled.last_mut() {
            Some(OpenChange::Insert { bytes, .. }) if self.removal.is_none() => {
                Some(bytes).filter(|bytes| bytes.saturating_add(more) <= INSERTION_BYTES)
            }
            _ => None,
        }
    }

    fn insert(&mut self, origins: Origins, bytes: usize) {
        self.settle_removal();
        self.settled.push(OpenChange::Insert { origins, bytes });
    }

    fn remove(&mut self, span: Span) {
        let joined = self.removal.and_then(|last| last.joined(span).or_else(|| span.joined(last)));
        if joined.is_none() {
            self.settle_removal();
        }
        self.removal = joined.or(Some(span));
    }

    fn settle_removal(&mut self) {
        match self.removal.take() {
            None => {}
            Some(Span::New { first, len, .. }) => {
                self.settled.push(OpenChange::Remove { first: ElementRef::Here(first), count: len });
            }
            Some(Span::Base { from, len }) => self.base.range(from, len, &mut |first, count| {
                self.settled.push(OpenChange::Remove { first: first.reference(), count });
            }),
        }
    }
}
