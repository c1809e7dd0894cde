//! The piece table: a list or a text of the document, changed by one session.
//!
//! The document does not change during a session. Its elements, and the session's insertions, are pieces in one order, each
//! shown or removed. So positions and neighbours are found without folding each edit first.

use quorate_event::ElementRef;

use crate::edit::piece_table::pieces::{Chunk, CursorSide, Piece, Pieces};
use crate::edit::piece_table::span::ElementSpan;
use crate::model::ids::{ElementId, OriginRefs};
use crate::view::positions::{Gap, PositionRange, ShownElements};

/// The index of the session at which a splice begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SinceIndex(pub(crate) u32);

/// Indices of the session that an insertion takes: [first, first + len).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IndexRange {
    pub(crate) first: u32,
    pub(crate) len: u32,
}

/// The pieces, with a cursor at the last change. An edit at the cursor takes constant time; an edit elsewhere first moves
/// the cursor, which takes one step for each chunk of pieces in between.
#[derive(Debug, Clone)]
pub(crate) struct PieceTable {
    /// The pieces before the cursor; the nearest one shows.
    before: Pieces,
    after: Pieces,
    /// How many elements show before the cursor.
    cursor: u32,
    /// How many elements show in all.
    len: u32,
}

impl PieceTable {
    pub(crate) fn new(base: &impl ShownElements) -> Self {
        let (before, mut after, len) = (Pieces::new(CursorSide::Before), Pieces::new(CursorSide::After), base.len());
        after.push(Piece { span: ElementSpan::Base { from: 0, len }, removed: false });
        Self { before, after, cursor: 0, len }
    }

    /// These pieces, with the cursor at the start.
    pub(crate) fn of(pieces: Vec<Piece>) -> Self {
        let len = pieces.iter().fold(0_u32, |len, piece| len.saturating_add(piece.shown()));
        let mut after = Pieces::new(CursorSide::After);
        pieces.into_iter().rev().for_each(|piece| after.push(piece));
        Self { before: Pieces::new(CursorSide::Before), after, cursor: 0, len }
    }

    /// How many elements show.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// All pieces in order, removed ones included.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Piece> + '_ {
        self.before.chunks().chain(self.after.chunks()).flat_map(Chunk::pieces)
    }

    /// Inserts a run before the element at `at`; its neighbours.
    pub(crate) fn insert(&mut self, base: &impl ShownElements, at: u32, run: IndexRange) -> OriginRefs {
        self.seek(at);
        let nearest = |pieces: &Pieces| pieces.nearest().map(|piece| piece.span);
        let origins = OriginRefs::between(nearest(&self.before), nearest(&self.after), base);
        self.insert_without_origins(at, run);
        origins
    }

    /// Inserts a run before the element at `at`. Its neighbours are not computed.
    pub(crate) fn insert_without_origins(&mut self, at: u32, run: IndexRange) {
        let IndexRange { first, len } = run;
        self.seek(at);
        self.before.push(Piece { span: ElementSpan::New { run: first, first, len }, removed: false });
        self.cursor = self.cursor.saturating_add(len);
        self.len = self.len.saturating_add(len);
    }

    /// Appends `more` to the run that ends at position `at` and whose indices `more` continues, if the run was inserted at the
    /// index `since` or later; false if there is no such run.
    pub(crate) fn extend(&mut self, since: SinceIndex, at: u32, more: IndexRange) -> bool {
        let longer = |piece: Piece| match piece.span {
            ElementSpan::New { run, first, len } if run >= since.0 && first.saturating_add(len) == more.first => {
                Some(Piece { span: ElementSpan::New { run, first, len: len.saturating_add(more.len) }, ..piece })
            }
            _ => None,
        };
        if at != self.cursor || !self.before.change_nearest(longer) {
            return false;
        }
        self.cursor = self.cursor.saturating_add(more.len);
        self.len = self.len.saturating_add(more.len);
        true
    }

    /// Removes the elements in a range, as many as there are, and calls `each` with them.
    pub(crate) fn remove(&mut self, range: PositionRange, mut each: impl FnMut(ElementSpan)) {
        self.seek(range.at);
        let mut left = range.count;
        while left > 0
            && let Some(piece) = self.take_after(left)
        {
            if !piece.removed {
                left = left.saturating_sub(piece.span.len());
                self.len = self.len.saturating_sub(piece.span.len());
                each(piece.span);
            }
            self.before.push(Piece { removed: true, ..piece });
        }
        self.leave_removed();
    }

    /// The element at `at`.
    pub(crate) fn get(&self, at: u32) -> Option<ElementSpan> {
        let mut skip = at;
        for chunk in self.before.chunks().chain(self.after.chunks()) {
            if skip >= chunk.shown {
                skip = skip.saturating_sub(chunk.shown);
                continue;
            }
            for span in chunk.spans() {
                if skip < span.len() {
                    let (_, tail) = if skip == 0 { (span, Some(span)) } else { span.split(skip) };
                    return tail.map(|tail| tail.split(1).0);
                }
                skip = skip.saturating_sub(span.len());
            }
        }
        None
    }

    /// The elements that show, in order.
    pub(crate) fn spans(&self) -> impl Iterator<Item = ElementSpan> + '_ {
        self.before.chunks().chain(self.after.chunks()).flat_map(Chunk::spans)
    }

    /// Moves the cursor to the end of the element before `at`.
    fn seek(&mut self, at: u32) {
        while let Some(chunk) = self.after.pop_chunk_if(at.checked_sub(self.cursor).filter(|ahead| *ahead > 0)) {
            self.cursor = self.cursor.saturating_add(chunk.shown);
            self.before.push_chunk(chunk);
        }
        while self.cursor < at
            && let Some(piece) = self.take_after(at.saturating_sub(self.cursor))
        {
            self.before.push(piece);
            self.cursor = self.cursor.saturating_add(piece.shown());
        }
        while let Some(chunk) = self.before.pop_chunk_if(self.cursor.checked_sub(at).filter(|back| *back > 0)) {
            self.cursor = self.cursor.saturating_sub(chunk.shown);
            self.after.push_chunk(chunk);
        }
        while self.cursor > at
            && let Some(piece) = self.before.pop()
        {
            let start = self.cursor.saturating_sub(piece.shown());
            let kept = at.checked_sub(start).filter(|kept| *kept > 0);
            let (head, tail) = kept.map_or((None, Some(piece.span)), |kept| {
                let (head, tail) = piece.span.split(kept);
                (Some(head), tail)
            });
            head.into_iter().for_each(|span| self.before.push(Piece { span, ..piece }));
            tail.into_iter().for_each(|span| self.after.push(Piece { span, ..piece }));
            self.cursor = start.max(at);
        }
        self.leave_removed();
    }

    /// Takes the piece after the cursor; of a piece that shows, at most `most` elements.
    fn take_after(&mut self, most: u32) -> Option<Piece> {
        let piece = self.after.pop()?;
        let (span, rest) = if piece.removed { (piece.span, None) } else { piece.span.split(most) };
        if let Some(span) = rest {
            self.after.push(Piece { span, ..piece });
        }
        Some(Piece { span, ..piece })
    }

    /// Moves the cursor back to the last element that shows before it.
    fn leave_removed(&mut self) {
        while self.before.nearest().is_some_and(|piece| piece.removed)
            && let Some(piece) = self.before.pop()
        {
            self.after.push(piece);
        }
    }
}

impl OriginRefs {
    /// The neighbours of an insertion between two pieces. An insertion of the session after an element of the document
    /// stands directly after it, before the hidden elements there: so if the next piece is the session's, it is the very
    /// next element.
    pub(crate) fn between(last: Option<ElementSpan>, next: Option<ElementSpan>, base: &impl ShownElements) -> Self {
        let gap = match (last, next) {
            (_, Some(ElementSpan::Base { from, .. })) => base.gap(from),
            (Some(ElementSpan::Base { from, len }), _) => base.gap(from.saturating_add(len)),
            (_, None) => base.gap(base.len()),
            _ => Gap::default(),
        };
        let left = match last {
            Some(ElementSpan::New { first, len, .. }) => {
                Some(ElementRef::Here(first.saturating_add(len).saturating_sub(1)))
            }
            Some(ElementSpan::Base { .. }) => gap.left.map(ElementId::reference),
            None => None,
        };
        let right = match next {
            Some(ElementSpan::New { first, .. }) => Some(ElementRef::Here(first)),
            _ => gap.right.map(ElementId::reference),
        };
        Self { left, right }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quorate_event::EventId;

    use super::*;

    /// An element of the model, in order; removed ones included.
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct ModelElement {
        name: ElementRef,
        run: u32,
        shows: bool,
    }

    /// The document's elements: runs of three, of which some were removed.
    struct PlainBase(Vec<ModelElement>);

    impl PlainBase {
        fn new(shows: &[bool]) -> Self {
            let stood = |(place, shows): (usize, &bool)| {
                let run = u32::try_from(place / 3).unwrap();
                let event = EventId::new([u8::try_from(run).unwrap(); 32]);
                ModelElement { name: ElementRef::There(event, u32::try_from(place % 3).unwrap()), run, shows: *shows }
            };
            Self(shows.iter().enumerate().map(stood).collect())
        }

        fn id(&self, place: usize) -> Option<ElementId> {
            match self.0.get(place)?.name {
                ElementRef::There(event, index) => Some(ElementId { event, index }),
                ElementRef::Here(_) => None,
            }
        }

        fn place(&self, at: u32) -> Option<usize> {
            let mut shown = self.0.iter().enumerate().filter(|(_, stood)| stood.shows);
            shown.nth(at as usize).map(|(place, _)| place)
        }
    }

    impl ShownElements for PlainBase {
        fn len(&self) -> u32 {
            u32::try_from(self.0.iter().filter(|stood| stood.shows).count()).unwrap()
        }

        fn gap(&self, at: u32) -> Gap {
            assert!(at <= self.len());
            let left = at.checked_sub(1).and_then(|at| self.place(at));
            Gap { left: left.and_then(|place| self.id(place)), right: self.id(left.map_or(0, |place| place + 1)) }
        }

        fn runs_in(&self, range: PositionRange, each: &mut dyn FnMut(ElementId, u32)) {
            for at in range.at..range.at + range.count {
                each(self.id(self.place(at).unwrap()).unwrap(), 1);
            }
        }
    }

    #[derive(Debug, Clone)]
    enum TableStep {
        Insert { at: usize, len: u32 },
        Type { len: u32 },
        Remove { at: usize, count: usize },
    }

    fn steps() -> impl Strategy<Value = Vec<TableStep>> {
        let step = prop_oneof![
            (any::<prop::sample::Index>(), 1_u32..4).prop_map(|(at, len)| TableStep::Insert { at: at.index(64), len }),
            (1_u32..3).prop_map(|len| TableStep::Type { len }),
            (any::<prop::sample::Index>(), 1_usize..6)
                .prop_map(|(at, count)| TableStep::Remove { at: at.index(64), count }),
        ];
        prop::collection::vec(step, 0..60)
    }

    /// The model: a plain list of all elements.
    struct PlainList {
        places: Vec<ModelElement>,
        next: u32,
        last_end: usize,
    }

    impl PlainList {
        fn shown(&self) -> Vec<usize> {
            (0..self.places.len()).filter(|place| self.places[*place].shows).collect()
        }

        fn insert(&mut self, at: usize, len: u32, run: u32) -> OriginRefs {
            let left = at.checked_sub(1).map(|at| self.shown()[at]);
            let place = left.map_or(0, |left| left + 1);
            let origins = OriginRefs {
                left: left.map(|left| self.places[left].name),
                right: self.places.get(place).map(|stood| stood.name),
            };
            let new =
                (self.next..self.next + len).map(|it| ModelElement { name: ElementRef::Here(it), run, shows: true });
            self.places.splice(place..place, new);
            self.next += len;
            self.last_end = at + len as usize;
            origins
        }

        fn remove(&mut self, at: usize, count: usize) -> Vec<ElementRef> {
            let gone: Vec<_> = self.shown()[at..at + count].to_vec();
            gone.iter().for_each(|place| self.places[*place].shows = false);
            gone.iter().map(|place| self.places[*place].name).collect()
        }
    }

    fn names(base: &PlainBase, span: ElementSpan) -> Vec<ElementRef> {
        match span {
            ElementSpan::New { first, len, .. } => (first..first + len).map(ElementRef::Here).collect(),
            ElementSpan::Base { from, len } => {
                let mut names = Vec::new();
                base.runs_in(PositionRange { at: from, count: len }, &mut |id, _| names.push(id.reference()));
                names
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn an_overlay_finds_what_a_plain_list_finds(shows in prop::collection::vec(any::<bool>(), 0..20), steps in steps()) {
            let base = PlainBase::new(&shows);
            let mut table = PieceTable::new(&base);
            let mut model = PlainList { places: base.0.clone(), next: 0, last_end: usize::MAX };
            for step in steps {
                let len = model.shown().len();
                match step {
                    TableStep::Insert { at, len: count } => {
                        let (at, first) = (at % (len + 1), model.next);
                        let origins = table.insert(&base, at as u32, IndexRange { first, len: count });
                        prop_assert_eq!(origins, model.insert(at, count, first));
                    }
                    TableStep::Type { len: count } => {
                        let at = model.last_end;
                        let newest = at.checked_sub(1).and_then(|at| model.shown().get(at).copied());
                        let newest = newest.map(|place| model.places[place]);
                        let goes_on = newest.filter(|it| it.name == ElementRef::Here(model.next.wrapping_sub(1)));
                        let at = at.min(len);
                        let more = |first| IndexRange { first, len: count };
                        prop_assert_eq!(table.clone().extend(SinceIndex(0), at as u32, more(model.next + 1)), false);
                        prop_assert_eq!(table.extend(SinceIndex(0), at as u32, more(model.next)), goes_on.is_some());
                        if let Some(newest) = goes_on {
                            model.insert(at, count, newest.run);
                        }
                    }
                    TableStep::Remove { at, count } => {
                        let at = at % (len + 1);
                        let count = count.min(len - at);
                        let mut gone = Vec::new();
                        table.remove(PositionRange { at: at as u32, count: count as u32 }, |span| gone.extend(names(&base, span)));
                        prop_assert_eq!(gone, model.remove(at, count));
                        model.last_end = at;
                    }
                }
                let shown: Vec<_> = model.shown().iter().map(|place| model.places[*place].name).collect();
                prop_assert_eq!(table.len() as usize, shown.len());
                let spans: Vec<_> = table.spans().flat_map(|span| names(&base, span)).collect();
                prop_assert_eq!(&spans, &shown);
                for at in [0, shown.len() / 2, shown.len()] {
                    let found = table.get(at as u32).map(|span| names(&base, span));
                    prop_assert_eq!(found, shown.get(at).map(|name| vec![*name]));
                }
            }
        }
    }

    #[test]
    fn typing_on_needs_one_piece() {
        let mut table = PieceTable::new(&PlainBase::new(&[true; 3]));
        table.insert(&PlainBase::new(&[true; 3]), 1, IndexRange { first: 0, len: 1 });
        assert!((1..1_000).all(|index| table.extend(SinceIndex(0), index + 1, IndexRange { first: index, len: 1 })));
        assert_eq!(table.spans().count(), 3);
    }

    #[test]
    fn pieces_that_were_cut_grow_together_again() {
        let base = PlainBase::new(&[true; 60]);
        let mut table = PieceTable::new(&base);
        for at in (0..60).rev() {
            table.remove(PositionRange { at, count: 1 }, |_| ());
        }
        assert_eq!((table.len(), table.before.pop().is_none()), (0, true));
        assert_eq!(table.after.pop().map(|piece| piece.span), Some(ElementSpan::Base { from: 0, len: 60 }));
    }
}
