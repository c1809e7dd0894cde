//! Finding fragments: by position, beside another one, and the furthest one with a property.

use arrayvec::ArrayVec;

use crate::model::sequence::fragment::Fragment;
use crate::model::sequence::fragment_tree::tree::{FragmentTree, INNER, LEAF, Leaf, ParentLink, TreeNode};
use crate::model::sequence::numbers::{FragmentNo, LeafNo};

/// Towards the start or the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanDirection {
    Backward,
    Forward,
}

impl FragmentTree {
    /// How many elements show in the view of all events.
    pub(crate) const fn shown(&self) -> u32 {
        self.shown
    }

    /// Every fragment in order. The first is the start's.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Fragment> {
        let leaves = std::iter::successors(Some(LeafNo::FIRST), |leaf| self.leaf(*leaf).next);
        leaves.flat_map(|leaf| &self.leaf(leaf).fragments).map(|fragment| self.get(*fragment))
    }

    pub(crate) fn beside(&self, fragment: FragmentNo, direction: ScanDirection) -> Option<FragmentNo> {
        let leaf = self.leaf(self.get(fragment).leaf);
        let slot = slot_of(leaf, fragment);
        match direction {
            ScanDirection::Forward => {
                let beside = leaf.fragments.get(slot.saturating_add(1));
                beside.or_else(|| self.leaf(leaf.next?).fragments.first()).copied()
            }
            ScanDirection::Backward => {
                let beside = slot.checked_sub(1).and_then(|slot| leaf.fragments.get(slot));
                beside.or_else(|| self.leaf(leaf.previous?).fragments.last()).copied()
            }
        }
    }

    /// The fragment of the element at `position` among those that show, and the element's number within it.
    pub(crate) fn at(&self, position: u32) -> Option<(FragmentNo, u32)> {
        if position >= self.shown {
            return None;
        }
        let (mut node, mut rest) = (self.root, position);
        loop {
            match node {
                TreeNode::Inner(inner) => node = step_over(&self.inner(inner).children, &mut rest, |child| child.1)?.0,
                TreeNode::Leaf(leaf) => {
                    let fragments = &self.leaf(leaf).fragments;
                    let found = step_over(fragments, &mut rest, |fragment| self.get(*fragment).shown())?;
                    return Some((*found, rest));
                }
            }
        }
    }

    /// The furthest fragment reached from `from` while `is_in` holds, for a property that holds up to some place in that
    /// direction and not beyond it.
    pub(crate) fn furthest(
        &self,
        from: FragmentNo,
        direction: ScanDirection,
        is_in: impl Fn(&Fragment) -> bool,
    ) -> FragmentNo {
        let no = self.get(from).leaf;
        let leaf = self.leaf(no);
        let passes = |fragment: &FragmentNo| is_in(self.get(*fragment));
        let ahead = ahead(&leaf.fragments, slot_of(leaf, from), direction);
        let within = ahead.partition_point(passes);
        let mut best = within.checked_sub(1).and_then(|at| ahead.get(at)).copied().unwrap_or(from);
        if within < ahead.len() {
            return best;
        }
        let (mut node, mut link) = (TreeNode::Leaf(no), leaf.parent);
        while let Some(ParentLink { parent, .. }) = link {
            let children = &self.inner(parent).children;
            let ahead = ahead_of_child(children, node, direction);
            let within = ahead.partition_point(|child| passes(&self.nearest(*child, direction)));
            if let Some(last) = within.checked_sub(1).and_then(|at| ahead.get(at)) {
                best = self.furthest_below(*last, direction, &passes);
                if best != self.nearest(*last, opposite(direction)) {
                    return best;
                }
            }
            if within < ahead.len() {
                return best;
            }
            (node, link) = (TreeNode::Inner(parent), self.inner(parent).parent);
        }
        best
    }

    /// The first fragment below `node` that is met in `direction`.
    fn nearest(&self, node: TreeNode, direction: ScanDirection) -> FragmentNo {
        let mut node = node;
        loop {
            node = match node {
                TreeNode::Leaf(leaf) => {
                    let fragment = end_of(&self.leaf(leaf).fragments, direction);
                    return fragment.copied().unwrap_or(FragmentNo::START);
                }
                TreeNode::Inner(inner) => match end_of(&self.inner(inner).children, direction) {
                    Some((child, _)) => *child,
                    None => return FragmentNo::START,
                },
            };
        }
    }

    /// The furthest fragment below `node` that passes; the nearest one is known to pass.
    fn furthest_below(
        &self,
        node: TreeNode,
        direction: ScanDirection,
        passes: &impl Fn(&FragmentNo) -> bool,
    ) -> FragmentNo {
        let mut node = node;
        loop {
            node = match node {
                TreeNode::Leaf(leaf) => {
                    let fragments: ArrayVec<_, LEAF> = directed(&self.leaf(leaf).fragments, direction);
                    let last = fragments.partition_point(passes).checked_sub(1).and_then(|at| fragments.get(at));
                    return last.copied().unwrap_or_else(|| self.nearest(node, direction));
                }
                TreeNode::Inner(inner) => {
                    let children: ArrayVec<(TreeNode, u32), INNER> = directed(&self.inner(inner).children, direction);
                    let within = children.partition_point(|(child, _)| passes(&self.nearest(*child, direction)));
                    match within.checked_sub(1).and_then(|at| children.get(at)) {
                        Some((child, _)) => *child,
                        None => return self.nearest(node, direction),
                    }
                }
            };
        }
    }
}

pub(super) fn slot_of(leaf: &Leaf, fragment: FragmentNo) -> usize {
    leaf.fragments.iter().position(|other| *other == fragment).unwrap_or(0)
}

/// The item that element number `rest` lies in, where each holds `count` of them; `rest` becomes its number there.
fn step_over<'t, T>(items: &'t [T], rest: &mut u32, count: impl Fn(&T) -> u32) -> Option<&'t T> {
    items.iter().find(|item| match rest.checked_sub(count(item)) {
        Some(left) => {
            *rest = left;
            false
        }
        None => true,
    })
}

const fn opposite(direction: ScanDirection) -> ScanDirection {
    match direction {
        ScanDirection::Backward => ScanDirection::Forward,
        ScanDirection::Forward => ScanDirection::Backward,
    }
}

/// The first item in `direction`.
fn end_of<T>(items: &[T], direction: ScanDirection) -> Option<&T> {
    match direction {
        ScanDirection::Forward => items.first(),
        ScanDirection::Backward => items.last(),
    }
}

/// Items in the order in which they are met.
fn directed<T: Copy, const N: usize>(items: &[T], direction: ScanDirection) -> ArrayVec<T, N> {
    match direction {
        ScanDirection::Forward => items.iter().copied().take(N).collect(),
        ScanDirection::Backward => items.iter().rev().copied().take(N).collect(),
    }
}

/// The items after (or before) the one at `slot`, the nearest first.
fn ahead(items: &[FragmentNo], slot: usize, direction: ScanDirection) -> ArrayVec<FragmentNo, LEAF> {
    match direction {
        ScanDirection::Forward => directed(items.get(slot.saturating_add(1)..).unwrap_or_default(), direction),
        ScanDirection::Backward => directed(items.get(..slot).unwrap_or_default(), direction),
    }
}

fn ahead_of_child(
    children: &[(TreeNode, u32)],
    child: TreeNode,
    direction: ScanDirection,
) -> ArrayVec<TreeNode, INNER> {
    let children: ArrayVec<(TreeNode, u32), INNER> = directed(children, direction);
    let after = children.iter().skip_while(|(node, _)| *node != child).skip(1);
    after.map(|(node, _)| *node).collect()
}
