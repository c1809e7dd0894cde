//! The tree and its nodes.
//!
//! Fragments are added and split, never removed, so the tree only grows. A fragment has the number of its leaf, a node a
//! link to its parent: so a search starts at a fragment and goes upwards, in O(log n).

use arrayvec::ArrayVec;

use crate::model::sequence::fragment::Fragment;
use crate::model::sequence::numbers::{FragmentNo, LeafNo};

/// A leaf holds 16 to 32 fragments, an inner node 8 to 16 children, except at the end and at the root.
pub(super) const LEAF: usize = 32;
pub(super) const INNER: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InnerNo(pub(super) u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TreeNode {
    Leaf(LeafNo),
    Inner(InnerNo),
}

/// The parent of a node, and the node's slot among its children.
#[derive(Debug, Clone, Copy)]
pub(super) struct ParentLink {
    pub(super) parent: InnerNo,
    pub(super) slot: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub(super) fragments: ArrayVec<FragmentNo, LEAF>,
    pub(super) parent: Option<ParentLink>,
    pub(super) previous: Option<LeafNo>,
    pub(super) next: Option<LeafNo>,
}

/// A node whose children are nodes, each with the number of its elements that show.
#[derive(Debug, Clone)]
pub(super) struct Inner {
    pub(super) children: ArrayVec<(TreeNode, u32), INNER>,
    pub(super) parent: Option<ParentLink>,
}

/// The fragments of a sequence, in order.
#[derive(Debug, Clone)]
pub(crate) struct FragmentTree {
    pub(super) fragments: Vec<Fragment>,
    pub(super) leaves: Vec<Leaf>,
    pub(super) inners: Vec<Inner>,
    pub(super) root: TreeNode,
    pub(super) shown: u32,
}

impl Default for FragmentTree {
    fn default() -> Self {
        let fragments = [FragmentNo::START].into_iter().collect();
        Self {
            fragments: vec![Fragment::start()],
            leaves: vec![Leaf { fragments, parent: None, previous: None, next: None }],
            inners: Vec::new(),
            root: TreeNode::Leaf(LeafNo::FIRST),
            shown: 0,
        }
    }
}

// Numbers of fragments and nodes are issued here and nothing is ever taken out: so they always name something.
#[expect(clippy::indexing_slicing, reason = "see above")]
impl FragmentTree {
    pub(crate) fn get(&self, fragment: FragmentNo) -> &Fragment {
        &self.fragments[fragment.0 as usize]
    }

    pub(super) fn get_mut(&mut self, fragment: FragmentNo) -> &mut Fragment {
        &mut self.fragments[fragment.0 as usize]
    }

    pub(super) fn leaf(&self, leaf: LeafNo) -> &Leaf {
        &self.leaves[leaf.0 as usize]
    }

    pub(super) fn leaf_mut(&mut self, leaf: LeafNo) -> &mut Leaf {
        &mut self.leaves[leaf.0 as usize]
    }

    pub(super) fn inner(&self, inner: InnerNo) -> &Inner {
        &self.inners[inner.0 as usize]
    }

    pub(super) fn inner_mut(&mut self, inner: InnerNo) -> &mut Inner {
        &mut self.inners[inner.0 as usize]
    }
}
