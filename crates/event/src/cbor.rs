//! Deterministic CBOR (RFC 8949 §4.2) over `minicbor`, decoded strictly.
//!
//! Strictness has one mechanism: what was decoded is encoded again and compared. Longer integers, indefinite lengths,
//! unsorted or doubled keys and trailing bytes all fail that comparison, so no decoder has to look for them.

use minicbor::{Decoder, Encoder, data::Type};

use crate::address::Address;
use crate::id::{Digest, EventId, NetworkId, ProposalId};

/// The version that stands first in every record.
pub const FORMAT_VERSION: u64 = 1;

/// Why bytes are not one of our records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not well-formed CBOR of the expected shape.
    #[error("malformed {what} at byte {position}")]
    Malformed {
        /// What was expected.
        what: &'static str,
        /// Where.
        position: usize,
    },
    /// Decodes, but is not the canonical encoding of what it says.
    #[error("not the canonical encoding of its content")]
    NotCanonical,
    /// A format version that this program does not know.
    #[error("format version {found} is not known here (known: {FORMAT_VERSION})")]
    Version {
        /// The version found.
        found: u64,
    },
    /// Longer, larger or more than the format allows.
    #[error("{what}: {found} exceeds the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is, or claims to be.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// A value outside its range, such as an unknown kind.
    #[error("{what} has a value that the format does not know")]
    OutOfRange {
        /// What is out of range.
        what: &'static str,
    },
}

/// A record with exactly one encoding.
pub trait Canonical: Sized {
    /// Appends the encoding of `self`.
    fn encode(&self, to: &mut CborWriter);

    /// Reads one value; strictness is checked by [`Canonical::from_bytes`], on the whole.
    ///
    /// # Errors
    /// When the bytes are not of this shape or break a limit of the format.
    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError>;

    /// The encoding of `self`.
    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = CborWriter::default();
        self.encode(&mut writer);
        writer.into_bytes()
    }

    /// Decodes all of `bytes`, which must be the canonical encoding of the result.
    ///
    /// # Errors
    /// As [`Canonical::decode`], and [`DecodeError::NotCanonical`].
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = CborReader::new(bytes);
        let value = Self::decode(&mut reader)?;
        let mut writer = CborWriter(Vec::with_capacity(bytes.len()));
        value.encode(&mut writer);
        if writer.into_bytes() == bytes { Ok(value) } else { Err(DecodeError::NotCanonical) }
    }
}

/// Appends CBOR to a byte vector.
#[derive(Default)]
pub struct CborWriter(Vec<u8>);

// Writing to a vector cannot fail, so the encoder's results carry nothing.
macro_rules! write_with {
    ($(#[$doc:meta] $name:ident($($arg:ident: $type:ty)?) = $method:ident;)*) => {
        $(
            #[$doc]
            pub fn $name(&mut self $(, $arg: $type)?) -> &mut Self {
                let _infallible = Encoder::new(&mut self.0).$method($($arg)?).map(|_| ());
                self
            }
        )*
    };
}

impl CborWriter {
    write_with! {
        /// A map's head: `len` pairs follow, keys ascending.
        map(len: u64) = map;
        /// An array's head: `len` items follow.
        array(len: u64) = array;
        /// An unsigned integer.
        uint(value: u64) = u64;
        /// A byte string.
        bytes(value: &[u8]) = bytes;
        /// A text string.
        text(value: &str) = str;
        /// True or false.
        bool(value: bool) = bool;
        /// Null.
        null() = null;
    }

    /// A signed integer of CBOR's range, [-2^64, 2^64).
    pub(crate) fn int(&mut self, value: i128) -> &mut Self {
        if let Ok(int) = minicbor::data::Int::try_from(value) {
            let _infallible = Encoder::new(&mut self.0).int(int).map(|_| ());
        }
        self
    }

    /// A float in the shortest of the three widths that keeps its value.
    pub(crate) fn float(&mut self, value: f64) -> &mut Self {
        #[expect(clippy::cast_possible_truncation, reason = "the narrowed value is used only if it widens back")]
        let single = value as f32;
        let mut encoder = Encoder::new(&mut self.0);
        let _infallible = if f64::from(single) != value {
            encoder.f64(value).map(|_| ())
        } else if half_width(single) {
            encoder.f16(single).map(|_| ())
        } else {
            encoder.f32(single).map(|_| ())
        };
        self
    }

    /// A count of what follows as an array's head.
    pub fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) -> &mut Self {
        self.array(items.len() as u64);
        for item in items {
            each(self, item);
        }
        self
    }

    /// The key of a map's entry.
    pub fn key(&mut self, key: u64) -> &mut Self {
        self.uint(key)
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Whether a half-width float keeps the value of `single`.
fn half_width(single: f32) -> bool {
    let mut buffer = [0; 3];
    let written = Encoder::new(&mut buffer[..]).f16(single).is_ok();
    written && Decoder::new(&buffer).f16().is_ok_and(|back| back == single)
}

/// Reads CBOR; every failure is an error, and nothing is allocated by a claimed length.
pub struct CborReader<'b>(Decoder<'b>);

macro_rules! read_with {
    ($(#[$doc:meta] $name:ident -> $type:ty = $method:ident;)*) => {
        $(
            #[$doc]
            ///
            /// # Errors
            /// When something else stands here.
            pub fn $name(&mut self, what: &'static str) -> Result<$type, DecodeError> {
                let position = self.0.position();
                self.0.$method().map_err(|_| DecodeError::Malformed { what, position })
            }
        )*
    };
}

/// The items of a CBOR sequence (RFC 8742), each as its own bytes, at most `limit`. What they hold is not looked at.
///
/// # Errors
/// When the bytes are no items one after the other, or none, or too many.
pub fn sequence(bytes: &[u8], limit: usize) -> Result<Vec<&[u8]>, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    let mut items = Vec::new();
    let mut start = 0;
    while start < bytes.len() || items.is_empty() {
        let malformed = DecodeError::Malformed { what: "item of a sequence", position: start };
        decoder.skip().map_err(|_| malformed.clone())?;
        let end = decoder.position();
        items.push(bytes.get(start..end).ok_or(malformed)?);
        start = end;
        if items.len() > limit {
            let (found, limit) = (items.len() as u64, limit as u64);
            return Err(DecodeError::TooLarge { what: "items of a sequence", found, limit });
        }
    }
    Ok(items)
}

/// Items that a list has room for before the first is read: no more than a vector takes for its first.
const FEW: usize = 4;

impl<'b> CborReader<'b> {
    /// Reads `bytes` from their start.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self(Decoder::new(bytes))
    }

    read_with! {
        /// An unsigned integer of at most 64 bits.
        uint -> u64 = u64;
        /// An unsigned integer of at most 32 bits.
        u32 -> u32 = u32;
        /// A byte string.
        bytes -> &'b [u8] = bytes;
        /// A text string: valid UTF-8, taken as it is.
        text -> &'b str = str;
        /// True or false.
        bool -> bool = bool;
        /// Null.
        null -> () = null;
    }

    /// The head of an array of exactly `len` items.
    ///
    /// # Errors
    /// When the array is of another length or something else stands here.
    pub fn array(&mut self, len: u64, what: &'static str) -> Result<(), DecodeError> {
        let found = self.array_head(what)?;
        if found == len { Ok(()) } else { Err(self.malformed(what)) }
    }

    /// The head of a map of exactly `len` pairs.
    ///
    /// # Errors
    /// When the map is of another length or something else stands here.
    pub fn map(&mut self, len: u64, what: &'static str) -> Result<(), DecodeError> {
        match self.0.map() {
            Ok(Some(found)) if found == len => Ok(()),
            _ => Err(self.malformed(what)),
        }
    }

    /// The key of the next pair, which must be `key`.
    ///
    /// # Errors
    /// When another key stands here.
    pub fn key(&mut self, key: u64, what: &'static str) -> Result<(), DecodeError> {
        if self.uint(what)? == key { Ok(()) } else { Err(self.malformed(what)) }
    }

    /// The version that stands first in a record.
    ///
    /// # Errors
    /// When it is not ours.
    pub fn version(&mut self) -> Result<(), DecodeError> {
        match self.uint("format version")? {
            FORMAT_VERSION => Ok(()),
            found => Err(DecodeError::Version { found }),
        }
    }

    /// The length of a definite array.
    ///
    /// # Errors
    /// When something else stands here.
    pub fn array_head(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        match self.0.array() {
            Ok(Some(len)) => Ok(len),
            _ => Err(self.malformed(what)),
        }
    }

    /// An array of at most `limit` items, each read by `each`. Grows as items are read, not as the head claims.
    ///
    /// # Errors
    /// When it is longer, or an item is malformed.
    pub fn list<T>(
        &mut self,
        limit: usize,
        what: &'static str,
        mut each: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let len = self.array_head(what)?;
        if len > limit as u64 {
            return Err(DecodeError::TooLarge { what, found: len, limit: limit as u64 });
        }
        let room = usize::try_from(len).map_or(FEW, |len| len.min(FEW));
        let mut items = Vec::with_capacity(room);
        for _ in 0..len {
            items.push(each(self)?);
        }
        Ok(items)
    }

    /// A name: a text of 1 to 256 bytes.
    pub(crate) fn name(&mut self, what: &'static str) -> Result<&'b str, DecodeError> {
        let name = self.text(what)?;
        let (found, limit) = (name.len() as u64, crate::limits::NAME_BYTES as u64);
        match found {
            0 => Err(DecodeError::OutOfRange { what }),
            _ if found > limit => Err(DecodeError::TooLarge { what, found, limit }),
            _ => Ok(name),
        }
    }

    /// A byte string of exactly `N` bytes.
    ///
    /// # Errors
    /// When it has another length.
    pub fn fixed<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        let bytes = self.bytes(what)?;
        bytes.try_into().map_err(|_| self.malformed(what))
    }

    /// A vertex's id.
    ///
    /// # Errors
    /// When it is not 32 bytes.
    pub fn event_id(&mut self) -> Result<EventId, DecodeError> {
        self.fixed("event id").map(EventId::new)
    }

    /// A proposal's id.
    ///
    /// # Errors
    /// When it is not 32 bytes.
    pub fn proposal_id(&mut self) -> Result<ProposalId, DecodeError> {
        self.fixed("proposal id").map(ProposalId::new)
    }

    /// A network's id.
    ///
    /// # Errors
    /// When it is not 32 bytes.
    pub fn network_id(&mut self) -> Result<NetworkId, DecodeError> {
        self.fixed("network id").map(NetworkId::new)
    }

    /// A digest.
    ///
    /// # Errors
    /// When it is not 32 bytes.
    pub fn digest(&mut self) -> Result<Digest, DecodeError> {
        self.fixed("digest").map(Digest::new)
    }

    /// An address.
    ///
    /// # Errors
    /// When it is not 20 bytes.
    pub fn address(&mut self) -> Result<Address, DecodeError> {
        self.fixed("address").map(Address::new)
    }

    /// An integer of any sign that CBOR can hold.
    pub(crate) fn int(&mut self, what: &'static str) -> Result<i128, DecodeError> {
        let position = self.0.position();
        self.0.int().map(i128::from).map_err(|_| DecodeError::Malformed { what, position })
    }

    /// A float of any width.
    pub(crate) fn float(&mut self, what: &'static str) -> Result<f64, DecodeError> {
        let position = self.0.position();
        self.0.f64().map_err(|_| DecodeError::Malformed { what, position })
    }

    /// Whether nothing is left to read.
    pub fn is_at_end(&self) -> bool {
        self.0.position() >= self.0.input().len()
    }

    /// What kind of item stands next.
    pub(crate) fn next_type(&self) -> Option<Type> {
        self.0.datatype().ok()
    }

    /// An error that names this place.
    pub fn malformed(&self, what: &'static str) -> DecodeError {
        DecodeError::Malformed { what, position: self.0.position() }
    }
}

macro_rules! canonical_id {
    ($($id:ident, $read:ident;)*) => {
        $(impl Canonical for $id {
            fn encode(&self, to: &mut CborWriter) {
                to.bytes(self.as_bytes());
            }

            fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
                from.$read()
            }
        })*
    };
}

canonical_id! { EventId, event_id; ProposalId, proposal_id; NetworkId, network_id; Digest, digest; Address, address; }
