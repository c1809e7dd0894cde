//! The messages of founders, before their network exists.

use quorate_event::cbor::{CborReader, CborWriter, FORMAT_VERSION};
use quorate_event::{Address, Canonical, DecodeError, SecretKey, Signature, Stake, limits};

/// Separates the signatures of joins from all others.
const JOIN_DOMAIN: &[u8] = b"quorate/join/1";
/// Bytes of the text of a multiaddr, at most. No real address is longer.
const ADDRESS_BYTES: usize = 256;

/// A signed request to be a member of the committee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Join {
    pub(super) member: Address,
    pub(super) stake: Stake,
    /// The multiaddr at which others reach the member; empty if there is none.
    pub(super) address: String,
    signature: Signature,
}

/// A message of the founding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FoundingMessage {
    /// From a founder to the gatherer.
    Join(Join),
    /// From the gatherer: the canonical bytes of the genesis, and all joins.
    Genesis { genesis: Vec<u8>, joins: Vec<Join> },
    /// From a founder that accepted the genesis.
    Accepted,
}

impl Join {
    /// Signs a join.
    pub(super) fn sign(key: &SecretKey, stake: Stake, address: String) -> Self {
        let signature = key.sign_message(JOIN_DOMAIN, &content(key.address(), stake, &address));
        Self { member: key.address(), stake, address, signature }
    }

    /// Whether the signature is that of the member.
    pub(super) fn is_signed(&self) -> bool {
        self.signature.check_message(self.member, JOIN_DOMAIN, &content(self.member, self.stake, &self.address)).is_ok()
    }
}

fn content(member: Address, stake: Stake, address: &str) -> Vec<u8> {
    let mut writer = CborWriter::default();
    writer.array(3).bytes(member.as_bytes());
    stake.encode(&mut writer);
    writer.text(address);
    writer.into_bytes()
}

impl Canonical for Join {
    fn encode(&self, to: &mut CborWriter) {
        self.stake.encode(to.array(4).bytes(self.member.as_bytes()));
        self.signature.encode(to.text(&self.address));
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(4, "join")?;
        let (member, stake) = (from.address()?, Stake::decode(from)?);
        let address = from.text("address")?;
        if address.len() > ADDRESS_BYTES {
            return Err(DecodeError::OutOfRange { what: "address" });
        }
        Ok(Self { member, stake, address: address.to_owned(), signature: Signature::decode(from)? })
    }
}

impl Canonical for FoundingMessage {
    fn encode(&self, to: &mut CborWriter) {
        to.array(3).uint(FORMAT_VERSION);
        match self {
            Self::Join(join) => join.encode(to.uint(0)),
            Self::Genesis { genesis, joins } => {
                to.uint(1).array(2).bytes(genesis).list(joins, |to, join| join.encode(to));
            }
            Self::Accepted => {
                to.uint(2).null();
            }
        }
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(3, "founding message")?;
        from.version()?;
        match from.uint("founding message")? {
            0 => Join::decode(from).map(Self::Join),
            1 => {
                from.array(2, "genesis and joins")?;
                let genesis = from.bytes("genesis")?.to_vec();
                let joins = from.list(limits::COMMITTEE_MEMBERS, "joins", Join::decode)?;
                Ok(Self::Genesis { genesis, joins })
            }
            2 => from.null("acceptance").map(|()| Self::Accepted),
            _ => Err(DecodeError::OutOfRange { what: "founding message" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_join_that_was_changed_is_not_signed() {
        let key = SecretKey::from_bytes([5; 32]).unwrap();
        let join = Join::sign(&key, Stake(100), "/ip4/127.0.0.1/tcp/9080".to_owned());
        let message = FoundingMessage::Join(join.clone());
        assert_eq!(FoundingMessage::from_bytes(&message.to_bytes()), Ok(message));
        assert!(join.is_signed());
        assert!(!Join { stake: Stake(101), ..join.clone() }.is_signed());
        assert!(!Join { address: "/ip4/127.0.0.1/tcp/9081".to_owned(), ..join }.is_signed());
    }
}
