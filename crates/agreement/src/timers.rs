//! How long to wait, and how often to answer.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_event::View;

use crate::input::Peer;

/// How often an idle node says where it stands, so that an idle laggard is found.
pub const HEARTBEAT: Duration = Duration::from_secs(5);
/// The longest a view waits for its leader, unless the genesis asks for more.
pub const LONGEST_VIEW_TIMER: Duration = Duration::from_secs(30);
/// Views that fail before timers begin to grow: one round of the smallest committee that tolerates a fault.
const PATIENT_VIEWS: u64 = 4;
/// Nodes to which recent answers are remembered: more than a node has connections.
const THROTTLED_PEERS: usize = 1_024;

/// The timer of `view`: the genesis's for the first four views of a height, then half as much again for each further
/// one, up to [`LONGEST_VIEW_TIMER`].
pub fn view_timer(base: Duration, view: View) -> Duration {
    let longest = LONGEST_VIEW_TIMER.max(base);
    let mut timer = base;
    // From 1 ms to 30 s in 26 steps: the view's number, however large, does not lengthen this loop.
    for _failed in PATIENT_VIEWS..=view.0 {
        if timer >= longest {
            break;
        }
        timer = timer.saturating_add(half(timer));
    }
    timer.min(longest)
}

/// Half of a duration.
pub(crate) fn half(duration: Duration) -> Duration {
    duration.checked_div(2).unwrap_or_default()
}

/// What is said to one peer, and not again at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ReplyKind {
    /// What it lacks.
    Answer,
    /// Where we stand.
    Position,
    /// That we lack milestones.
    Fetch,
}

/// Bounds what a flood of hints can make this node send.
#[derive(Debug, Default)]
pub(crate) struct PeerThrottle(BTreeMap<(Peer, ReplyKind), Duration>);

impl PeerThrottle {
    /// Whether `topic` may be taken up with `peer`: not within `pause` of the last time.
    pub(crate) fn allows(&mut self, peer: Peer, topic: ReplyKind, now: Duration, pause: Duration) -> bool {
        let due = |last: &Duration| now.saturating_sub(*last) >= pause;
        if self.0.get(&(peer, topic)).is_some_and(|last| !due(last)) {
            return false;
        }
        if self.0.len() >= THROTTLED_PEERS {
            self.0.retain(|_, last| !due(last));
        }
        if self.0.len() >= THROTTLED_PEERS {
            return false;
        }
        self.0.insert((peer, topic), now);
        true
    }

    /// A new connection is answered at once.
    pub(crate) fn reset(&mut self, peer: Peer) {
        self.0.retain(|(throttled, _), _| *throttled != peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_grow_by_half_from_the_fourth_failed_view_on() {
        let base = Duration::from_secs(1);
        let timers = [0, 3, 4, 5, 20, u64::MAX].map(|view| view_timer(base, View(view)).as_millis());
        assert_eq!(timers, [1_000, 1_000, 1_500, 2_250, 30_000, 30_000]);
        let patient = Duration::from_secs(60);
        assert_eq!(view_timer(patient, View(9)), patient);
    }

    #[test]
    fn a_peer_is_answered_once_a_pause_and_a_flood_of_peers_is_bounded() {
        let mut throttle = PeerThrottle::default();
        let (pause, at) = (Duration::from_millis(10), Duration::from_millis);
        assert!(throttle.allows(Peer(1), ReplyKind::Answer, at(0), pause));
        assert!(!throttle.allows(Peer(1), ReplyKind::Answer, at(9), pause));
        assert!(throttle.allows(Peer(1), ReplyKind::Fetch, at(9), pause));
        assert!(throttle.allows(Peer(1), ReplyKind::Answer, at(10), pause));
        for peer in 0..10_000 {
            throttle.allows(Peer(peer), ReplyKind::Answer, at(11), pause);
        }
        assert_eq!(throttle.0.len(), THROTTLED_PEERS);
        assert!(throttle.allows(Peer(20_000), ReplyKind::Answer, at(40), pause));
    }
}
