//! Who can be reached, which of them are members, and which of them answer.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_agreement::Peer;
use quorate_event::{Address, Committee};

/// How long a peer that did not answer is left alone; twice as long each further time.
const ALONE: Duration = Duration::from_secs(1);
/// How long it is left alone at most: links and processes do come back.
const MOST_ALONE: Duration = Duration::from_secs(60);

/// A connected peer.
#[derive(Debug)]
struct Connected {
    address: Address,
    /// When it was last told what we hold.
    told: Option<Duration>,
    /// When it last sent vertices, or said that it has none.
    heard: Duration,
    /// Whether it said that it holds more than we do.
    ahead: bool,
    /// Answers that did not come, since one did.
    silences: u32,
    /// Until when others are asked instead.
    left_alone: Duration,
}

/// The connected peers.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    connected: BTreeMap<Peer, Connected>,
    /// Where the round of periodic summaries stands.
    last_asked: Option<Peer>,
}

impl Peers {
    pub(crate) fn connect(&mut self, peer: Peer, address: Address) {
        let (heard, left_alone) = (Duration::ZERO, Duration::ZERO);
        let fresh = Connected { address, told: None, heard, ahead: false, silences: 0, left_alone };
        self.connected.insert(peer, fresh);
    }

    pub(crate) fn disconnect(&mut self, peer: Peer) {
        self.connected.remove(&peer);
    }

    /// What we hold is told to a connected peer now, unless that was done less than `pause` ago.
    pub(crate) fn tell(&mut self, peer: Peer, now: Duration, pause: Duration) -> bool {
        let Some(connected) = self.connected.get_mut(&peer) else {
            return false;
        };
        let recent = connected.told.is_some_and(|last| now.saturating_sub(last) < pause);
        if !recent {
            connected.told = Some(now);
        }
        !recent
    }

    pub(crate) fn address(&self, peer: Peer) -> Option<Address> {
        self.connected.get(&peer).map(|connected| connected.address)
    }

    pub(crate) fn reaches(&self, member: Address) -> bool {
        self.connected.values().any(|connected| connected.address == member)
    }

    /// The peer sent vertices, or said that it has none of those that were asked for.
    pub(crate) fn hear(&mut self, peer: Peer, now: Duration) {
        if let Some(connected) = self.connected.get_mut(&peer) {
            connected.heard = now;
        }
    }

    /// Whether the peer has sent anything of that kind since.
    pub(crate) fn was_heard(&self, peer: Peer, since: Duration) -> bool {
        self.connected.get(&peer).is_some_and(|connected| connected.heard >= since)
    }

    /// The peer said that it holds more than we do, or brought the last of it.
    pub(crate) fn set_ahead(&mut self, peer: Peer, ahead: bool) {
        if let Some(connected) = self.connected.get_mut(&peer) {
            connected.ahead = ahead;
        }
    }

    /// The peer did not answer, or with nothing: it is asked less and less.
    pub(crate) fn silent(&mut self, peer: Peer, now: Duration) {
        if let Some(connected) = self.connected.get_mut(&peer) {
            let alone = ALONE.saturating_mul(1_u32.checked_shl(connected.silences).unwrap_or(u32::MAX));
            connected.silences = connected.silences.saturating_add(1).min(u32::BITS);
            connected.left_alone = now.saturating_add(alone.min(MOST_ALONE));
            connected.ahead = false;
        }
    }

    /// The peer brought what was wanted.
    pub(crate) fn answered(&mut self, peer: Peer) {
        if let Some(connected) = self.connected.get_mut(&peer) {
            (connected.silences, connected.left_alone) = (0, Duration::ZERO);
        }
    }

    /// A peer that said that it holds more than we do, and answers: the next one in the circle after `peer`.
    pub(crate) fn next_ahead(&self, peer: Option<Peer>, now: Duration) -> Option<Peer> {
        self.next_where(peer, |connected| connected.ahead && connected.left_alone <= now)
    }

    /// The next peer in turn, so that one that never answers delays nobody for long.
    pub(crate) fn next_in_turn(&mut self, now: Duration) -> Option<Peer> {
        self.last_asked = self.after(self.last_asked, now);
        self.last_asked
    }

    /// The connected peer after `peer` in their circle; one that answers, if there is one.
    pub(crate) fn after(&self, peer: Option<Peer>, now: Duration) -> Option<Peer> {
        let answers = self.next_where(peer, |connected| connected.left_alone <= now);
        answers.or_else(|| self.next_where(peer, |_| true))
    }

    fn next_where(&self, peer: Option<Peer>, is_meant: impl Fn(&Connected) -> bool) -> Option<Peer> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let (after, until) = match peer {
            Some(peer) => (Excluded(peer), Included(peer)),
            None => (Unbounded, Unbounded),
        };
        let following = self.connected.range((after, Unbounded));
        let circle = following.chain(self.connected.range((Unbounded, until)));
        circle.filter(|(_, connected)| is_meant(connected)).map(|(peer, _)| *peer).next()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.connected.is_empty()
    }

    /// Whether the peer is connected and answers.
    pub(crate) fn may_ask(&self, peer: Peer, now: Duration) -> bool {
        self.connected.get(&peer).is_some_and(|connected| connected.left_alone <= now)
    }

    /// The members that cannot be reached, `me` not among them.
    pub(crate) fn away(&self, committee: &Committee, me: Address) -> Vec<Address> {
        let members = committee.members().iter().map(|(member, _)| *member);
        members.filter(|member| *member != me && !self.reaches(*member)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Peer = Peer(1);
    const B: Peer = Peer(2);
    const C: Peer = Peer(3);
    const S: fn(u64) -> Duration = Duration::from_secs;

    fn peers() -> Peers {
        let mut peers = Peers::default();
        for peer in [A, B, C] {
            peers.connect(peer, Address::new([0; 20]));
        }
        peers
    }

    #[test]
    fn whoever_stalls_again_is_left_alone_twice_as_long_until_it_answers() {
        let mut peers = peers();
        for alone in [1, 2, 4, 8, 16, 32, 60, 60] {
            peers.silent(A, S(100));
            assert!(!peers.may_ask(A, S(100 + alone) - Duration::from_millis(1)));
            assert!(peers.may_ask(A, S(100 + alone)));
        }
        for _ in 0..100 {
            peers.silent(A, S(0));
        }
        assert!(peers.may_ask(A, S(60)));
        peers.answered(A);
        assert!(peers.may_ask(A, S(0)));
        peers.silent(A, S(0));
        assert!(peers.may_ask(A, S(1)));
    }

    #[test]
    fn the_circle_leaves_out_who_is_left_alone_unless_all_are() {
        let mut peers = peers();
        let circle = |peers: &Peers| [None, Some(A), Some(B), Some(C)].map(|peer| peers.after(peer, S(0)));
        assert_eq!(circle(&peers), [Some(A), Some(B), Some(C), Some(A)]);
        peers.silent(B, S(0));
        assert_eq!(circle(&peers), [Some(A), Some(C), Some(C), Some(A)]);
        peers.silent(A, S(0));
        peers.silent(C, S(0));
        assert_eq!(circle(&peers), [Some(A), Some(B), Some(C), Some(A)]);
    }

    #[test]
    fn only_who_is_ahead_and_answers_is_asked_for_more() {
        let mut peers = peers();
        assert_eq!(peers.next_ahead(Some(A), S(0)), None);
        peers.set_ahead(A, true);
        assert_eq!(peers.next_ahead(Some(A), S(0)), Some(A));
        peers.set_ahead(C, true);
        assert_eq!(peers.next_ahead(Some(A), S(0)), Some(C));
        peers.silent(C, S(0));
        assert_eq!(peers.next_ahead(Some(A), S(0)), Some(A));
    }
}
