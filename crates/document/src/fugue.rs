//! The order of a list: a Fugue tree (Weidner & Kleppmann, "The Art of the Fugue", 2023, <https://arxiv.org/abs/2305.00583>).
//!
//! Every element ever inserted is a node; the list is the tree read in order: a node's left children and all below
//! them, the node, its right children. Siblings on one side stand by ascending name. An element is placed once, by the
//! two origins that its author named, and never moves; so the order is a function of the set of insertions, and a
//! causally closed subset has the order of the whole.
//!
//! ```text
//!     start          one author inserted "a b"; then, concurrently, two others insert "x y" and "p q" between them.
//!       \            Their origins are a and b. Since b is below a, x and p hang left of b, ordered by name;
//!        a           what follows them in their runs hangs right of them.
//!         \
//!          b         in order: a, x y, p q, b
//!         /
//!       x, p
//!        \  \
//!         y  q
//! ```

use quorate_event::EventId;

use crate::name::ElementId;

/// A node of the tree: its place in the order of arrival here, which never leaves this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node(usize);

/// On which side of its parent a node hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

#[derive(Debug, Clone)]
struct Branch {
    id: ElementId,
    parent: Node,
    /// An ancestor further up, so that any ancestor is reached in O(log n) steps (Myers' skew-binary jump pointers).
    jump: Node,
    /// Steps to the start.
    level: usize,
    left: Vec<Node>,
    right: Vec<Node>,
}

impl Branch {
    fn side(&self, side: Side) -> &Vec<Node> {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut Vec<Node> {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }
}

/// A tree whose first node is the list's start, which is no element.
#[derive(Debug, Clone)]
pub(crate) struct Tree(Vec<Branch>);

impl Default for Tree {
    fn default() -> Self {
        Self(vec![Branch {
            id: ElementId { event: EventId::new([0; 32]), index: 0 },
            parent: Self::START,
            jump: Self::START,
            level: 0,
            left: Vec::new(),
            right: Vec::new(),
        }])
    }
}

impl Tree {
    pub(crate) const START: Node = Node(0);

    /// Where an element hangs whose author saw it between `left` and `right` (or the list's end).
    ///
    /// An author's neighbours tell whether `left` had right children: exactly then `right` is below `left`. A liar's
    /// pair names some place too, the same at every node.
    pub(crate) fn between(&self, left: Node, right: Option<Node>) -> (Node, Side) {
        match right {
            Some(right) if self.is_below(right, left) => (right, Side::Left),
            _ => (left, Side::Right),
        }
    }

    /// Hangs a new element on `parent`.
    pub(crate) fn attach(&mut self, id: ElementId, parent: Node, side: Side) -> Node {
        let node = Node(self.0.len());
        let siblings = self.branch(parent).map_or(&[][..], |branch| branch.side(side));
        let at = siblings.partition_point(|sibling| self.id(*sibling) < Some(id));
        let (level, jump) = (self.level(parent).saturating_add(1), self.jump_over(parent));
        if let Some(branch) = self.0.get_mut(parent.0) {
            branch.side_mut(side).insert(at, node);
        }
        self.0.push(Branch { id, parent, jump, level, left: Vec::new(), right: Vec::new() });
        node
    }

    /// The elements in order, those that no view shows included.
    pub(crate) fn in_order(&self) -> InOrder<'_> {
        InOrder { tree: self, steps: vec![Step::Enter(Self::START)] }
    }

    fn branch(&self, node: Node) -> Option<&Branch> {
        self.0.get(node.0)
    }

    fn id(&self, node: Node) -> Option<ElementId> {
        self.branch(node).map(|branch| branch.id)
    }

    fn level(&self, node: Node) -> usize {
        self.branch(node).map_or(0, |branch| branch.level)
    }

    fn jump(&self, node: Node) -> Node {
        self.branch(node).map_or(Self::START, |branch| branch.jump)
    }

    /// The jump of a node below `parent`: over two jumps of equal length, or to the parent.
    fn jump_over(&self, parent: Node) -> Node {
        let once = self.jump(parent);
        let twice = self.jump(once);
        let first = self.level(parent).saturating_sub(self.level(once));
        let second = self.level(once).saturating_sub(self.level(twice));
        if first == second { twice } else { parent }
    }

    fn is_below(&self, node: Node, ancestor: Node) -> bool {
        let target = self.level(ancestor);
        let mut at = node;
        while self.level(at) > target {
            let jump = self.jump(at);
            at = if self.level(jump) >= target {
                jump
            } else {
                self.branch(at).map_or(Self::START, |branch| branch.parent)
            };
        }
        at == ancestor && node != ancestor
    }
}

enum Step {
    Enter(Node),
    Take(Node),
}

/// The walk in order, without recursion: a liar's tree may be as deep as it has nodes.
pub(crate) struct InOrder<'t> {
    tree: &'t Tree,
    steps: Vec<Step>,
}

impl Iterator for InOrder<'_> {
    type Item = ElementId;

    fn next(&mut self) -> Option<ElementId> {
        loop {
            match self.steps.pop()? {
                Step::Take(Tree::START) => {}
                Step::Take(node) => return self.tree.id(node),
                Step::Enter(node) => {
                    let branch = self.tree.branch(node)?;
                    let enter = |node: &Node| Step::Enter(*node);
                    self.steps.extend(branch.right.iter().rev().map(enter));
                    self.steps.push(Step::Take(node));
                    self.steps.extend(branch.left.iter().rev().map(enter));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walked step by step, these would be ten thousand million.
    #[test]
    fn an_ancestor_far_above_is_found_in_few_steps() {
        let mut tree = Tree::default();
        let event = EventId::new([1; 32]);
        let mut chain = vec![Tree::START];
        for index in 0..100_000 {
            let parent = chain[chain.len() - 1];
            let side = if index % 3 == 0 { Side::Left } else { Side::Right };
            chain.push(tree.attach(ElementId { event, index }, parent, side));
        }
        let aside = tree.attach(ElementId { event, index: 1_000_000 }, chain[500], Side::Right);
        let last = chain[chain.len() - 1];
        for ancestor in &chain[..chain.len() - 1] {
            assert!(tree.is_below(last, *ancestor));
            assert!(!tree.is_below(*ancestor, last));
        }
        assert!(!tree.is_below(last, last) && !tree.is_below(last, aside));
        assert!(tree.is_below(aside, chain[500]) && !tree.is_below(aside, chain[501]));
    }
}
