//! The words of Quorate as bytes: what is signed, hashed, stored and sent.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! Every party that reads Quorate's data, a light client or a contract included, has to agree on these bytes and on
//! nothing else of ours. `docs/wire.md` states them with CDDL, `vectors/` pins them.
//!
//! | word | type | named by |
//! |---|---|---|
//! | event | [`EventBody`] -> [`SignedEvent`] -> [`VerifiedEvent`] | [`EventId`], BLAKE3 of its body |
//! | proposal, milestone | [`Proposal`], [`Milestone`] | [`ProposalId`], an EIP-712 digest |
//! | vote, certificate | [`Vote`], [`SignedVote`], [`Certificate`] | the EIP-712 digest of (kind, height, view, proposal) |
//! | genesis | [`Genesis`] | [`NetworkId`], keccak256 of its CBOR; it is milestone 0 |
//!
//! # Rules
//! - Bytes are deterministic CBOR (RFC 8949 §4.2) and are decoded strictly: what does not re-encode to itself is refused.
//! - An id is recomputed from bytes, never read from them.
//! - Whatever enters the graph is a [`VerifiedVertex`]; only this crate makes one: from a good signature, from the
//!   proof that a verified milestone covers it, or from our own store.
//!
//! ```text
//!  bytes --decode--> SignedEvent --verify(KeyRing)--------------> VerifiedEvent --> the graph
//!                         +--VerifiedMilestone::vouch_for(proof)--^
//!  own store --from_store (id recomputed, checked before it was stored)--^
//! ```
//!
//! # Invariants
//! - **E1** `decode(encode(x)) == x`, and `encode(decode(b)) == b` for whatever decodes (`cbor`).
//! - **E2** An id does not depend on which valid signatures are attached (`event`, `milestone`).
//! - **E3** A verdict on a signature does not depend on what was verified before (`signature`).
//! - **E4** Nothing is allocated by a length that the input merely claims (`cbor`).
//! - **E5** A quorum is more than two thirds of the stake of distinct members, in integers (`committee`).
//!
//! # Example
//! ```
//! use quorate_event::*;
//! let network = NetworkId::new([7; 32]);
//! let key = SecretKey::from_bytes([1; 32]).unwrap();
//! let body = EventBody {
//!     author: key.address(),
//!     lane: Lane(1),
//!     seq: Seq(1),
//!     parents: vec![network.event_id()],
//!     time: Timestamp(0),
//!     payload: Payload::MilestoneRequest,
//! };
//! let event = SignedEvent::sign(body, network, &key).unwrap();
//! let received = SignedEvent::decode(event.bytes(), network).unwrap();
//! assert_eq!(received.verify(&mut KeyRing::default()).unwrap().id(), event.id());
//! ```
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::float_arithmetic,
        clippy::arithmetic_side_effects
    )
)]

mod address;
mod hash;
mod id;

pub mod cbor;
pub mod limits;

mod eip712;
mod signature;

mod edit;
mod event;
mod payload;
mod scalar;
mod splice;

mod certificate;
mod committee;
mod evidence;
mod genesis;
pub mod merkle;
mod milestone;
mod proposal;
mod vertex;
mod vote;
pub mod vote_log;

pub use address::{Address, ParseAddressError};
pub use cbor::{Canonical, DecodeError};
pub use certificate::{Certificate, CertificateError, VerifiedCertificate};
pub use committee::{Committee, CommitteeError, Stake};
pub use edit::{Container, DocumentEdits, Edit, ElementRef, Target, Value};
pub use event::{Authentication, EventBody, EventError, Lane, Seq, SignedEvent, Timestamp, VerifiedEvent};
pub use evidence::{Evidence, EvidenceError, ForkEvidence};
pub use genesis::{Genesis, GenesisError, Pace, Parameters, Writers};
pub use hash::{blake3, keccak256};
pub use id::{Digest, EventId, NetworkId, ParseIdError, ProposalId};
pub use milestone::{Milestone, VerifiedMilestone};
pub use payload::Payload;
pub use proposal::Proposal;
pub use scalar::{Float, Integer};
pub use signature::{KeyRing, SecretKey, SecretKeyError, Signature, SignatureError};
pub use splice::{CharRef, Splice, TextChange, varint};
pub use vertex::{VerifiedVertex, Vertex, VertexError};
pub use vote::{Height, SignedVote, VerifiedVote, View, Vote, VoteKind};
