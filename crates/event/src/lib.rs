//! The wire format of Quorate: canonical bytes, ids, signatures, certificates and Merkle trees.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! Parties that do not trust each other must compute the same ids and the same verdicts from the same bytes; light clients
//! and contracts must do so too. So this crate has one canonical encoding ([deterministic
//! CBOR](https://www.rfc-editor.org/rfc/rfc8949#section-4.2)), one rule for signatures, and no state. Whatever a contract
//! recomputes is [EIP-712](https://eips.ethereum.org/EIPS/eip-712) and keccak256; Merkle trees have the shape of [RFC
//! 9162](https://www.rfc-editor.org/rfc/rfc9162). `docs/wire.md` specifies the bytes with CDDL, `vectors/` pins them.
//!
//! | word | type | named by |
//! |---|---|---|
//! | event | [`EventBody`] -> [`SignedEvent`] -> [`VerifiedEvent`] | [`EventId`], BLAKE3 of its body |
//! | proposal, milestone | [`Proposal`], [`Milestone`] | [`ProposalId`], an EIP-712 digest |
//! | vote, certificate | [`Vote`], [`SignedVote`], [`Certificate`] | the EIP-712 digest of (kind, height, view, proposal) |
//! | genesis | [`Genesis`] | [`NetworkId`], keccak256 of its CBOR; it is milestone 0 |
//!
//! # Rules
//! - Bytes are deterministic CBOR (RFC 8949 §4.2) and are decoded strictly: bytes that do not re-encode to themselves are refused.
//! - An id is recomputed from bytes, never read from them.
//! - Only a [`VerifiedVertex`] enters the graph, and only this crate makes one: from a valid signature, from the
//!   proof that a verified milestone covers it, or from the node's own store.
//!
//! ```text
//!  bytes --decode--> SignedEvent --verify(KeyRing)--------------> VerifiedEvent --> the graph
//!                         +--VerifiedMilestone::vouch_for(proof)--^
//!  own store --from_store (id recomputed, checked before it was stored)--^
//! ```
//!
//! # Invariants
//! - **E1** `decode(encode(x)) == x`, and `encode(decode(b)) == b` for all bytes that decode (`cbor`).
//! - **E2** An id does not depend on which valid signatures are attached (`event`, `milestone`).
//! - **E3** A verdict on a signature does not depend on what was verified before (`signature`).
//! - **E4** A claimed length allocates nothing before its bytes are read (`cbor`).
//! - **E5** A quorum is more than two thirds of the stake of distinct members, in integers (`committee`).
//!
//! # Deviations and limits
//! - Events are signed as EIP-191 personal messages over their id, so that any Ethereum wallet can be an author; votes are
//!   EIP-712 structures. Signatures with a high s are refused although Ethereum transactions before EIP-2 had them.
//! - Limits of the format are constants ([`limits`]): the same at every node, since a verdict must be the same everywhere.
//! - Tag 255, a keyed hash, is a signature scheme of simulations and tests. `quorate` refuses it (decision 12).
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
mod element_ref;
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
pub use edit::{Container, DocumentEdits, Edit, Target, Value};
pub use element_ref::ElementRef;
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
