//! The messages that wait to be sent: for each connection two bounded queues, one for each class.
//!
//! `send` puts a message into the queue and wakes the task of the connection. The message does not pass the task that owns
//! the swarm, and the caller gets the result at once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use libp2p::bytes::Bytes;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::Notify;

use crate::addresses::multiaddr::is_relayed;
use crate::direct::frame::Urgency;
use crate::direct::traffic::{Traffic, TrafficCount};
use crate::error::SendError;

/// The votes of a large committee for several heights. Beyond it the oldest are dropped: the protocol repeats its messages,
/// and a repeated message is newer.
pub const MAX_URGENT_QUEUE: usize = 1024;

/// The bound of the memory of one urgent queue.
pub const MAX_URGENT_QUEUE_BYTES: usize = 8 << 20;

/// Bulk is produced on request, so a short queue keeps a link busy.
pub const MAX_BULK_QUEUE: usize = 64;

/// The bound of the memory of one bulk queue: four of the longest messages.
pub const MAX_BULK_QUEUE_BYTES: usize = 16 << 20;

/// The queues of one connection.
#[derive(Default)]
pub(crate) struct SendQueue {
    /// Whether the connection goes through a relay: it is used only if there is no other.
    is_relayed: bool,
    queues: Mutex<[ClassQueue; 2]>,
    filled: [Notify; 2],
    room: Arc<Notify>,
    pub(crate) traffic: Arc<Traffic>,
}

#[derive(Default)]
struct ClassQueue {
    frames: VecDeque<Bytes>,
    bytes: usize,
    dropped: u64,
}

impl ClassQueue {
    fn push(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    fn pop(&mut self) -> Option<Bytes> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.len();
        Some(frame)
    }

    fn has_room(&self, len: usize, urgency: Urgency) -> bool {
        let (count, bytes) = match urgency {
            Urgency::Urgent => (MAX_URGENT_QUEUE, MAX_URGENT_QUEUE_BYTES),
            Urgency::Bulk => (MAX_BULK_QUEUE, MAX_BULK_QUEUE_BYTES),
        };
        self.frames.len() < count && self.bytes + len <= bytes
    }
}

impl SendQueue {
    /// The queues of a connection; `end` is the address that names the relay, if it goes through one.
    pub(crate) fn of(end: &Multiaddr) -> Self {
        Self { is_relayed: is_relayed(end), ..Self::default() }
    }

    fn queues(&self) -> MutexGuard<'_, [ClassQueue; 2]> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a frame to its queue. If that is full, urgent frames replace the oldest ones, and bulk frames are refused.
    fn push(&self, urgency: Urgency, frame: Bytes) -> Result<(), Bytes> {
        let mut queues = self.queues();
        let queue = &mut queues[urgency as usize];
        while !queue.has_room(frame.len(), urgency) {
            if urgency == Urgency::Bulk || queue.pop().is_none() {
                return Err(frame);
            }
            queue.dropped += 1;
        }
        queue.push(frame);
        drop(queues);
        self.filled[urgency as usize].notify_one();
        Ok(())
    }

    /// The next frame of a class, as soon as there is one.
    pub(crate) async fn next(&self, urgency: Urgency) -> Bytes {
        loop {
            let frame = self.queues()[urgency as usize].pop();
            if let Some(frame) = frame {
                self.room.notify_waiters();
                return frame;
            }
            self.filled[urgency as usize].notified().await;
        }
    }

    /// The number of urgent frames that newer ones replaced.
    fn dropped(&self) -> u64 {
        self.queues()[Urgency::Urgent as usize].dropped
    }
}

/// The queues of all connections: for each peer those that are ready, the one in use last.
#[derive(Default)]
pub(crate) struct SendQueues(Mutex<ByPeer>);

type ByPeer = BTreeMap<PeerId, Vec<(ConnectionId, Arc<SendQueue>)>>;

impl SendQueues {
    fn lock(&self) -> MutexGuard<'_, ByPeer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `peer` has a ready connection, which only peers of this network have.
    pub(crate) fn is_connected(&self, peer: &PeerId) -> bool {
        self.lock().contains_key(peer)
    }

    fn newest(&self, peer: &PeerId) -> Option<Arc<SendQueue>> {
        self.lock().get(peer)?.last().map(|(_, send_queue)| Arc::clone(send_queue))
    }

    /// The bytes on the connection to a peer that is in use.
    pub(crate) fn traffic(&self, peer: &PeerId) -> TrafficCount {
        self.newest(peer).map(|send_queue| send_queue.traffic.count()).unwrap_or_default()
    }

    /// Adds a ready connection. The last one of a peer is in use, so direct ones come after those through a relay.
    pub(crate) fn insert(&self, peer: PeerId, connection: ConnectionId, send_queue: Arc<SendQueue>) {
        let mut all = self.lock();
        let ours = all.entry(peer).or_default();
        let at = ours.iter().take_while(|(_, other)| other.is_relayed || !send_queue.is_relayed).count();
        ours.insert(at, (connection, send_queue));
    }

    /// Removes a connection. The messages that waited there move to another connection of the peer, if there is one.
    pub(crate) fn remove(&self, peer: &PeerId, connection: ConnectionId) {
        let mut all = self.lock();
        let Some(ours) = all.get_mut(peer) else {
            return;
        };
        let Some(at) = ours.iter().position(|(id, _)| *id == connection) else {
            return;
        };
        let (_, gone) = ours.remove(at);
        let other_queue = ours.last().map(|(_, send_queue)| Arc::clone(send_queue));
        if other_queue.is_none() {
            all.remove(peer);
        }
        drop(all);
        gone.room.notify_waiters();
        let Some(other_queue) = other_queue else { return };
        for urgency in [Urgency::Urgent, Urgency::Bulk] {
            let waiting = std::mem::take(&mut gone.queues()[urgency as usize].frames);
            for frame in waiting {
                // The bound of the other queue holds: frames that do not fit are lost with tother_queue connection.
                let _ = other_queue.push(urgency, frame);
            }
        }
    }

    /// Queues a message to a peer.
    pub(crate) fn send(&self, peer: &PeerId, urgency: Urgency, frame: Bytes) -> Result<(), SendError> {
        let max = urgency.max_bytes();
        if frame.len() > max {
            return Err(SendError::TooLarge { len: frame.len(), max });
        }
        let send_queue = self.newest(peer).ok_or(SendError::NotConnected { peer: *peer })?;
        send_queue.push(urgency, frame).map_err(|_| SendError::Full { peer: *peer })
    }

    /// Waits until the peer's bulk queue can take a message of `len` bytes, or the peer is not connected.
    pub(crate) async fn room(&self, peer: &PeerId, len: usize) {
        while let Some(send_queue) = self.newest(peer) {
            let taken = Arc::clone(&send_queue.room).notified_owned();
            if send_queue.queues()[Urgency::Bulk as usize].has_room(len, Urgency::Bulk) {
                return;
            }
            taken.await;
        }
    }

    /// Queues a message of any length.
    #[cfg(test)]
    pub(crate) fn push_unchecked(&self, peer: &PeerId, urgency: Urgency, frame: Bytes) {
        self.newest(peer).unwrap().push(urgency, frame).unwrap();
    }

    pub(crate) fn urgent_dropped(&self, peer: &PeerId) -> u64 {
        self.newest(peer).map_or(0, |send_queue| send_queue.dropped())
    }
}

#[cfg(test)]
mod tests {
    use libp2p::futures::FutureExt;

    use super::*;
    use crate::direct::frame::MAX_BULK_BYTES;

    fn send_queues() -> (SendQueues, PeerId, Arc<SendQueue>) {
        let (all, peer, one) = (SendQueues::default(), PeerId::random(), Arc::new(SendQueue::default()));
        all.insert(peer, ConnectionId::new_unchecked(1), Arc::clone(&one));
        (all, peer, one)
    }

    #[tokio::test]
    async fn an_urgent_queue_that_overflows_drops_the_oldest() {
        let (all, peer, one) = send_queues();
        for n in 0..=MAX_URGENT_QUEUE {
            all.send(&peer, Urgency::Urgent, Bytes::from(n.to_string())).unwrap();
        }
        assert_eq!(one.next(Urgency::Urgent).await, "1");
        assert_eq!(all.urgent_dropped(&peer), 1);
    }

    #[tokio::test]
    async fn a_full_bulk_queue_refuses_and_its_room_can_be_awaited() {
        let (all, peer, one) = send_queues();
        let long = Bytes::from(vec![0; MAX_BULK_BYTES]);
        for _ in 0..MAX_BULK_QUEUE_BYTES / MAX_BULK_BYTES {
            all.send(&peer, Urgency::Bulk, long.clone()).unwrap();
        }
        assert_eq!(all.send(&peer, Urgency::Bulk, long.clone()), Err(SendError::Full { peer }));
        all.send(&peer, Urgency::Urgent, Bytes::new()).unwrap();
        tokio::join!(all.room(&peer, long.len()), one.next(Urgency::Bulk));
        all.send(&peer, Urgency::Bulk, long).unwrap();
    }

    #[tokio::test]
    async fn messages_of_a_closed_connection_leave_by_the_other() {
        let (all, peer, _) = send_queues();
        all.send(&peer, Urgency::Urgent, "a".into()).unwrap();
        let two = Arc::new(SendQueue::default());
        all.insert(peer, ConnectionId::new_unchecked(2), Arc::clone(&two));
        all.remove(&peer, ConnectionId::new_unchecked(1));
        assert_eq!(two.next(Urgency::Urgent).await, "a");
        let relayed = Arc::new(SendQueue { is_relayed: true, ..SendQueue::default() });
        all.insert(peer, ConnectionId::new_unchecked(3), Arc::clone(&relayed));
        all.send(&peer, Urgency::Urgent, "direct".into()).unwrap();
        let next = two.next(Urgency::Urgent).now_or_never();
        assert_eq!(next.unwrap(), "direct", "a newer connection through a relay changes nothing");
        all.remove(&peer, ConnectionId::new_unchecked(2));
        all.send(&peer, Urgency::Urgent, "by relay".into()).unwrap();
        assert_eq!(relayed.next(Urgency::Urgent).now_or_never().unwrap(), "by relay");
        all.remove(&peer, ConnectionId::new_unchecked(3));
        assert_eq!(all.send(&peer, Urgency::Urgent, "b".into()), Err(SendError::NotConnected { peer }));
    }
}
