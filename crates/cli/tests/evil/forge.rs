//! What no honest node makes.

use quorate_event::cbor::{CborWriter, FORMAT_VERSION};
use quorate_event::{
    Canonical, DocumentEdits, Edit, EventBody, EventId, Height, Lane, NetworkId, Payload, ProposalId, SecretKey, Seq,
    SignedVote, Target, Timestamp, Value, VerifiedEvent, View, Vote, VoteKind, keccak256,
};
use quorate_replica::{AgreementMessage, PeerMessage};
use quorate_transport::Bytes;
use secp256k1::Message;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};

/// Bytes of a signature at the end of an event: r, s and v.
pub(crate) const SIGNATURE: usize = 65;
/// The document that valid events of the evil member write.
pub(crate) const ALLOWED: &str = "evil-allowed";
/// The document that would exist if anything was taken that must be refused.
pub(crate) const REFUSED: &str = "evil-refused";

/// All of them, one after the other, so many times.
pub(crate) fn again<T: Clone>(what: &[T], times: usize) -> Vec<T> {
    std::iter::repeat_n(what, times).flatten().cloned().collect()
}

/// Where an event stands in its author's history.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) lane: u32,
    pub(crate) seq: u64,
}

/// A write of `number` into a document.
pub(crate) fn write(document: &str, number: u64) -> Payload {
    let edit = Edit::Set { target: Target::Root, key: format!("k{number}"), value: Value::Bool(true) };
    Payload::Edits(vec![DocumentEdits { document: document.to_owned(), edits: vec![edit] }])
}

/// An event with a good signature.
pub(crate) fn event(
    network: NetworkId,
    author: &SecretKey,
    place: Place,
    parents: Vec<EventId>,
    payload: Payload,
) -> VerifiedEvent {
    let (lane, seq) = (Lane(place.lane), Seq(place.seq));
    let body = EventBody { author: author.address(), lane, seq, parents, time: Timestamp(0), payload };
    VerifiedEvent::sign(body, network, author).unwrap()
}

/// The same event under another nonce: another signature, as good as the first.
pub(crate) fn other_signature(key: &SecretKey, event: &VerifiedEvent) -> Vec<u8> {
    let digest = keccak256(&[b"\x19Ethereum Signed Message:\n32", event.id().as_bytes()]);
    let key = secp256k1::SecretKey::from_secret_bytes(*key.expose()).unwrap();
    let message = Message::from_digest(digest);
    let signature = RecoverableSignature::sign_ecdsa_recoverable_with_noncedata(message, &key, &[7; 32]);
    let (recovery, compact) = signature.serialize_compact();
    let mut bytes = event.bytes().to_vec();
    let at = bytes.len() - SIGNATURE;
    bytes[at..at + 64].copy_from_slice(&compact);
    bytes[at + 64] = 27 + u8::from(recovery == RecoveryId::One);
    bytes
}

/// One message with these vertices in it.
pub(crate) fn vertices<B: AsRef<[u8]>>(vertices: impl IntoIterator<Item = B>) -> Bytes {
    let vertices = vertices.into_iter().map(|bytes| bytes.as_ref().to_vec()).collect();
    PeerMessage::Vertices(vertices).to_bytes().into()
}

/// A summary of an empty node at the genesis that claims `tips` unknown lanes.
pub(crate) fn summary(tips: u32) -> Bytes {
    let tips: Vec<u32> = (0..tips).collect();
    let mut message = CborWriter::default();
    message.array(2).uint(1).array(5).uint(FORMAT_VERSION).uint(0);
    message.list(&[(); 0], |_, ()| {}).list(&[(); 0], |_, ()| {}).list(&tips, |to, lane| {
        to.array(4).bytes(&[1; 20]).uint(u64::from(*lane)).uint(1).bytes(&[7; 32]);
    });
    message.into_bytes().into()
}

/// An agreement message as it travels.
pub(crate) fn agreement(message: AgreementMessage) -> Bytes {
    PeerMessage::Agreement(message).to_bytes().into()
}

/// A vote with a good signature.
pub(crate) fn vote(
    network: NetworkId,
    signer: &SecretKey,
    kind: VoteKind,
    (height, view): (u64, u64),
    proposal: ProposalId,
) -> SignedVote {
    Vote { kind, height: Height(height), view: View(view), proposal }.sign(network, signer)
}
