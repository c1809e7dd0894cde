//! Merkle trees of the shape of RFC 9162 §2.1, with keccak256, so that a contract can check a proof.
//!
//! leaf = keccak(0x00 ‖ content), node = keccak(0x01 ‖ left ‖ right), the empty tree = keccak(""). A tree of n > 1
//! leaves splits at the greatest power of two below n. A *map* is its leaves keccak(key) ‖ value, ascending.

mod range;

use std::collections::BTreeMap;

pub use range::{MerkleTree, RANGE_SIBLINGS, RangeProof, verify_range};

use crate::hash::keccak256;
use crate::id::Digest;

/// The siblings of a leaf on the way to the root, lowest first (an inclusion proof of RFC 9162 §2.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Which leaf, from 0.
    pub index: u64,
    /// How many leaves the tree has.
    pub leaves: u64,
    /// The siblings' hashes.
    pub siblings: Vec<Digest>,
}

fn leaf(content: &[u8]) -> Digest {
    Digest::new(keccak256(&[&[0], content]))
}

fn node(left: Digest, right: Digest) -> Digest {
    Digest::new(keccak256(&[&[1], left.as_bytes(), right.as_bytes()]))
}

/// One level up: neighbours joined, an odd last one carried. Repeated, this is RFC 9162's recursive split.
fn join(level: &[Digest]) -> Vec<Digest> {
    level
        .chunks(2)
        .filter_map(|pair| match pair {
            [left, right] => Some(node(*left, *right)),
            [last] => Some(*last),
            _ => None,
        })
        .collect()
}

/// The root of a tree of `contents`.
pub fn root<T: AsRef<[u8]>>(contents: &[T]) -> Digest {
    let mut level: Vec<Digest> = contents.iter().map(|content| leaf(content.as_ref())).collect();
    while level.len() > 1 {
        level = join(&level);
    }
    level.first().copied().unwrap_or_else(|| Digest::new(keccak256(&[])))
}

/// The proof that leaf `index` is in the tree of `contents`, if it is.
pub fn prove<T: AsRef<[u8]>>(contents: &[T], index: usize) -> Option<InclusionProof> {
    let mut level: Vec<Digest> = contents.iter().map(|content| leaf(content.as_ref())).collect();
    level.get(index)?;
    let (mut place, mut siblings) = (index, Vec::new());
    while level.len() > 1 {
        siblings.extend(level.get(place ^ 1));
        level = join(&level);
        place >>= 1;
    }
    Some(InclusionProof { index: index as u64, leaves: contents.len() as u64, siblings })
}

/// Whether `proof` leads from `content` to `root`.
pub fn verify(root: Digest, content: &[u8], proof: &InclusionProof) -> bool {
    if proof.index >= proof.leaves {
        return false;
    }
    let (mut place, mut last) = (proof.index, proof.leaves.saturating_sub(1));
    let (mut hash, mut siblings) = (leaf(content), proof.siblings.iter());
    while last > 0 {
        if place & 1 == 1 || place < last {
            let Some(sibling) = siblings.next() else {
                return false;
            };
            hash = if place & 1 == 1 { node(*sibling, hash) } else { node(hash, *sibling) };
        }
        (place, last) = (place >> 1, last >> 1);
    }
    siblings.next().is_none() && hash == root
}

/// The leaf of a map's entry: keccak(key) ‖ value.
pub fn entry(key: &[u8], value: Digest) -> [u8; 64] {
    let mut content = [0; 64];
    let halves = keccak256(&[key]).into_iter().chain(*value.as_bytes());
    for (to, from) in content.iter_mut().zip(halves) {
        *to = from;
    }
    content
}

/// The leaves of a map, ascending: [`root`] of them is the map's root, [`prove`] opens one.
pub fn map_leaves<K: AsRef<[u8]>>(entries: &BTreeMap<K, Digest>) -> Vec<[u8; 64]> {
    let mut leaves: Vec<_> = entries.iter().map(|(key, value)| entry(key.as_ref(), *value)).collect();
    leaves.sort_unstable();
    leaves
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9162 §2.1.1, read word by word.
    fn recursive(contents: &[Vec<u8>]) -> Digest {
        match contents {
            [] => Digest::new(keccak256(&[])),
            [one] => leaf(one),
            many => {
                let split = many.len().next_power_of_two() / 2;
                node(recursive(&many[..split]), recursive(&many[split..]))
            }
        }
    }

    #[test]
    fn every_leaf_of_every_small_tree_opens_and_no_other_content_does() {
        for count in 0_u8..40 {
            let contents: Vec<Vec<u8>> = (0..count).map(|byte| vec![byte; 3]).collect();
            let root = root(&contents);
            assert_eq!(root, recursive(&contents));
            for (index, content) in contents.iter().enumerate() {
                let proof = prove(&contents, index).unwrap();
                assert!(verify(root, content, &proof));
                assert!(!verify(root, b"other", &proof));
                let elsewhere = InclusionProof { index: proof.index + 1, ..proof.clone() };
                assert!(!verify(root, content, &elsewhere));
                let longer = InclusionProof { siblings: [&proof.siblings[..], &[root]].concat(), ..proof };
                assert!(!verify(root, content, &longer));
            }
        }
    }
}
