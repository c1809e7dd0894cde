//! A tree made at once, of fragments in their final order.

use crate::model::sequence::fragment::Fragment;
use crate::model::sequence::fragment_tree::tree::{FragmentTree, INNER, LEAF, Leaf, TreeNode};
use crate::model::sequence::numbers::{FragmentNo, LeafNo};

impl FragmentTree {
    /// The tree of these fragments, the start's first. All nodes but the last of each level are full. `None` if there is no
    /// fragment, or more than can be numbered.
    pub(crate) fn filled(mut fragments: Vec<Fragment>) -> Option<Self> {
        let count = fragments.len().div_ceil(LEAF);
        let (mut leaves, mut level) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut numbers = (0..=u32::MAX).map(FragmentNo);
        let mut shown = 0_u32;
        for (chunk, no) in fragments.chunks_mut(LEAF).zip((0..=u32::MAX).map(LeafNo)) {
            let mut sum = 0_u32;
            for fragment in chunk.iter_mut() {
                fragment.leaf = no;
                sum = sum.saturating_add(fragment.shown());
            }
            shown = shown.checked_add(sum)?;
            let previous = no.0.checked_sub(1).map(LeafNo);
            let fragments = numbers.by_ref().take(chunk.len()).collect();
            let next = no.0.checked_add(1).filter(|next| (*next as usize) < count).map(LeafNo);
            leaves.push(Leaf { fragments, parent: None, previous, next });
            level.push((TreeNode::Leaf(no), sum));
        }
        let (root, _) = *level.first()?;
        let mut order = Self { fragments, leaves, inners: Vec::new(), root, shown };
        order.root = order.gather(level)?;
        Some(order)
    }

    /// The root over these nodes, each of which has the number of its elements that show.
    fn gather(&mut self, mut level: Vec<(TreeNode, u32)>) -> Option<TreeNode> {
        while level.len() > 1 {
            let parents = level.chunks(INNER).map(|children| {
                let sum = children.iter().fold(0_u32, |sum, (_, shown)| sum.saturating_add(*shown));
                (TreeNode::Inner(self.new_inner(children.iter().copied().collect())), sum)
            });
            level = parents.collect();
        }
        level.first().map(|(root, _)| *root)
    }
}
