//! The pieces on one side of the cursor of a piece table.

use std::collections::VecDeque;

use crate::edit::piece_table::span::ElementSpan;

/// Pieces in a chunk: the cursor moves by whole chunks.
const CHUNK: usize = if cfg!(test) { 4 } else { 24 };

/// A span, and whether the session removed it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) span: ElementSpan,
    pub(crate) removed: bool,
}

impl Piece {
    pub(crate) fn shown(&self) -> u32 {
        if self.removed { 0 } else { self.span.len() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CursorSide {
    Before,
    After,
}

/// The pieces on one side of the cursor. Adding and taking the one next to the cursor takes constant time.
#[derive(Debug, Clone)]
pub(crate) struct Pieces {
    side: CursorSide,
    /// The chunk next to the cursor comes last. Within a chunk, pieces are in the order of the text. Only a single chunk may
    /// be empty: it is not freed, since pieces that are taken from it mostly return.
    chunks: Vec<Chunk>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Chunk {
    pieces: VecDeque<Piece>,
    /// How many elements show.
    pub(crate) shown: u32,
}

impl Pieces {
    pub(crate) const fn new(side: CursorSide) -> Self {
        Self { side, chunks: Vec::new() }
    }

    /// The piece next to the cursor.
    pub(crate) fn nearest(&self) -> Option<&Piece> {
        let chunk = self.chunks.last()?;
        if self.side == CursorSide::Before { chunk.pieces.back() } else { chunk.pieces.front() }
    }

    /// Changes the piece next to the cursor, unless `change` returns `None`; whether it did.
    pub(crate) fn change_nearest(&mut self, change: impl FnOnce(Piece) -> Option<Piece>) -> bool {
        let Some(chunk) = self.chunks.last_mut() else {
            return false;
        };
        let nearest = if self.side == CursorSide::Before { chunk.pieces.back_mut() } else { chunk.pieces.front_mut() };
        let Some((nearest, changed)) = nearest.and_then(|piece| change(*piece).map(|changed| (piece, changed))) else {
            return false;
        };
        chunk.shown = chunk.shown.saturating_sub(nearest.shown()).saturating_add(changed.shown());
        *nearest = changed;
        true
    }

    /// Puts a piece next to the cursor, joined with the one that is there if it continues it.
    pub(crate) fn push(&mut self, piece: Piece) {
        let side = self.side;
        let join = |nearest: Piece| {
            let same = nearest.removed == piece.removed;
            let (first, second) = if side == CursorSide::Before { (nearest, piece) } else { (piece, nearest) };
            first.span.joined(second.span).filter(|_| same).map(|span| Piece { span, ..piece })
        };
        if piece.span.len() == 0 || self.change_nearest(join) {
            return;
        }
        if self.chunks.last().is_none_or(|chunk| chunk.pieces.len() >= CHUNK) {
            self.chunks.push(Chunk::default());
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.shown = chunk.shown.saturating_add(piece.shown());
            if side == CursorSide::Before { chunk.pieces.push_back(piece) } else { chunk.pieces.push_front(piece) }
        }
    }

    /// Takes the piece next to the cursor.
    pub(crate) fn pop(&mut self) -> Option<Piece> {
        let chunk = self.chunks.last_mut()?;
        let piece = if self.side == CursorSide::Before { chunk.pieces.pop_back() } else { chunk.pieces.pop_front() };
        chunk.shown = chunk.shown.saturating_sub(piece.map_or(0, |piece| piece.shown()));
        if chunk.pieces.is_empty() && self.chunks.len() > 1 {
            self.chunks.pop();
        }
        piece
    }

    /// Takes the chunk next to the cursor if at most `most` elements of it show.
    pub(crate) fn pop_chunk_if(&mut self, most: Option<u32>) -> Option<Chunk> {
        let most = most?;
        self.chunks.pop_if(|chunk| chunk.shown <= most)
    }

    pub(crate) fn push_chunk(&mut self, mut chunk: Chunk) {
        match self.chunks.last_mut() {
            _ if chunk.pieces.is_empty() => {}
            Some(last) if last.pieces.len().saturating_add(chunk.pieces.len()) <= CHUNK => {
                last.shown = last.shown.saturating_add(chunk.shown);
                if self.side == CursorSide::After {
                    std::mem::swap(&mut last.pieces, &mut chunk.pieces);
                }
                last.pieces.append(&mut chunk.pieces);
            }
            _ => self.chunks.push(chunk),
        }
    }

    /// The chunks in the order of the text.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        let (before, after) = match self.side {
            CursorSide::Before => (self.chunks.as_slice(), &[][..]),
            CursorSide::After => (&[][..], self.chunks.as_slice()),
        };
        before.iter().chain(after.iter().rev())
    }
}

impl Chunk {
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter()
    }

    /// The spans that show.
    pub(crate) fn spans(&self) -> impl Iterator<Item = ElementSpan> {
        self.pieces.iter().filter(|piece| !piece.removed).map(|piece| piece.span)
    }
}
