//! How long an event is held here before this member proposes to cover it.
//!
//! A cut ends the height only where all of it is held. What has just come here may be on its way to others for long,
//! where links carry more than they can: a leader that covers it makes everybody wait. So a leader covers what it has
//! held for as long as heights have lately taken, and asks no more of others the faster they answer.

use std::time::Duration;

/// A height that ends within this time is no sign of trouble, wherever the members are.
const QUICK: Duration = Duration::from_secs(1);
/// More would not help: whoever lacks an event for so long will fetch it.
const LONGEST: Duration = Duration::from_secs(30);
/// Less is nothing.
const LEAST: Duration = Duration::from_millis(20);

/// What the last heights have taught.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    age: Duration,
    /// When the first proposal of the height under way was heard.
    since: Option<Duration>,
}

impl Patience {
    /// How long an event must have been held.
    pub(crate) const fn age(&self) -> Duration {
        self.age
    }

    /// A proposal is made here, or heard. A second one says that the first one's view has failed.
    pub(crate) fn proposed(&mut self, now: Duration) {
        match self.since {
            Some(since) => self.grow(now.saturating_sub(since)),
            None => self.since = Some(now),
        }
    }

    /// The height has ended.
    pub(crate) fn ended(&mut self, now: Duration) {
        let Some(since) = self.since.take() else { return };
        let took = now.saturating_sub(since);
        if took > QUICK {
            self.grow(took);
        } else {
            let half = self.age.checked_div(2).unwrap_or_default();
            self.age = if half < LEAST { Duration::ZERO } else { half };
        }
    }

    fn grow(&mut self, took: Duration) {
        self.age = self.age.saturating_mul(2).max(took).min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_heights_make_patient_and_quick_ones_impatient_again() {
        let mut patience = Patience::default();
        let at = Duration::from_secs;
        patience.ended(at(1));
        assert_eq!(patience.age(), Duration::ZERO, "nothing was proposed");
        patience.proposed(at(1));
        patience.ended(at(4));
        assert_eq!(patience.age(), at(3));
        patience.proposed(at(10));
        patience.proposed(at(11));
        assert_eq!(patience.age(), at(6), "a view has failed");
        for second in 12..30 {
            patience.ended(at(second));
            patience.proposed(at(second));
        }
        assert_eq!(patience.age(), Duration::ZERO);
        for second in 0..10 {
            patience.proposed(at(100 * second));
        }
        assert_eq!(patience.age(), LONGEST);
    }
}
