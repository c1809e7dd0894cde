//! Coverage marks: rare paths that a campaign of seeds must take. If no run ever misses a parent, no run tests the recovery of
//! missing parents.

use std::collections::BTreeMap;

use super::case::SwarmProfile;

/// Marks that at least one in ten seeds reaches.
const COMMON: [&str; 7] = [
    "a certificate was handed on",
    "a key was caught lying",
    "a later leader proposed",
    "a milestone was handed on",
    "a parent was missing and asked for",
    "a peer was blamed",
    "vertices were sent again",
];

impl SwarmProfile {
    /// The number of seeds after which each common mark must have been reached: at random fewer than one such campaign in a
    /// thousand misses one.
    pub const fn seeds_for_all_marks(self) -> u64 {
        match self {
            Self::Agreement => 200,
            Self::Full => 100,
        }
    }

    /// The common marks that none of this many seeds reached, once that is enough seeds.
    pub(super) fn missed_marks(self, seeds: u64, taken: &BTreeMap<&'static str, u64>) -> Vec<&'static str> {
        let expected = COMMON.into_iter().filter(|_| seeds >= self.seeds_for_all_marks());
        expected.filter(|path| !taken.contains_key(path)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_no_seed_took_is_named_once_enough_have_been_tried() {
        let mut taken: BTreeMap<_, _> = COMMON.into_iter().map(|path| (path, 1)).collect();
        assert!(SwarmProfile::Full.missed_marks(100, &taken).is_empty());
        taken.remove("a peer was blamed");
        assert_eq!(SwarmProfile::Full.missed_marks(100, &taken), ["a peer was blamed"]);
        assert!(SwarmProfile::Full.missed_marks(99, &taken).is_empty());
    }
}
