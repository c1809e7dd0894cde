//! Hashing event ids for tables in memory.
//!
//! An id is a digest already, but its author can try many payloads and so choose some of its bits. So all bits are hashed
//! with a secret that each table draws anew: an author who does not know the secret cannot fill one bucket.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Bytes hashed by one multiplication.
const PAIR: usize = 16;

/// Makes hashers that share a secret.
#[derive(Debug, Clone)]
pub(crate) struct IdHash([u64; 2]);

impl Default for IdHash {
    fn default() -> Self {
        let random = RandomState::new();
        Self([0_u64, 1].map(|word| random.hash_one(word)))
    }
}

impl BuildHasher for IdHash {
    type Hasher = IdHasher;

    fn build_hasher(&self) -> IdHasher {
        IdHasher { secret: self.0, hash: 0 }
    }
}

pub(crate) struct IdHasher {
    secret: [u64; 2],
    hash: u64,
}

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (pairs, rest) = bytes.as_chunks::<PAIR>();
        pairs.iter().for_each(|pair| self.mix(*pair));
        if !rest.is_empty() {
            let mut last = [0; PAIR];
            last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.mix(last);
        }
    }

    /// Ignores lengths: all ids have the same.
    fn write_usize(&mut self, _: usize) {}

    /// Multiplies once more, so that each bit depends on all bits of the input.
    fn finish(&self) -> u64 {
        let [one, _] = self.secret;
        multiplied(self.hash, one)
    }
}

impl IdHasher {
    /// Hashes two words, each masked by a secret, and the first also by the hash so far.
    fn mix(&mut self, pair: [u8; PAIR]) {
        let ((first, second), [one, other]) = (halves(u128::from_le_bytes(pair)), self.secret);
        self.hash = multiplied(first ^ one ^ self.hash, second ^ other);
    }
}

/// Both halves of a product, combined: the lower half depends on the low bits of the factors, the upper on the high bits.
fn multiplied(first: u64, second: u64) -> u64 {
    let (low, high) = halves(u128::from(first).wrapping_mul(u128::from(second)));
    low ^ high
}

fn halves(pair: u128) -> (u64, u64) {
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default();
    (half(pair), half(pair >> 64))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use quorate_event::EventId;

    use super::*;

    /// Ids that differ in few bits, wherever those lie, spread over the bits that a table looks at.
    #[test]
    fn ids_that_differ_in_few_bits_hash_apart() {
        let hash = IdHash([0x2436_a885_a308_d313, 0x1319_8a2e_0370_7344]);
        for place in 0..32 {
            let ids = (0..=255).map(|byte| {
                let mut bytes = [7; 32];
                bytes[place] = byte;
                hash.hash_one(EventId::new(bytes))
            });
            let hashes: BTreeSet<u64> = ids.collect();
            let (buckets, tags): (BTreeSet<u64>, BTreeSet<u64>) =
                hashes.iter().map(|hash| (hash % 256, hash >> 57)).unzip();
            assert_eq!(hashes.len(), 256);
            assert!(buckets.len() > 96 && tags.len() > 32, "byte {place}: {} {}", buckets.len(), tags.len());
        }
    }

    #[test]
    fn two_tables_hash_one_id_differently() {
        let id = EventId::new([7; 32]);
        assert_ne!(IdHash::default().hash_one(id), IdHash::default().hash_one(id));
    }
}
