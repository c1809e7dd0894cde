//! The links between nodes: how long they take, what they lose, how much they carry at a time.

mod latency;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use latency::{Latency, Regions};

use crate::node_id::NodeId;
use crate::rng::Rng;

/// What all links are like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkModel {
    /// How long a message travels.
    pub latency: Latency,
    /// How much longer it may take, drawn for each.
    pub jitter: Duration,
    /// Messages lost, of a thousand.
    pub loss_per_mille: u32,
    /// Messages delivered twice, of a thousand.
    pub repeat_per_mille: u32,
    /// Messages of which bits are changed, of a thousand.
    pub corrupt_per_mille: u32,
    /// Whether what was sent first on a link arrives first.
    pub in_order: bool,
    /// How much is carried at a time; nothing where that takes no time.
    pub bandwidth: Option<Bandwidth>,
}

/// How fast bytes leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bandwidth {
    /// Bits each second, more than none.
    pub bits_per_second: u64,
    /// What waits for what.
    pub queue: QueueScope,
}

/// Behind what a message waits until its bytes can leave. Messages of agreement never wait behind others: nodes send the
/// two classes side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueScope {
    /// All that its sender sends: one uplink for everything.
    PerNode,
    /// All that its sender sends to the same node.
    PerLink,
}

impl Bandwidth {
    /// How long so many bytes take to leave.
    pub(crate) fn time_of(&self, bytes: usize) -> Duration {
        let bits = u128::try_from(bytes).unwrap_or(u128::MAX).saturating_mul(8);
        let nanos = bits.saturating_mul(1_000_000_000) / u128::from(self.bits_per_second.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl Default for LinkModel {
    /// A calm network: nothing is lost, everything takes a millisecond or two.
    fn default() -> Self {
        let ms = Duration::from_millis;
        Self {
            latency: Latency::Uniform(ms(1)..=ms(2)),
            jitter: Duration::ZERO,
            loss_per_mille: 0,
            repeat_per_mille: 0,
            corrupt_per_mille: 0,
            in_order: false,
            bandwidth: None,
        }
    }
}

/// Which messages a message waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TrafficClass {
    /// Agreement's: for its own kind only.
    Urgent,
    /// Whatever else there is: for all that was sent before.
    Bulk,
}

/// One copy of a message on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// When it arrives.
    pub(crate) at: Duration,
    /// Which of its bits is changed, by a number to be taken modulo how many there are.
    pub(crate) corrupt: Option<u64>,
}

/// The links, and what is on them.
pub(crate) struct SimulatedNetwork {
    pub(crate) links: LinkModel,
    rng: Rng,
    /// Until when each queue is busy with messages of each class.
    busy: BTreeMap<(NodeId, Option<NodeId>), [Duration; 2]>,
    /// When the last message of a class on a link arrives, where they arrive in order.
    last: BTreeMap<(NodeId, NodeId, TrafficClass), Duration>,
    /// From which node nothing reaches which.
    blocked: BTreeSet<(NodeId, NodeId)>,
}

impl SimulatedNetwork {
    pub(crate) fn new(links: LinkModel, rng: Rng) -> Self {
        Self { links, rng, busy: BTreeMap::new(), last: BTreeMap::new(), blocked: BTreeSet::new() }
    }

    /// From now on nothing that `from` sends reaches `to`, or again everything does.
    pub(crate) fn block(&mut self, from: NodeId, to: NodeId, blocked: bool) {
        if blocked {
            self.blocked.insert((from, to));
        } else {
            self.blocked.remove(&(from, to));
        }
    }

    /// Everything reaches everybody again.
    pub(crate) fn heal(&mut self) {
        self.blocked.clear();
    }

    pub(crate) fn is_blocked(&self, from: NodeId, to: NodeId) -> bool {
        self.blocked.contains(&(from, to))
    }

    /// Sends a message of so many bytes: each copy of it that arrives.
    pub(crate) fn carry(
        &mut self,
        now: Duration,
        (from, to): (NodeId, NodeId),
        (bytes, class): (usize, TrafficClass),
    ) -> impl Iterator<Item = Delivery> {
        let left = self.leave(now, (from, to), (bytes, class));
        let lost = self.is_blocked(from, to) || self.happens(self.links.loss_per_mille);
        let twice = !lost && self.happens(self.links.repeat_per_mille);
        let first = (!lost).then(|| self.pass(left, (from, to), class));
        let second = twice.then(|| self.pass(left, (from, to), class));
        [first, second].into_iter().flatten()
    }

    /// When the last of the bytes has left. What is urgent takes the place of what waits and is not, whose last bytes leave
    /// so much later; what was on its way already is taken to have left as it was going to.
    fn leave(
        &mut self,
        now: Duration,
        (from, to): (NodeId, NodeId),
        (bytes, class): (usize, TrafficClass),
    ) -> Duration {
        let Some(bandwidth) = self.links.bandwidth else {
            return now;
        };
        let queue = match bandwidth.queue {
            QueueScope::PerNode => (from, None),
            QueueScope::PerLink => (from, Some(to)),
        };
        let [urgent, bulk] = self.busy.entry(queue).or_default();
        let time = bandwidth.time_of(bytes);
        *bulk = (*bulk).max(now).saturating_add(time);
        if class == TrafficClass::Bulk {
            return *bulk;
        }
        *urgent = (*urgent).max(now).saturating_add(time);
        *urgent
    }

    fn pass(&mut self, left: Duration, (from, to): (NodeId, NodeId), class: TrafficClass) -> Delivery {
        let latency = self.links.latency.draw(&mut self.rng, from, to);
        let jitter = match self.links.jitter {
            Duration::ZERO => Duration::ZERO,
            most => self.rng.time(&(Duration::ZERO..=most)),
        };
        let mut at = left.saturating_add(latency).saturating_add(jitter);
        if self.links.in_order {
            let last = self.last.entry((from, to, class)).or_default();
            at = at.max(*last);
            *last = at;
        }
        let corrupt = self.happens(self.links.corrupt_per_mille).then(|| self.rng.below(u64::MAX));
        Delivery { at, corrupt }
    }

    /// A rate of nothing draws nothing.
    fn happens(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.rng.per_mille(per_mille)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);
    const C: NodeId = NodeId(2);
    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn network(links: LinkModel) -> SimulatedNetwork {
        SimulatedNetwork::new(links, Rng::new(1, "links"))
    }

    fn arrivals(
        network: &mut SimulatedNetwork,
        now: Duration,
        from: NodeId,
        to: NodeId,
        bytes: usize,
    ) -> Vec<Duration> {
        network.carry(now, (from, to), (bytes, TrafficClass::Bulk)).map(|delivery| delivery.at).collect()
    }

    fn constant(bandwidth: Option<Bandwidth>) -> LinkModel {
        LinkModel { latency: Latency::Constant(MS(10)), bandwidth, ..LinkModel::default() }
    }

    #[test]
    fn bytes_wait_for_those_that_leave_by_the_same_queue() {
        let bandwidth = |queue| Some(Bandwidth { bits_per_second: 8_000, queue });
        let mut node = network(constant(bandwidth(QueueScope::PerNode)));
        assert_eq!(arrivals(&mut node, MS(0), A, B, 100), [MS(110)]);
        assert_eq!(arrivals(&mut node, MS(0), A, C, 50), [MS(160)]);
        assert_eq!(arrivals(&mut node, MS(0), B, C, 50), [MS(60)]);
        assert_eq!(arrivals(&mut node, MS(500), A, C, 1), [MS(511)], "an idle time is not saved up");
        let mut link = network(constant(bandwidth(QueueScope::PerLink)));
        assert_eq!(arrivals(&mut link, MS(0), A, B, 100), [MS(110)]);
        assert_eq!(arrivals(&mut link, MS(0), A, C, 50), [MS(60)]);
        assert_eq!(arrivals(&mut link, MS(0), A, B, 50), [MS(160)]);
        assert_eq!(arrivals(&mut network(constant(None)), MS(7), A, B, usize::MAX), [MS(17)]);
    }

    #[test]
    fn what_is_urgent_waits_for_its_own_kind_only_and_all_else_for_both() {
        let bandwidth = Some(Bandwidth { bits_per_second: 8_000, queue: QueueScope::PerNode });
        let mut network = network(LinkModel { in_order: true, ..constant(bandwidth) });
        let mut sent = |bytes, class| network.carry(MS(0), (A, B), (bytes, class)).next().unwrap().at;
        assert_eq!(sent(1_000, TrafficClass::Bulk), MS(1_010));
        assert_eq!(sent(100, TrafficClass::Urgent), MS(110));
        assert_eq!(sent(100, TrafficClass::Urgent), MS(210));
        assert_eq!(sent(100, TrafficClass::Bulk), MS(1_310));
    }

    #[test]
    fn what_is_blocked_is_blocked_one_way_until_it_is_healed() {
        let mut network = network(constant(None));
        network.block(A, B, true);
        assert_eq!(arrivals(&mut network, MS(0), A, B, 1), []);
        assert_eq!(arrivals(&mut network, MS(0), B, A, 1), [MS(10)]);
        network.block(A, B, false);
        assert_eq!(arrivals(&mut network, MS(0), A, B, 1).len(), 1);
        network.block(B, A, true);
        network.heal();
        assert_eq!(arrivals(&mut network, MS(0), B, A, 1).len(), 1);
    }

    #[test]
    fn losses_and_repetitions_come_at_their_rates_and_order_is_kept_where_asked() {
        let links = LinkModel { loss_per_mille: 100, repeat_per_mille: 200, ..LinkModel::default() };
        let mut unordered = network(LinkModel { latency: Latency::Uniform(MS(1)..=MS(50)), ..links.clone() });
        let arrived: Vec<_> = (0..10_000).flat_map(|_| arrivals(&mut unordered, MS(0), A, B, 1)).collect();
        assert!((10_500..11_100).contains(&arrived.len()), "{}", arrived.len());
        assert!(!arrived.is_sorted());
        let ordered = LinkModel { latency: Latency::Uniform(MS(1)..=MS(50)), in_order: true, ..links };
        let mut ordered = network(ordered);
        assert!((0..1_000).flat_map(|at| arrivals(&mut ordered, MS(at), A, B, 1)).is_sorted());
    }

    #[test]
    fn regions_are_as_far_as_the_table_says() {
        let between = vec![vec![MS(1), MS(80)], vec![MS(90), MS(2)]];
        let links =
            LinkModel { latency: Latency::Regions(Regions { of: vec![0, 1, 1], between }), ..LinkModel::default() };
        let mut network = network(links);
        let found = [(A, B), (B, A), (B, C), (A, A)].map(|(from, to)| arrivals(&mut network, MS(0), from, to, 1)[0]);
        assert_eq!(found, [MS(80), MS(90), MS(2), MS(1)]);
    }
}
