//! What two sequences have in common.

use std::hash::Hash;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Interner};

/// Places of the old sequence in whose stead those of the new one stand; one of the two may be empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// What is not common to both, in order.
pub(super) fn hunks<T: Eq + Hash>(old: impl Iterator<Item = T>, new: impl Iterator<Item = T>) -> Vec<Hunk> {
    let input = interned(old, new);
    told(&Diff::compute(Algorithm::Histogram, &input))
}

/// The same of lines, where one that could stand here or there stands where people expect it.
pub(super) fn line_hunks(old: &[&str], new: &[&str]) -> Vec<Hunk> {
    let input = interned(old.iter().copied(), new.iter().copied());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    told(&diff)
}

fn interned<T: Eq + Hash>(old: impl Iterator<Item = T>, new: impl Iterator<Item = T>) -> InternedInput<T> {
    let mut input = InternedInput { before: Vec::new(), after: Vec::new(), interner: Interner::new(0) };
    input.update_before(old);
    input.update_after(new);
    input
}

fn told(diff: &Diff) -> Vec<Hunk> {
    let place = |token| usize::try_from(token).unwrap_or(usize::MAX);
    let places = |tokens: Range<u32>| place(tokens.start)..place(tokens.end);
    diff.hunks().map(|hunk| Hunk { old: places(hunk.before), new: places(hunk.after) }).collect()
}
