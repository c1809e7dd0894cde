//! A tree that grows: fragments are added, cut and hidden, full nodes are split.

use arrayvec::ArrayVec;

use crate::model::sequence::fragment::Fragment;
use crate::model::sequence::fragment_tree::search::{ScanDirection, slot_of};
use crate::model::sequence::fragment_tree::tree::{
    FragmentTree, INNER, Inner, InnerNo, LEAF, Leaf, ParentLink, TreeNode,
};
use crate::model::sequence::numbers::{ContentOffset, FragmentNo, LeafNo};

impl FragmentTree {
    /// Puts a new fragment directly before or after another. `None` if the numbers have run out.
    pub(crate) fn insert(
        &mut self,
        fragment: Fragment,
        beside: FragmentNo,
        direction: ScanDirection,
    ) -> Option<FragmentNo> {
        let shown = fragment.shown();
        self.shown.checked_add(shown)?;
        let no = self.place(fragment, beside, direction)?;
        self.count(self.get(no).leaf, |sum| sum.saturating_add(shown));
        Some(no)
    }

    /// Cuts a fragment after its first `len` elements; the rest, whose content is at `content`, becomes a new fragment.
    pub(crate) fn split(&mut self, fragment: FragmentNo, len: u32, content: ContentOffset) -> Option<FragmentNo> {
        let whole = *self.get(fragment);
        let rest =
            Fragment { offset: whole.offset.saturating_add(len), len: whole.len.saturating_sub(len), content, ..whole };
        self.get_mut(fragment).len = len;
        if !self.leaf(whole.leaf).fragments.is_full() {
            return self.place(rest, fragment, ScanDirection::Forward);
        }
        // The leaf is split as well, which moves elements to another leaf: they are counted after the split.
        let shown = rest.shown();
        self.count(whole.leaf, |sum| sum.saturating_sub(shown));
        let placed = self.place(rest, fragment, ScanDirection::Forward)?;
        self.count(self.get(placed).leaf, |sum| sum.saturating_add(shown));
        Some(placed)
    }

    /// Marks a fragment as hidden in the view of all events, and its run as hidden up to the offset `until`.
    pub(crate) fn hide(&mut self, fragment: FragmentNo, until: u32) {
        let gone = self.get(fragment).shown();
        self.get_mut(fragment).hidden_until = until;
        if gone > 0 {
            self.count(self.get(fragment).leaf, |sum| sum.saturating_sub(gone));
        }
    }

    /// Places a fragment; the caller counts its elements in the ancestors of its leaf.
    fn place(&mut self, fragment: Fragment, beside: FragmentNo, direction: ScanDirection) -> Option<FragmentNo> {
        let no = FragmentNo(u32::try_from(self.fragments.len()).ok()?);
        let leaf = self.get(beside).leaf;
        let slot = slot_of(self.leaf(leaf), beside);
        let slot = if direction == ScanDirection::Forward { slot.saturating_add(1) } else { slot };
        let (leaf, slot) = if self.leaf(leaf).fragments.is_full() { self.make_room(leaf, slot)? } else { (leaf, slot) };
        self.fragments.push(Fragment { leaf, ..fragment });
        self.leaf_mut(leaf).fragments.try_insert(slot, no).ok()?;
        Some(no)
    }

    /// Splits a full leaf; the leaf and slot that correspond to `slot` afterwards. At the very end a new leaf begins, so
    /// that appending fills leaves.
    fn make_room(&mut self, leaf: LeafNo, slot: usize) -> Option<(LeafNo, usize)> {
        let new = LeafNo(u32::try_from(self.leaves.len()).ok()?);
        let next = self.leaf(leaf).next;
        let kept = if slot == LEAF && next.is_none() { LEAF } else { LEAF / 2 };
        let moved: ArrayVec<FragmentNo, LEAF> = self.leaf_mut(leaf).fragments.drain(kept..).collect();
        let mut shown = 0_u32;
        for fragment in &moved {
            self.get_mut(*fragment).leaf = new;
            shown = shown.saturating_add(self.get(*fragment).shown());
        }
        let parent = self.leaf(leaf).parent;
        self.leaves.push(Leaf { fragments: moved, parent, previous: Some(leaf), next });
        self.leaf_mut(leaf).next = Some(new);
        if let Some(next) = next {
            self.leaf_mut(next).previous = Some(new);
        }
        self.adopt(parent, TreeNode::Leaf(leaf), (TreeNode::Leaf(new), shown));
        Some(match slot.checked_sub(kept) {
            Some(slot) if slot > 0 || kept == LEAF => (new, slot),
            _ => (leaf, slot),
        })
    }

    /// Adds a new node after the one that it was split from.
    fn adopt(&mut self, link: Option<ParentLink>, old: TreeNode, new: (TreeNode, u32)) {
        let Some(ParentLink { parent, slot }) = link else {
            return self.grow(old, new);
        };
        let children = &mut self.inner_mut(parent).children;
        if let Some((_, shown)) = children.get_mut(slot) {
            *shown = shown.saturating_sub(new.1);
        }
        let at = slot.saturating_add(1);
        if children.try_insert(at, new).is_ok() {
            return self.link_children(parent, at);
        }
        let moved: ArrayVec<(TreeNode, u32), INNER> = children.drain(INNER / 2..).collect();
        let sum = moved.iter().fold(0_u32, |sum, (_, shown)| sum.saturating_add(*shown));
        let sibling = self.new_inner(moved);
        let (home, at) = match at.checked_sub(INNER / 2) {
            Some(at) if at > 0 => (sibling, at),
            _ => (parent, at),
        };
        let (_, added) = new;
        // Room was just made.
        let _is_full = self.inner_mut(home).children.try_insert(at, new);
        self.link_children(home, at);
        let sum = if home == sibling { sum.saturating_add(added) } else { sum };
        self.adopt(self.inner(parent).parent, TreeNode::Inner(parent), (TreeNode::Inner(sibling), sum));
    }

    /// Adds a root over the old one and its new sibling.
    fn grow(&mut self, old: TreeNode, new: (TreeNode, u32)) {
        let rest = self.shown.saturating_sub(new.1);
        let root = self.new_inner([(old, rest), new].into_iter().collect());
        self.root = TreeNode::Inner(root);
    }

    pub(super) fn new_inner(&mut self, children: ArrayVec<(TreeNode, u32), INNER>) -> InnerNo {
        // A node has more than one child on average, so there are fewer inner nodes than leaves, which were counted.
        let inner = InnerNo(u32::try_from(self.inners.len()).unwrap_or(u32::MAX));
        self.inners.push(Inner { children, parent: None });
        self.link_children(inner, 0);
        inner
    }

    /// Sets the parent links of a node's children from slot `from` on.
    fn link_children(&mut self, parent: InnerNo, from: usize) {
        let children = self.inner(parent).children.clone();
        for (slot, (child, _)) in children.into_iter().enumerate().skip(from) {
            let link = Some(ParentLink { parent, slot });
            match child {
                TreeNode::Leaf(leaf) => self.leaf_mut(leaf).parent = link,
                TreeNode::Inner(inner) => self.inner_mut(inner).parent = link,
            }
        }
    }

    /// Changes the number of elements that show in a leaf, in all its ancestors.
    fn count(&mut self, leaf: LeafNo, change: impl Fn(u32) -> u32) {
        self.shown = change(self.shown);
        let mut link = self.leaf(leaf).parent;
        while let Some(ParentLink { parent, slot }) = link {
            let above = self.inner_mut(parent);
            if let Some((_, shown)) = above.children.get_mut(slot) {
                *shown = change(*shown);
            }
            link = above.parent;
        }
    }
}
