//! Counters: sums of the amounts that events added.

use crate::model::events::{EventNo, ViewFilter};

/// Every amount that was added. A sum of 64-bit amounts exceeds 128 bits only after 2^64 additions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter {
    pub(crate) amounts: Vec<(EventNo, i64)>,
    sum: i128,
}

impl Counter {
    pub(crate) fn add(&mut self, by: EventNo, amount: i64) {
        self.amounts.push((by, amount));
        self.sum = self.sum.saturating_add(i128::from(amount));
    }

    pub(crate) fn sum(&self, filter: &ViewFilter) -> i128 {
        if filter.is_everything() {
            return self.sum;
        }
        let shown = self.amounts.iter().filter(|(by, _)| filter.shows(*by));
        shown.fold(0, |sum, (_, amount)| sum.saturating_add(i128::from(*amount)))
    }
}
