//! What two lists have in common.

use std::collections::BTreeMap;

/// The greatest product of two lengths that are compared item by item; beyond it, what lies between a common start and
/// a common end counts as changed. 2^20 cells of four bytes are 4 MiB and a few milliseconds.
const COMPARED_CELLS: usize = 1 << 20;

/// The pairs (place in `old`, place in `new`) of items to keep, both ascending: a common start, a common end and, where
/// the rest is small enough, a longest common subsequence between them.
pub(crate) fn common<T: Ord>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let (old, new) = &classes(old, new);
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let old_rest = old.get(start..).unwrap_or_default();
    let new_rest = new.get(start..).unwrap_or_default();
    let backwards = old_rest.iter().rev().zip(new_rest.iter().rev());
    let end = backwards.take_while(|(a, b)| a == b).count();

    let old_middle = without_end(old_rest, end);
    let new_middle = without_end(new_rest, end);
    let middle = subsequence(old_middle, new_middle);

    let old_end = start.saturating_add(old_middle.len());
    let new_end = start.saturating_add(new_middle.len());
    let kept_start = (0..start).map(|place| (place, place));
    let kept_middle = middle.into_iter().map(|(a, b)| (start.saturating_add(a), start.saturating_add(b)));
    let kept_end = (0..end).map(|i| (old_end.saturating_add(i), new_end.saturating_add(i)));
    kept_start.chain(kept_middle).chain(kept_end).collect()
}

/// Small numbers that are equal exactly where the items are.
fn classes<T: Ord>(old: &[T], new: &[T]) -> (Vec<usize>, Vec<usize>) {
    let mut known = BTreeMap::new();
    let mut class = |item| {
        let next = known.len();
        *known.entry(item).or_insert(next)
    };
    let old = old.iter().map(&mut class).collect();
    (old, new.iter().map(&mut class).collect())
}

fn without_end<T>(items: &[T], end: usize) -> &[T] {
    let length = items.len().saturating_sub(end);
    items.get(..length).unwrap_or_default()
}

/// A longest common subsequence, as pairs of places.
fn subsequence(old: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
    if old.len().saturating_mul(new.len()) > COMPARED_CELLS {
        return Vec::new();
    }
    let rows = lengths(old, new);
    let length = |i: usize, j: usize| rows.get(i).and_then(|row| row.get(j)).copied();
    let (mut i, mut j) = (old.len(), new.len());
    let mut pairs = Vec::new();
    while let (Some(above), Some(before)) = (i.checked_sub(1), j.checked_sub(1)) {
        if old.get(above) == new.get(before) {
            pairs.push((above, before));
            (i, j) = (above, before);
        } else if length(above, j) >= length(i, before) {
            i = above;
        } else {
            j = before;
        }
    }
    pairs.reverse();
    pairs
}

/// Row i, place j: the length of a longest common subsequence of the first i of `old` and the first j of `new`.
fn lengths(old: &[usize], new: &[usize]) -> Vec<Vec<u32>> {
    let mut rows = Vec::with_capacity(old.len().saturating_add(1));
    let mut above = vec![0_u32; new.len().saturating_add(1)];
    for item in old {
        let mut row = Vec::with_capacity(above.len());
        let mut before = 0;
        row.push(before);
        for (other, pair) in new.iter().zip(above.windows(2)) {
            let &[diagonal, up] = pair else { continue };
            before = if item == other { diagonal.saturating_add(1) } else { before.max(up) };
            row.push(before);
        }
        rows.push(std::mem::replace(&mut above, row));
    }
    rows.push(above);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_common_is_kept() {
        let common = |old: &str, new: &str| {
            let old: Vec<char> = old.chars().collect();
            let pairs = common(&old, &new.chars().collect::<Vec<_>>());
            pairs.iter().map(|(place, _)| old[*place]).collect::<String>()
        };
        assert_eq!(common("", "abc"), "");
        assert_eq!(common("abc", "abc"), "abc");
        assert_eq!(common("aaa", "aa"), "aa");
        assert_eq!(common("abcd", "axcd"), "acd");
        assert_eq!(common("abcabba", "cbabac").len(), 4);
        assert_eq!(common("xaby", "zabw"), "ab");
    }

    #[test]
    fn long_lists_keep_their_common_ends() {
        let old: Vec<u32> = (0..5_000).collect();
        let new: Vec<u32> = (0..10).chain(10_000..14_000).chain(4_990..5_000).collect();
        assert_eq!(common(&old, &new).len(), 20);
    }
}
