//! A message as bytes, read and checked once for all who receive it unchanged.
//!
//! What a broadcast says, and whether its signatures are good, is the same for every node at the same height: so a
//! thousand receivers decode and check it once. Reading is the production code's; only the answer is kept.

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
    /// What doorkeepers at some places made of its vertices: few, since those who hear it stand together.
    arrivals: RefCell<Vec<(Height, Option<CheckedVertices>)>>,
}

/// What a verifier at some place of the chain made of a message.
struct Verified {
    at: (Height, ProposalId),
    message: Option<VerifiedMessage>,
}

impl Packet {
    /// A message as its sender has it.
    pub fn new(message: PeerMessage) -> Rc<Self> {
        let packet = Self::of_bytes(message.to_bytes());
        Rc::new(Self { message: OnceCell::from(Some(message)), ..packet })
    }

    /// Bytes that may be no message.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        let digest = *blake3::hash(&bytes).as_bytes();
        Self { bytes, digest, message: OnceCell::new(), verified: RefCell::default(), arrivals: RefCell::default() }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A name of the bytes.
    pub(crate) const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// What it says, if it says anything.
    pub fn message(&self) -> Option<&PeerMessage> {
        self.message.get_or_init(|| PeerMessage::from_bytes(&self.bytes).ok()).as_ref()
    }

    /// Which messages it waits for.
    pub(crate) fn class(&self) -> TrafficClass {
        match self.message() {
            Some(PeerMessage::Agreement(_)) => TrafficClass::Urgent,
            _ => TrafficClass::Bulk,
        }
    }

    /// The message of agreement that it is, if its signatures are good.
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

    /// The vertices that it carries, as far as they may enter; nothing if no honest peer sends such ones.
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

    /// The same with one bit changed.
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
