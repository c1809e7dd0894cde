//! What replicas send to each other, and the checks that need no state: these run on worker threads.

use quorate_agreement::Message as AgreementMessage;
use quorate_event::cbor::{Canonical, DecodeError, Reader, Writer};
use quorate_event::{EventId, KeyRing, Milestone, NetworkId, VerifiedEvent, Vertex, VertexError};
use quorate_graph::Summary;

/// Ids that one [`PeerMessage::Want`] names, at most: one round trip's worth, 32 KiB.
pub const WANT_IDS: usize = 1_024;
/// Vertices that one [`PeerMessage::Vertices`] carries, at most.
pub const VERTICES: usize = 4_096;
/// Bytes of vertices in one [`PeerMessage::Vertices`] of sync, at most: one chunk on the wire.
pub const VERTICES_BYTES: usize = 1 << 20;

/// A message between two connected replicas.
#[derive(Debug, Clone)]
pub enum PeerMessage {
    /// Votes, proposals, certificates: urgent.
    Agreement(AgreementMessage),
    /// What the sender holds; asks for the rest.
    Summary(Summary),
    /// Asks for vertices by name.
    Want(Vec<EventId>),
    /// Vertices in causal order, each as its own bytes.
    Vertices {
        /// The bytes.
        vertices: Vec<Vec<u8>>,
        /// Whether the sender has more of what was asked for.
        more: bool,
    },
    /// Asks for the network's genesis; whoever asks knows its id.
    GenesisWanted,
    /// The network's genesis.
    Genesis(Vec<u8>),
}

/// A vertex from outside, after the checks that need no state.
#[derive(Debug, Clone)]
pub enum ReceivedVertex {
    /// An event whose signature is good.
    Event(VerifiedEvent),
    /// A milestone whose certificate the replica will check against its height's committee.
    Milestone(Box<Milestone>),
}

impl ReceivedVertex {
    /// Decodes one vertex and checks an event's signature.
    ///
    /// # Errors
    /// When no honest peer would have sent it.
    pub fn check(bytes: &[u8], network: NetworkId, keys: &mut KeyRing) -> Result<Self, VertexError> {
        match Vertex::decode(bytes, network)? {
            Vertex::Event(event) => Ok(Self::Event(event.verify(keys)?)),
            Vertex::Milestone(milestone) => Ok(Self::Milestone(Box::new(milestone))),
        }
    }

    /// The vertex's name.
    pub fn id(&self) -> EventId {
        match self {
            Self::Event(event) => event.id(),
            Self::Milestone(milestone) => milestone.id().event_id(),
        }
    }
}

impl Canonical for PeerMessage {
    fn encode(&self, to: &mut Writer) {
        match self {
            Self::Agreement(message) => message.encode(to.array(2).uint(0)),
            Self::Summary(summary) => summary.encode(to.array(2).uint(1)),
            Self::Want(ids) => {
                to.array(2).uint(2).list(ids, |to, id| id.encode(to));
            }
            Self::Vertices { vertices, more } => {
                to.array(3).uint(3).bool(*more).list(vertices, |to, bytes| {
                    to.bytes(bytes);
                });
            }
            Self::GenesisWanted => {
                to.array(1).uint(4);
            }
            Self::Genesis(bytes) => {
                to.array(2).uint(5).bytes(bytes);
            }
        }
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let len = from.array_head("message")?;
        match (from.uint("message kind")?, len) {
            (0, 2) => AgreementMessage::decode(from).map(Self::Agreement),
            (1, 2) => Summary::decode(from).map(Self::Summary),
            (2, 2) => from.list(WANT_IDS, "wanted ids", Reader::event_id).map(Self::Want),
            (3, 3) => {
                let more = from.bool("more")?;
                let vertices = from.list(VERTICES, "vertices", |from| from.bytes("vertex").map(<[u8]>::to_vec))?;
                Ok(Self::Vertices { vertices, more })
            }
            (4, 1) => Ok(Self::GenesisWanted),
            (5, 2) => from.bytes("genesis").map(|bytes| Self::Genesis(bytes.to_vec())),
            _ => Err(DecodeError::OutOfRange { what: "message kind" }),
        }
    }
}
