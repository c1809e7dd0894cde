//! What a member answers a client that waits for the end: so many of the events are final.

use quorate_event::Height;

/// A milestone that a replica has applied and stored, told to whoever subscribed.
///
/// It stands for a signed answer: its padding is what an address, a name and a signature take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Its place in the chain.
    pub height: Height,
    /// How many events it newly covers.
    pub covered: usize,
}

impl Receipt {
    /// Bytes of one on the wire.
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
