//! Seeded random numbers: the same seed gives the same numbers on every machine.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// One stream of random numbers.
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// The stream of the component `name` under `seed`, independent of the other components' streams.
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let mut bytes = [0; 32];
        for (at, byte) in seed.to_le_bytes().into_iter().chain(name.bytes()).enumerate() {
            bytes[at % 32] ^= byte;
        }
        Self(ChaCha8Rng::from_seed(bytes))
    }

    /// True with a probability of `rate` in a thousand.
    pub(crate) fn per_mille(&mut self, rate: u32) -> bool {
        self.0.next_u64() % 1_000 < u64::from(rate)
    }

    /// A uniform number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound.max(1)
    }

    /// A uniform number from 0 to `most`.
    pub(crate) fn up_to(&mut self, most: usize) -> usize {
        self.below(most as u64 + 1) as usize
    }

    /// A uniform time in `range`, to the nanosecond.
    pub(crate) fn time(&mut self, range: &RangeInclusive<Duration>) -> Duration {
        let span = range.end().saturating_sub(*range.start()).as_nanos();
        let span = u64::try_from(span).unwrap_or(u64::MAX);
        *range.start() + Duration::from_nanos(self.below(span.saturating_add(1)))
    }
}
