//! Clients that write at a steady rate regardless of the progress: how much becomes final, and after how long.

use std::ops::Range;
use std::time::Duration;

use quorate_event::{
    EventBody, EventId, Lane, NetworkId, Parameters, SecretKey, Seq, Timestamp, VerifiedEvent, Writers,
};
use quorate_replica::{EventDraft, Request};

use crate::clock::EPOCH_MS;
use crate::disk::{DiskModel, UnsyncedWrites};
use crate::emulate::{DISK, transaction};
use crate::network::{Bandwidth, Latency, LinkModel, QueueScope};
use crate::node_id::NodeId;
use crate::oracle::Violation;
use crate::world::{InitialHellos, RequestOutcome, Setup, World};

/// The offered load and the members that carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadTest {
    /// Members of equal stake, each with a client of its own.
    pub members: usize,
    /// Transactions of each event.
    pub transactions: usize,
    /// Bytes of a transaction.
    pub transaction_bytes: usize,
    /// Events each second, of all clients together.
    pub events_per_second: u64,
    /// How long clients write.
    pub lasts: Duration,
    /// How long a message travels.
    pub latency: Latency,
    /// Bits each second that leave a member.
    pub bits_per_second: u64,
}

/// The result of a load test.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadResult {
    /// Events that became final per second while clients wrote.
    pub final_per_second: f64,
    /// The median time to finality.
    pub median: Option<Duration>,
    /// The 99th percentile of the time to finality.
    pub late: Option<Duration>,
    /// Events that were refused.
    pub refused: usize,
}

/// How long events may take to become final after clients stop.
const DRAINED: Duration = Duration::from_secs(120);
/// Transactions per document: few, since each milestone that changes a document hashes it again.
const DOCUMENT: usize = 64;

/// One submitted event.
struct Submitted {
    at: Duration,
    to: NodeId,
    request: Request,
}

impl LoadTest {
    /// Runs it.
    ///
    /// # Errors
    /// The first broken invariant.
    pub fn run(&self, seed: u64) -> Result<LoadResult, Violation> {
        let mut world = World::new(seed, self.setup());
        let start = world.elapsed();
        let end = start + self.lasts;
        let submitted = self.offer(&mut world);
        world.run_for(end.saturating_sub(world.elapsed()));
        let mut open: Vec<&Submitted> = submitted.iter().collect();
        world.run_until(DRAINED, |world| {
            while open.last().is_some_and(|last| is_settled(&last.outcome(world))) {
                open.pop();
            }
            open.is_empty()
        });
        match world.violations().first() {
            Some(violation) => Err(violation.clone()),
            None => Ok(carried(&submitted, &world, start + self.lasts / 5..end)),
        }
    }

    /// Events per second that the members' uplinks carry if they carry nothing else; each event goes to all other members.
    pub fn uplinks_carry(&self) -> f64 {
        let event = self.clients()[0].next(self, Duration::ZERO);
        let bits = event.bytes().len() * 8 * (self.members - 1);
        self.bits_per_second as f64 * self.members as f64 / bits as f64
    }

    /// Submits events at each member in turn, evenly spaced.
    fn offer(&self, world: &mut World) -> Vec<Submitted> {
        let (start, mut clients) = (world.elapsed(), self.clients());
        let submit = |number: u64| {
            let at = start + Duration::from_nanos(number * 1_000_000_000 / self.events_per_second);
            world.run_for(at.saturating_sub(world.elapsed()));
            let to = NodeId(number as usize % self.members);
            let event = clients[to.0].next(self, at);
            let (id, request) = (event.id(), world.submit(to, event));
            // After a refusal the next event continues the lane after the last accepted one.
            if world.outcome(to, request).refusal.is_none() {
                clients[to.0].taken(id);
            }
            Submitted { at, to, request }
        };
        (0..self.events_per_second * self.lasts.as_secs()).map(submit).collect()
    }

    fn setup(&self) -> Setup {
        let bandwidth = Some(Bandwidth { bits_per_second: self.bits_per_second, queue: QueueScope::PerNode });
        let links = LinkModel { latency: self.latency.clone(), bandwidth, in_order: true, ..LinkModel::default() };
        let disks = DiskModel { fsync: DISK..=DISK, fail_per_million: 0, unsynced: UnsyncedWrites::Lost };
        let (writers, initial_hellos) = (Writers::Open, InitialHellos::AlreadyExchanged);
        Setup { writers, links, disks, initial_hellos, ..Setup::equal(self.members, Parameters::default()) }
    }

    fn clients(&self) -> Vec<LoadClient> {
        let network = self.setup().genesis().network();
        let key = |number: usize| SecretKey::simulated(u64::MAX - number as u64);
        (0..self.members)
            .map(|number| LoadClient { key: key(number), network, seq: 1, last: network.event_id() })
            .collect()
    }
}

impl Submitted {
    fn outcome(&self, world: &World) -> RequestOutcome {
        world.outcome(self.to, self.request)
    }
}

/// Signs one event after the other without waiting for any.
struct LoadClient {
    key: SecretKey,
    network: NetworkId,
    seq: u64,
    last: EventId,
}

impl LoadClient {
    fn next(&self, load: &LoadTest, at: Duration) -> VerifiedEvent {
        let (first, mut draft) = (self.seq as usize * load.transactions, EventDraft::default());
        let document = format!("{}/{}", self.key.address(), first / DOCUMENT);
        for number in first..first + load.transactions {
            draft.add(&document, vec![transaction(number, load.transaction_bytes)]);
        }
        let body = EventBody {
            author: self.key.address(),
            lane: Lane(1),
            seq: Seq(self.seq),
            parents: vec![self.last],
            time: Timestamp(EPOCH_MS + at.as_millis() as u64),
            payload: draft.finish().expect("there is a transaction"),
        };
        VerifiedEvent::sign(body, self.network, &self.key).expect("a few transactions fit an event")
    }

    fn taken(&mut self, id: EventId) {
        (self.seq, self.last) = (self.seq + 1, id);
    }
}

fn is_settled(outcome: &RequestOutcome) -> bool {
    outcome.final_at.is_some() || outcome.refusal.is_some()
}

/// The result: throughput counts events by their time of finality, waits count events by their time of submission.
fn carried(submitted: &[Submitted], world: &World, measured: Range<Duration>) -> LoadResult {
    let outcomes: Vec<(Duration, RequestOutcome)> =
        submitted.iter().map(|event| (event.at, event.outcome(world))).collect();
    let became_final = outcomes.iter().filter_map(|(_, outcome)| outcome.final_at);
    let became_final = became_final.filter(|at| measured.contains(at)).count();
    let of_measured = outcomes.iter().filter(|(at, _)| measured.contains(at));
    let mut waits: Vec<Duration> =
        of_measured.map(|(at, outcome)| outcome.final_at.map_or(Duration::MAX, |done| done - *at)).collect();
    waits.sort_unstable();
    let after = |percent: usize| {
        let wait = waits.get((waits.len() * percent).div_ceil(100).saturating_sub(1)).copied();
        wait.filter(|wait| *wait < Duration::MAX)
    };
    LoadResult {
        final_per_second: became_final as f64 / (measured.end - measured.start).as_secs_f64(),
        median: after(50),
        late: after(99),
        refused: outcomes.iter().filter(|(_, outcome)| outcome.refusal.is_some()).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(events_per_second: u64) -> LoadTest {
        LoadTest {
            members: 4,
            transactions: 1,
            transaction_bytes: 315,
            events_per_second,
            lasts: Duration::from_secs(5),
            latency: Latency::Constant(Duration::from_millis(20)),
            bits_per_second: 500_000,
        }
    }

    #[test]
    fn what_uplinks_carry_becomes_final_at_the_rate_at_which_it_is_offered() {
        let bound = load(1).uplinks_carry();
        assert!((100.0..200.0).contains(&bound), "{bound}");
        let carried = load(bound as u64 / 2).run(1).unwrap();
        assert!((carried.final_per_second * 2.0 / bound - 1.0).abs() < 0.1, "{carried:?}");
        // At most the wait for company, and three messages; at least three messages.
        let late = carried.late.unwrap();
        assert!((Duration::from_millis(60)..Duration::from_millis(500)).contains(&late), "{carried:?}");
        assert!(carried.median.unwrap() <= late && carried.refused == 0);
    }

    #[test]
    fn what_uplinks_do_not_carry_waits_until_clients_stop() {
        let carried = load(load(1).uplinks_carry() as u64 * 3 / 2).run(1).unwrap();
        assert!(carried.final_per_second < load(1).uplinks_carry(), "{carried:?}");
        assert!(carried.median.unwrap() > Duration::from_secs(1), "{carried:?}");
    }
}
