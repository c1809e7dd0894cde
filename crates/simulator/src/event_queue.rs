//! The queue of future events, by virtual time.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

/// Events of one span, about a millisecond, are sorted together once the span begins. With a million messages in flight, one
/// heap of all of them would miss the processor's caches at every step.
const SPAN: Duration = Duration::from_nanos(1 << 20);

/// A priority queue by time; events of equal time come in the order in which they were pushed.
pub(crate) struct EventQueue<T> {
    /// Events until the end of the present span.
    soon: BinaryHeap<Reverse<Queued<T>>>,
    /// Events of later spans, unsorted.
    later: BTreeMap<u128, Vec<Reverse<Queued<T>>>>,
    span: u128,
    count: u64,
}

struct Queued<T> {
    at: Duration,
    order: u64,
    what: T,
}

impl<T> Queued<T> {
    const fn key(&self) -> (Duration, u64) {
        (self.at, self.order)
    }
}

impl<T> PartialEq for Queued<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl<T> Eq for Queued<T> {}
impl<T> PartialOrd for Queued<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Queued<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl<T> EventQueue<T> {
    pub(crate) const fn new() -> Self {
        Self { soon: BinaryHeap::new(), later: BTreeMap::new(), span: 0, count: 0 }
    }

    pub(crate) fn push(&mut self, at: Duration, what: T) {
        self.count += 1;
        let (span, queued) = (span_of(at), Reverse(Queued { at, order: self.count, what }));
        if span <= self.span {
            self.soon.push(queued);
        } else {
            self.later.entry(span).or_default().push(queued);
        }
    }

    /// The next event, if its time is at most `end`.
    pub(crate) fn next_until(&mut self, end: Duration) -> Option<(Duration, T)> {
        if self.soon.is_empty() {
            let (span, queued) = self.later.pop_first()?;
            (self.span, self.soon) = (span, queued.into());
        }
        let next = self.soon.peek().filter(|next| next.0.at <= end)?.0.at;
        self.soon.pop().map(|queued| (next, queued.0.what))
    }
}

fn span_of(at: Duration) -> u128 {
    at.as_nanos() / SPAN.as_nanos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_of_one_time_happen_in_the_order_in_which_they_were_planned() {
        let mut queue = EventQueue::new();
        let at = Duration::from_nanos;
        for (time, what) in [(3, "d"), (1, "a"), (2, "b"), (2, "c"), (9, "later")] {
            queue.push(at(time), what);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.next_until(at(8))).map(|(_, what)| what).collect();
        assert_eq!(order, ["a", "b", "c", "d"]);
        assert_eq!(queue.next_until(at(9)), Some((at(9), "later")));
    }

    #[test]
    fn what_is_planned_while_far_ones_wait_happens_before_them() {
        let mut queue = EventQueue::new();
        let ms = Duration::from_millis;
        queue.push(ms(50), "far");
        assert_eq!(queue.next_until(ms(10)), None);
        for (time, what) in [(20, "b"), (10, "a"), (50, "later"), (49, "c")] {
            queue.push(ms(time), what);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.next_until(ms(60))).map(|(_, what)| what).collect();
        assert_eq!(order, ["a", "b", "c", "far", "later"]);
    }
}
