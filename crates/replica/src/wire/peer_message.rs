//! What replicas send to each other.

use quorate_agreement::AgreementMessage;
use quorate_event::EventId;
use quorate_event::cbor::{Canonical, CborReader, CborWriter, DecodeError};
use quorate_graph::Summary;

use crate::wire::sync_response::SyncResponse;

/// Ids that one [`PeerMessage::Want`] names, at most: one round trip's worth, 32 KiB.
pub const WANT_IDS: usize = 1_024;
/// Vertices that one message carries, at most.
pub const VERTICES: usize = 4_096;
/// Bytes of vertices in one [`PeerMessage::SyncResponse`] and in each message that answers a [`PeerMessage::Want`], about.
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
    /// Vertices in causal order, each as its own bytes: gossiped, or asked for by name.
    Vertices(Vec<Vec<u8>>),
    /// What the other one lacks by its summary.
    SyncResponse(SyncResponse),
    /// Asks for the network's genesis; whoever asks knows its id.
    GenesisWanted,
    /// The network's genesis.
    Genesis(Vec<u8>),
}

impl Canonical for PeerMessage {
    fn encode(&self, to: &mut CborWriter) {
        match self {
            Self::Agreement(message) => message.encode(to.array(2).uint(0)),
            Self::Summary(summary) => summary.encode(to.array(2).uint(1)),
            Self::Want(ids) => {
                to.array(2).uint(2).list(ids, |to, id| id.encode(to));
            }
            Self::Vertices(vertices) => {
                to.array(2).uint(3).list(vertices, |to, bytes| {
                    to.bytes(bytes);
                });
            }
            Self::SyncResponse(rest) => rest.encode(to.array(2).uint(6)),
            Self::GenesisWanted => {
                to.array(1).uint(4);
            }
            Self::Genesis(bytes) => {
                to.array(2).uint(5).bytes(bytes);
            }
        }
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        let len = from.array_head("message")?;
        match (from.uint("message kind")?, len) {
            (0, 2) => AgreementMessage::decode(from).map(Self::Agreement),
            (1, 2) => Summary::decode(from).map(Self::Summary),
            (2, 2) => from.list(WANT_IDS, "wanted ids", CborReader::event_id).map(Self::Want),
            (3, 2) => {
                let vertices = from.list(VERTICES, "vertices", |from| from.bytes("vertex").map(<[u8]>::to_vec));
                vertices.map(Self::Vertices)
            }
            (4, 1) => Ok(Self::GenesisWanted),
            (5, 2) => from.bytes("genesis").map(|bytes| Self::Genesis(bytes.to_vec())),
            (6, 2) => SyncResponse::decode(from).map(Self::SyncResponse),
            _ => Err(DecodeError::OutOfRange { what: "message kind" }),
        }
    }
}
