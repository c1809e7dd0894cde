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

/// Collects changes of one text until another edit is written. Typing on lengthens the last insertion. What is removed is
/// said last: an insertion stands where it stands whether its neighbours were removed before it or after it, and
/// what a session removes here and there is often all in one place in the end.
pub(crate) struct OpenSplice<'d> {
    pub(crate) target: Target,
    pub(crate) draft: TextDraft,
    base: Option<TextView<'d>>,
    /// Where the splice's own part of the draft's text starts.
    start: usize,
    insertions: Vec<Insertion>,
    /// In the order in which they were made, joined where one goes on where the last stopped.
    removals: Vec<Span>,
}

/// An insertion, whose text is the next `bytes` of the splice's part.
struct Insertion {
    origins: Origins,
    bytes: usize,
}

impl<'d> OpenSplice<'d> {
    pub(crate) fn new(text: Site<TextView<'d>>, draft: TextDraft) -> Self {
        let start = draft.text.len();
        Self { target: text.target, draft, base: text.base, start, insertions: Vec::new(), removals: Vec::new() }
    }

    /// Removes characters that show at a position.
    pub(crate) fn remove(&mut self, at: u32, count: u32) {
        if count > 0 {
            self.draft.overlay.remove(at, count, |span| join_or_push(&mut self.removals, span));
        }
    }

    /// Inserts `text` at a position, as characters from the index `next` on; the index after them.
    pub(crate) fn insert(&mut self, mut at: u32, text: &str, mut next: u32) -> u32 {
        let mut rest = text;
        while !rest.is_empty() {
            let (part, after) = cut(rest, INSERTION_BYTES);
            let count = u32::try_from(part.chars().count()).unwrap_or(u32::MAX);
            let draft = &mut self.draft;
            match self.insertions.last_mut() {
                Some(Insertion { bytes, .. })
                    if bytes.saturating_add(part.len()) <= INSERTION_BYTES && draft.overlay.extend(at, next, count) =>
                {
                    *bytes = bytes.saturating_add(part.len());
                }
                _ => {
                    let origins = draft.overlay.insert(&self.base, at, next, count);
                    self.insertions.push(Insertion { origins, bytes: part.len() });
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
        let mut parts = Parts { target: self.target, full: Vec::new(), open: Splice::default() };
        let mut rest = self.draft.text.get(self.start..).unwrap_or_default();
        for Insertion { origins, bytes } in &self.insertions {
            let (text, after) = rest.split_at_checked(*bytes).unwrap_or((rest, ""));
            parts.next().insert(origins.left, origins.right, text);
            rest = after;
        }
        self.removals.sort_unstable_by_key(|span| match *span {
            Span::New { first, .. } => (false, first),
            Span::Base { from, .. } => (true, from),
        });
        let mut joined = Vec::new();
        self.removals.iter().for_each(|span| join_or_push(&mut joined, *span));
        for span in joined {
            match span {
                Span::New { first, len, .. } => parts.next().remove(ElementRef::Here(first), len),
                Span::Base { from, len } => {
                    self.base.range(from, len, &mut |first, count| parts.next().remove(first.reference(), count));
                }
            }
        }
        (parts.finish(), self.draft)
    }
}

/// Changes of a text as splices that are not too long each.
struct Parts {
    target: Target,
    full: Vec<Edit>,
    open: Splice,
}

impl Parts {
    /// Where the next change belongs.
    fn next(&mut self) -> &mut Splice {
        if self.open.changes().len() >= limits::EVENT_EDITS || self.open.text().len() >= SPLICE_BYTES {
            self.close();
        }
        &mut self.open
    }

    fn close(&mut self) {
        let splice = std::mem::take(&mut self.open);
        if !splice.is_empty() {
            self.full.push(Edit::Splice { target: self.target, splice });
        }
    }

    fn finish(mut self) -> Vec<Edit> {
        self.close();
        self.full
    }
}

/// Adds what is removed, as part of the last removal where that touches it.
fn join_or_push(removals: &mut Vec<Span>, span: Span) {
    let joined = removals.last().and_then(|last| last.joined(span).or_else(|| span.joined(*last)));
    match (joined, removals.last_mut()) {
        (Some(joined), Some(last)) => *last = joined,
        _ => removals.push(span),
    }
}
