//! The messages between replicas.

use quorate_agreement::AgreementMessage;
use quorate_event::EventId;
use quorate_event::cbor::{Canonical, CborReader, CborWriter, DecodeError};
use quorate_graph::Summary;

use super::limits::{VERTICES, WANT_IDS};
use super::sync_response::SyncResponse;

/// A message between two connected replicas.
#[derive(Debug, Clone)]
pub enum PeerMessage {
    /// Votes, proposals, certificates: urgent.
    Agreement(AgreementMessage),
    /// The vertices that the sender holds, in short; asks for those that it lacks.
    Summary(Summary),
    /// Asks for vertices by name.
    Want(Vec<EventId>),
    /// Vertices in causal order, each as its own bytes: gossiped, or asked for by name.
    Vertices(Vec<Vec<u8>>),
    /// The vertices that the other one lacks by its summary.
    SyncResponse(SyncResponse),
    /// Asks for the network's genesis, by a peer that knows its id.
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
            Self::SyncResponse(response) => response.encode(to.array(2).uint(6)),
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
