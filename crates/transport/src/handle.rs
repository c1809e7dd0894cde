//! The handle: what the rest of the node asks of the network.

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

/// Requests to the network task that wait: it takes them in microseconds, so waiting senders are soon served.
pub(crate) const MAX_COMMANDS: usize = 64;

/// What validation found, to be told with the message's [`GossipToken`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GossipVerdict {
    /// Good: pass it on.
    Accept,
    /// Bad in a way that its sender could have seen: drop it and lower the sender's score.
    Reject,
    /// Of no use, but nobody's fault: drop it.
    Ignore,
}

/// Names a gossip message for its [`GossipVerdict`].
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

/// A handle to the network task; clones are cheap and equal. The task ends with its last handle.
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

    /// Sends a message to all peers of the network, near ones first. Without peers it goes nowhere, which is no error:
    /// sync tells those who come later. The same bytes again, within a minute, are not sent again.
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

    /// Queues a message to one peer and returns at once. Urgent messages push out older ones when their queue is full;
    /// bulk messages are refused, and [`room`](Self::room) says when to go on. What is queued is lost with the
    /// connection: the protocol says it again.
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

    /// Tells what validation found. A message without a verdict is not passed on.
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

    /// Counts an offence against a peer: what it sent directly was bad. The fourth within minutes bans it.
    ///
    /// # Errors
    /// [`NetError::Closed`].
    pub async fn penalise(&self, peer: PeerId) -> Result<(), NetError> {
        self.request(TaskCommand::Penalise(peer)).await
    }

    /// All peers that are connected, were lately, or are configured.
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

    /// Ends the network task; [`NetEvents::closed`](super::NetEvents::closed) says when it has ended.
    pub async fn shutdown(&self) {
        // A task that is gone has nothing left to end.
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
