//! The events of the network, the most urgent first.

use libp2p::bytes::Bytes;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::direct::frame::Urgency;
use crate::error::NetError;
use crate::handle::GossipToken;

/// Changes of state that wait. For those that do not fit, the task keeps the last state of each peer.
pub(crate) const MAX_NOTICES: usize = 64;

/// Urgent messages that wait: at most 64 MiB, if an attacker sends the greatest length. Further messages wait at their
/// senders.
pub(crate) const MAX_URGENT_INBOX: usize = 64;

/// Bulk messages that wait: at most 32 MiB, so that one is decoded while the next arrives.
pub(crate) const MAX_BULK_INBOX: usize = 8;

/// Gossip messages that wait: at most 64 MiB. Messages that do not fit are dropped; sync brings their events later.
pub(crate) const MAX_GOSSIP_INBOX: usize = 256;

/// Urgent messages in a row before one of another kind is received, so that a flood of them cannot stop gossip and
/// sync.
const URGENT_RUN: usize = 64;

/// A change or a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetEvent {
    /// A peer of this network is connected: it takes messages. Its direct messages come after this event.
    Connected {
        /// The peer.
        peer: PeerId,
    },
    /// The last connection to a peer ended. A few of its messages may still follow.
    Disconnected {
        /// The peer.
        peer: PeerId,
    },
    /// This node listens on a further address.
    Listening(Multiaddr),
    /// The result of `peers()` has changed.
    PeersChanged,
    /// A gossip message that waits for its verdict. It may come before the `Connected` of its sender.
    Gossip {
        /// The peer that passed it on; not its author.
        from: PeerId,
        /// For [`NetHandle::verdict`](super::NetHandle::verdict).
        token: GossipToken,
        /// The message.
        bytes: Bytes,
    },
    /// A direct message.
    Message {
        /// Its sender.
        from: PeerId,
        /// Its class.
        urgency: Urgency,
        /// The message.
        bytes: Bytes,
    },
}

/// The receiver of events. Its one owner must keep receiving.
pub struct NetEvents {
    pub(crate) notices: mpsc::Receiver<NetEvent>,
    pub(crate) urgent: mpsc::Receiver<(PeerId, Bytes)>,
    pub(crate) gossip: mpsc::Receiver<NetEvent>,
    pub(crate) bulk: mpsc::Receiver<(PeerId, Bytes)>,
    /// `None` once [`closed`](Self::closed) has returned the result.
    pub(crate) task: Option<JoinHandle<Result<(), NetError>>>,
    /// Urgent messages since one of another kind was received.
    pub(crate) run: usize,
    /// Whether bulk had the last turn after a run of urgent messages.
    pub(crate) bulk_turn: bool,
}

impl NetEvents {
    /// The next event: changes of state first, then urgent messages, then gossip and bulk in turn. `None` once the
    /// network task has ended; [`closed`](Self::closed) then returns its result. Safe to cancel.
    pub async fn recv(&mut self) -> Option<NetEvent> {
        if self.run >= URGENT_RUN {
            self.run = 0;
            if let Some(event) = self.waiting() {
                return Some(event);
            }
        }
        let event = tokio::select! {
            biased;
            notice = self.notices.recv() => return notice,
            Some(message) = self.urgent.recv() => {
                self.run += 1;
                return Some(direct(Urgency::Urgent, message));
            }
            Some(event) = either(&mut self.gossip, &mut self.bulk) => event,
            else => return None,
        };
        self.run = 0;
        Some(event)
    }

    /// Gossip or bulk that has arrived already.
    fn waiting(&mut self) -> Option<NetEvent> {
        let bulk = |bulk: &mut mpsc::Receiver<_>| bulk.try_recv().ok().map(|message| direct(Urgency::Bulk, message));
        self.bulk_turn = !self.bulk_turn;
        if self.bulk_turn {
            bulk(&mut self.bulk).or_else(|| self.gossip.try_recv().ok())
        } else {
            self.gossip.try_recv().ok().or_else(|| bulk(&mut self.bulk))
        }
    }

    /// Waits until the network task has ended and returns its result: `Ok` after a shutdown, [`NetError::Panicked`] if it
    /// panicked. A second call returns [`NetError::Closed`].
    ///
    /// # Errors
    /// The error that ended the task.
    pub async fn closed(&mut self) -> Result<(), NetError> {
        let Some(task) = &mut self.task else {
            return Err(NetError::Closed);
        };
        let ended = task.await;
        self.task = None;
        ended.unwrap_or_else(|error| Err(if error.is_panic() { NetError::Panicked } else { NetError::Closed }))
    }
}

async fn either(gossip: &mut mpsc::Receiver<NetEvent>, bulk: &mut mpsc::Receiver<(PeerId, Bytes)>) -> Option<NetEvent> {
    // Not biased: tokio takes either with equal chance, so neither starves.
    tokio::select! {
        event = gossip.recv() => event,
        message = bulk.recv() => message.map(|message| direct(Urgency::Bulk, message)),
    }
}

fn direct(urgency: Urgency, (from, bytes): (PeerId, Bytes)) -> NetEvent {
    NetEvent::Message { from, urgency, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ends {
        notices: mpsc::Sender<NetEvent>,
        urgent: mpsc::Sender<(PeerId, Bytes)>,
        gossip: mpsc::Sender<NetEvent>,
        bulk: mpsc::Sender<(PeerId, Bytes)>,
    }

    fn events(task: JoinHandle<Result<(), NetError>>) -> (Ends, NetEvents) {
        let (notices_in, notices) = mpsc::channel(MAX_NOTICES);
        let (urgent_in, urgent) = mpsc::channel(2 * URGENT_RUN);
        let (gossip_in, gossip) = mpsc::channel(MAX_GOSSIP_INBOX);
        let (bulk_in, bulk) = mpsc::channel(MAX_BULK_INBOX);
        let ends = Ends { notices: notices_in, urgent: urgent_in, gossip: gossip_in, bulk: bulk_in };
        let task = Some(task);
        (ends, NetEvents { notices, urgent, gossip, bulk, task, run: 0, bulk_turn: false })
    }

    fn urgency(event: Option<NetEvent>) -> Option<Urgency> {
        match event {
            Some(NetEvent::Message { urgency, .. }) => Some(urgency),
            _ => None,
        }
    }

    #[tokio::test]
    async fn changes_come_first_then_urgent_messages_yet_a_flood_of_them_lets_others_in() {
        let (ends, mut events) = events(tokio::spawn(async { Ok(()) }));
        let peer = PeerId::random();
        ends.bulk.try_send((peer, Bytes::new())).unwrap();
        ends.gossip.try_send(NetEvent::PeersChanged).unwrap();
        for _ in 0..2 * URGENT_RUN {
            ends.urgent.try_send((peer, Bytes::new())).unwrap();
        }
        ends.notices.try_send(NetEvent::Connected { peer }).unwrap();
        assert_eq!(events.recv().await, Some(NetEvent::Connected { peer }));
        for _ in 0..URGENT_RUN {
            assert_eq!(urgency(events.recv().await), Some(Urgency::Urgent));
        }
        assert_eq!(urgency(events.recv().await), Some(Urgency::Bulk));
        for _ in 0..URGENT_RUN {
            assert_eq!(urgency(events.recv().await), Some(Urgency::Urgent));
        }
        assert_eq!(events.recv().await, Some(NetEvent::PeersChanged), "stands here for gossip");
    }

    #[tokio::test]
    async fn a_panic_of_the_task_is_reported() {
        let (ends, mut events) = events(tokio::spawn(async { panic!("on purpose") }));
        drop(ends.notices);
        assert_eq!(events.recv().await, None);
        assert!(matches!(events.closed().await, Err(NetError::Panicked)));
        assert!(matches!(events.closed().await, Err(NetError::Closed)));
    }
}
