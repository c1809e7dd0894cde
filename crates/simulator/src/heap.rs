//! What is to happen, by time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Duration;

/// A heap of things to happen; those of one time in the order in which they were planned.
pub(crate) struct Heap<T> {
    planned: BinaryHeap<Reverse<Planned<T>>>,
    count: u64,
}

struct Planned<T> {
    at: Duration,
    order: u64,
    what: T,
}

impl<T> Planned<T> {
    const fn key(&self) -> (Duration, u64) {
        (self.at, self.order)
    }
}

impl<T> PartialEq for Planned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl<T> Eq for Planned<T> {}
impl<T> PartialOrd for Planned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Planned<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl<T> Heap<T> {
    pub(crate) const fn new() -> Self {
        Self { planned: BinaryHeap::new(), count: 0 }
    }

    pub(crate) fn plan(&mut self, at: Duration, what: T) {
        self.count += 1;
        self.planned.push(Reverse(Planned { at, order: self.count, what }));
    }

    /// What happens next, if it happens until `end`.
    pub(crate) fn next_until(&mut self, end: Duration) -> Option<(Duration, T)> {
        let next = self.planned.peek().filter(|next| next.0.at <= end)?.0.at;
        self.planned.pop().map(|planned| (next, planned.0.what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_of_one_time_happen_in_the_order_in_which_they_were_planned() {
        let mut heap = Heap::new();
        let at = Duration::from_nanos;
        for (time, what) in [(3, "d"), (1, "a"), (2, "b"), (2, "c"), (9, "later")] {
            heap.plan(at(time), what);
        }
        let order: Vec<_> = std::iter::from_fn(|| heap.next_until(at(8))).map(|(_, what)| what).collect();
        assert_eq!(order, ["a", "b", "c", "d"]);
        assert_eq!(heap.next_until(at(9)), Some((at(9), "later")));
    }
}
