//! Secret bytes.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::error::HomeError;

/// 256 secret bits. Prints as `…`; wiped when dropped. They lie on the heap, so that a move leaves no copy behind.
#[derive(Clone)]
pub struct Secret(Box<Zeroizing<[u8; 32]>>);

impl Secret {
    /// Random bits of the system.
    pub fn random() -> Result<Self, HomeError> {
        let mut secret = Self(Box::new(Zeroizing::new([0; 32])));
        getrandom::fill(secret.0.as_mut_slice()).map_err(|source| HomeError::Random { source })?;
        Ok(secret)
    }

    /// Moves bytes out of `bytes`, which is wiped.
    pub fn take(bytes: &mut [u8; 32]) -> Self {
        let mut secret = Self(Box::new(Zeroizing::new([0; 32])));
        secret.0.copy_from_slice(bytes);
        bytes.zeroize();
        secret
    }

    /// Reads 64 hex digits, with or without a newline.
    pub fn from_hex(text: &[u8]) -> Option<Self> {
        let digits = text.strip_suffix(b"\n").unwrap_or(text);
        if digits.len() != 64 {
            return None;
        }
        let mut secret = Self(Box::new(Zeroizing::new([0; 32])));
        for (byte, pair) in secret.0.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = pair else { return None };
            *byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
        }
        Some(secret)
    }

    /// The bytes. Keep no copy.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hex digits.
    pub fn to_hex(&self) -> Zeroizing<String> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 0xf)]);
        // Reserved at once, with room for a newline: growing would leave copies behind.
        let mut text = Zeroizing::new(String::with_capacity(65));
        for byte in self.0.iter() {
            text.push(digit(byte >> 4));
            text.push(digit(*byte));
        }
        text
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The token that a client needs to write.
#[derive(Clone, Debug)]
pub struct Token(Secret);

impl Token {
    /// The token of a secret.
    pub fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// Whether `shown` is this token, in a time that does not depend on how much of it is right.
    pub fn matches(&self, shown: &str) -> bool {
        let text = self.0.to_hex();
        text.as_bytes().ct_eq(shown.as_bytes()).into()
    }

    /// The text that a client sends.
    pub fn to_hex(&self) -> Zeroizing<String> {
        self.0.to_hex()
    }
}
