//! Differences between two sequences.

use std::hash::Hash;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Interner};

/// A range of the old sequence and the range of the new sequence that replaces it; one of them may be empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DiffHunk {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// The differences in order.
pub(super) fn hunks<T: Eq + Hash>(old: impl Iterator<Item = T>, new: impl Iterator<Item = T>) -> Vec<DiffHunk> {
    let input = interned(old, new);
    report(&Diff::compute(Algorithm::Histogram, &input))
}

/// The differences between lines, moved to the places where people expect them.
pub(super) fn line_hunks(old: &[&str], new: &[&str]) -> Vec<DiffHunk> {
    let input = interned(old.iter().copied(), new.iter().copied());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    report(&diff)
}

fn interned<T: Eq + Hash>(old: impl Iterator<Item = T>, new: impl Iterator<Item = T>) -> InternedInput<T> {
    let mut input = InternedInput { before: Vec::new(), after: Vec::new(), interner: Interner::new(0) };
    input.update_before(old);
    input.update_after(new);
    input
}

fn report(diff: &Diff) -> Vec<DiffHunk> {
    let place = |token| usize::try_from(token).unwrap_or(usize::MAX);
    let places = |tokens: Range<u32>| place(tokens.start)..place(tokens.end);
    diff.hunks().map(|hunk| DiffHunk { old: places(hunk.before), new: places(hunk.after) }).collect()
}
