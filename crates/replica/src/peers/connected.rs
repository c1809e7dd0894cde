//! The connected peers: the members among them, and the peers that answer.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_agreement::Peer;
use quorate_event::{Address, Committee};

/// The pause after a peer did not answer; twice as long each further time.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause: links and processes do come back.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A connected peer.
#[derive(Debug)]
struct Connected {
    address: Address,
    /// The time of our last summary to it.
    summary_sent: Option<Duration>,
    /// The time when it last sent vertices, or an empty answer.
    active: Duration,
    /// Whether it reported vertices that are not held here.
    ahead: bool,
    /// Missing answers since the last answer.
    silences: u32,
    /// The end of the pause in which other peers are asked.
    paused_until: Duration,
}

/// The connected peers.
#[derive(Debug, Default)]
pub(crate) struct ConnectedPeers {
    connected: BTreeMap<Peer, Connected>,
    /// The last peer in the round of periodic summaries.
    last_asked: Option<Peer>,
}

impl ConnectedPeers {
    pub(crate) fn connect(&mut self, peer: Peer, address: Address) {
        let (active, paused_until) = (Duration::ZERO, Duration::ZERO);
        let fresh = Connected { address, summary_sent: None, active, ahead: false, silences: 0, paused_until };
        self.connected.insert(peer, fresh);
    }

    pub(crate) fn disconnect(&mut self, peer: Peer) {
        self.connected.remove(&peer);
    }

    /// Notes a summary to a connected peer and returns true, unless the last one is less than `pause` ago.
    pub(crate) fn note_summary(&mut self, peer: Peer, now: Duration, pause: Duration) -> bool {
        let Some(connected) = self.connected.get_mut(&peer) else {
            return false;
        };
        let recent = connected.summary_sent.is_some_and(|last| now.saturating_sub(last) < pause);
        if !recent {
            connected.summary_sent = Some(now);
        }
        !recent
    }

    pub(crate) fn address(&self, peer: Peer) -> Option<Address> {
        self.connected.get(&peer).map(|connected| connected.address)
    }

    pub(crate) fn reaches(&self, member: Address) -> bool {
        self.connected.values().any(|connected| connected.address == member)
    }

    /// The peer sent vertices, or an empty answer.
    pub(crate) fn note_activity(&mut self, peer: Peer, now: Duration) {
        if let Some(connected) = self.connected.get_mut(&peer) {
            connected.active = now;
        }
    }

    /// Whether the peer has sent vertices or an empty answer since.
    pub(crate) fn was_active(&self, peer: Peer, since: Duration) -> bool {
        self.connected.get(&peer).is_some_and(|connected| connected.active >= since)
    }

    /// The peer reported vertices that are not held here, or sent the last of them.
    pub(crate) fn set_ahead(&mut self, peer: Peer, ahead: bool) {
        if let Some(connected) = self.connected.get_mut(&peer) {
            connected.ahead = ahead;
        }
    }

    /// The peer did not answer, or with nothing new: the next pause is twice as long.
    pub(crate) fn note_silence(&mut self, peer: Peer, now: Duration) {
        if let Some(connected) = self.connected.get_mut(&peer) {
            let pause = PAUSE.saturating_mul(1_u32.checked_shl(connected.silences).unwrap_or(u32::MAX));
            connected.silences = connected.silences.saturating_add(1).min(u32::BITS);
            connected.paused_until = now.saturating_add(pause.min(LONGEST_PAUSE));
            connected.ahead = false;
        }
    }

    /// The peer sent a requested vertex.
    pub(crate) fn note_answer(&mut self, peer: Peer) {
        if let Some(connected) = self.connected.get_mut(&peer) {
            (connected.silences, connected.paused_until) = (0, Duration::ZERO);
        }
    }

    /// The next peer after `peer` in their circle that is ahead and answers.
    pub(crate) fn next_ahead(&self, peer: Option<Peer>, now: Duration) -> Option<Peer> {
        self.next_where(peer, |connected| connected.ahead && connected.paused_until <= now)
    }

    /// The next peer in turn, so that one peer without answers causes a short delay only.
    pub(crate) fn next_in_turn(&mut self, now: Duration) -> Option<Peer> {
        self.last_asked = self.after(self.last_asked, now);
        self.last_asked
    }

    /// The connected peer after `peer` in their circle; one that answers, if there is one.
    pub(crate) fn after(&self, peer: Option<Peer>, now: Duration) -> Option<Peer> {
        let answers = self.next_where(peer, |connected| connected.paused_until <= now);
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
        self.connected.get(&peer).is_some_and(|connected| connected.paused_until <= now)
    }

    /// The members that cannot be reached, without `me`.
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

    fn peers() -> ConnectedPeers {
        let mut peers = ConnectedPeers::default();
        for peer in [A, B, C] {
            peers.connect(peer, Address::new([0; 20]));
        }
        peers
    }

    #[test]
    fn each_silence_of_a_peer_doubles_its_pause_until_it_answers() {
        let mut peers = peers();
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            peers.note_silence(A, S(100));
            assert!(!peers.may_ask(A, S(100 + pause) - Duration::from_millis(1)));
            assert!(peers.may_ask(A, S(100 + pause)));
        }
        for _ in 0..100 {
            peers.note_silence(A, S(0));
        }
        assert!(peers.may_ask(A, S(60)));
        peers.note_answer(A);
        assert!(peers.may_ask(A, S(0)));
        peers.note_silence(A, S(0));
        assert!(peers.may_ask(A, S(1)));
    }

    #[test]
    fn the_circle_leaves_out_paused_peers_unless_all_are_paused() {
        let mut peers = peers();
        let circle = |peers: &ConnectedPeers| [None, Some(A), Some(B), Some(C)].map(|peer| peers.after(peer, S(0)));
        assert_eq!(circle(&peers), [Some(A), Some(B), Some(C), Some(A)]);
        peers.note_silence(B, S(0));
        assert_eq!(circle(&peers), [Some(A), Some(C), Some(C), Some(A)]);
        peers.note_silence(A, S(0));
        peers.note_silence(C, S(0));
        assert_eq!(circle(&peers), [Some(A), Some(B), Some(C), Some(A)]);
    }

    #[test]
    fn only_a_peer_that_is_ahead_and_answers_is_asked_for_more() {
        let mut peers = peers();
        assert_eq!(peers.next_ahead(Some(A), S(0)), None);
        peers.set_ahead(A, true);
        assert_eq!(peers.next_ahead(Some(A), S(0)), Some(A));
        peers.set_ahead(C, true);
        assert_eq!(peers.next_ahead(Some(A), S(0)), Some(C));
        peers.note_silence(C, S(0));
        assert_eq!(peers.next_ahead(Some(A), S(0)), Some(A));
    }
}
