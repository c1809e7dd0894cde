//! What each sender may have waiting, so that nobody's flood takes the place of what others say.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use quorate_transport::PeerId;

/// What one sender may have waiting for a worker, which others need too, or for the core thread.
#[derive(Clone, Copy)]
pub(super) struct Quota {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

/// Of bulk two of the longest messages. Read, they may weigh twice as much.
pub(super) const BULK_QUOTA: Quota = Quota { messages: 32, bytes: 8 << 20 };

/// Of urgent messages what is said of two heights.
pub(super) const URGENT_QUOTA: Quota = Quota { messages: 16, bytes: 4 << 20 };

/// The least that a member of a large committee has: a vote, and the proposal before it, which may be of the greatest length.
const MIN_MEMBER_QUOTA: Quota = Quota { messages: 2, bytes: 2 << 20 };

/// What all members together have waiting, as long as `MIN_MEMBER_QUOTA` for each is not more.
const ALL_MEMBERS_QUOTA: Quota = Quota { messages: 1_024, bytes: 128 << 20 };

/// The urgent messages that wait for their worker: two committees of 4,000, since one follows on the other, and strangers. It
/// takes memory for those that do wait.
pub(super) const URGENT_QUEUE: usize = 16_384;

impl Quota {
    /// Of urgent messages, for each of so many members.
    pub(super) fn per_member(count: usize) -> Self {
        let quota = |all: usize, least: usize, most: usize| (all / count.max(1)).clamp(least, most);
        Self {
            messages: quota(ALL_MEMBERS_QUOTA.messages, MIN_MEMBER_QUOTA.messages, URGENT_QUOTA.messages),
            bytes: quota(ALL_MEMBERS_QUOTA.bytes, MIN_MEMBER_QUOTA.bytes, URGENT_QUOTA.bytes),
        }
    }
}

/// For whom a place is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum QuotaOwner {
    /// For one peer.
    Peer(PeerId),
    /// For all that are no members, together: anybody has as many keys as it likes.
    NonMembers,
}

/// What one owner's messages weigh, from their arrival until they are dealt with.
#[derive(Default)]
struct QueueUsage {
    messages: AtomicUsize,
    bytes: AtomicUsize,
}

/// A message's quota of its owner's usage, as long as it lives.
pub(super) struct QueuePermit {
    usage: Arc<QueueUsage>,
    bytes: usize,
}

impl QueuePermit {
    /// Nothing if the owner has enough waiting.
    fn take(usage: Arc<QueueUsage>, bytes: usize, quota: Quota) -> Option<Self> {
        // Only the one task that hands out permits adds to a usage.
        let messages = usage.messages.load(Ordering::Relaxed);
        if messages >= quota.messages || usage.bytes.load(Ordering::Relaxed) + bytes > quota.bytes {
            return None;
        }
        usage.messages.fetch_add(1, Ordering::Relaxed);
        usage.bytes.fetch_add(bytes, Ordering::Relaxed);
        Some(Self { usage, bytes })
    }
}

impl Drop for QueuePermit {
    fn drop(&mut self) {
        self.usage.messages.fetch_sub(1, Ordering::Relaxed);
        self.usage.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What each owner has waiting, as long as it has.
#[derive(Default)]
pub(super) struct PeerQuotas(HashMap<QuotaOwner, Weak<QueueUsage>>);

impl PeerQuotas {
    /// Gives a message of so many bytes its place; nothing if its owner has its quota already.
    pub(super) fn acquire(&mut self, owner: QuotaOwner, bytes: usize, quota: Quota) -> Option<QueuePermit> {
        self.0.retain(|_, waiting| waiting.strong_count() > 0);
        let known = self.0.entry(owner).or_default();
        let usage = known.upgrade().unwrap_or_default();
        *known = Arc::downgrade(&usage);
        let permit = QueuePermit::take(usage, bytes, quota);
        if permit.is_none() {
            tracing::debug!(?owner, "a message was dropped: its sender is ahead of this node");
        }
        permit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_so_many_messages_and_bytes_waiting_and_no_more_until_one_is_dealt_with() {
        let usage = Arc::new(QueueUsage::default());
        let take = |bytes| QueuePermit::take(Arc::clone(&usage), bytes, BULK_QUOTA);
        let mut permits: Vec<_> = (0..BULK_QUOTA.messages).map(|_| take(1).unwrap()).collect();
        assert!(take(1).is_none());
        permits.pop();
        assert!(take(1).is_some());
        permits.clear();
        let large = take(BULK_QUOTA.bytes - 1);
        assert!(large.is_some() && take(2).is_none() && take(1).is_some());
        drop(large);
        assert!(take(BULK_QUOTA.bytes).is_some());
    }

    #[test]
    fn the_urgent_queue_holds_all_that_two_committees_and_strangers_may_have_waiting() {
        for members in 0..=4_000 {
            let quota = Quota::per_member(members);
            assert!(2 * members * quota.messages + URGENT_QUOTA.messages <= URGENT_QUEUE, "{members}");
            assert!((MIN_MEMBER_QUOTA.messages..=URGENT_QUOTA.messages).contains(&quota.messages));
            assert!((MIN_MEMBER_QUOTA.bytes..=URGENT_QUOTA.bytes).contains(&quota.bytes));
        }
        assert_eq!([1, 64, 128, 512, 4_000].map(|n| Quota::per_member(n).messages), [16, 16, 8, 2, 2]);
    }
}
