//! Building a splice: consecutive changes of one text.

use quorate_event::{Edit, ElementRef, Splice, Target, limits};

use crate::edit::packing::splice_parts::cut;
use crate::edit::piece_table::pieces::Piece;
use crate::edit::piece_table::span::ElementSpan;
use crate::edit::piece_table::table::{IndexRange, PieceTable, SinceIndex};
use crate::model::ids::OriginRefs;
use crate::view::positions::{PositionRange, ShownElements};
use crate::view::sequences::TextView;

/// Greatest number of bytes of one insertion, so that a long text fills events.
pub(crate) const INSERTION_BYTES: usize = 8 * 1024;
/// Bytes of text after which another splice begins: a splice that spans several events is copied once for each of them.
const SPLICE_BYTES: usize = 32 * 1024;

/// A text as a session changed it.
pub(crate) struct PendingText {
    pub(crate) table: PieceTable,
    /// The inserted characters, one run after the other.
    text: String,
    /// The first index of each run, ascending, with the offset of its characters in `text`.
    starts: Vec<(u32, usize)>,
}

impl PendingText {
    pub(crate) fn new(base: &impl ShownElements) -> Self {
        Self { table: PieceTable::new(base), text: String::new(), starts: Vec::new() }
    }

    /// The characters of the run with the first index `run`, and of all later runs.
    pub(crate) fn inserted_since(&self, run: u32) -> &str {
        let place = self.starts.binary_search_by_key(&run, |(first, _)| *first);
        let start = place.ok().and_then(|place| self.starts.get(place)).map(|(_, start)| *start);
        start.and_then(|start| self.text.get(start..)).unwrap_or_default()
    }

    fn begin(&mut self, run: u32) {
        self.starts.push((run, self.text.len()));
    }

    /// The bytes of the newest run.
    fn newest_len(&self) -> usize {
        self.starts.last().map_or(0, |(_, start)| self.text.len().saturating_sub(*start))
    }

    /// Appends characters of the run with the first index `run` to a string.
    fn copy(&self, run: u32, indices: IndexRange, to: &mut String) {
        let skip = indices.first.saturating_sub(run);
        to.extend(self.inserted_since(run).chars().skip(skip as usize).take(indices.len as usize));
    }

    /// Drops the runs from the index `first` on.
    fn drop_since(&mut self, first: u32) {
        let kept = self.starts.partition_point(|(run, _)| *run < first);
        if let Some((_, start)) = self.starts.get(kept) {
            self.text.truncate(*start);
        }
        self.starts.truncate(kept);
    }
}

/// Collects changes of one text until another edit is written. The splice is the difference that they make: characters that
/// were typed and removed again do not occur in it, and neighbouring characters are one insertion.
pub(crate) struct SpliceBuilder<'d> {
    pub(crate) target: Target,
    pub(crate) draft: PendingText,
    base: Option<TextView<'d>>,
    /// The index at which the splice begins. Its insertions take the indices from here on: in the order of typing until the
    /// splice is finished, then in the order of the text.
    first: u32,
    /// The removed elements that stood there before the splice, in the order of removal; neighbouring ones are joined.
    removals: Vec<ElementSpan>,
}

/// A finished splice.
pub(crate) struct BuiltSplice {
    /// Several splices if one event could not hold all changes.
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

    /// Removes the characters in a range.
    pub(crate) fn remove(&mut self, range: PositionRange) {
        let (removals, first) = (&mut self.removals, self.first);
        if range.count > 0 {
            self.draft.table.remove(range, |span| {
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
            let run = IndexRange { first: next, len: count };
            if !(fits && draft.table.extend(SinceIndex(self.first), at, run)) {
                draft.table.insert_without_origins(at, run);
                draft.begin(next);
            }
            draft.text.push_str(part);
            (at, next, rest) = (at.saturating_add(count), next.saturating_add(count), after);
        }
        next
    }

    /// The edits, and the text after them.
    pub(crate) fn finish(mut self) -> BuiltSplice {
        let mut parts = SpliceSeries { target: self.target, full: Vec::new(), open: Splice::default() };
        let mut settled = SettledPieces { next: self.first, pieces: Vec::new(), inserted: Vec::new() };
        let mut typed = String::new();
        for piece in self.draft.table.pieces() {
            match piece.span {
                ElementSpan::New { run, first, len } if run >= self.first => {
                    if !piece.removed {
                        self.draft.copy(run, IndexRange { first, len }, &mut typed);
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
        self.write_removals(&mut parts);
        let SettledPieces { next, pieces, inserted } = settled;
        self.draft.drop_since(self.first);
        for (run, text) in inserted {
            self.draft.begin(run);
            self.draft.text.push_str(&text);
        }
        self.draft.table = PieceTable::of(pieces);
        BuiltSplice { edits: parts.finish(), draft: self.draft, next }
    }

    fn write_removals(&mut self, parts: &mut SpliceSeries) {
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
                    let range = PositionRange { at: from, count: len };
                    self.base.runs_in(range, &mut |first, count| parts.next().remove(first.reference(), count));
                }
            }
        }
    }
}

/// The pieces of the text after the splice.
struct SettledPieces {
    next: u32,
    pieces: Vec<Piece>,
    /// The runs inserted, each with its first index.
    inserted: Vec<(u32, String)>,
}

impl SettledPieces {
    /// Writes an insertion of `text` between the last piece and `right`.
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

/// Changes of a text as splices of bounded length.
struct SpliceSeries {
    target: Target,
    full: Vec<Edit>,
    open: Splice,
}

impl SpliceSeries {
    /// The splice that takes the next change.
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

/// Adds a removal, joined with the last one if they are neighbours.
fn join_or_push(removals: &mut Vec<ElementSpan>, span: ElementSpan) {
    let joined = removals.last().and_then(|last| last.joined(span).or_else(|| span.joined(*last)));
    match (joined, removals.last_mut()) {
        (Some(joined), Some(last)) => *last = joined,
        _ => removals.push(span),
    }
}
