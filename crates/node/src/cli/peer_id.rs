//! The libp2p name of a node, which follows from its key.

use libp2p::PeerId;
use libp2p::identity::{Keypair, secp256k1};
use quorate_event::SecretKey;

/// The peer id of a key; `None` for bytes that are no key, which a [`SecretKey`] never holds.
pub(crate) fn peer_id(key: &SecretKey) -> Option<PeerId> {
    // The parser overwrites this copy with zeros.
    let mut bytes = *key.expose();
    let secret = secp256k1::SecretKey::try_from_bytes(&mut bytes).ok()?;
    let pair: Keypair = secp256k1::Keypair::from(secret).into();
    Some(pair.public().to_peer_id())
}
