//! Vertices that are named but not held: whom to ask for them, and when to ask somebody else.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_agreement::Peer;
use quorate_event::{EventId, is_planted};

use crate::message::WANT_IDS;
use crate::peers::Peers;

/// Gossip delivers a child before its parent now and then: so long the parent may still come by itself.
const ASK_AFTER: Duration = Duration::from_millis(20);
/// When a peer did not answer, the next one is asked.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(250);
/// What would be asked for again so soon is asked for now: parents that do not exist, named one by one, are asked for in
/// eight messages a second to a peer, and not in one for each event that names them.
const TOGETHER: Duration = Duration::from_millis(125);
/// Nobody has it: whoever named it invented it, or will name it again.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
/// Wants at a time: as many as the waiting room can hold events of one kilobyte; about 8 MiB.
const WANTS: usize = 65_536;

#[derive(Debug)]
struct Want {
    since: Duration,
    due: Duration,
    was_asked: bool,
    ask: Option<Peer>,
}

impl Want {
    fn is_due(&self, now: Duration) -> bool {
        self.due <= now || self.was_asked && self.due <= now.saturating_add(TOGETHER)
    }
}

/// The open wants.
#[derive(Debug, Default)]
pub(crate) struct Wants {
    open: BTreeMap<EventId, Want>,
    /// Lower bound of all `due`, so that the common case looks at nothing.
    earliest: Option<Duration>,
}

impl Wants {
    /// `ids` are missing; `named_by` should have them.
    pub(crate) fn add(&mut self, ids: impl IntoIterator<Item = EventId>, named_by: Option<Peer>, now: Duration) {
        let due = now.saturating_add(ASK_AFTER);
        for id in ids {
            if self.open.len() >= WANTS || is_planted("parents unasked") {
                return;
            }
            self.open.entry(id).or_insert(Want { since: now, due, was_asked: false, ask: named_by });
            self.earliest = Some(self.earliest.map_or(due, |earliest| earliest.min(due)));
        }
    }

    /// `id` is held now.
    pub(crate) fn remove(&mut self, id: &EventId) {
        self.open.remove(id);
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// When something is to be asked for next.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        if self.open.is_empty() { None } else { self.earliest }
    }

    /// What to ask of whom now.
    pub(crate) fn due(&mut self, now: Duration, peers: &Peers) -> BTreeMap<Peer, Vec<EventId>> {
        let mut asks = BTreeMap::<Peer, Vec<EventId>>::new();
        if self.next_due().is_none_or(|due| due > now) {
            return asks;
        }
        self.open.retain(|_, want| now.saturating_sub(want.since) < GIVE_UP_AFTER);
        for (id, want) in self.open.iter_mut().filter(|(_, want)| want.is_due(now)) {
            want.due = now.saturating_add(ASK_AGAIN_AFTER);
            want.was_asked = true;
            let peer = want.ask.filter(|peer| peers.is_connected(*peer)).or_else(|| peers.after(want.ask));
            want.ask = peers.after(peer);
            let Some(peer) = peer else { continue };
            let ids = asks.entry(peer).or_default();
            if ids.len() < WANT_IDS {
                ids.push(*id);
            }
        }
        self.earliest = self.open.values().map(|want| want.due).min();
        asks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_event::Address;

    #[test]
    fn a_peer_that_does_not_answer_is_followed_by_another() {
        let (mut wants, mut peers) = (Wants::default(), Peers::default());
        let [a, b] = [Peer(1), Peer(2)];
        peers.connect(a, Address::new([1; 20]));
        peers.connect(b, Address::new([2; 20]));
        let id = EventId::new([7; 32]);
        wants.add([id], Some(a), Duration::ZERO);
        assert!(wants.due(Duration::ZERO, &peers).is_empty());
        let first = ASK_AFTER;
        assert_eq!(wants.due(first, &peers), BTreeMap::from([(a, vec![id])]));
        assert!(wants.due(first, &peers).is_empty());
        assert_eq!(wants.due(first + ASK_AGAIN_AFTER, &peers), BTreeMap::from([(b, vec![id])]));
        assert!(wants.due(GIVE_UP_AFTER, &peers).is_empty());
        assert_eq!(wants.next_due(), None);
    }

    #[test]
    fn what_nobody_has_is_asked_for_in_few_messages_however_it_was_named() {
        let (mut wants, mut peers) = (Wants::default(), Peers::default());
        peers.connect(Peer(1), Address::new([1; 20]));
        let mut messages = 0;
        for ms in 0..11_000 {
            let now = Duration::from_millis(ms);
            wants.add(u8::try_from(ms).map(|at| EventId::new([at; 32])), Some(Peer(1)), now);
            let asked = wants.due(now, &peers).len();
            messages += if ms < 1_000 { 0 } else { asked };
        }
        assert!(messages <= 80, "{messages} in ten seconds");
    }
}
