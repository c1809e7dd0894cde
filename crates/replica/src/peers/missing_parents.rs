//! Missing parents: vertices that are named but not held, with the peer to ask for each and the time to ask another one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quorate_agreement::Peer;
use quorate_event::EventId;

use super::connected::ConnectedPeers;
use crate::wire::limits::WANT_IDS;

/// Gossip sometimes delivers a child before its parent: for this time the parent may still arrive unrequested.
const ASK_AFTER: Duration = Duration::from_millis(20);
/// After this time without an answer the next peer is asked.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(250);
/// Requests that are due again within this time are sent now, in the same message: parents that do not exist, named one by
/// one, then cost eight messages a second to a peer, and not one message for each event that names them.
const TOGETHER: Duration = Duration::from_millis(125);
/// No peer has it: its name was invented, or it will be named again.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
/// Missing vertices at a time: as many as the waiting room can hold events of one kilobyte; about 8 MiB.
const MISSING: usize = 65_536;

#[derive(Debug)]
struct MissingVertex {
    since: Duration,
    due: Duration,
    /// The peer that was asked last, and the time.
    asked: Option<(Peer, Duration)>,
    /// The peer to ask next.
    next: Option<Peer>,
}

impl MissingVertex {
    fn is_due(&self, now: Duration) -> bool {
        self.due <= now || self.asked.is_some() && self.due <= now.saturating_add(TOGETHER)
    }
}

/// The missing vertices.
#[derive(Debug, Default)]
pub(crate) struct MissingParents {
    open: BTreeMap<EventId, MissingVertex>,
    /// A lower bound of all `due`: most calls end after one comparison.
    earliest: Option<Duration>,
}

impl MissingParents {
    /// `ids` are missing; `named_by` should have them.
    pub(crate) fn add(&mut self, ids: impl IntoIterator<Item = EventId>, named_by: Option<Peer>, now: Duration) {
        let due = now.saturating_add(ASK_AFTER);
        for id in ids {
            if self.open.len() >= MISSING {
                return;
            }
            self.open.entry(id).or_insert(MissingVertex { since: now, due, asked: None, next: named_by });
            self.earliest = Some(self.earliest.map_or(due, |earliest| earliest.min(due)));
        }
    }

    /// `id` is held now.
    pub(crate) fn remove(&mut self, id: &EventId) {
        self.open.remove(id);
    }

    /// Whether a peer was asked for `id`.
    pub(crate) fn was_asked(&self, id: &EventId) -> bool {
        self.open.get(id).is_some_and(|vertex| vertex.asked.is_some())
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// The time of the next request.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        if self.open.is_empty() { None } else { self.earliest }
    }

    /// The requests that are due now, by peer. Peers that were asked and sent nothing at all are asked less.
    pub(crate) fn due(&mut self, now: Duration, peers: &mut ConnectedPeers) -> BTreeMap<Peer, Vec<EventId>> {
        let mut requests = BTreeMap::<Peer, Vec<EventId>>::new();
        if self.next_due().is_none_or(|due| due > now) {
            return requests;
        }
        self.open.retain(|_, vertex| now.saturating_sub(vertex.since) < GIVE_UP_AFTER);
        self.note_silence(now, peers);
        for (id, vertex) in self.open.iter_mut().filter(|(_, vertex)| vertex.is_due(now)) {
            vertex.due = now.saturating_add(ASK_AGAIN_AFTER);
            let peer = vertex.next.filter(|peer| peers.may_ask(*peer, now)).or_else(|| peers.after(vertex.next, now));
            vertex.next = peers.after(peer, now);
            let Some(peer) = peer else { continue };
            vertex.asked = Some((peer, now));
            let ids = requests.entry(peer).or_default();
            if ids.len() < WANT_IDS {
                ids.push(*id);
            }
        }
        self.earliest = self.open.values().map(|vertex| vertex.due).min();
        requests
    }

    /// An honest peer always answers, with an empty message if need be. All requests to one peer count as one silence.
    fn note_silence(&self, now: Duration, peers: &mut ConnectedPeers) {
        let asked = self.open.values().filter(|vertex| vertex.due <= now).filter_map(|vertex| vertex.asked);
        let silent: BTreeSet<Peer> =
            asked.filter(|(peer, since)| !peers.was_active(*peer, *since)).map(|(peer, _)| peer).collect();
        for peer in silent {
            peers.note_silence(peer, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_event::Address;

    #[test]
    fn a_peer_that_does_not_answer_is_followed_by_another() {
        let (mut missing, mut peers) = (MissingParents::default(), ConnectedPeers::default());
        let [a, b] = [Peer(1), Peer(2)];
        peers.connect(a, Address::new([1; 20]));
        peers.connect(b, Address::new([2; 20]));
        let id = EventId::new([7; 32]);
        missing.add([id], Some(a), Duration::ZERO);
        assert!(missing.due(Duration::ZERO, &mut peers).is_empty());
        let first = ASK_AFTER;
        assert_eq!(missing.due(first, &mut peers), BTreeMap::from([(a, vec![id])]));
        assert!(missing.due(first, &mut peers).is_empty());
        assert_eq!(missing.due(first + ASK_AGAIN_AFTER, &mut peers), BTreeMap::from([(b, vec![id])]));
        assert!(missing.due(GIVE_UP_AFTER, &mut peers).is_empty());
        assert_eq!(missing.next_due(), None);
    }

    #[test]
    fn a_silent_peer_is_asked_less_and_a_peer_with_empty_answers_is_not() {
        let (mut missing, mut peers) = (MissingParents::default(), ConnectedPeers::default());
        let [mute, honest] = [Peer(1), Peer(2)];
        peers.connect(mute, Address::new([1; 20]));
        peers.connect(honest, Address::new([2; 20]));
        let mut asked = BTreeMap::<Peer, usize>::new();
        for ms in 0..30_000 {
            let now = Duration::from_millis(ms);
            if ms % 500 == 0 {
                let id = [ms.to_be_bytes(); 4].concat();
                missing.add([EventId::new(id.try_into().unwrap())], Some(mute), now);
            }
            for peer in missing.due(now, &mut peers).into_keys() {
                *asked.entry(peer).or_default() += 1;
                if peer == honest {
                    peers.note_activity(honest, now);
                }
            }
        }
        assert!(asked[&mute] <= 6, "{asked:?}");
        assert!(asked[&honest] >= 100, "{asked:?}");
    }

    #[test]
    fn a_vertex_without_a_holder_costs_few_messages_however_it_was_named() {
        let (mut missing, mut peers) = (MissingParents::default(), ConnectedPeers::default());
        peers.connect(Peer(1), Address::new([1; 20]));
        let mut messages = 0;
        for ms in 0..11_000 {
            let now = Duration::from_millis(ms);
            missing.add(u8::try_from(ms).map(|at| EventId::new([at; 32])), Some(Peer(1)), now);
            let asked = missing.due(now, &mut peers).len();
            messages += if ms < 1_000 { 0 } else { asked };
        }
        assert!(messages <= 80, "{messages} in ten seconds");
    }
}
