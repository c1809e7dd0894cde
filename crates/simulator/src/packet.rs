//! A message as bytes, decoded and verified once for all receivers that get it unchanged.
//!
//! A broadcast has the same content and the same signatures for every node at the same height. So a thousand receivers
//! decode and verify it once. The production code decodes and verifies; only its result is cached here.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use quorate_event::{Canonical, Height, KeyRing, ProposalId};
use quorate_replica::{CheckedVertices, PeerMessage, VerifiedMessage, Verifier, VertexValidator};

use crate::network::TrafficClass;

/// A message on its way.
pub struct Packet {
    bytes: Vec<u8>,
    digest: [u8; 32],
    message: OnceCell<Option<PeerMessage>>,
    verified: RefCell<Option<Verified>>,
    /// The results of the vertex check by the chain position of the receiver: few, since receivers are at nearby heights.
    arrivals: RefCell<Vec<(Height, Option<CheckedVertices>)>>,
}

/// The result of verification at one position of the chain.
struct Verified {
    at: (Height, ProposalId),
    message: Option<VerifiedMessage>,
}

impl Packet {
    /// A well-formed message.
    pub fn new(message: PeerMessage) -> Rc<Self> {
        let packet = Self::of_bytes(message.to_bytes());
        Rc::new(Self { message: OnceCell::from(Some(message)), ..packet })
    }

    /// Bytes that need not decode.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        let digest = *blake3::hash(&bytes).as_bytes();
        Self { bytes, digest, message: OnceCell::new(), verified: RefCell::default(), arrivals: RefCell::default() }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A hash of the bytes.
    pub(crate) const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The decoded message, if the bytes are one.
    pub fn message(&self) -> Option<&PeerMessage> {
        self.message.get_or_init(|| PeerMessage::from_bytes(&self.bytes).ok()).as_ref()
    }

    /// Its traffic class: which other messages it queues behind.
    pub(crate) fn class(&self) -> TrafficClass {
        match self.message() {
            Some(PeerMessage::Agreement(_)) => TrafficClass::Urgent,
            _ => TrafficClass::Bulk,
        }
    }

    /// The message of agreement, if it is one and its signatures are valid.
    pub(crate) fn verified(&self, verifier: &Verifier) -> Option<VerifiedMessage> {
        let at = verifier.place();
        let mut known = self.verified.borrow_mut();
        if let Some(verified) = known.as_ref().filter(|verified| verified.at == at) {
            return verified.message.clone();
        }
        let message = match self.message() {
            Some(PeerMessage::Agreement(message)) => verifier.verify(message.clone()).ok(),
            _ => None,
        };
        *known = Some(Verified { at, message: message.clone() });
        message
    }

    /// Its vertices that pass the check at this position; nothing if no honest peer sends such vertices.
    pub(crate) fn arrivals(&self, door: &VertexValidator) -> Option<CheckedVertices> {
        let at = door.place();
        let mut known = self.arrivals.borrow_mut();
        if let Some((_, arrivals)) = known.iter().find(|(place, _)| *place == at) {
            return arrivals.clone();
        }
        let mut keys = KeyRing::default();
        let arrivals = match self.message() {
            Some(PeerMessage::Vertices(vertices)) => door.check(vertices, &mut keys).ok(),
            Some(PeerMessage::SyncResponse(rest)) => door.check_sync_response(rest, &mut keys).ok(),
            _ => None,
        };
        known.push((at, arrivals.clone()));
        arrivals
    }

    /// A copy with one bit flipped.
    pub(crate) fn corrupted(&self, bit: u64) -> Self {
        let mut bytes = self.bytes.clone();
        let bits = (bytes.len() as u64 * 8).max(1);
        let bit = bit % bits;
        if let Some(byte) = bytes.get_mut((bit / 8) as usize) {
            *byte ^= 1 << (bit % 8);
        }
        Self::of_bytes(bytes)
    }
}
