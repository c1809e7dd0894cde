//! Keys and signatures.
//!
//! Tag 1 is secp256k1 ECDSA, r ‖ s ‖ v with v in {27, 28} and a low s. Tag 2 is reserved for Ed25519. Tag 255 is a
//! keyed hash that anybody can make, for tests and simulations only: no process reads it that has not made such a key.

use std::collections::BTreeMap;
use std::fmt;
#[cfg(feature = "simulated-signatures")]
use std::sync::atomic::{AtomicBool, Ordering};

use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, PublicKey};
use zeroize::Zeroizing;

use crate::address::Address;
use crate::cbor::{Canonical, CborReader, CborWriter, DecodeError};
use crate::eip712::personal_message;
use crate::hash::keccak256;

const TAG_SECP256K1: u64 = 1;
#[cfg(feature = "simulated-signatures")]
const TAG_SIMULATED: u64 = 255;

/// Whether this process has made a simulated key: only then does it read simulated signatures. One binary serves real
/// networks and simulates others, never both in one process.
#[cfg(feature = "simulated-signatures")]
static SIMULATES: AtomicBool = AtomicBool::new(false);

/// Authors whose public keys one [`KeyRing`] remembers: 6 MiB at most, and more than a committee and its writers.
const KEY_RING_KEYS: usize = 65_536;

/// A signature with its scheme. Its bytes say nothing of who signed: see [`KeyRing`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signature {
    /// r ‖ s ‖ v.
    Secp256k1([u8; 65]),
    /// The keyed hash of tests and simulations.
    #[cfg(feature = "simulated-signatures")]
    Simulated([u8; 32]),
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// v is neither 27 nor 28.
    #[error("the signature's v is {v}, not 27 or 28")]
    RecoveryId {
        /// The byte found.
        v: u8,
    },
    /// r or s is zero or not below the group's order.
    #[error("the signature's r or s is out of range")]
    OutOfRange,
    /// s is above half the group's order, so that a second form of the same signature exists.
    #[error("the signature's s is high")]
    HighS,
    /// A well-formed signature of somebody else, or of something else.
    #[error("not a signature of {claimed:?} over this")]
    WrongSigner {
        /// Who was said to have signed.
        claimed: Address,
    },
}

/// Why bytes are not a secret key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a secret key: expected 32 bytes that are neither zero nor at or above the order of secp256k1")]
pub struct SecretKeyError;

/// A signing key. Printed as its address; its bytes are wiped when it is dropped.
#[derive(Clone)]
pub struct SecretKey {
    bytes: Zeroizing<[u8; 32]>,
    address: Address,
    scheme: Scheme,
}

#[derive(Clone, Copy)]
enum Scheme {
    Secp256k1,
    #[cfg(feature = "simulated-signatures")]
    Simulated,
}

impl SecretKey {
    /// The secp256k1 key with these 32 big-endian bytes.
    ///
    /// # Errors
    /// When they are zero or not below the group's order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, SecretKeyError> {
        let key = secp256k1::SecretKey::from_secret_bytes(bytes).map_err(|_| SecretKeyError)?;
        let address = address_of(&key.public_key());
        Ok(Self { bytes: Zeroizing::new(bytes), address, scheme: Scheme::Secp256k1 })
    }

    /// A key of the simulator's scheme, derived from `seed`. From then on this process accepts simulated signatures, so a
    /// process that serves a real network must never call this.
    #[cfg(feature = "simulated-signatures")]
    pub fn simulated(seed: u64) -> Self {
        SIMULATES.store(true, Ordering::Relaxed);
        let bytes = crate::hash::blake3(&[b"quorate/simulated-key", &seed.to_be_bytes()]);
        let address = Address::of_public_key(&bytes);
        Self { bytes: Zeroizing::new(bytes), address, scheme: Scheme::Simulated }
    }

    /// Whose signatures this key makes.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The 32 bytes, for a key file or a transport that derives its identity from them.
    pub fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Signs content of another protocol: keccak256(label ‖ content) as a personal message (EIP-191). It is hashed
    /// here, so that a caller cannot obtain a signature of an event's id by passing it as content.
    pub fn sign_message(&self, label: &[u8], content: &[u8]) -> Signature {
        self.sign_digest(personal_message(&keccak256(&[label, content])))
    }

    /// Signs a 32-byte digest; the same digest gives the same signature (RFC 6979).
    pub(crate) fn sign_digest(&self, digest: [u8; 32]) -> Signature {
        match self.scheme {
            Scheme::Secp256k1 => sign_secp256k1(&self.bytes, digest),
            #[cfg(feature = "simulated-signatures")]
            Scheme::Simulated => Signature::Simulated(simulated(self.address, digest)),
        }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {:?})", self.address)
    }
}

fn sign_secp256k1(bytes: &[u8; 32], digest: [u8; 32]) -> Signature {
    let mut signature = [0; 65];
    if let Ok(key) = secp256k1::SecretKey::from_secret_bytes(*bytes) {
        let recoverable = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest), &key);
        let (recovery, compact) = recoverable.serialize_compact();
        let v = [27_u8.saturating_add(u8::from(recovery == RecoveryId::One))];
        for (to, from) in signature.iter_mut().zip(compact.iter().chain(&v)) {
            *to = *from;
        }
    }
    Signature::Secp256k1(signature)
}

#[cfg(feature = "simulated-signatures")]
fn simulated(address: Address, digest: [u8; 32]) -> [u8; 32] {
    crate::hash::blake3(&[b"quorate/simulated-signature", address.as_bytes(), &digest])
}

fn address_of(key: &PublicKey) -> Address {
    let uncompressed = key.serialize_uncompressed();
    Address::of_public_key(uncompressed.get(1..).unwrap_or_default())
}

/// An ECDSA signature that passed every check which does not need a key.
struct Parsed {
    recoverable: RecoverableSignature,
    mirrored: RecoverableSignature,
}

fn parse(signature: &[u8; 65]) -> Result<Parsed, SignatureError> {
    let [compact @ .., v] = signature;
    let (recovery, other) = match *v {
        27 => (RecoveryId::Zero, RecoveryId::One),
        28 => (RecoveryId::One, RecoveryId::Zero),
        v => return Err(SignatureError::RecoveryId { v }),
    };
    let (r, s) = compact.split_at(32);
    if [r, s].iter().any(|half| half.iter().all(|byte| *byte == 0)) {
        return Err(SignatureError::OutOfRange);
    }
    let parsed = |id| RecoverableSignature::from_compact(compact, id).map_err(|_| SignatureError::OutOfRange);
    let recoverable = parsed(recovery)?;
    let mut normalized = recoverable.to_standard();
    normalized.normalize_s();
    if normalized.serialize_compact() != *compact {
        return Err(SignatureError::HighS);
    }
    Ok(Parsed { recoverable, mirrored: parsed(other)? })
}

impl Signature {
    /// Checks a signature that [`SecretKey::sign_message`] made.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn check_message(&self, signer: Address, label: &[u8], content: &[u8]) -> Result<(), SignatureError> {
        self.check_recovering(signer, personal_message(&keccak256(&[label, content])))
    }

    /// Checks that `signer` signed `digest`, v included, as the EVM's `ecrecover` does.
    ///
    /// # Errors
    /// Why it does not count.
    pub(crate) fn check_recovering(&self, signer: Address, digest: [u8; 32]) -> Result<(), SignatureError> {
        match self {
            Self::Secp256k1(bytes) => {
                let recovered = parse(bytes)?.recoverable.recover(Message::from_digest(digest));
                match recovered {
                    Ok(key) if address_of(&key) == signer => Ok(()),
                    _ => Err(SignatureError::WrongSigner { claimed: signer }),
                }
            }
            #[cfg(feature = "simulated-signatures")]
            Self::Simulated(bytes) => check_simulated(bytes, signer, digest),
        }
    }

    fn tag_and_bytes(&self) -> (u64, &[u8]) {
        match self {
            Self::Secp256k1(bytes) => (TAG_SECP256K1, bytes),
            #[cfg(feature = "simulated-signatures")]
            Self::Simulated(bytes) => (TAG_SIMULATED, bytes),
        }
    }
}

#[cfg(feature = "simulated-signatures")]
fn check_simulated(bytes: &[u8; 32], signer: Address, digest: [u8; 32]) -> Result<(), SignatureError> {
    if simulated(signer, digest) == *bytes { Ok(()) } else { Err(SignatureError::WrongSigner { claimed: signer }) }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tag, bytes) = self.tag_and_bytes();
        let start: String = bytes.iter().take(2).map(|byte| format!("{byte:02x}")).collect();
        write!(f, "s{tag}:{start}")
    }
}

impl Canonical for Signature {
    fn encode(&self, to: &mut CborWriter) {
        let (tag, bytes) = self.tag_and_bytes();
        to.array(2).uint(tag).bytes(bytes);
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(2, "signature")?;
        match from.uint("signature scheme")? {
            TAG_SECP256K1 => from.fixed("secp256k1 signature").map(Self::Secp256k1),
            #[cfg(feature = "simulated-signatures")]
            TAG_SIMULATED if SIMULATES.load(Ordering::Relaxed) => {
                from.fixed("simulated signature").map(Self::Simulated)
            }
            _ => Err(DecodeError::OutOfRange { what: "signature scheme" }),
        }
    }
}

/// Remembers authors' public keys, so that a key is recovered once and later signatures are merely verified.
///
/// The verdict is the same with a key remembered or not: (r, s) must verify under a key whose address is the author's,
/// whichever of the two values v has. A key is remembered only after a signature of it was good.
#[derive(Default)]
pub struct KeyRing(BTreeMap<Address, PublicKey>);

impl KeyRing {
    /// Checks that `signer` signed `digest`.
    ///
    /// # Errors
    /// Why it does not count.
    pub(crate) fn check(
        &mut self,
        signature: &Signature,
        signer: Address,
        digest: [u8; 32],
    ) -> Result<(), SignatureError> {
        match signature {
            Signature::Secp256k1(bytes) => self.check_secp256k1(&parse(bytes)?, signer, digest),
            #[cfg(feature = "simulated-signatures")]
            Signature::Simulated(bytes) => check_simulated(bytes, signer, digest),
        }
    }

    fn check_secp256k1(&mut self, parsed: &Parsed, signer: Address, digest: [u8; 32]) -> Result<(), SignatureError> {
        let message = Message::from_digest(digest);
        let wrong = SignatureError::WrongSigner { claimed: signer };
        if let Some(key) = self.0.get(&signer) {
            return parsed.recoverable.to_standard().verify(message, key).map_err(|_| wrong);
        }
        let forms = [&parsed.recoverable, &parsed.mirrored];
        let recovered = forms.into_iter().filter_map(|form| form.recover(message).ok());
        let Some(key) = recovered.into_iter().find(|key| address_of(key) == signer) else {
            return Err(wrong);
        };
        if self.0.len() >= KEY_RING_KEYS {
            self.0.pop_first();
        }
        self.0.insert(signer, key);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_bytes([byte; 32]).unwrap()
    }

    fn bytes(signature: Signature) -> [u8; 65] {
        match signature {
            Signature::Secp256k1(bytes) => bytes,
            #[cfg(feature = "simulated-signatures")]
            Signature::Simulated(_) => unreachable!(),
        }
    }

    /// The verdicts of a ring that knows the key, of one that does not, and of the recovering check.
    fn verdicts(signature: [u8; 65], signer: &SecretKey, digest: [u8; 32]) -> [Result<(), SignatureError>; 3] {
        let signature = Signature::Secp256k1(signature);
        let mut warm = KeyRing::default();
        warm.check(&signer.sign_digest([9; 32]), signer.address(), [9; 32]).unwrap();
        [
            KeyRing::default().check(&signature, signer.address(), digest),
            warm.check(&signature, signer.address(), digest),
            signature.check_recovering(signer.address(), digest),
        ]
    }

    #[test]
    fn a_good_signature_is_good_and_another_author_s_is_not() {
        let signature = bytes(key(1).sign_digest([3; 32]));
        assert_eq!(verdicts(signature, &key(1), [3; 32]), [Ok(()); 3]);
        let wrong = Err(SignatureError::WrongSigner { claimed: key(2).address() });
        assert_eq!(verdicts(signature, &key(2), [3; 32]), [wrong; 3]);
    }

    #[test]
    fn e3_the_edge_cases_of_ecdsa_get_one_verdict_each() {
        const ORDER: [u8; 32] = secp256k1::constants::CURVE_ORDER;
        let good = bytes(key(1).sign_digest([3; 32]));
        let with = |from: usize, part: &[u8]| {
            let mut changed = good;
            changed[from..from + part.len()].copy_from_slice(part);
            changed
        };
        let mut high = good;
        let mut s = secp256k1::Scalar::from_be_bytes(good[32..64].try_into().unwrap()).unwrap().to_be_bytes();
        let mut borrow = 0_i16;
        for index in (0..32).rev() {
            let difference = i16::from(ORDER[index]) - i16::from(s[index]) - borrow;
            borrow = i16::from(difference < 0);
            s[index] = (difference & 255) as u8;
        }
        high[32..64].copy_from_slice(&s);
        let grid = [
            (with(0, &[0; 32]), SignatureError::OutOfRange),
            (with(32, &[0; 32]), SignatureError::OutOfRange),
            (with(0, &ORDER), SignatureError::OutOfRange),
            (with(32, &ORDER), SignatureError::OutOfRange),
            (with(64, &[0]), SignatureError::RecoveryId { v: 0 }),
            (with(64, &[29]), SignatureError::RecoveryId { v: 29 }),
            (high, SignatureError::HighS),
        ];
        for (signature, verdict) in grid {
            assert_eq!(verdicts(signature, &key(1), [3; 32]), [Err(verdict); 3]);
        }
        // The other v: the signature proper is good, but the EVM would recover somebody else.
        let mirrored = verdicts(with(64, &[55 - good[64]]), &key(1), [3; 32]);
        let wrong = Err(SignatureError::WrongSigner { claimed: key(1).address() });
        assert_eq!(mirrored, [Ok(()), Ok(()), wrong]);
    }
}
