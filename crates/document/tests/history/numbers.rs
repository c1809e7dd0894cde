//! A set of events, by number.

/// A bit for each number up to the greatest: every event of a long history holds one of these.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers(Vec<u64>);

impl Numbers {
    pub(crate) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
    }

    pub(crate) fn insert(&mut self, number: usize) {
        self.grow(number / 64 + 1);
        self.0[number / 64] |= 1 << (number % 64);
    }

    pub(crate) fn insert_all(&mut self, other: &Self) {
        self.grow(other.0.len());
        self.0.iter_mut().zip(&other.0).for_each(|(bits, more)| *bits |= more);
    }

    /// The numbers, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len() * 64).filter(|number| self.contains(*number))
    }

    fn grow(&mut self, words: usize) {
        self.0.resize(self.0.len().max(words), 0);
    }
}
