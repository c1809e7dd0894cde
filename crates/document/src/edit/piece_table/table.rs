//! What one session of an author makes of a list or a text that stands still beneath it.
//!
//! The session's insertions and removals are pieces between runs of what stood there before, so that positions and
//! neighbours are found without folding each edit first.

use quorate_event::ElementRef;

use crate::edit::piece_table::pieces::{Chunk, CursorSide, Piece, Pieces};
use crate::edit::piece_table::span::ElementSpan;
use crate::model::ids::ElementId;
use crate::view::positions::{Gap, ShownElements};

/// The neighbours that an insertion names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct OriginRefs {
    pub(crate) left: Option<ElementRef>,
    pub(crate) right: Option<ElementRef>,
}

/// The pieces, with a cursor among them where the session worked last: edits near it cost nothing else, a jump costs
/// the chunks of pieces that it passes.
#[derive(Debug, Clone)]
pub(crate) struct PieceTable {
    /// The nearest of them shows.
    before: Pieces,
    after: Pieces,
    /// How many elements show before the cursor, and in all.
    cursor: u32,
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

    /// All that stands there, removed or not, in order.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Piece> + '_ {
        self.before.chunks().chain(self.after.chunks()).flat_map(Chunk::pieces)
    }

    /// Inserts a run, called by its first index, before the element at `at`.
    pub(crate) fn insert(&mut self, base: &impl ShownElements, at: u32, first: u32, len: u32) -> OriginRefs {
        self.seek(at);
        let nearest = |pieces: &Pieces| pieces.nearest().map(|piece| piece.span);
        let origins = OriginRefs::between(nearest(&self.before), nearest(&self.after), base);
        self.type_in(at, first, len);
        origins
    }

    /// The same, where nobody asks yet what it stands between.
    pub(crate) fn type_in(&mut self, at: u32, first: u32, len: u32) {
        self.seek(at);
        self.before.push(Piece { span: ElementSpan::New { run: first, first, len }, removed: false });
        self.cursor = self.cursor.saturating_add(len);
        self.len = self.len.saturating_add(len);
    }

    /// Lengthens the run that ends at `at` with index `next`, if there is one that begins at the index `since` or later.
    pub(crate) fn extend(&mut self, since: u32, (at, next): (u32, u32), by: u32) -> bool {
        let longer = |piece: Piece| match piece.span {
            ElementSpan::New { run, first, len } if run >= since && first.saturating_add(len) == next => {
                Some(Piece { span: ElementSpan::New { run, first, len: len.saturating_add(by) }, ..piece })
            }
            _ => None,
        };
        if at != self.cursor || !self.before.change_nearest(longer) {
            return false;
        }
        self.cursor = self.cursor.saturating_add(by);
        self.len = self.len.saturating_add(by);
        true
    }

    /// Removes the elements at [at, at + count), as many as there are.
    pub(crate) fn remove(&mut self, at: u32, count: u32, mut each: impl FnMut(ElementSpan)) {
        self.seek(at);
        let mut left = count;
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

    /// What shows, in order.
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

    /// Takes the piece after the cursor, of one that shows at most `most` elements.
    fn take_after(&mut self, most: u32) -> Option<Piece> {
        let piece = self.after.pop()?;
        let (span, rest) = if piece.removed { (piece.span, None) } else { piece.span.split(most) };
        if let Some(span) = rest {
            self.after.push(Piece { span, ..piece });
        }
        Some(Piece { span, ..piece })
    }

    /// Takes the cursor back to the last element that shows before it.
    fn leave_removed(&mut self) {
        while self.before.nearest().is_some_and(|piece| piece.removed)
            && let Some(piece) = self.before.pop()
        {
            self.after.push(piece);
        }
    }
}

impl OriginRefs {
    /// The neighbours of what stands between two pieces. What the session inserted after a base's element stands right
    /// after it, before all that is hidden there: so a piece of the session is the very next where there is one.
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

    /// A place of the model: everything ever inserted, in order.
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Standing {
        name: ElementRef,
        run: u32,
        shows: bool,
    }

    /// What stood there before: runs of three, of which some elements were removed.
    struct PlainBase(Vec<Standing>);

    impl PlainBase {
        fn new(shows: &[bool]) -> Self {
            let stood = |(place, shows): (usize, &bool)| {
                let run = u32::try_from(place / 3).unwrap();
                let event = EventId::new([u8::try_from(run).unwrap(); 32]);
                Standing { name: ElementRef::There(event, u32::try_from(place % 3).unwrap()), run, shows: *shows }
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

        fn range(&self, at: u32, count: u32, each: &mut dyn FnMut(ElementId, u32)) {
            for at in at..at + count {
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

    /// The model: a plain list of all places.
    struct PlainList {
        places: Vec<Standing>,
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
            let new = (self.next..self.next + len).map(|it| Standing { name: ElementRef::Here(it), run, shows: true });
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
                base.range(from, len, &mut |id, _| names.push(id.reference()));
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
                        let origins = table.insert(&base, at as u32, first, count);
                        prop_assert_eq!(origins, model.insert(at, count, first));
                    }
                    TableStep::Type { len: count } => {
                        let at = model.last_end;
                        let newest = at.checked_sub(1).and_then(|at| model.shown().get(at).copied());
                        let newest = newest.map(|place| model.places[place]);
                        let goes_on = newest.filter(|it| it.name == ElementRef::Here(model.next.wrapping_sub(1)));
                        let at = at.min(len);
                        prop_assert_eq!(table.clone().extend(0, (at as u32, model.next + 1), count), false);
                        prop_assert_eq!(table.extend(0, (at as u32, model.next), count), goes_on.is_some());
                        if let Some(newest) = goes_on {
                            model.insert(at, count, newest.run);
                        }
                    }
                    TableStep::Remove { at, count } => {
                        let at = at % (len + 1);
                        let count = count.min(len - at);
                        let mut gone = Vec::new();
                        table.remove(at as u32, count as u32, |span| gone.extend(names(&base, span)));
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
        table.insert(&PlainBase::new(&[true; 3]), 1, 0, 1);
        assert!((1..1_000).all(|index| table.extend(0, (index + 1, index), 1)));
        assert_eq!(table.spans().count(), 3);
    }

    #[test]
    fn pieces_that_were_cut_grow_together_again() {
        let base = PlainBase::new(&[true; 60]);
        let mut table = PieceTable::new(&base);
        for at in (0..60).rev() {
            table.remove(at, 1, |_| ());
        }
        assert_eq!((table.len(), table.before.pop().is_none()), (0, true));
        assert_eq!(table.after.pop().map(|piece| piece.span), Some(ElementSpan::Base { from: 0, len: 60 }));
    }
}
