//! An author's name: the Ethereum address of a secp256k1 key.

use std::fmt;
use std::str::FromStr;

use crate::hash::keccak256;
use crate::id::parse_hex;

/// The last 20 bytes of keccak256 of an uncompressed public key. Printed with the mixed-case checksum of EIP-55.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address([u8; 20]);

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseAddressError {
    /// Not 0x and 40 hexadecimal digits.
    #[error("{text:?} is not an address: expected 0x and 40 hexadecimal digits")]
    Form {
        /// The text, cut to 80 characters.
        text: String,
    },
    /// Mixed case whose EIP-55 checksum is wrong: a digit was mistyped.
    #[error("the checksum of {text:?} is wrong: a digit was mistyped (EIP-55)")]
    Checksum {
        /// The text.
        text: String,
    },
}

impl Address {
    /// The address with these bytes.
    pub const fn new(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The address of an uncompressed public key without its 0x04 prefix: x ‖ y.
    pub(crate) fn of_public_key(x_and_y: &[u8]) -> Self {
        let hash = keccak256(&[x_and_y]);
        let mut bytes = [0; 20];
        for (to, from) in bytes.iter_mut().zip(hash.iter().skip(12)) {
            *to = *from;
        }
        Self(bytes)
    }

    /// 32 bytes, left-padded with zeros, as the EVM's ABI encodes an address.
    pub(crate) fn abi_word(&self) -> [u8; 32] {
        let mut word = [0; 32];
        for (to, from) in word.iter_mut().skip(12).zip(self.0) {
            *to = from;
        }
        word
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let hash = keccak256(&[digits.as_bytes()]);
        f.write_str("0x")?;
        for (digit, byte) in digits.as_bytes().chunks_exact(2).zip(hash) {
            for (symbol, nibble) in digit.iter().zip([byte >> 4, byte & 15]) {
                let symbol = char::from(*symbol);
                let cased = if nibble >= 8 { symbol.to_ascii_uppercase() } else { symbol };
                write!(f, "{cased}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_string();
        let (head, tail) = (text.get(..6).unwrap_or_default(), text.get(38..).unwrap_or_default());
        write!(f, "{head}…{tail}")
    }
}

impl FromStr for Address {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        let shown = || text.chars().take(80).collect::<String>();
        let Some(bytes) = parse_hex(text) else {
            return Err(ParseAddressError::Form { text: shown() });
        };
        let address = Self(bytes);
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let mixed = digits.bytes().any(|b| b.is_ascii_lowercase()) && digits.bytes().any(|b| b.is_ascii_uppercase());
        if mixed && address.to_string().strip_prefix("0x") != Some(digits) {
            return Err(ParseAddressError::Checksum { text: shown() });
        }
        Ok(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_checksum_is_refused() {
        // Example of EIP-55.
        let good = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        assert_eq!(good.parse::<Address>().unwrap().to_string(), good);
        assert!(good.to_lowercase().parse::<Address>().is_ok());
        let mistyped = good.replace("Ae", "aE");
        assert!(matches!(mistyped.parse::<Address>(), Err(ParseAddressError::Checksum { .. })));
        assert!(matches!("0x12".parse::<Address>(), Err(ParseAddressError::Form { .. })));
    }
}
