//! The reasons why a peer is not connected, each with its remedy.

use std::error::Error;
use std::fmt;
use std::io;

use libp2p::PeerId;
use libp2p::core::transport::TransportError;
use libp2p::swarm::{ConnectionError, DialError};

use crate::addresses::multiaddr::is_relayed;

/// Behaviour that only an attacker or a defect shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// It passed on gossip that its own validation refuses, or broke the rules of gossipsub.
    Gossip,
    /// It sent invalid direct messages.
    Message,
    /// It announced direct messages above the bound of their class.
    Oversize,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gossip => "it passed on messages that every correct node refuses",
            Self::Message => "it sent invalid messages",
            Self::Oversize => "it announced messages above the bound",
        })
    }
}

/// Why a peer is not connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotConnectedReason {
    /// A connection is being made.
    Opening,
    /// No process listens at the address.
    Refused,
    /// No answer in time.
    TimedOut,
    /// The address cannot be reached from here.
    Unreachable,
    /// The name in the address does not resolve.
    Unresolved,
    /// The process that listens at the address is no libp2p node.
    Stranger,
    /// The relay in the address has no connection to the peer.
    NoRelay,
    /// The address is this node's own.
    Itself,
    /// The peer serves another network.
    OtherNetwork,
    /// The peer that answered has another key than the address names.
    WrongKey {
        /// The peer that answered.
        found: PeerId,
    },
    /// A connection or memory limit of this node is reached.
    Limit,
    /// The peer is banned for its offences.
    Banned {
        /// The last offence.
        offence: Offence,
    },
    /// The peer stopped answering pings.
    Silent,
    /// A message to or from the peer did not end before its deadline.
    Stalled,
    /// The peer announced a message above the bound.
    Oversize,
    /// The connection ended.
    Closed,
    /// A command to this node disconnected it.
    Disconnected,
}

impl NotConnectedReason {
    /// A stable name for logs and interfaces.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Unresolved => "unresolved",
            Self::Stranger => "stranger",
            Self::NoRelay => "no_relay",
            Self::Itself => "itself",
            Self::OtherNetwork => "other_network",
            Self::WrongKey { .. } => "wrong_key",
            Self::Limit => "limit",
            Self::Banned { .. } => "banned",
            Self::Silent => "silent",
            Self::Stalled => "stalled",
            Self::Oversize => "oversize",
            Self::Closed => "closed",
            Self::Disconnected => "disconnected",
        }
    }

    pub(crate) fn of_dial(error: &DialError) -> Self {
        match error {
            DialError::LocalPeerId { .. } => Self::Itself,
            DialError::WrongPeerId { obtained, .. } => Self::WrongKey { found: *obtained },
            DialError::Denied { .. } => Self::Limit,
            DialError::Transport(errors) => match errors.last() {
                Some((addr, _)) if is_relayed(addr) => Self::NoRelay,
                Some((_, error)) => of_transport(error),
                None => Self::Unreachable,
            },
            DialError::NoAddresses | DialError::DialPeerConditionFalse(_) | DialError::Aborted => Self::Opening,
        }
    }

    pub(crate) const fn of_close(cause: Option<&ConnectionError>) -> Self {
        match cause {
            // libp2p closes a connection without streams, which means that the peers share no protocol.
            Some(ConnectionError::KeepAliveTimeout) => Self::OtherNetwork,
            Some(ConnectionError::IO(_)) | None => Self::Closed,
        }
    }
}

impl fmt::Display for NotConnectedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opening => "a connection is being made",
            Self::Refused => "no process listens there: start the other node, or correct the address",
            Self::TimedOut => "no answer in time: check the address and the firewalls between",
            Self::Unreachable => "not reachable from here: check the address and the route",
            Self::Unresolved => "the name does not resolve here: check its spelling, and this machine's DNS",
            Self::Stranger => {
                "the process that listens there is no node: correct the port, which is 1000 above that of HTTP"
            }
            Self::NoRelay => "the relay has no connection to it: see whether both run, and are connected to each other",
            Self::Itself => "the address is this node's own: remove it from the peers",
            Self::OtherNetwork => "the peer serves another network: compare the two genesis files",
            Self::WrongKey { found } => {
                return write!(f, "{found} answers there: correct the /p2p/ part of the address");
            }
            Self::Limit => "a limit of this node is reached: raise it, or disconnect others",
            Self::Banned { offence } => {
                return write!(f, "banned for five minutes: {offence}; see its log, then update or repair it");
            }
            Self::Silent => "it stopped answering: see whether its machine is overloaded, asleep or cut off",
            Self::Stalled => "a message did not end in time: see whether its link or its machine is overloaded",
            Self::Oversize => "it announced a message above the bound: update or repair it",
            Self::Closed => "it ended the connection: see its log, and whether it runs",
            Self::Disconnected => "disconnected on request: it may connect again",
        })
    }
}

fn of_transport(error: &TransportError<io::Error>) -> NotConnectedReason {
    let TransportError::Other(error) = error else {
        return NotConnectedReason::Unreachable;
    };
    match deepest_kind(error) {
        io::ErrorKind::ConnectionRefused => NotConnectedReason::Refused,
        io::ErrorKind::TimedOut => NotConnectedReason::TimedOut,
        io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => NotConnectedReason::Closed,
        // No error of the system: the other side does not speak the protocols of a node.
        io::ErrorKind::Other | io::ErrorKind::InvalidData => NotConnectedReason::Stranger,
        _ => NotConnectedReason::Unreachable,
    }
}

/// The kind of the innermost error: libp2p wraps the error of the system several times.
fn deepest_kind(error: &io::Error) -> io::ErrorKind {
    let mut kind = error.kind();
    let mut inner: Option<&(dyn Error + 'static)> = error.get_ref().map(|inner| inner as &(dyn Error + 'static));
    while let Some(error) = inner {
        inner = match error.downcast_ref::<io::Error>() {
            Some(error) => {
                kind = error.kind();
                error.get_ref().map(|inner| inner as &(dyn Error + 'static))
            }
            None => error.source(),
        };
    }
    kind
}
