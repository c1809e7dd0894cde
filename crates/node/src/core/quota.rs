//! Quotas of peers in the queues of the node, so that the flood of one peer does not displace the messages of others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use quorate_transport::PeerId;

/// The messages and bytes of one owner that may wait for a worker or for the core thread.
#[derive(Clone, Copy)]
pub(super) struct Quota {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

/// For bulk: two messages of the greatest length. Decoded, they may take twice as much memory.
pub(super) const BULK_QUOTA: Quota = Quota { messages: 32, bytes: 8 << 20 };

/// For urgent messages: the messages of two heights.
pub(super) const URGENT_QUOTA: Quota = Quota { messages: 16, bytes: 4 << 20 };

/// The least quota of a member of a large committee: a vote, and a proposal of the greatest length before it.
const MIN_MEMBER_QUOTA: Quota = Quota { messages: 2, bytes: 2 << 20 };

/// The quota of all members together, unless `MIN_MEMBER_QUOTA` for each of them is more.
const ALL_MEMBERS_QUOTA: Quota = Quota { messages: 1_024, bytes: 128 << 20 };

/// The urgent messages that may wait for their worker: those of two committees of 4,000, since one follows on the other, and
/// those of peers that are no members. The queue allocates as it fills.
pub(super) const URGENT_QUEUE: usize = 16_384;

impl Quota {
    /// The quota for urgent messages of each of `count` members.
    pub(super) fn per_member(count: usize) -> Self {
        let quota = |all: usize, least: usize, most: usize| (all / count.max(1)).clamp(least, most);
        Self {
            messages: quota(ALL_MEMBERS_QUOTA.messages, MIN_MEMBER_QUOTA.messages, URGENT_QUOTA.messages),
            bytes: quota(ALL_MEMBERS_QUOTA.bytes, MIN_MEMBER_QUOTA.bytes, URGENT_QUOTA.bytes),
        }
    }
}

/// The owner of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum QuotaOwner {
    /// One peer.
    Peer(PeerId),
    /// All peers that are no members, together, since one machine can have any number of keys.
    NonMembers,
}

/// The messages and bytes of one owner that are counted now.
#[derive(Default)]
struct QueueUsage {
    messages: AtomicUsize,
    bytes: AtomicUsize,
}

/// Counts one message against the quota of its owner until it is dropped, which is when the message is handled.
pub(super) struct QueuePermit {
    usage: Arc<QueueUsage>,
    bytes: usize,
}

impl QueuePermit {
    /// `None` if the quota is used up.
    fn take(usage: Arc<QueueUsage>, bytes: usize, quota: Quota) -> Option<Self> {
        // No race: one task alone adds to a usage. Other threads only subtract, by dropping permits.
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

/// The usage of each owner that has messages waiting.
#[derive(Default)]
pub(super) struct PeerQuotas(HashMap<QuotaOwner, Weak<QueueUsage>>);

impl PeerQuotas {
    /// A permit for a message of `bytes`; `None` if the quota of its owner is used up.
    pub(super) fn acquire(&mut self, owner: QuotaOwner, bytes: usize, quota: Quota) -> Option<QueuePermit> {
        self.0.retain(|_, waiting| waiting.strong_count() > 0);
        let known = self.0.entry(owner).or_default();
        let usage = known.upgrade().unwrap_or_default();
        *known = Arc::downgrade(&usage);
        let permit = QueuePermit::take(usage, bytes, quota);
        if permit.is_none() {
            tracing::debug!(?owner, "a message was dropped: the quota of its sender is used up");
        }
        permit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_no_more_messages_and_bytes_waiting_than_its_quota() {
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
    fn the_urgent_queue_holds_the_quotas_of_two_committees_and_of_non_members() {
        for members in 0..=4_000 {
            let quota = Quota::per_member(members);
            assert!(2 * members * quota.messages + URGENT_QUOTA.messages <= URGENT_QUEUE, "{members}");
            assert!((MIN_MEMBER_QUOTA.messages..=URGENT_QUOTA.messages).contains(&quota.messages));
            assert!((MIN_MEMBER_QUOTA.bytes..=URGENT_QUOTA.bytes).contains(&quota.bytes));
        }
        assert_eq!([1, 64, 128, 512, 4_000].map(|n| Quota::per_member(n).messages), [16, 16, 8, 2, 2]);
    }
}
