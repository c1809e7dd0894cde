//! The height of each member over time while parts of the network cannot reach each other.

use std::ops::Range;
use std::time::Duration;

use quorate_event::Parameters;
use quorate_replica::Intent;
use serde_json::json;

use crate::fault::Fault;
use crate::network::{Latency, LinkModel};
use crate::node_id::NodeId;
use crate::oracle::Violation;
use crate::world::{Setup, World};

/// Four members that write all the time: split into two halves, healed, one member isolated, healed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// When members 1 and 2 cannot reach 3 and 4.
    pub halves: Range<Duration>,
    /// When member 4 cannot reach the others.
    pub cut_off: Range<Duration>,
    /// When it ends.
    pub lasts: Duration,
}

/// The progress of a member from some moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberProgress {
    /// Since when.
    pub since: Duration,
    /// Its last milestone.
    pub height: u64,
    /// The view of the next height.
    pub view: u64,
    /// Events that it holds and that are not final for it.
    pub open: usize,
}

/// Members.
const MEMBERS: usize = 4;
/// How often the progress is sampled.
const GRAIN: Duration = Duration::from_millis(10);
/// Between two writes, each at the next member.
const PACE: Duration = Duration::from_millis(130);

impl Timeline {
    /// One minute: for 15 s neither half has a quorum, later one member is isolated for 10 s.
    pub const MINUTE: Self = Self {
        halves: Duration::from_secs(15)..Duration::from_secs(30),
        cut_off: Duration::from_secs(40)..Duration::from_secs(50),
        lasts: Duration::from_secs(60),
    };

    /// How long an event waits for others before a milestone is asked for: long enough to show milestones one by one.
    pub(crate) const MAX_WAIT: Duration = Duration::from_millis(400);
    /// How long messages travel.
    pub(crate) const LATENCY: std::ops::RangeInclusive<Duration> =
        Duration::from_millis(10)..=Duration::from_millis(50);

    /// The progress of each member, by time, one entry for each change.
    ///
    /// # Errors
    /// The first broken invariant.
    pub fn run(&self, seed: u64) -> Result<Vec<Vec<MemberProgress>>, Violation> {
        let max_wait_ms = u64::try_from(Self::MAX_WAIT.as_millis()).unwrap_or(u64::MAX);
        let parameters = Parameters { max_wait_ms, ..Parameters::default() };
        let links = LinkModel { latency: Latency::Uniform(Self::LATENCY), in_order: true, ..LinkModel::default() };
        let mut world = World::new(seed, Setup { links, ..Setup::equal(MEMBERS, parameters) });
        self.plan(&mut world);
        let mut stands = vec![Vec::new(); MEMBERS];
        let (mut written, mut next) = (0_usize, Duration::ZERO);
        while world.elapsed() < self.lasts {
            if world.elapsed() >= next {
                let patch = json!({ format!("k{}", written % 16): written });
                world.write(NodeId(written % MEMBERS), Intent::MergePatch { document: "minutes".to_owned(), patch });
                (written, next) = (written + 1, next + PACE);
            }
            world.run_for(GRAIN);
            for (node, stands) in stands.iter_mut().enumerate() {
                note(&world, NodeId(node), stands);
            }
        }
        match world.check_all().first() {
            Some(violation) => Err(violation.clone()),
            None => Ok(stands),
        }
    }

    fn plan(&self, world: &mut World) {
        let halves = [(0, 2), (0, 3), (1, 2), (1, 3)];
        let cut_off = [(0, 3), (1, 3), (2, 3)];
        for (pairs, during) in [(halves.as_slice(), &self.halves), (cut_off.as_slice(), &self.cut_off)] {
            for (one, other) in pairs.iter().map(|(one, other)| (NodeId(*one), NodeId(*other))) {
                world.schedule_fault(during.start, Fault::Block(one, other));
                world.schedule_fault(during.start, Fault::Block(other, one));
            }
            world.schedule_fault(during.end, Fault::HealLinks);
        }
    }
}

/// Appends the present progress of a member if it has changed.
fn note(world: &World, node: NodeId, stands: &mut Vec<MemberProgress>) {
    let Some(status) = world.replica(node).map(quorate_replica::Replica::status) else {
        return;
    };
    let stand =
        MemberProgress { since: world.elapsed(), height: status.height.0, view: status.view.0, open: status.uncovered };
    let same = |last: &MemberProgress| (last.height, last.view, last.open) == (stand.height, stand.view, stand.open);
    if !stands.last().is_some_and(same) {
        stands.push(stand);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The heights of a member at the ends of a period.
    fn heights(stands: &[MemberProgress], during: &Range<Duration>) -> (u64, u64) {
        let at = |time: Duration| stands.iter().take_while(|stand| stand.since <= time).map(|stand| stand.height).max();
        (at(during.start).unwrap_or(0), at(during.end).unwrap_or(0))
    }

    #[test]
    fn nothing_is_final_without_a_quorum_and_whoever_was_cut_off_catches_up() {
        let Timeline { halves, cut_off, lasts } = Timeline::MINUTE;
        let second = Duration::from_secs(1);
        for seed in 1..=5 {
            let stands = Timeline::MINUTE.run(seed).unwrap();
            for (number, stands) in stands.iter().enumerate() {
                let apart = heights(stands, &(halves.start + second / 10..halves.end));
                assert_eq!(apart.0, apart.1, "seed {seed}, member {number}");
                let healed = heights(stands, &(halves.end..halves.end + 5 * second));
                assert!(healed.1 > healed.0 + 5, "seed {seed}, member {number}: {healed:?}");
                let alone = heights(stands, &(cut_off.start + second / 10..cut_off.end));
                assert_eq!(alone.0 == alone.1, number == 3, "seed {seed}, member {number}: {alone:?}");
            }
            let ends: Vec<u64> = stands.iter().map(|stands| heights(stands, &(lasts..lasts)).1).collect();
            assert!(ends.iter().max().unwrap() - ends.iter().min().unwrap() <= 1, "seed {seed}: {ends:?}");
        }
    }
}
