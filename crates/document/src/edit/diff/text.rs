//! The difference of two texts: lines first, then characters within the lines that differ.

use crate::edit::diff::sequence::{DiffHunk, hunks};

/// The most lines, old and new ones together, that are compared; more lines between a common start and end are replaced
/// as a whole.
const COMPARED_LINES: usize = 1 << 17;
/// The greatest product of the lengths of changed lines, old and new, that are compared character by character, which
/// takes a few milliseconds; longer lines are replaced as a whole.
const COMPARED_CELLS: usize = 1 << 22;
/// The greatest sum of such products in one text.
const COMPARED_CELLS_IN_ALL: usize = 1 << 25;
/// Two changes around a common run shorter than this, and shorter than both changes, become one change.
const SHORT_RUN: usize = 4;

/// A replacement of characters in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextReplacement<'t> {
    /// The position of the first character.
    pub(crate) at: u32,
    /// How many characters are removed.
    pub(crate) removed: u32,
    /// The characters that are inserted instead.
    pub(crate) inserted: &'t str,
}

/// The replacements that turn `old` into `new`, in order; positions are those in `old`.
pub(crate) fn replaced<'t>(old: &str, new: &'t str) -> Vec<TextReplacement<'t>> {
    let (start, old, new) = without_common_start(old, new);
    let (old, new) = without_common_end(old, new);
    let (old_lines, new_lines) = (Cuts::lines(old), Cuts::lines(new));
    let (mut found, mut room) = (Vec::new(), COMPARED_CELLS_IN_ALL);
    let (mut at, mut from) = (count(start), 0);
    if old_lines.len().saturating_add(new_lines.len()) > COMPARED_LINES {
        return vec![TextReplacement { at, removed: count(old), inserted: new }];
    }
    for lines in hunks(old_lines.parts(), new_lines.parts()) {
        let (kept, gone) = (old_lines.slice(from..lines.old.start), old_lines.slice(lines.old.clone()));
        at = at.saturating_add(count(kept));
        let come = new_lines.slice(lines.new);
        let cells = gone.len().saturating_mul(come.len());
        match room.checked_sub(cells).filter(|_| cells <= COMPARED_CELLS) {
            Some(rest) => {
                room = rest;
                replace_chars(at, gone, come, &mut found);
            }
            None => found.push(TextReplacement { at, removed: count(gone), inserted: come }),
        }
        at = at.saturating_add(count(gone));
        from = lines.old.end;
    }
    found
}

/// Appends the replacements that turn the lines at `at` into others.
fn replace_chars<'t>(at: u32, old: &str, new: &'t str, found: &mut Vec<TextReplacement<'t>>) {
    let new_chars = Cuts::chars(new);
    for hunk in without_short_runs(hunks(old.chars(), new.chars())) {
        found.push(TextReplacement {
            at: at.saturating_add(clamp(hunk.old.start)),
            removed: clamp(hunk.old.len()),
            inserted: new_chars.slice(hunk.new),
        });
    }
}

fn without_short_runs(hunks: Vec<DiffHunk>) -> Vec<DiffHunk> {
    let mut longer: Vec<DiffHunk> = Vec::with_capacity(hunks.len());
    for hunk in hunks {
        match longer.last_mut() {
            Some(last) if is_short(hunk.old.start.saturating_sub(last.old.end), last, &hunk) => {
                (last.old.end, last.new.end) = (hunk.old.end, hunk.new.end);
            }
            _ => longer.push(hunk),
        }
    }
    longer
}

fn is_short(run: usize, before: &DiffHunk, after: &DiffHunk) -> bool {
    let size = |hunk: &DiffHunk| hunk.old.len().max(hunk.new.len());
    run < SHORT_RUN && run < size(before) && run < size(after)
}

/// The common start, and both texts after it.
fn without_common_start<'o, 'n>(old: &'o str, new: &'n str) -> (&'o str, &'o str, &'n str) {
    let same = old.chars().zip(new.chars()).take_while(|(a, b)| a == b);
    let bytes = same.fold(0_usize, |bytes, (char, _)| bytes.saturating_add(char.len_utf8()));
    let (start, old) = old.split_at_checked(bytes).unwrap_or(("", old));
    (start, old, new.get(bytes..).unwrap_or_default())
}

/// Both texts before their common end.
fn without_common_end<'o, 'n>(old: &'o str, new: &'n str) -> (&'o str, &'n str) {
    let same = old.chars().rev().zip(new.chars().rev()).take_while(|(a, b)| a == b);
    let bytes = same.fold(0_usize, |bytes, (char, _)| bytes.saturating_add(char.len_utf8()));
    let head = |text: &str| text.len().saturating_sub(bytes);
    (old.get(..head(old)).unwrap_or_default(), new.get(..head(new)).unwrap_or_default())
}

/// A text, and the offsets at which its parts begin; the last one is its end.
struct Cuts<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Cuts<'t> {
    fn lines(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(place, _)| place.saturating_add(1));
        let starts = std::iter::once(0).chain(breaks.filter(|place| *place < text.len()));
        Self { text, starts: starts.chain(std::iter::once(text.len())).collect() }
    }

    fn chars(text: &'t str) -> Self {
        let starts = text.char_indices().map(|(place, _)| place);
        Self { text, starts: starts.chain(std::iter::once(text.len())).collect() }
    }

    /// The number of parts; 1 for the empty text.
    fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    fn parts(&self) -> impl Iterator<Item = &'t str> {
        self.starts.windows(2).filter_map(|ends| match ends {
            [start, end] => self.text.get(*start..*end).filter(|part| !part.is_empty()),
            _ => None,
        })
    }

    fn slice(&self, parts: std::ops::Range<usize>) -> &'t str {
        let ends = self.starts.get(parts.start).zip(self.starts.get(parts.end));
        ends.and_then(|(start, end)| self.text.get(*start..*end)).unwrap_or_default()
    }
}

fn count(text: &str) -> u32 {
    clamp(text.chars().count())
}

fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn apply(old: &str, changes: &[TextReplacement<'_>]) -> String {
        let old: Vec<char> = old.chars().collect();
        let (mut made, mut from) = (String::new(), 0);
        for change in changes {
            made.extend(&old[from..change.at as usize]);
            made.push_str(change.inserted);
            from = (change.at + change.removed) as usize;
        }
        made.extend(&old[from..]);
        made
    }

    /// Draws each change as -removed+inserted.
    fn draw(old: &str, new: &str) -> String {
        let changes = replaced(old, new);
        assert_eq!(apply(old, &changes), new);
        let draw = |change: &TextReplacement<'_>| {
            let removed: String = old.chars().skip(change.at as usize).take(change.removed as usize).collect();
            format!("{}-{removed}+{}", change.at, change.inserted)
        };
        changes.iter().map(draw).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_what_differs_is_replaced() {
        assert_eq!(draw("same", "same"), "");
        assert_eq!(draw("", ""), "");
        assert_eq!(draw("", "new"), "0-+new");
        assert_eq!(draw("old", ""), "0-old+");
        assert_eq!(draw("hello world", "hello brave world"), "6-+brave ");
        assert_eq!(draw("kitten", "sitting"), "0-k+s 4-e+i 6-+g");
        assert_eq!(draw("one\ntwo\nthree\nfour\n", "one\n2\nthree\nfour!\n"), "4-two+2 18-+!");
        assert_eq!(draw("aé𝄞b", "aè𝄞b𝄢"), "1-é+è 4-+𝄢");
    }

    #[test]
    fn short_common_runs_do_not_split_a_change() {
        assert_eq!(draw("[quick brown]", "[jumping fox]"), "1-q+j 3-ick brown+mping fox");
    }

    #[test]
    fn very_long_lines_are_replaced_as_a_whole() {
        let (old, new) = ("ab".repeat(100_000), "ba".repeat(100_001) + "!");
        assert!(replaced(&old, &new).len() < 10);
        assert_eq!(apply(&old, &replaced(&old, &new)), new);
    }

    proptest! {
        #[test]
        fn the_changes_turn_one_text_into_the_other(old in "[ab\né𝄞]{0,40}", new in "[ab\né𝄞]{0,40}") {
            let changes = replaced(&old, &new);
            prop_assert_eq!(apply(&old, &changes), &*new);
            prop_assert_eq!(changes.is_empty(), old == new);
        }
    }
}
