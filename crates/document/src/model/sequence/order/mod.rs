//! The order of a sequence: its fragments in the leaves of a B+ tree that counts the elements that show.
//!
//! Fragments are only ever added and split, so the tree only grows. A fragment knows its leaf, a node its parent: whatever
//! is asked of a fragment is answered from there upwards, in O(log n).

mod filled;
mod growing;

use arrayvec::ArrayVec;

use crate::model::sequence::fragment::{Fragment, FragmentNo};

/// A leaf holds 16 to 32 fragments, an inner node 8 to 16 children, except at the end and at the root.
const LEAF: usize = 32;
const INNER: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeafNo(u32);

impl LeafNo {
    pub(crate) const FIRST: Self = Self(0);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct InnerNo(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Leaf(LeafNo),
    Inner(InnerNo),
}

/// Whose child a node is, and which of them.
#[derive(Debug, Clone, Copy)]
struct Seat {
    parent: InnerNo,
    slot: usize,
}

#[derive(Debug, Clone)]
struct Leaf {
    fragments: ArrayVec<FragmentNo, LEAF>,
    parent: Option<Seat>,
    previous: Option<LeafNo>,
    next: Option<LeafNo>,
}

/// Children, each with the number of its elements that show.
#[derive(Debug, Clone)]
struct Inner {
    children: ArrayVec<(Node, u32), INNER>,
    parent: Option<Seat>,
}

/// Towards the start or the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Back,
    Forth,
}

#[derive(Debug, Clone)]
pub(crate) struct Order {
    fragments: Vec<Fragment>,
    leaves: Vec<Leaf>,
    inners: Vec<Inner>,
    root: Node,
    shown: u32,
}

impl Default for Order {
    fn default() -> Self {
        let fragments = [FragmentNo::START].into_iter().collect();
        Self {
            fragments: vec![Fragment::start()],
            leaves: vec![Leaf { fragments, parent: None, previous: None, next: None }],
            inners: Vec::new(),
            root: Node::Leaf(LeafNo::FIRST),
            shown: 0,
        }
    }
}

// Numbers of fragments and nodes are issued here and nothing is ever taken out: so they always name something.
#[expect(clippy::indexing_slicing, reason = "see above")]
impl Order {
    pub(crate) fn get(&self, fragment: FragmentNo) -> &Fragment {
        &self.fragments[fragment.0 as usize]
    }

    fn get_mut(&mut self, fragment: FragmentNo) -> &mut Fragment {
        &mut self.fragments[fragment.0 as usize]
    }

    fn leaf(&self, leaf: LeafNo) -> &Leaf {
        &self.leaves[leaf.0 as usize]
    }

    fn leaf_mut(&mut self, leaf: LeafNo) -> &mut Leaf {
        &mut self.leaves[leaf.0 as usize]
    }

    fn inner(&self, inner: InnerNo) -> &Inner {
        &self.inners[inner.0 as usize]
    }

    fn inner_mut(&mut self, inner: InnerNo) -> &mut Inner {
        &mut self.inners[inner.0 as usize]
    }
}

/// Looking around.
impl Order {
    /// How many elements show in the view of everything.
    pub(crate) const fn shown(&self) -> u32 {
        self.shown
    }

    /// Every fragment from the start's on, which is the first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Fragment> {
        let leaves = std::iter::successors(Some(LeafNo::FIRST), |leaf| self.leaf(*leaf).next);
        leaves.flat_map(|leaf| &self.leaf(leaf).fragments).map(|fragment| self.get(*fragment))
    }

    pub(crate) fn beside(&self, fragment: FragmentNo, direction: Direction) -> Option<FragmentNo> {
        let leaf = self.leaf(self.get(fragment).leaf);
        let slot = slot_of(leaf, fragment);
        match direction {
            Direction::Forth => {
                let beside = leaf.fragments.get(slot.saturating_add(1));
                beside.or_else(|| self.leaf(leaf.next?).fragments.first()).copied()
            }
            Direction::Back => {
                let beside = slot.checked_sub(1).and_then(|slot| leaf.fragments.get(slot));
                beside.or_else(|| self.leaf(leaf.previous?).fragments.last()).copied()
            }
        }
    }

    /// The fragment of the element at `position` among those that show, and which of the fragment's it is.
    pub(crate) fn at(&self, position: u32) -> Option<(FragmentNo, u32)> {
        if position >= self.shown {
            return None;
        }
        let (mut node, mut rest) = (self.root, position);
        loop {
            match node {
                Node::Inner(inner) => node = step_over(&self.inner(inner).children, &mut rest, |child| child.1)?.0,
                Node::Leaf(leaf) => {
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
        direction: Direction,
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
        let (mut node, mut seat) = (Node::Leaf(no), leaf.parent);
        while let Some(Seat { parent, .. }) = seat {
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
            (node, seat) = (Node::Inner(parent), self.inner(parent).parent);
        }
        best
    }

    /// The first fragment below `node` that is met in `direction`.
    fn nearest(&self, node: Node, direction: Direction) -> FragmentNo {
        let mut node = node;
        loop {
            node = match node {
                Node::Leaf(leaf) => {
                    let fragment = end_of(&self.leaf(leaf).fragments, direction);
                    return fragment.copied().unwrap_or(FragmentNo::START);
                }
                Node::Inner(inner) => match end_of(&self.inner(inner).children, direction) {
                    Some((child, _)) => *child,
                    None => return FragmentNo::START,
                },
            };
        }
    }

    /// The furthest fragment below `node` that passes; the nearest does.
    fn furthest_below(&self, node: Node, direction: Direction, passes: &impl Fn(&FragmentNo) -> bool) -> FragmentNo {
        let mut node = node;
        loop {
            node = match node {
                Node::Leaf(leaf) => {
                    let fragments: ArrayVec<_, LEAF> = directed(&self.leaf(leaf).fragments, direction);
                    let last = fragments.partition_point(passes).checked_sub(1).and_then(|at| fragments.get(at));
                    return last.copied().unwrap_or_else(|| self.nearest(node, direction));
                }
                Node::Inner(inner) => {
                    let children: ArrayVec<(Node, u32), INNER> = directed(&self.inner(inner).children, direction);
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

fn slot_of(leaf: &Leaf, fragment: FragmentNo) -> usize {
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

const fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Back => Direction::Forth,
        Direction::Forth => Direction::Back,
    }
}

/// What is met first when coming from outside in `direction`.
fn end_of<T>(items: &[T], direction: Direction) -> Option<&T> {
    match direction {
        Direction::Forth => items.first(),
        Direction::Back => items.last(),
    }
}

/// Items in the order in which they are met.
fn directed<T: Copy, const N: usize>(items: &[T], direction: Direction) -> ArrayVec<T, N> {
    match direction {
        Direction::Forth => items.iter().copied().take(N).collect(),
        Direction::Back => items.iter().rev().copied().take(N).collect(),
    }
}

/// The items after (or before) the one at `slot`, the nearest first.
fn ahead(items: &[FragmentNo], slot: usize, direction: Direction) -> ArrayVec<FragmentNo, LEAF> {
    match direction {
        Direction::Forth => directed(items.get(slot.saturating_add(1)..).unwrap_or_default(), direction),
        Direction::Back => directed(items.get(..slot).unwrap_or_default(), direction),
    }
}

fn ahead_of_child(children: &[(Node, u32)], child: Node, direction: Direction) -> ArrayVec<Node, INNER> {
    let children: ArrayVec<(Node, u32), INNER> = directed(children, direction);
    let after = children.iter().skip_while(|(node, _)| *node != child).skip(1);
    after.map(|(node, _)| *node).collect()
}
