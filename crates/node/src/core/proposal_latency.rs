//! The latency of this node's own proposals: until a quorum certifies them, and until the milestone is on the disk.

use std::time::Duration;

use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use quorate_event::{Address, Height, View};
use quorate_replica::{PbftStep, StepKind};

use super::clock::NodeClock;

/// The buckets of the histograms: four to an octave, from half a millisecond to two seconds.
const FIRST_BUCKET_S: f64 = 0.000_5;
const FACTOR: f64 = 1.189_207_115;
const BUCKETS: u16 = 49;

/// Measures the proposal of the view that this node leads.
pub(super) struct ProposalLatency {
    clock: NodeClock,
    me: Address,
    /// The view of this node's last proposal, and its time.
    open: Option<((Height, View), Duration)>,
    certified: Histogram,
    stored: Histogram,
}

impl ProposalLatency {
    pub(super) fn new(clock: NodeClock, me: Address, registry: &mut Registry) -> Self {
        let histogram = || Histogram::new(exponential_buckets(FIRST_BUCKET_S, FACTOR, BUCKETS));
        let (certified, stored) = (histogram(), histogram());
        let metrics = registry.sub_registry_with_prefix("quorate_proposal");
        let help = "Seconds from this node's own proposal until a quorum committed to it";
        metrics.register("certified_seconds", help, certified.clone());
        let help = "Seconds from this node's own proposal until its milestone was on this node's disk";
        metrics.register("stored_seconds", help, stored.clone());
        Self { clock, me, open: None, certified, stored }
    }

    /// Follows agreement by its steps.
    pub(super) fn observe(&mut self, step: &PbftStep) {
        let at = (step.height, step.view);
        if matches!(step.kind, StepKind::PrePrepare { .. }) && step.who == self.me {
            self.open = Some((at, self.clock.now().elapsed));
        }
        let Some((_, since)) = self.open.filter(|(open, _)| *open == at) else {
            return;
        };
        let took = || self.clock.now().elapsed.saturating_sub(since).as_secs_f64();
        match &step.kind {
            // The first sum that is a quorum: without the stake of this vote it was none.
            StepKind::Commit { behind, .. }
                if behind.sum >= behind.quorum && behind.sum.0 - behind.stake.0 < behind.quorum.0 =>
            {
                self.certified.observe(took());
            }
            StepKind::Reply { .. } => {
                self.stored.observe(took());
                self.open = None;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text;
    use quorate_event::{EventId, ProposalId, Stake};
    use quorate_replica::StakeTally;

    use super::*;

    fn counts(registry: &Registry) -> [bool; 2] {
        let mut text = String::new();
        text::encode(&mut text, registry).unwrap();
        ["certified", "stored"].map(|name| text.contains(&format!("quorate_proposal_{name}_seconds_count 1")))
    }

    #[test]
    fn only_the_own_proposal_counts_and_each_of_its_ends_once() {
        let me = Address::new([1; 20]);
        let mut registry = Registry::default();
        let mut proposals = ProposalLatency::new(NodeClock::start(), me, &mut registry);
        let proposal = ProposalId::new([0; 32]);
        let behind = |sum| StakeTally { stake: Stake(1), sum: Stake(sum), quorum: Stake(3), total: Stake(4) };
        let step = |height, who, kind| PbftStep { height: Height(height), view: View(0), who, kind };
        let other = Address::new([2; 20]);
        proposals.observe(&step(1, other, StepKind::PrePrepare { proposal, behind: behind(1) }));
        proposals.observe(&step(1, other, StepKind::Commit { proposal, behind: behind(3) }));
        assert_eq!(counts(&registry), [false, false]);
        proposals.observe(&step(2, me, StepKind::PrePrepare { proposal, behind: behind(1) }));
        proposals.observe(&step(2, other, StepKind::Commit { proposal, behind: behind(2) }));
        proposals.observe(&step(1, other, StepKind::Commit { proposal, behind: behind(3) }));
        assert_eq!(counts(&registry), [false, false]);
        proposals.observe(&step(2, other, StepKind::Commit { proposal, behind: behind(3) }));
        proposals.observe(&step(2, other, StepKind::Commit { proposal, behind: behind(4) }));
        assert_eq!(counts(&registry), [true, false]);
        for _ in 0..2 {
            proposals.observe(&step(2, me, StepKind::Reply { milestone: EventId::new([0; 32]), covered: 1 }));
        }
        assert_eq!(counts(&registry), [true, true]);
    }
}
