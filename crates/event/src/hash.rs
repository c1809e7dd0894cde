//! The two hash functions: BLAKE3 names events, keccak256 names whatever a contract must recompute.

use sha3::{Digest as _, Keccak256};

/// keccak256 of the concatenation of `parts`, as the EVM computes it (not NIST SHA3-256).
pub fn keccak256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Keccak256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// BLAKE3-256 of the concatenation of `parts`.
pub fn blake3(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}
