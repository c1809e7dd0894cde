//! Published key pairs for demonstrations. A genesis admits them only if its field `demo` is true.

use std::fmt;

use quorate_event::{Address, SecretKey, SecretKeyError, keccak256};

/// The number of seeds whose addresses [`demo_addresses`] returns: the largest number of nodes on one machine.
pub const DEMO_SEEDS: u64 = 64;

/// The keys of the seeds 1 to 4.
const FIRST: [[u8; 32]; 4] = [
    bytes("fad9c8855b740a0b7ed4c221dbad0f33a83a49cad6b3fe8d5817ac83d38b6a19"),
    bytes("a1b2c3d4e5f67890123456789abcdef123456789abcdef123456789abcdef123"),
    bytes("123456789abcdef123456789abcdef123456789abcdef123456789abcdef1234"),
    bytes("4444456789abcdef123456789abcdef123456789abcdef123456789abcdef444"),
];

/// The number of a demo key, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DemoSeed(pub u64);

impl fmt::Display for DemoSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The demo key of a seed: N1 to N4 for 1 to 4, otherwise [`peer_key`] of its decimal digits.
///
/// # Errors
/// When the hash is not a valid key; no such seed is known.
pub fn demo_key(seed: DemoSeed) -> Result<SecretKey, SecretKeyError> {
    let first = seed.0.checked_sub(1).and_then(|i| usize::try_from(i).ok());
    match first.and_then(|index| FIRST.get(index)) {
        Some(bytes) => SecretKey::from_bytes(*bytes),
        None => peer_key(&seed.to_string()),
    }
}

/// The published key pair of a text: keccak256("quorate public demo key " ‖ text).
///
/// # Errors
/// When the hash is not a valid key; no such text is known.
pub fn peer_key(text: &str) -> Result<SecretKey, SecretKeyError> {
    SecretKey::from_bytes(keccak256(&[b"quorate public demo key ", text.as_bytes()]))
}

/// The addresses that a genesis without `demo` must not hold: those of the demo keys 1 to [`DEMO_SEEDS`], in both forms.
pub fn demo_addresses() -> Vec<Address> {
    let seeds = (1..=DEMO_SEEDS).map(DemoSeed);
    let keys = seeds.flat_map(|seed| [demo_key(seed), peer_key(&seed.to_string())]);
    let mut addresses: Vec<Address> = keys.flatten().map(|key| key.address()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

const fn bytes(hex: &str) -> [u8; 32] {
    let digits = hex.as_bytes();
    let mut bytes = [0; 32];
    let mut index = 0;
    while index < 32 {
        bytes[index] = digit(digits[2 * index]) << 4 | digit(digits[2 * index + 1]);
        index += 1;
    }
    bytes
}

const fn digit(symbol: u8) -> u8 {
    match symbol {
        b'0'..=b'9' => symbol - b'0',
        _ => symbol - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_four_demo_keys_have_their_published_addresses() {
        let published = [
            "0x96216849c49358B10257cb55b28eA603c874b05E",
            "0x8Bd2395335D6984f647EEcb21F003fC8efdF018C",
            "0xcd09f75E2BF2A4d11F3AB23f1389FcC1621c0cc2",
            "0xA62C4BC6D1B32d44Fef7618290F478036071806C",
        ];
        for (seed, address) in (1..).zip(published) {
            let key = demo_key(DemoSeed(seed)).unwrap();
            assert_eq!(key.address().to_string(), address);
        }
    }

    #[test]
    fn a_further_demo_key_is_the_hash_of_its_digits() {
        let hash = keccak256(&[b"quorate public demo key 5"]);
        assert_eq!(demo_key(DemoSeed(5)).unwrap().expose(), &hash);
        assert_eq!(peer_key("5").unwrap().expose(), &hash);
        assert_ne!(peer_key("1").unwrap().expose(), demo_key(DemoSeed(1)).unwrap().expose());
    }

    #[test]
    fn every_published_address_is_returned_once() {
        assert_eq!(demo_addresses().len(), 64 + 4);
    }
}
