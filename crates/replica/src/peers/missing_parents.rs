//! Vertices that are named but not held: whom to ask for them, and when to ask somebody else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quorate_agreement::Peer;
use quorate_event::EventId;

use crate::peers::connected::Peers;
use crate::wire::peer_message::WANT_IDS;

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
    /// Of whom it was last asked, and when.
    asked: Option<(Peer, Duration)>,
    ask: Option<Peer>,
}

impl Want {
    fn is_due(&self, now: Duration) -> bool {
        self.due <= now || self.asked.is_some() && self.due <= now.saturating_add(TOGETHER)
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
            if self.open.len() >= WANTS {
                return;
            }
            self.open.entry(id).or_insert(Want { since: now, due, asked: None, ask: named_by });
            self.earliest = Some(self.earliest.map_or(due, |earliest| earliest.min(due)));
        }
    }

    /// `id` is held now.
    pub(crate) fn remove(&mut self, id: &EventId) {
        self.open.remove(id);
    }

    /// Whether somebody was asked for `id`.
    pub(crate) fn was_asked(&self, id: &EventId) -> bool {
        self.open.get(id).is_some_and(|want| want.asked.is_some())
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// When something is to be asked for next.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        if self.open.is_empty() { None } else { self.earliest }
    }

    /// What to ask of whom now. Peers that were asked and said nothing at all are asked less.
    pub(crate) fn due(&mut self, now: Duration, peers: &mut Peers) -> BTreeMap<Peer, Vec<EventId>> {
        let mut asks = BTreeMap::<Peer, Vec<EventId>>::new();
        if self.next_due().is_none_or(|due| due > now) {
            return asks;
        }
        self.open.retain(|_, want| now.saturating_sub(want.since) < GIVE_UP_AFTER);
        self.note_silence(now, peers);
        for (id, want) in self.open.iter_mut().filter(|(_, want)| want.is_due(now)) {
            want.due = now.saturating_add(ASK_AGAIN_AFTER);
            let peer = want.ask.filter(|peer| peers.may_ask(*peer, now)).or_else(|| peers.after(want.ask, now));
            want.ask = peers.after(peer, now);
            let Some(peer) = peer else { continue };
            want.asked = Some((peer, now));
            let ids = asks.entry(peer).or_default();
            if ids.len() < WANT_IDS {
                ids.push(*id);
            }
        }
        self.earliest = self.open.values().map(|want| want.due).min();
        asks
    }

    /// An honest peer answers, if only that it has none of it; one silence, however much it was asked for.
    fn note_silence(&self, now: Duration, peers: &mut Peers) {
        let asked = self.open.values().filter(|want| want.due <= now).filter_map(|want| want.asked);
        let silent: BTreeSet<Peer> =
            asked.filter(|(peer, since)| !peers.was_heard(*peer, *since)).map(|(peer, _)| peer).collect();
        for peer in silent {
            peers.silent(peer, now);
        }
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
        assert!(wants.due(Duration::ZERO, &mut peers).is_empty());
        let first = ASK_AFTER;
        assert_eq!(wants.due(first, &mut peers), BTreeMap::from([(a, vec![id])]));
        assert!(wants.due(first, &mut peers).is_empty());
        assert_eq!(wants.due(first + ASK_AGAIN_AFTER, &mut peers), BTreeMap::from([(b, vec![id])]));
        assert!(wants.due(GIVE_UP_AFTER, &mut peers).is_empty());
        assert_eq!(wants.next_due(), None);
    }

    #[test]
    fn who_says_nothing_is_asked_less_and_who_says_that_it_has_nothing_is_not() {
        let (mut wants, mut peers) = (Wants::default(), Peers::default());
        let [mute, honest] = [Peer(1), Peer(2)];
        peers.connect(mute, Address::new([1; 20]));
        peers.connect(honest, Address::new([2; 20]));
        let mut asked = BTreeMap::<Peer, usize>::new();
        for ms in 0..30_000 {
            let now = Duration::from_millis(ms);
            if ms % 500 == 0 {
                let id = [ms.to_be_bytes(); 4].concat();
                wants.add([EventId::new(id.try_into().unwrap())], Some(mute), now);
            }
            for peer in wants.due(now, &mut peers).into_keys() {
                *asked.entry(peer).or_default() += 1;
                if peer == honest {
                    peers.hear(honest, now);
                }
            }
        }
        assert!(asked[&mute] <= 6, "{asked:?}");
        assert!(asked[&honest] >= 100, "{asked:?}");
    }

    #[test]
    fn what_nobody_has_is_asked_for_in_few_messages_however_it_was_named() {
        let (mut wants, mut peers) = (Wants::default(), Peers::default());
        peers.connect(Peer(1), Address::new([1; 20]));
        let mut messages = 0;
        for ms in 0..11_000 {
            let now = Duration::from_millis(ms);
            wants.add(u8::try_from(ms).map(|at| EventId::new([at; 32])), Some(Peer(1)), now);
            let asked = wants.due(now, &mut peers).len();
            messages += if ms < 1_000 { 0 } else { asked };
        }
        assert!(messages <= 80, "{messages} in ten seconds");
    }
}
