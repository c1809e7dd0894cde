//! The links between nodes: latency, loss, repetition, corruption, bandwidth and partitions.

mod latency;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use latency::{Latency, Regions};

use crate::node_id::NodeId;
use crate::rng::Rng;

/// How all links behave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkModel {
    /// The latency of a message.
    pub latency: Latency,
    /// The most that is added to the latency, drawn for each message.
    pub jitter: Duration,
    /// Messages lost, of a thousand.
    pub loss_per_mille: u32,
    /// Messages delivered twice, of a thousand.
    pub repeat_per_mille: u32,
    /// Messages with a flipped bit, of a thousand.
    pub corrupt_per_mille: u32,
    /// Whether messages of a link arrive in the order in which they were sent.
    pub in_order: bool,
    /// The bandwidth; none means unlimited.
    pub bandwidth: Option<Bandwidth>,
}

/// The rate at which bytes leave a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bandwidth {
    /// Bits per second, more than 0.
    pub bits_per_second: u64,
    /// Which messages share the rate.
    pub queue: QueueScope,
}

/// Which messages queue behind each other. Messages of agreement never wait behind others: nodes send the two classes side by
/// side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueScope {
    /// All messages of a sender: one uplink per node.
    PerNode,
    /// The messages of a sender to one receiver: one connection per pair.
    PerLink,
}

impl Bandwidth {
    /// The time that these bytes take to leave.
    pub(crate) fn time_of(&self, bytes: usize) -> Duration {
        let bits = u128::try_from(bytes).unwrap_or(u128::MAX).saturating_mul(8);
        let nanos = bits.saturating_mul(1_000_000_000) / u128::from(self.bits_per_second.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl Default for LinkModel {
    /// A fault-free network: a latency of 1 to 2 ms, no loss.
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

/// The class of a message, which decides its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TrafficClass {
    /// Messages of agreement: they wait for messages of their own class only.
    Urgent,
    /// All other messages: they wait for all earlier ones.
    Bulk,
}

/// One copy of a message in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// When it arrives.
    pub(crate) at: Duration,
    /// The bit to flip, modulo the number of bits.
    pub(crate) corrupt: Option<u64>,
}

/// The links and their queues.
pub(crate) struct SimulatedNetwork {
    pub(crate) links: LinkModel,
    rng: Rng,
    /// The time until which each queue is busy, by class.
    busy: BTreeMap<(NodeId, Option<NodeId>), [Duration; 2]>,
    /// The arrival of the last message of a link and class, where messages arrive in order.
    last: BTreeMap<(NodeId, NodeId, TrafficClass), Duration>,
    /// Blocked links: messages from the first node do not reach the second.
    blocked: BTreeSet<(NodeId, NodeId)>,
}

impl SimulatedNetwork {
    pub(crate) fn new(links: LinkModel, rng: Rng) -> Self {
        Self { links, rng, busy: BTreeMap::new(), last: BTreeMap::new(), blocked: BTreeSet::new() }
    }

    /// Blocks or unblocks the link from one node to another.
    pub(crate) fn block(&mut self, from: NodeId, to: NodeId, blocked: bool) {
        if blocked {
            self.blocked.insert((from, to));
        } else {
            self.blocked.remove(&(from, to));
        }
    }

    /// Unblocks all links.
    pub(crate) fn heal(&mut self) {
        self.blocked.clear();
    }

    pub(crate) fn is_blocked(&self, from: NodeId, to: NodeId) -> bool {
        self.blocked.contains(&(from, to))
    }

    /// Sends a message of this many bytes. Returns each copy that arrives.
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

    /// The time at which the last byte has left. An urgent message overtakes waiting bulk messages, which leave later by its own
    /// duration; the arrival times of bulk messages that were sent before stay as computed.
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

    /// A rate of 0 draws no random number, so that an absent fault does not shift other draws (W2).
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
