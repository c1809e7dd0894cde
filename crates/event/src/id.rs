//! 32-byte names: of events, proposals, networks and other digests.

use std::fmt;
use std::str::FromStr;

/// Why a text is not a 32-byte id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an id: expected 0x and 64 hexadecimal digits")]
pub struct ParseIdError {
    /// The text, cut to 80 characters.
    pub text: String,
}

pub(crate) fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    if digits.len() != N.checked_mul(2)? {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $short:literal) => {
        $(#[$doc])*
        ///
        /// `Display` prints 0x and 64 digits; `Debug` prints the first four, to be read in a log.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The id with these bytes.
            pub const fn new(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("0x")?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let [a, b, ..] = self.0;
                write!(f, concat!($short, ":{:02x}{:02x}"), a, b)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                match parse_hex(text) {
                    Some(bytes) => Ok(Self(bytes)),
                    None => Err(ParseIdError { text: text.chars().take(80).collect() }),
                }
            }
        }
    };
}

id!(
    /// The name of a vertex of the graph: an event's BLAKE3 id, a milestone's proposal id, or the genesis.
    EventId, "e"
);
id!(
    /// The name of a proposal: its EIP-712 digest. A milestone is named by the proposal it certifies.
    ProposalId, "p"
);
id!(
    /// The name of a network: keccak256 of its genesis.
    NetworkId, "n"
);
id!(
    /// A keccak256 digest of something else: a Merkle root, a document, a committee.
    Digest, "d"
);

impl ProposalId {
    /// What a skip vote names.
    pub const NONE: Self = Self::new([0; 32]);

    /// The vertex that this proposal becomes once certified.
    pub const fn event_id(self) -> EventId {
        EventId::new(self.0)
    }
}

impl NetworkId {
    /// The genesis as a vertex, M0: the root of every graph of this network.
    pub const fn event_id(self) -> EventId {
        EventId::new(self.0)
    }

    /// The genesis as the milestone of height 0.
    pub const fn proposal_id(self) -> ProposalId {
        ProposalId::new(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_and_parses_back() {
        let id = EventId::new([0xab; 32]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(format!("{id:?}"), "e:abab");
        assert!("0x12".parse::<EventId>().is_err());
        assert!(format!("0x{}", "+1".repeat(32)).parse::<EventId>().is_err());
    }
}
