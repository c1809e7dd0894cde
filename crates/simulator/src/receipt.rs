//! The reply of a member to a client that waits for finality: how many of its events a milestone covers.

use quorate_event::Height;

/// Announces a milestone that a replica has applied and stored to the subscribed clients.
///
/// It stands for a signed reply: the padding takes the place of an address, an id and a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The height of the milestone.
    pub height: Height,
    /// How many events it covers that no earlier milestone covers.
    pub covered: usize,
}

impl Receipt {
    /// Bytes of one receipt on the wire.
    pub const BYTES: usize = 128;

    /// The bytes.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = vec![0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.height.0.to_be_bytes());
        bytes[8..16].copy_from_slice(&(self.covered as u64).to_be_bytes());
        bytes
    }

    /// A receipt, if these bytes are one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (numbers, _padding) = bytes.split_first_chunk::<16>().filter(|_| bytes.len() == Self::BYTES)?;
        let (height, covered) = numbers.split_first_chunk::<8>()?;
        let covered = u64::from_be_bytes(covered.try_into().ok()?);
        Some(Self { height: Height(u64::from_be_bytes(*height)), covered: usize::try_from(covered).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_as_it_was_written() {
        let receipt = Receipt { height: Height(7), covered: 55 };
        assert_eq!(Receipt::from_bytes(&receipt.to_bytes()), Some(receipt));
        assert_eq!(Receipt::from_bytes(&[0; 127]), None);
    }
}
