//! A part of a list, so that several runs share the work.

use anyhow::{Result, bail};

/// The slice `number` of `count`, from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    number: usize,
    count: usize,
}

impl Slice {
    /// Reads `K/N`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let numbers = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((number, count)) if number >= 1 && number <= count => Ok(Self { number, count }),
            _ => bail!("a slice is K/N with K from 1 to N, not `{text}`"),
        }
    }

    /// Neighbours stay together: they often change the same crate.
    pub(crate) fn of<T>(&self, all: Vec<T>) -> Vec<T> {
        let bound = |slices: usize| slices * all.len() / self.count;
        let (from, to) = (bound(self.number - 1), bound(self.number));
        all.into_iter().take(to).skip(from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slices_together_are_the_whole_once() {
        let all = || (0..32).collect::<Vec<_>>();
        for count in [1, 3, 8, 32, 40] {
            let slices = (1..=count).map(|number| Slice { number, count }.of(all()));
            assert_eq!(slices.flatten().collect::<Vec<_>>(), all());
        }
    }

    #[test]
    fn a_slice_is_one_of_a_count() {
        assert_eq!(Slice::parse("3/8").unwrap(), Slice { number: 3, count: 8 });
        for wrong in ["0/3", "4/3", "1", "1/0", "a/b"] {
            assert!(Slice::parse(wrong).is_err(), "{wrong}");
        }
    }
}
