//! Runs and the tree they form: a Fugue tree (Weidner & Kleppmann, "The Art of the Fugue", 2023,
//! <https://arxiv.org/abs/2305.00583>) whose nodes are runs.
//!
//! Every element that was inserted is a node of Fugue's tree; the sequence is the tree read in order: a node's left
//! children with their descendants, the node, its right children. Siblings on one side stand by ascending id. An element is
//! placed once, by the two origins that its author named, and never moves; so the order is a function of the set of
//! insertions, and a causally closed subset has the order of the whole. Within a run each element is the right child of the
//! one before it: so a run is one node here, and a child records which of its parent run's elements is its parent.
//!
//! ```text
//!     start          one author inserted "a b"; then, concurrently, two others insert "x y" and "p q" between them.
//!       \            Their origins are a and b. Since b is a descendant of a, x and p are left children of b, by id;
//!        a           the elements after them in their runs are their right children.
//!         \
//!          b         in order: a, x y, p q, b
//!         /
//!       x, p
//!        \  \
//!         y  q
//! ```

use crate::model::events::ElementKey;
use crate::model::sequence::numbers::{FragmentNo, RunNo, RunPosition};

/// The side of its parent on which a run is a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChildSide {
    Left,
    Right,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct RunNode {
    pub(crate) len: u32,
    /// The parent of its first element.
    pub(crate) parent: RunPosition,
    /// A more distant ancestor, so that any ancestor is reached in O(log n) steps (Myers' skew-binary jump pointers).
    jump: RunNo,
    /// Runs between this one and the start.
    level: u32,
    /// The fragment that its first element is in.
    pub(crate) first: FragmentNo,
}

/// Every run, the start's being the first.
#[derive(Debug, Clone)]
pub(crate) struct RunTree {
    /// Apart from the runs, so that a search touches little memory.
    keys: Vec<ElementKey>,
    runs: Vec<RunNode>,
    /// The run that was found last by bisection: most often the one at whose end an author types.
    met: RunNo,
}

impl Default for RunTree {
    fn default() -> Self {
        let start = RunNode {
            len: 1,
            parent: RunPosition::START,
            jump: RunPosition::START.run,
            level: 0,
            first: FragmentNo::START,
        };
        Self { keys: vec![ElementKey::START], runs: vec![start], met: RunPosition::START.run }
    }
}

impl RunTree {
    #[expect(clippy::indexing_slicing, reason = "run numbers are issued here, and runs are never taken away")]
    pub(crate) fn get(&self, run: RunNo) -> &RunNode {
        &self.runs[run.0 as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "as above")]
    fn first_key(&self, run: RunNo) -> ElementKey {
        self.keys[run.0 as usize]
    }

    pub(crate) fn key(&self, place: RunPosition) -> ElementKey {
        self.first_key(place.run).plus(place.offset)
    }

    /// The element with that key.
    pub(crate) fn find(&self, key: ElementKey) -> Option<RunPosition> {
        let last = self.keys.len().saturating_sub(1);
        // Typing refers to the characters that were just typed.
        let at = match self.keys.get(last) {
            Some(newest) if *newest <= key => last,
            _ => self.keys.partition_point(|first| *first <= key).checked_sub(1)?,
        };
        self.element(RunNo(u32::try_from(at).ok()?), key)
    }

    /// As [`Self::find`], and faster for an author who continues where the last change was.
    pub(crate) fn find_again(&mut self, key: ElementKey, recent: RunNo) -> Option<RunPosition> {
        let known = self.element(self.met, key).or_else(|| self.element(recent, key));
        if known.is_some() {
            return known;
        }
        let found = self.find(key)?;
        self.met = found.run;
        Some(found)
    }

    /// The element with that key, if this run holds it.
    fn element(&self, run: RunNo, key: ElementKey) -> Option<RunPosition> {
        let first = self.first_key(run);
        let offset = key.index.checked_sub(first.index)?;
        let is_in_run = first.event == key.event && offset < self.get(run).len;
        (is_in_run && run != RunPosition::START.run).then_some(RunPosition { run, offset })
    }

    /// The number of the run that is added next.
    pub(crate) fn next(&self) -> RunNo {
        RunNo(u32::try_from(self.runs.len()).unwrap_or(u32::MAX))
    }

    /// Adds a run, whose key is greater than all others; `None` if the numbers have run out.
    pub(crate) fn add(&mut self, key: ElementKey, len: u32, parent: RunPosition, first: FragmentNo) -> Option<RunNo> {
        let run = RunNo(u32::try_from(self.runs.len()).ok()?);
        let above = self.get(parent.run);
        let (level, jump) = (above.level.saturating_add(1), self.jump_over(parent.run));
        self.runs.push(RunNode { len, parent, jump, level, first });
        self.keys.push(key);
        Some(run)
    }

    /// The jump of a run below `parent`: over two jumps of equal length, or to the parent.
    fn jump_over(&self, parent: RunNo) -> RunNo {
        let above = self.get(parent);
        let once = self.get(above.jump);
        let twice = self.get(once.jump);
        let is_even = above.level.saturating_sub(once.level) == once.level.saturating_sub(twice.level);
        if is_even { once.jump } else { parent }
    }

    /// Whether `node` is a descendant of `ancestor`, on any side.
    pub(crate) fn is_below(&self, node: RunPosition, ancestor: RunPosition) -> bool {
        self.child_towards(node, ancestor).is_some()
    }

    /// The child of `ancestor` that is `node` or an ancestor of it.
    pub(crate) fn child_towards(&self, node: RunPosition, ancestor: RunPosition) -> Option<RunPosition> {
        let next = RunPosition { run: ancestor.run, offset: ancestor.offset.saturating_add(1) };
        if node.run == ancestor.run {
            return (node.offset > ancestor.offset).then_some(next);
        }
        let run = self.ancestor_at(node.run, self.get(ancestor.run).level.saturating_add(1))?;
        let parent = self.get(run).parent;
        if parent.run != ancestor.run || parent.offset < ancestor.offset {
            return None;
        }
        Some(if parent.offset == ancestor.offset { RunPosition { run, offset: 0 } } else { next })
    }

    /// The run at `level` that is `run` or an ancestor of it.
    fn ancestor_at(&self, run: RunNo, level: u32) -> Option<RunNo> {
        let (mut at, mut found) = (run, self.get(run));
        if found.level < level {
            return None;
        }
        while found.level > level {
            let jump = self.get(found.jump);
            (at, found) =
                if jump.level >= level { (found.jump, jump) } else { (found.parent.run, self.get(found.parent.run)) };
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::events::EventNo;

    /// Step by step, these would be 10^10 steps.
    #[test]
    fn an_ancestor_far_above_is_found_in_few_steps() {
        let mut runs = RunTree::default();
        let mut chain = vec![RunPosition::START];
        let key = |index| ElementKey { event: EventNo(1), index };
        for index in 0..100_000 {
            let parent = chain[chain.len() - 1];
            let run = runs.add(key(index * 2), 2, parent, FragmentNo::START).unwrap();
            chain.push(RunPosition { run, offset: index % 2 });
        }
        let aside = runs.add(key(1_000_000), 1, chain[500], FragmentNo::START).unwrap();
        let aside = RunPosition { run: aside, offset: 0 };
        let last = chain[chain.len() - 1];
        for ancestor in &chain[..chain.len() - 1] {
            assert!(runs.is_below(last, *ancestor));
            assert!(!runs.is_below(*ancestor, last));
        }
        assert!(!runs.is_below(last, last) && !runs.is_below(last, aside));
        assert!(runs.is_below(aside, chain[500]) && !runs.is_below(aside, chain[501]));
        assert_eq!(runs.child_towards(last, chain[7]), Some(RunPosition { offset: 0, ..chain[8] }));
    }
}
