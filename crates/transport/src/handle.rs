//! The handle by which the rest of the node uses the network.

use std::fmt;
use std::sync::Arc;

use libp2p::bytes::Bytes;
use libp2p::gossipsub::MessageId;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};

use crate::connections::peer_info::PeerInfo;
use crate::direct::frame::Urgency;
use crate::direct::send_queue::SendQueues;
use crate::error::{NetError, SendError};
use crate::gossip::MAX_GOSSIP_BYTES;
use crate::identity::peer_address;

/// Commands to the network task that wait: each takes microseconds, so a waiting sender is served soon.
pub(crate) const MAX_COMMANDS: usize = 64;

/// The result of validation, to be given with the message's [`GossipToken`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GossipVerdict {
    /// Valid: pass it on.
    Accept,
    /// Invalid, as its sender could have checked: drop it and lower the score of the sender.
    Reject,
    /// Of no use, without a fault of the sender: drop it.
    Ignore,
}

/// Identifies a gossip message for its [`GossipVerdict`].
#[derive(Clone, PartialEq, Eq)]
pub struct GossipToken {
    pub(crate) id: MessageId,
    pub(crate) from: PeerId,
}

impl fmt::Debug for GossipToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("g:")?;
        self.id.0.iter().take(2).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

pub(crate) enum TaskCommand {
    Gossip(Bytes, oneshot::Sender<Result<(), NetError>>),
    Verdict(GossipToken, GossipVerdict),
    Dial(Multiaddr, oneshot::Sender<Result<(), NetError>>),
    Disconnect(PeerId),
    Penalise(PeerId),
    Peers(oneshot::Sender<Vec<PeerInfo>>),
    Listening(oneshot::Sender<Vec<Multiaddr>>),
    Shutdown,
}

/// A handle to the network task; clones are cheap. The task ends when its last handle is dropped.
#[derive(Clone)]
pub struct NetHandle {
    pub(crate) local: PeerId,
    pub(crate) commands: mpsc::Sender<TaskCommand>,
    pub(crate) send_queues: Arc<SendQueues>,
}

impl NetHandle {
    /// This node's peer id.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.local
    }

    /// The Ethereum address of this node's key.
    #[must_use]
    pub fn address(&self) -> Option<[u8; 20]> {
        peer_address(&self.local)
    }

    /// Sends a message to all peers of the network. Without peers the message is not sent, which is no error: peers
    /// that connect later get its content by sync. The same bytes are not sent twice within a minute.
    ///
    /// # Errors
    /// [`NetError::TooLarge`] above [`MAX_GOSSIP_BYTES`], [`NetError::Busy`] if no peer has room.
    pub async fn gossip(&self, bytes: impl Into<Bytes>) -> Result<(), NetError> {
        let bytes = bytes.into();
        if bytes.len() > MAX_GOSSIP_BYTES {
            return Err(NetError::TooLarge { len: bytes.len(), max: MAX_GOSSIP_BYTES });
        }
        self.call(|reply| TaskCommand::Gossip(bytes, reply)).await?
    }

    /// Queues a message to one peer and returns at once. If the queue is full, an urgent message replaces the oldest one;
    /// a bulk message is refused, and [`room`](Self::room) waits for room. Queued messages are lost with the
    /// connection; the protocols above repeat them.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn send(&self, peer: PeerId, urgency: Urgency, bytes: impl Into<Bytes>) -> Result<(), SendError> {
        self.send_queues.send(&peer, urgency, bytes.into())
    }

    /// Waits until the bulk queue to `peer` can take a message of `len` bytes, or `peer` is not connected.
    pub async fn room(&self, peer: &PeerId, len: usize) {
        self.send_queues.room(peer, len).await;
    }

    /// Gives the result of validation. A message without a verdict is not passed on.
    ///
    /// # Errors
    /// [`NetError::Closed`].
    pub async fn verdict(&self, token: GossipToken, verdict: GossipVerdict) -> Result<(), NetError> {
        self.request(TaskCommand::Verdict(token, verdict)).await
    }

    /// Dials an address once. Success means that the dial has begun.
    ///
    /// # Errors
    /// [`NetError::Unusable`] for an address that is not IP and TCP, [`NetError::Dial`] if it cannot be dialled now.
    pub async fn dial(&self, addr: Multiaddr) -> Result<(), NetError> {
        self.call(|reply| TaskCommand::Dial(addr, reply)).await?
    }

    /// Closes all connections to a peer. A static peer is dialled again, and any peer may dial this node again.
    ///
    /// # Errors
    /// [`NetError::Closed`].
    pub async fn disconnect(&self, peer: PeerId) -> Result<(), NetError> {
        self.request(TaskCommand::Disconnect(peer)).await
    }

    /// Counts an offence of a peer, which sent an invalid direct message. The fourth within minutes bans it.
    ///
    /// # Errors
    /// [`NetError::Closed`].
    pub async fn penalise(&self, peer: PeerId) -> Result<(), NetError> {
        self.request(TaskCommand::Penalise(peer)).await
    }

    /// All peers that are connected, were connected recently, or are configured.
    ///
    /// # Errors
    /// [`NetError::Closed`].
    pub async fn peers(&self) -> Result<Vec<PeerInfo>, NetError> {
        self.call(TaskCommand::Peers).await
    }

    /// The addresses on which this node listens.
    ///
    /// # Errors
    /// [`NetError::Closed`].
    pub async fn listen_addrs(&self) -> Result<Vec<Multiaddr>, NetError> {
        self.call(TaskCommand::Listening).await
    }

    /// Asks the network task to end; [`NetEvents::closed`](super::NetEvents::closed) waits for the end.
    pub async fn shutdown(&self) {
        // A task that has ended already needs no command.
        let _ = self.request(TaskCommand::Shutdown).await;
    }

    async fn request(&self, command: TaskCommand) -> Result<(), NetError> {
        self.commands.send(command).await.map_err(|_| NetError::Closed)
    }

    async fn call<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> TaskCommand) -> Result<T, NetError> {
        let (reply, answer) = oneshot::channel();
        self.request(command(reply)).await?;
        answer.await.map_err(|_| NetError::Closed)
    }
}
