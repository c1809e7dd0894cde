//! What each sender may have waiting, so that nobody's flood takes the place of what others say.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use quorate_transport::PeerId;

/// What one sender may have waiting for a worker, which others need too, or for the core thread.
#[derive(Clone, Copy)]
pub(super) struct Share {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

/// Of bulk two of the longest messages. Read, they may weigh twice as much.
pub(super) const BULK: Share = Share { messages: 32, bytes: 8 << 20 };

/// Of urgent messages what is said of two heights.
pub(super) const URGENT: Share = Share { messages: 16, bytes: 4 << 20 };

/// The least that a member of a large committee has: a vote, and the proposal before it, which may be of the greatest length.
const LEAST: Share = Share { messages: 2, bytes: 2 << 20 };

/// What all members together have waiting, as long as `LEAST` for each is not more.
const MEMBERS: Share = Share { messages: 1_024, bytes: 128 << 20 };

/// The urgent messages that wait for their worker: two committees of 4,000, since one follows on the other, and strangers. It
/// takes memory for those that do wait.
pub(super) const URGENT_WAITING: usize = 16_384;

impl Share {
    /// Of urgent messages, for each of so many members.
    pub(super) fn of_members(count: usize) -> Self {
        let share = |all: usize, least: usize, most: usize| (all / count.max(1)).clamp(least, most);
        Self {
            messages: share(MEMBERS.messages, LEAST.messages, URGENT.messages),
            bytes: share(MEMBERS.bytes, LEAST.bytes, URGENT.bytes),
        }
    }
}

/// For whom a place is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// For one peer.
    Peer(PeerId),
    /// For all that are no members, together: anybody has as many keys as it likes.
    Strangers,
}

/// What one holder's messages weigh, from their arrival until they are dealt with.
#[derive(Default)]
struct Load {
    messages: AtomicUsize,
    bytes: AtomicUsize,
}

/// A message's share of its holder's load, as long as it lives.
pub(super) struct Place {
    load: Arc<Load>,
    bytes: usize,
}

impl Place {
    /// Nothing if the holder has enough waiting.
    fn take(load: Arc<Load>, bytes: usize, share: Share) -> Option<Self> {
        // Only the one task that hands out places adds to a load.
        let messages = load.messages.load(Ordering::Relaxed);
        if messages >= share.messages || load.bytes.load(Ordering::Relaxed) + bytes > share.bytes {
            return None;
        }
        load.messages.fetch_add(1, Ordering::Relaxed);
        load.bytes.fetch_add(bytes, Ordering::Relaxed);
        Some(Self { load, bytes })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.load.messages.fetch_sub(1, Ordering::Relaxed);
        self.load.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What each holder has waiting, as long as it has.
#[derive(Default)]
pub(super) struct Loads(HashMap<Holder, Weak<Load>>);

impl Loads {
    /// Gives a message of so many bytes its place; nothing if its holder has its share already.
    pub(super) fn place(&mut self, holder: Holder, bytes: usize, share: Share) -> Option<Place> {
        self.0.retain(|_, waiting| waiting.strong_count() > 0);
        let known = self.0.entry(holder).or_default();
        let load = known.upgrade().unwrap_or_default();
        *known = Arc::downgrade(&load);
        let place = Place::take(load, bytes, share);
        if place.is_none() {
            tracing::debug!(?holder, "a message was dropped: its sender is ahead of this node");
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_so_many_messages_and_bytes_waiting_and_no_more_until_one_is_dealt_with() {
        let load = Arc::new(Load::default());
        let take = |bytes| Place::take(Arc::clone(&load), bytes, BULK);
        let mut places: Vec<_> = (0..BULK.messages).map(|_| take(1).unwrap()).collect();
        assert!(take(1).is_none());
        places.pop();
        assert!(take(1).is_some());
        places.clear();
        let large = take(BULK.bytes - 1);
        assert!(large.is_some() && take(2).is_none() && take(1).is_some());
        drop(large);
        assert!(take(BULK.bytes).is_some());
    }

    #[test]
    fn the_urgent_queue_holds_all_that_two_committees_and_strangers_may_have_waiting() {
        for members in 0..=4_000 {
            let share = Share::of_members(members);
            assert!(2 * members * share.messages + URGENT.messages <= URGENT_WAITING, "{members}");
            assert!((LEAST.messages..=URGENT.messages).contains(&share.messages));
            assert!((LEAST.bytes..=URGENT.bytes).contains(&share.bytes));
        }
        assert_eq!([1, 64, 128, 512, 4_000].map(|n| Share::of_members(n).messages), [16, 16, 8, 2, 2]);
    }
}
