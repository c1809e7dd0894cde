//! EIP-712 typed data and EIP-191 personal messages: what wallets sign and contracts recompute.

use crate::hash::keccak256;
use crate::id::NetworkId;

const DOMAIN_TYPE: &[u8] = b"EIP712Domain(string name,string version,bytes32 salt)";

/// An integer as a 32-byte big-endian word.
pub(crate) fn word(value: u64) -> [u8; 32] {
    word_u128(u128::from(value))
}

/// An integer as a 32-byte big-endian word.
pub(crate) fn word_u128(value: u128) -> [u8; 32] {
    let mut word = [0; 32];
    for (to, from) in word.iter_mut().skip(16).zip(value.to_be_bytes()) {
        *to = from;
    }
    word
}

/// The digest of a typed struct in the domain (name "Quorate", version "1", salt the network's id).
pub(crate) fn typed_data(network: NetworkId, struct_hash: [u8; 32]) -> [u8; 32] {
    let domain =
        keccak256(&[&keccak256(&[DOMAIN_TYPE]), &keccak256(&[b"Quorate"]), &keccak256(&[b"1"]), network.as_bytes()]);
    keccak256(&[b"\x19\x01", &domain, &struct_hash])
}

/// The digest that a wallet signs for a personal message of 32 raw bytes (EIP-191).
pub(crate) fn personal_message(content: &[u8; 32]) -> [u8; 32] {
    keccak256(&[b"\x19Ethereum Signed Message:\n32", content])
}
