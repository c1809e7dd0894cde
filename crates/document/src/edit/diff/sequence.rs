//! The difference of two sequences.

use std::hash::Hash;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Interner};

/// The greatest product of two lengths for which the difference has the fewest changes; beyond it, heuristics bound the
/// work, as in git.
const COMPARED_CELLS: usize = 1 << 20;

/// Items of `old` that are replaced by items of `new`; one of the two may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DiffHunk {
    pub(crate) old: Range<usize>,
    pub(crate) new: Range<usize>,
}

/// The items that are not common to both, in order. Hunks do not touch.
pub(crate) fn hunks<T: Eq + Hash>(old: impl Iterator<Item = T>, new: impl Iterator<Item = T>) -> Vec<DiffHunk> {
    let mut input = InternedInput { before: Vec::new(), after: Vec::new(), interner: Interner::new(0) };
    input.update_before(old);
    input.update_after(new);
    let cells = input.before.len().saturating_mul(input.after.len());
    let algorithm = if cells > COMPARED_CELLS { Algorithm::Myers } else { Algorithm::MyersMinimal };
    let difference = Diff::compute(algorithm, &input);
    difference.hunks().map(|hunk| DiffHunk { old: places(hunk.before), new: places(hunk.after) }).collect()
}

fn places(tokens: Range<u32>) -> Range<usize> {
    let place = |token| usize::try_from(token).unwrap_or(usize::MAX);
    place(tokens.start)..place(tokens.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many items both have, and whether the hunks turn `old` into `new`.
    fn kept<T: Eq + Hash + Clone + std::fmt::Debug>(old: &[T], new: &[T]) -> usize {
        let (mut made, mut kept, mut from) = (Vec::new(), 0, 0);
        for hunk in hunks(old.iter(), new.iter()) {
            kept += hunk.old.start - from;
            made.extend_from_slice(&old[from..hunk.old.start]);
            made.extend_from_slice(&new[hunk.new]);
            from = hunk.old.end;
        }
        made.extend_from_slice(&old[from..]);
        assert_eq!(made, new);
        kept + old.len() - from
    }

    #[test]
    fn what_is_common_is_kept() {
        let kept = |old: &str, new: &str| {
            let [old, new] = [old, new].map(|text| text.chars().collect::<Vec<_>>());
            kept(&old, &new)
        };
        assert_eq!(kept("", "abc"), 0);
        assert_eq!(kept("abc", ""), 0);
        assert_eq!(kept("abc", "abc"), 3);
        assert_eq!(kept("aaa", "aa"), 2);
        assert_eq!(kept("abcd", "axcd"), 3);
        assert_eq!(kept("abcabba", "cbabac"), 4);
        assert_eq!(kept("xaby", "zabw"), 2);
    }

    #[test]
    fn long_lists_keep_what_they_share() {
        let old: Vec<u32> = (0..5_000).collect();
        let new: Vec<u32> = (0..10).chain(10_000..14_000).chain(4_990..5_000).collect();
        assert_eq!(kept(&old, &new), 20);
    }
}
