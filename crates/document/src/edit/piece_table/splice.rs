//! A splice in the making: the changes of one text that follow each other.

use quorate_event::{Edit, ElementRef, Splice, Target, limits};

use crate::edit::packing::splice_parts::cut;
use crate::edit::piece_table::pieces::Piece;
use crate::edit::piece_table::span::ElementSpan;
use crate::edit::piece_table::table::{OriginRefs, PieceTable};
use crate::view::positions::ShownElements;
use crate::view::sequences::TextView;

/// Bytes of one insertion, so that a long text spreads over events without waste.
pub(crate) const INSERTION_BYTES: usize = 8 * 1024;
/// Bytes of text after which another splice begins, so that one that spreads over events is not copied again and again.
const SPLICE_BYTES: usize = 32 * 1024;

/// A text as a session left it.
pub(crate) struct PendingText {
    pub(crate) table: PieceTable,
    /// All that was inserted, one run after the other.
    text: String,
    /// The runs by their first index, ascending, each with where it starts in `text`.
    starts: Vec<(u32, usize)>,
}

impl PendingText {
    pub(crate) fn new(base: &impl ShownElements) -> Self {
        Self { table: PieceTable::new(base), text: String::new(), starts: Vec::new() }
    }

    /// What the run that is called `run` inserted, and all that was inserted later.
    pub(crate) fn inserted_since(&self, run: u32) -> &str {
        let place = self.starts.binary_search_by_key(&run, |(first, _)| *first);
        let start = place.ok().and_then(|place| self.starts.get(place)).map(|(_, start)| *start);
        start.and_then(|start| self.text.get(start..)).unwrap_or_default()
    }

    fn begin(&mut self, run: u32) {
        self.starts.push((run, self.text.len()));
    }

    /// How many bytes the newest run has.
    fn newest_len(&self) -> usize {
        self.starts.last().map_or(0, |(_, start)| self.text.len().saturating_sub(*start))
    }

    /// The bytes that [`Self::inserted_since`] gives for characters of one run.
    fn copy(&self, run: u32, skip: u32, count: u32, to: &mut String) {
        let text = self.inserted_since(run);
        to.extend(text.chars().skip(skip as usize).take(count as usize));
    }

    /// Forgets the runs from the index `first` on.
    fn forget(&mut self, first: u32) {
        let kept = self.starts.partition_point(|(run, _)| *run < first);
        if let Some((_, start)) = self.starts.get(kept) {
            self.text.truncate(*start);
        }
        self.starts.truncate(kept);
    }
}

/// Collects changes of one text until another edit is written. What is said in the end is the difference that they make:
/// what was typed and removed again before anybody saw it is not said at all, and what was typed beside each other is one
/// insertion.
pub(crate) struct SpliceBuilder<'d> {
    pub(crate) target: Target,
    pub(crate) draft: PendingText,
    base: Option<TextView<'d>>,
    /// The index at which it begins. What it inserts takes the indices from here on, for the time being in the order of
    /// typing.
    first: u32,
    /// What it removed of what stood there before it, as it came, joined where one goes on where the last stopped.
    removals: Vec<ElementSpan>,
}

/// What a splice came to.
pub(crate) struct BuiltSplice {
    /// More than one where no event could hold them all.
    pub(crate) edits: Vec<Edit>,
    pub(crate) draft: PendingText,
    /// The index after what was inserted.
    pub(crate) next: u32,
}

impl<'d> SpliceBuilder<'d> {
    /// Changes of a text from the index `first` on.
    pub(crate) fn new(target: Target, base: Option<TextView<'d>>, draft: PendingText, first: u32) -> Self {
        Self { target, draft, base, first, removals: Vec::new() }
    }

    /// Removes characters that show at a position.
    pub(crate) fn remove(&mut self, at: u32, count: u32) {
        let (removals, first) = (&mut self.removals, self.first);
        if count > 0 {
            self.draft.table.remove(at, count, |span| {
                if !span.is_since(first) {
                    join_or_push(removals, span);
                }
            });
        }
    }

    /// Inserts `text` at a position, as characters from the index `next` on; the index after them.
    pub(crate) fn insert(&mut self, mut at: u32, text: &str, mut next: u32) -> u32 {
        let (draft, mut rest) = (&mut self.draft, text);
        while !rest.is_empty() {
            let (part, after) = cut(rest, INSERTION_BYTES);
            let count = u32::try_from(part.chars().count()).unwrap_or(u32::MAX);
            let fits = draft.newest_len().saturating_add(part.len()) <= INSERTION_BYTES;
            if !(fits && draft.table.extend(self.first, (at, next), count)) {
                draft.table.type_in(at, next, count);
                draft.begin(next);
            }
            draft.text.push_str(part);
            (at, next, rest) = (at.saturating_add(count), next.saturating_add(count), after);
        }
        next
    }

    /// What it all comes to.
    pub(crate) fn finish(mut self) -> BuiltSplice {
        let mut parts = SpliceSeries { target: self.target, full: Vec::new(), open: Splice::default() };
        let mut settled = SettledPieces { next: self.first, pieces: Vec::new(), inserted: Vec::new() };
        let mut typed = String::new();
        for piece in self.draft.table.pieces() {
            match piece.span {
                ElementSpan::New { run, first, len } if run >= self.first => {
                    if !piece.removed {
                        self.draft.copy(run, first.saturating_sub(run), len, &mut typed);
                    }
                }
                _ => {
                    settled.insert(&typed, Some(piece.span), &self.base, &mut parts);
                    typed.clear();
                    settled.pieces.push(*piece);
                }
            }
        }
        settled.insert(&typed, None, &self.base, &mut parts);
        self.say_removals(&mut parts);
        let SettledPieces { next, pieces, inserted } = settled;
        self.draft.forget(self.first);
        for (run, text) in inserted {
            self.draft.begin(run);
            self.draft.text.push_str(&text);
        }
        self.draft.table = PieceTable::of(pieces);
        BuiltSplice { edits: parts.finish(), draft: self.draft, next }
    }

    fn say_removals(&mut self, parts: &mut SpliceSeries) {
        self.removals.sort_unstable_by_key(|span| match *span {
            ElementSpan::New { first, .. } => (false, first),
            ElementSpan::Base { from, .. } => (true, from),
        });
        let mut joined = Vec::new();
        self.removals.iter().for_each(|span| join_or_push(&mut joined, *span));
        for span in joined {
            match span {
                ElementSpan::New { first, len, .. } => parts.next().remove(ElementRef::Here(first), len),
                ElementSpan::Base { from, len } => {
                    self.base.range(from, len, &mut |first, count| parts.next().remove(first.reference(), count));
                }
            }
        }
    }
}

/// What stands in the text once a splice is said.
struct SettledPieces {
    next: u32,
    pieces: Vec<Piece>,
    /// The runs inserted, each with its first index.
    inserted: Vec<(u32, String)>,
}

impl SettledPieces {
    /// Says that `text` stands between the last piece and `right`.
    fn insert(&mut self, text: &str, right: Option<ElementSpan>, base: &impl ShownElements, parts: &mut SpliceSeries) {
        if text.is_empty() {
            return;
        }
        let mut rest = text;
        let mut origins = OriginRefs::between(self.pieces.last().map(|piece| piece.span), right, base);
        while !rest.is_empty() {
            let (part, after) = cut(rest, INSERTION_BYTES);
            parts.next().insert(origins.left, origins.right, part);
            let (run, len) = (self.next, u32::try_from(part.chars().count()).unwrap_or(u32::MAX));
            self.next = run.saturating_add(len);
            self.pieces.push(Piece { span: ElementSpan::New { run, first: run, len }, removed: false });
            self.inserted.push((run, part.to_owned()));
            origins.left = Some(ElementRef::Here(self.next.saturating_sub(1)));
            rest = after;
        }
    }
}

/// Changes of a text as splices that are not too long each.
struct SpliceSeries {
    target: Target,
    full: Vec<Edit>,
    open: Splice,
}

impl SpliceSeries {
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
fn join_or_push(removals: &mut Vec<ElementSpan>, span: ElementSpan) {
    let joined = removals.last().and_then(|last| last.joined(span).or_else(|| span.joined(*last)));
    match (joined, removals.last_mut()) {
        (Some(joined), Some(last)) => *last = joined,
        _ => removals.push(span),
    }
}
