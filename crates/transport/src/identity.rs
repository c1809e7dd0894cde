//! From a secret key to the peer id, and from a peer id to the Ethereum address of the same key.

use libp2p::PeerId;
use libp2p::identity::{Keypair, PublicKey, secp256k1};
use sha3::{Digest, Keccak256};

/// The multihash code under which a peer id holds its public key itself.
const IDENTITY: u64 = 0;

/// The Ethereum address of the key behind `peer`: the last 20 bytes of keccak256 of the uncompressed public key
/// without its prefix byte. `None` if the key is not a secp256k1 key.
#[must_use]
pub fn peer_address(peer: &PeerId) -> Option<[u8; 20]> {
    let hash = peer.as_ref();
    if hash.code() != IDENTITY {
        return None;
    }
    let key = PublicKey::try_decode_protobuf(hash.digest()).ok()?.try_into_secp256k1().ok()?;
    let point = key.to_bytes_uncompressed();
    let digest = Keccak256::digest(point.get(1..)?);
    digest.get(12..)?.try_into().ok()
}

/// The peer id of a secp256k1 secret key; `None` for bytes that are no key.
#[must_use]
pub fn peer_id(secret_key: &[u8; 32]) -> Option<PeerId> {
    // The parser overwrites this copy with zeros.
    let mut bytes = *secret_key;
    let secret = secp256k1::SecretKey::try_from_bytes(&mut bytes).ok()?;
    let pair: Keypair = secp256k1::Keypair::from(secret).into();
    Some(pair.public().to_peer_id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransportConfig;

    const N1: [u8; 32] = [
        0xfa, 0xd9, 0xc8, 0x85, 0x5b, 0x74, 0x0a, 0x0b, 0x7e, 0xd4, 0xc2, 0x21, 0xdb, 0xad, 0x0f, 0x33, 0xa8, 0x3a,
        0x49, 0xca, 0xd6, 0xb3, 0xfe, 0x8d, 0x58, 0x17, 0xac, 0x83, 0xd3, 0x8b, 0x6a, 0x19,
    ];

    #[test]
    fn the_peer_id_of_the_first_demo_key_gives_its_ethereum_address() {
        let peer = TransportConfig::new(N1, [0; 32]).unwrap().peer_id();
        let hex: String = peer_address(&peer).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "96216849c49358b10257cb55b28ea603c874b05e");
        assert_eq!(peer_id(&N1), Some(peer));
    }

    #[test]
    fn a_peer_id_that_hides_its_key_has_no_address() {
        assert_eq!(peer_address(&PeerId::random()), None);
    }
}
