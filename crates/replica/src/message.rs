//! What replicas send to each other, and the checks that need no state: these run on worker threads.

use std::sync::Arc;

use quorate_agreement::Message as AgreementMessage;
use quorate_event::cbor::{Canonical, DecodeError, Reader, Writer};
use quorate_event::{
    Address, CertificateError, Committee, EventId, Genesis, KeyRing, NetworkId, ProposalId, VerifiedVertex, Vertex,
    VertexError, Writers,
};
use quorate_graph::Summary;

use crate::rest::Rest;

/// Ids that one [`PeerMessage::Want`] names, at most: one round trip's worth, 32 KiB.
pub const WANT_IDS: usize = 1_024;
/// Vertices that one message carries, at most.
pub const VERTICES: usize = 4_096;
/// Bytes of vertices in one [`PeerMessage::Rest`] and in each message that answers a [`PeerMessage::Want`], about.
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
    Rest(Rest),
    /// Asks for the network's genesis; whoever asks knows its id.
    GenesisWanted,
    /// The network's genesis.
    Genesis(Vec<u8>),
}

/// Why a vertex does not enter: no honest peer passes it on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Not a vertex, or with a signature that does not count.
    #[error(transparent)]
    Vertex(#[from] VertexError),
    /// A milestone whose certificate proves nothing.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// History with a proof that proves nothing.
    #[error("{milestone:?} does not cover what was sent as covered by it")]
    NotCovered {
        /// The milestone, whose certificate is good.
        milestone: ProposalId,
    },
    /// Somebody who may not write in this network.
    #[error("{author:?} may not write in this network")]
    MayNotWrite {
        /// Who.
        author: Address,
    },
}

/// The checks of a vertex from outside that need no state: may run on any thread. Whoever passes a vertex on has made them
/// too, so a vertex that fails them is its sender's fault.
#[derive(Debug, Clone)]
pub struct Doorkeeper {
    network: NetworkId,
    writers: Writers,
    committee: Arc<Committee>,
}

impl Doorkeeper {
    pub(crate) fn new(genesis: &Genesis) -> Self {
        let committee = Arc::new(genesis.committee.clone());
        Self { network: genesis.network(), writers: genesis.writers, committee }
    }

    /// Decodes one vertex and checks its signature or certificate, and whether its author may write.
    ///
    /// # Errors
    /// When no honest peer would have sent it.
    pub fn check(&self, bytes: &[u8], keys: &mut KeyRing) -> Result<VerifiedVertex, Rejection> {
        match Vertex::decode(bytes, self.network)? {
            Vertex::Event(event) => {
                let author = event.body().author;
                if !self.may_write(author) {
                    return Err(Rejection::MayNotWrite { author });
                }
                let event = event.verify(keys).map_err(VertexError::from)?;
                Ok(VerifiedVertex::Event(event))
            }
            Vertex::Milestone(milestone) => {
                Ok(VerifiedVertex::Milestone(milestone.verify(self.network, &self.committee)?))
            }
        }
    }

    pub(crate) const fn network(&self) -> NetworkId {
        self.network
    }

    pub(crate) fn committee(&self) -> &Committee {
        &self.committee
    }

    pub(crate) fn may_write(&self, author: Address) -> bool {
        match self.writers {
            Writers::Open => true,
            Writers::Members => self.committee.contains(author),
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
            Self::Vertices(vertices) => {
                to.array(2).uint(3).list(vertices, |to, bytes| {
                    to.bytes(bytes);
                });
            }
            Self::Rest(rest) => rest.encode(to.array(2).uint(6)),
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
            (3, 2) => {
                let vertices = from.list(VERTICES, "vertices", |from| from.bytes("vertex").map(<[u8]>::to_vec));
                vertices.map(Self::Vertices)
            }
            (4, 1) => Ok(Self::GenesisWanted),
            (5, 2) => from.bytes("genesis").map(|bytes| Self::Genesis(bytes.to_vec())),
            (6, 2) => Rest::decode(from).map(Self::Rest),
            _ => Err(DecodeError::OutOfRange { what: "message kind" }),
        }
    }
}
