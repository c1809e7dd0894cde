//! Many neighbouring leaves, opened at once: what stands beside them on the way to the root.

use std::ops::Range;

use super::{join, leaf, node};
use crate::id::Digest;

/// A tree with all that is between its leaves and its root, for those who open it more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerkleTree(Vec<Vec<Digest>>);

/// What leads from neighbouring leaves to the root: their inclusion proofs (RFC 9162 §2.1.3), without what they share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeProof {
    /// Which leaf is the first of them, from 0.
    pub first: u64,
    /// How many leaves the tree has.
    pub leaves: u64,
    /// The hashes beside them, lowest first, left before right.
    pub siblings: Vec<Digest>,
}

/// Hashes beside the range, at most: two for each level of the largest tree.
pub const RANGE_SIBLINGS: usize = 2 * u64::BITS as usize;

impl MerkleTree {
    /// The tree of `contents`.
    pub fn of<T: AsRef<[u8]>>(contents: &[T]) -> Self {
        let mut levels = vec![contents.iter().map(|content| leaf(content.as_ref())).collect::<Vec<_>>()];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            levels.push(join(level));
        }
        Self(levels)
    }

    /// The proof that the leaves at these places are in the tree, if they are and there is at least one.
    pub fn prove_range(&self, places: Range<usize>) -> Option<RangeProof> {
        let leaves = self.0.first().map_or(0, Vec::len);
        if places.is_empty() || places.end > leaves {
            return None;
        }
        let first = places.start;
        let (mut start, mut end) = (first, places.end);
        let mut siblings = Vec::new();
        for level in self.0.iter().filter(|level| level.len() > 1) {
            if start & 1 == 1 {
                start = start.saturating_sub(1);
                siblings.extend(level.get(start));
            }
            if end & 1 == 1 {
                siblings.extend(level.get(end));
                end = end.saturating_add(1);
            }
            (start, end) = (start >> 1, end >> 1);
        }
        Some(RangeProof { first: first as u64, leaves: leaves as u64, siblings })
    }
}

/// Whether `proof` leads from `contents`, at least one, to `root`. Then each of them is a leaf of that tree, whatever the
/// proof says of their places: a hash that was computed as a leaf's is no node's.
pub fn verify_range<T: AsRef<[u8]>>(root: Digest, contents: &[T], proof: &RangeProof) -> bool {
    let (mut start, mut width) = (proof.first, proof.leaves);
    let end = start.checked_add(contents.len() as u64).filter(|end| *end <= width);
    if contents.is_empty() || end.is_none() {
        return false;
    }
    let mut hashes: Vec<Digest> = contents.iter().map(|content| leaf(content.as_ref())).collect();
    let mut siblings = proof.siblings.iter().copied();
    while width > 1 {
        let mut above = Vec::with_capacity(hashes.len().div_ceil(2).saturating_add(1));
        let mut level = hashes.into_iter();
        if start & 1 == 1 {
            let (Some(left), Some(right)) = (siblings.next(), level.next()) else {
                return false;
            };
            above.push(node(left, right));
        }
        while let Some(left) = level.next() {
            let place = (start >> 1).saturating_add(above.len() as u64).saturating_mul(2);
            let is_last = place.saturating_add(1) >= width;
            match level.next().or_else(|| if is_last { None } else { siblings.next() }) {
                Some(right) => above.push(node(left, right)),
                None if is_last => above.push(left),
                None => return false,
            }
        }
        (hashes, start, width) = (above, start >> 1, width.div_ceil(2));
    }
    siblings.next().is_none() && hashes == [root]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle;

    fn contents(count: u8) -> Vec<Vec<u8>> {
        (0..count).map(|byte| vec![byte; 3]).collect()
    }

    #[test]
    fn every_range_of_every_small_tree_opens_and_no_other_content_does() {
        for count in 1_u8..34 {
            let contents = contents(count);
            let (tree, root) = (MerkleTree::of(&contents), merkle::root(&contents));
            for first in 0..contents.len() {
                for end in first + 1..=contents.len() {
                    let range = &contents[first..end];
                    let proof = tree.prove_range(first..end).unwrap();
                    assert!(verify_range(root, range, &proof), "{first}..{end} of {count}");
                    let mut other = range.to_vec();
                    other[range.len() / 2] = b"other".to_vec();
                    assert!(!verify_range(root, &other, &proof));
                    assert!(range.len() == 1 || !verify_range(root, &range[1..], &proof));
                    let longer = RangeProof { siblings: [&proof.siblings[..], &[root]].concat(), ..proof.clone() };
                    assert!(!verify_range(root, range, &longer));
                    if let [rest @ .., _] = &proof.siblings[..] {
                        assert!(!verify_range(root, range, &RangeProof { siblings: rest.to_vec(), ..proof }));
                    }
                }
            }
        }
    }

    #[test]
    fn one_leaf_has_the_siblings_of_its_inclusion_proof() {
        let contents = contents(21);
        let tree = MerkleTree::of(&contents);
        for index in 0..contents.len() {
            let proof = merkle::prove(&contents, index).unwrap();
            assert_eq!(tree.prove_range(index..index + 1).unwrap().siblings, proof.siblings);
        }
    }

    #[test]
    fn what_is_not_in_the_tree_has_no_proof() {
        let tree = MerkleTree::of(&contents(5));
        assert_eq!(tree.prove_range(0..0), None);
        assert_eq!(tree.prove_range(3..6), None);
        assert_eq!(tree.prove_range(usize::MAX - 1..usize::MAX), None);
        let nothing = RangeProof { first: 0, leaves: 0, siblings: Vec::new() };
        assert!(!verify_range::<[u8; 0]>(merkle::root::<[u8; 0]>(&[]), &[], &nothing));
        let absurd = RangeProof { first: u64::MAX, leaves: u64::MAX, siblings: Vec::new() };
        assert!(!verify_range(merkle::root(&contents(1)), &contents(1), &absurd));
        let endless = RangeProof { first: 0, leaves: u64::MAX, siblings: Vec::new() };
        assert!(!verify_range(merkle::root(&contents(1)), &contents(1), &endless));
    }

    #[test]
    fn a_node_does_not_pass_for_a_leaf() {
        let contents = contents(4);
        let (tree, root) = (MerkleTree::of(&contents), merkle::root(&contents));
        let inner = tree.0[1].iter().map(|node| *node.as_bytes()).collect::<Vec<_>>();
        let shorter = RangeProof { first: 0, leaves: 2, siblings: Vec::new() };
        assert!(!verify_range(root, &inner, &shorter));
    }
}
