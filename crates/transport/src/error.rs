//! Errors, each with its remedy in the message.

use std::io;

use libp2p::identity::DecodingError;
use libp2p::{Multiaddr, PeerId};

/// An error of the network as a whole.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The key is not usable.
    #[error("the node key is not a secp256k1 secret key: give 32 bytes, not zero and below the order of the curve")]
    SecretKey(#[source] DecodingError),
    /// No address to listen on, and no peer to dial.
    #[error("no address to listen on and no peer to dial: give one, such as /ip4/127.0.0.1/tcp/0, or name --peers")]
    NoListenAddress,
    /// Too many static peers.
    #[error("{given} static peers given: name at most {max}")]
    TooManyStaticPeers {
        /// How many were given.
        given: usize,
        /// How many are allowed.
        max: usize,
    },
    /// An address that is not IP and TCP.
    #[error(
        "{addr} cannot be used: write it as /ip4/<address>/tcp/<port> or /ip6/<address>/tcp/<port>, or for --peers and --join /dns4/<name>/tcp/<port>, with /p2p/<peer> behind it if the peer is known, or /p2p/<relay>/p2p-circuit/p2p/<peer> if it is reached through a relay"
    )]
    Unusable {
        /// The address.
        addr: Multiaddr,
    },
    /// An address to announce that no other node can dial.
    #[error("{addr} cannot be announced: write where others reach this node, as /ip4/<address>/tcp/<port>")]
    Unreachable {
        /// The address.
        addr: Multiaddr,
    },
    /// Another process listens there.
    #[error("cannot listen on {addr}: the port is in use; stop the other process or choose another --port")]
    PortInUse {
        /// The address.
        addr: Multiaddr,
    },
    /// The system refused to listen.
    #[error("cannot listen on {addr}: choose an address of this machine and a port that this user may open")]
    Listen {
        /// The address.
        addr: Multiaddr,
        /// The error of the system.
        source: io::Error,
    },
    /// A listener has no address, or closed.
    #[error("the listener closed: see the system's log for an interface that went away, then start the node again")]
    ListenerClosed,
    /// An address cannot be dialled now.
    #[error("{addr} cannot be dialled now: it is this node, a connection exists, or a connection limit is reached")]
    Dial {
        /// The address.
        addr: Multiaddr,
    },
    /// A gossip message above the bound.
    #[error("a gossip message of {len} bytes is above the bound of {max}: split it")]
    TooLarge {
        /// Its length.
        len: usize,
        /// The bound.
        max: usize,
    },
    /// No peer has room in its queue.
    #[error("no peer can take more gossip at the moment: try again; sync brings what was missed")]
    Busy,
    /// The network task has ended.
    #[error("the network has shut down: start the node again")]
    Closed,
    /// The network task panicked.
    #[error("the network task panicked, which is a defect: exit, start the node again, and report it with the log")]
    Panicked,
    /// A parameter fixed in this crate was refused by libp2p.
    #[error("libp2p refused a built-in parameter, which is a defect: report it")]
    Defect,
}

/// Why [`NetHandle::send`](super::NetHandle::send) did not take a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// No connection to that peer.
    #[error("{peer} is not connected: wait for Connected, then send again")]
    NotConnected {
        /// The peer.
        peer: PeerId,
    },
    /// Above the bound of its class.
    #[error("a message of {len} bytes is above the bound of {max}: split it")]
    TooLarge {
        /// Its length.
        len: usize,
        /// The bound.
        max: usize,
    },
    /// The peer reads more slowly than this node sends.
    #[error("the bulk queue to {peer} is full: wait for room, then send again")]
    Full {
        /// The peer.
        peer: PeerId,
    },
}
