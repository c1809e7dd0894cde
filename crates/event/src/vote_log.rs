//! The bytes of the vote log, and what may be believed of them after a crash.
//!
//! The records of `agreement` are opaque here. The owner of the file appends records with one sync, and
//! reports none before that. What is read back is exactly what was reported, and perhaps records that were being written.
//! Anything else is refused: a log that lost a vote is worse than none, since its owner would not know.
//!
//! ```text
//! header   magic 8 | version u32 | network 32 | first sequence u64 | checksum u32
//! record   length u32 | sequence u64 | payload | checksum u32        integers little-endian, checksum over what precedes
//! ```
//!
//! The highest bit of a sequence marks the first record of an append: whatever precedes it was synced before it was
//! written. Upon opening:
//! - records whose checksum and sequence are right are returned, in order;
//! - a record that ends too soon, or of which a sector never arrived, was being written: it is cut off with all that
//!   follows, unless a later append follows;
//! - anything else that is not a record, or a sequence that does not continue, is [`LogFlaw::Damaged`]. A record that has
//!   all its sectors is never cut, whatever its checksum says, and neither is one whose length alone is wrong: it may have
//!   been reported, and its vote may have left.
//!
//! A sector that never arrived reads as zeros, as etcd's log takes it to do (`isTornEntry`). So of the last append two
//! kinds of damage pass for torn: one that turns all of a record's part in a sector into zeros, and any to a record whose
//! part in some sector is naturally all zeros.
//!
//! A file that was made in the place of a lost one begins at sequence 1 or above, and one that replaces another holds a
//! record. So a file without a record that does not begin at 0 says that votes were lost, for as long as nothing else does.
//!
//! The bytes cannot show that whole records are missing from the end, because an old copy of the file was restored.

/// The largest payload: the certificate that goes with a vote, of a committee of ten thousand.
pub const MAX_PAYLOAD_BYTES: usize = 1 << 20;
/// The version of this format.
pub const VERSION: u32 = 1;
/// Magic, version, network, first sequence, checksum. The same in every version, so that a newer one is recognised.
pub const HEADER_BYTES: usize = 8 + 4 + 32 + 8 + CHECKSUM_BYTES;
/// What a record has besides its payload.
pub const RECORD_OVERHEAD: usize = PREFIX_BYTES + CHECKSUM_BYTES;
/// What a disk writes whole or not at all.
pub const SECTOR_BYTES: usize = 512;

const MAGIC: &[u8; 8] = b"QRMVOTES";
const CHECKSUM_BYTES: usize = 4;
/// Length and sequence.
const PREFIX_BYTES: usize = 4 + 8;
/// In a sequence: the first record of an append.
const BEGINS_APPEND: u64 = 1 << 63;

/// What a file begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version of the format.
    pub version: u32,
    /// The network that the votes were cast in.
    pub network: [u8; 32],
    /// The sequence of the first record.
    pub first_sequence: u64,
}

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// How it begins.
    pub header: Header,
    /// The records' payloads, in order.
    pub payloads: Vec<Vec<u8>>,
    /// The sequence that the next record will have.
    pub next_sequence: u64,
    /// Where the whole records end; what follows is torn, and to be cut off before anything is appended.
    pub end: usize,
}

impl Scan {
    /// Whether an earlier file was lost and nothing was promised since: its owner must abstain.
    pub const fn votes_lost(&self) -> bool {
        self.payloads.is_empty() && self.header.first_sequence > 0
    }
}

/// Why a file must not be voted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogFlaw {
    /// A vote that may have left is not readable any more.
    #[error("damaged at byte {offset}")]
    Damaged {
        /// Where the first byte is that cannot be trusted.
        offset: usize,
    },
    /// These votes were cast in another network.
    #[error("of another network")]
    OtherNetwork,
    /// Written by a later version of this program.
    #[error("of format {found}")]
    Newer {
        /// The format it has.
        found: u32,
    },
}

/// A payload larger than any vote needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record of {bytes} bytes is more than {MAX_PAYLOAD_BYTES}")]
pub struct PayloadTooLarge {
    /// What it has.
    pub bytes: usize,
}

impl Header {
    /// The header of a file whose first record will be of `first_sequence`.
    pub const fn new(network: [u8; 32], first_sequence: u64) -> Self {
        Self { version: VERSION, network, first_sequence }
    }

    /// The header of a file in the place of one that was lost.
    pub const fn after_loss(network: [u8; 32]) -> Self {
        Self::new(network, 1)
    }

    /// Appends it.
    pub fn encode(self, out: &mut Vec<u8>) {
        let begin = out.len();
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.version.to_le_bytes());
        out.extend_from_slice(&self.network);
        out.extend_from_slice(&self.first_sequence.to_le_bytes());
        seal(out, begin);
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let rest = checked(bytes.get(..HEADER_BYTES)?)?.strip_prefix(MAGIC)?;
        let (version, rest) = rest.split_first_chunk()?;
        let (network, rest) = rest.split_first_chunk()?;
        Some(Self {
            version: u32::from_le_bytes(*version),
            network: *network,
            first_sequence: u64::from_le_bytes(rest.try_into().ok()?),
        })
    }
}

/// Adds to `out` what one append writes, from the sequence `first` on, and returns the sequence that follows.
///
/// # Errors
/// When a payload has more than [`MAX_PAYLOAD_BYTES`].
pub fn append<'a>(
    first: u64,
    payloads: impl IntoIterator<Item = &'a Vec<u8>>,
    out: &mut Vec<u8>,
) -> Result<u64, PayloadTooLarge> {
    let (mut sequence, mut mark) = (first, BEGINS_APPEND);
    for payload in payloads {
        let length = u32::try_from(payload.len()).ok().filter(|_| payload.len() <= MAX_PAYLOAD_BYTES);
        let length = length.ok_or(PayloadTooLarge { bytes: payload.len() })?;
        let begin = out.len();
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(sequence | mark).to_le_bytes());
        out.extend_from_slice(payload);
        seal(out, begin);
        (sequence, mark) = (sequence.saturating_add(1), 0);
    }
    Ok(sequence)
}

/// Reads a whole file.
///
/// # Errors
/// When it must not be voted on.
pub fn scan(file: &[u8], network: [u8; 32]) -> Result<Scan, LogFlaw> {
    let header = Header::decode(file).ok_or(LogFlaw::Damaged { offset: 0 })?;
    if header.version > VERSION {
        return Err(LogFlaw::Newer { found: header.version });
    }
    if header.network != network {
        return Err(LogFlaw::OtherNetwork);
    }
    let next_sequence = header.first_sequence;
    let mut scan = Scan { header, payloads: Vec::new(), next_sequence, end: HEADER_BYTES };
    while let Some(rest) = file.get(scan.end..).filter(|rest| !rest.is_empty()) {
        match classify(rest) {
            ScannedRecord::Record { sequence, payload, .. } if sequence == scan.next_sequence => {
                scan.payloads.push(payload.to_vec());
                scan.next_sequence = sequence.saturating_add(1);
                scan.end = scan.end.saturating_add(payload.len()).saturating_add(RECORD_OVERHEAD);
            }
            ScannedRecord::Torn if may_be_cut(rest, scan.next_sequence) => break,
            ScannedRecord::Torn | ScannedRecord::Damaged if lacks_a_sector(rest, scan.end, scan.next_sequence) => break,
            _ => return Err(LogFlaw::Damaged { offset: scan.end }),
        }
    }
    Ok(scan)
}

enum ScannedRecord<'a> {
    Record {
        sequence: u64,
        begins_append: bool,
        payload: &'a [u8],
    },
    /// It ends before its own length says.
    Torn,
    /// All its bytes are there, and they are wrong.
    Damaged,
}

fn classify(rest: &[u8]) -> ScannedRecord<'_> {
    let Some(length) = length(rest) else {
        return ScannedRecord::Torn;
    };
    if length > MAX_PAYLOAD_BYTES {
        return ScannedRecord::Damaged;
    }
    let Some(record) = rest.get(..length.saturating_add(RECORD_OVERHEAD)) else {
        return ScannedRecord::Torn;
    };
    let fields = checked(record).and_then(|body| body.get(4..)?.split_first_chunk::<8>());
    match fields {
        Some((sequence, payload)) => {
            let sequence = u64::from_le_bytes(*sequence);
            let begins_append = sequence & BEGINS_APPEND != 0;
            ScannedRecord::Record { sequence: sequence & !BEGINS_APPEND, begins_append, payload }
        }
        None => ScannedRecord::Damaged,
    }
}

fn length(rest: &[u8]) -> Option<usize> {
    let (length, _) = rest.split_first_chunk::<4>()?;
    Some(usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX))
}

/// Whether an unfinished record is what an append leaves when it is interrupted: the right sequence, as far as it is
/// there, and no sign of a whole record in it.
fn may_be_cut(rest: &[u8], expected: u64) -> bool {
    let sequence = rest.get(4..rest.len().min(PREFIX_BYTES)).unwrap_or_default();
    let begins = [expected, expected | BEGINS_APPEND].iter().any(|whole| whole.to_le_bytes().starts_with(sequence));
    begins && !hides_a_record(rest) && !precedes_a_record(rest, expected, Later::Any)
}

/// Whether a record at `offset` is what an append leaves when only some of its sectors arrive: all of its part in one of
/// them is zeros, and no later append follows, for this one was never synced then.
fn lacks_a_sector(rest: &[u8], offset: usize, expected: u64) -> bool {
    let claimed = length(rest).map_or(usize::MAX, |length| length.saturating_add(RECORD_OVERHEAD));
    let record = rest.get(..claimed.min(rest.len())).unwrap_or_default();
    let in_first = SECTOR_BYTES.saturating_sub(offset.checked_rem(SECTOR_BYTES).unwrap_or_default());
    let (first, others) = record.split_at(in_first.min(record.len()));
    let mut parts = std::iter::once(first).chain(others.chunks(SECTOR_BYTES));
    let lacks = parts.any(|part| part.iter().all(|byte| *byte == 0));
    lacks && !precedes_a_record(rest, expected, Later::Append)
}

/// Whether some other length makes a whole record of the beginning of `rest`.
fn hides_a_record(rest: &[u8]) -> bool {
    let Some((sequence, payload)) = rest.get(4..).and_then(|rest| rest.split_first_chunk::<8>()) else {
        return false;
    };
    let mut body = crc32fast::Hasher::new();
    body.update(sequence);
    payload.windows(CHECKSUM_BYTES).enumerate().any(|(length, stored)| {
        let mut record = crc32fast::Hasher::new();
        record.update(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        record.combine(&body);
        body.update(stored.get(..1).unwrap_or_default());
        stored == record.finalize().to_le_bytes()
    })
}

/// What a record that follows may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Later {
    /// Any.
    Any,
    /// The first of an append.
    Append,
}

/// Whether a whole record with a later sequence lies anywhere in `rest`.
fn precedes_a_record(rest: &[u8], expected: u64, which: Later) -> bool {
    let last = expected.saturating_add(u64::try_from(rest.len()).unwrap_or(u64::MAX));
    let later = expected.saturating_add(1)..=last;
    (1..rest.len()).filter_map(|offset| rest.get(offset..)).any(|rest| {
        let sequence = rest.get(4..).and_then(|rest| rest.first_chunk::<8>());
        sequence.is_some_and(|sequence| later.contains(&(u64::from_le_bytes(*sequence) & !BEGINS_APPEND)))
            && matches!(classify(rest), ScannedRecord::Record { begins_append, .. } if begins_append || which == Later::Any)
    })
}

/// Appends the checksum of what `out` has from `begin` on.
fn seal(out: &mut Vec<u8>, begin: usize) {
    let checksum = crc32fast::hash(out.get(begin..).unwrap_or_default());
    out.extend_from_slice(&checksum.to_le_bytes());
}

/// The bytes before a right checksum.
fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let (body, stored) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
    let fits = crc32fast::hash(body).to_le_bytes() == *stored;
    fits.then_some(body)
}
