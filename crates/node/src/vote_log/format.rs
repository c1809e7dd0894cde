//! The bytes of the file, and what may be believed of them.

use super::error::VoteLogError;

/// The largest payload: the certificate that goes with a vote, of a committee of ten thousand.
pub const MAX_PAYLOAD_BYTES: usize = 1 << 20;

/// The version of this format.
pub(super) const VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"QRMVOTES";
const CHECKSUM_BYTES: usize = 4;
/// Length and sequence.
const PREFIX_BYTES: usize = 4 + 8;
/// What a record has besides its payload.
pub(super) const RECORD_OVERHEAD: usize = PREFIX_BYTES + CHECKSUM_BYTES;
/// Magic, version, network, first sequence, checksum. The same in every version, so that a newer one is recognised.
pub(super) const HEADER_BYTES: usize = 8 + 4 + 32 + 8 + CHECKSUM_BYTES;

/// What a file begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) network: [u8; 32],
    pub(super) first_sequence: u64,
}

/// Why bytes were not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DamagedAt(pub(super) usize);

/// What the records of a file say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scan {
    pub(super) payloads: Vec<Vec<u8>>,
    pub(super) next_sequence: u64,
    /// Where the whole records end; what follows is torn.
    pub(super) end: usize,
}

impl Header {
    pub(super) fn encode(self, out: &mut Vec<u8>) {
        let begin = out.len();
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&self.version.to_le_bytes());
        out.extend_from_slice(&self.network);
        out.extend_from_slice(&self.first_sequence.to_le_bytes());
        let checksum = crc32fast::hash(out.get(begin..).unwrap_or_default());
        out.extend_from_slice(&checksum.to_le_bytes());
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
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

/// Appends a record.
pub(super) fn encode(sequence: u64, payload: &[u8], out: &mut Vec<u8>) -> Result<(), VoteLogError> {
    let refused = VoteLogError::PayloadSize { bytes: payload.len(), limit: MAX_PAYLOAD_BYTES };
    let length = match u32::try_from(payload.len()) {
        Ok(length) if payload.len() <= MAX_PAYLOAD_BYTES => length,
        _ => return Err(refused),
    };
    let begin = out.len();
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&sequence.to_le_bytes());
    out.extend_from_slice(payload);
    let checksum = crc32fast::hash(out.get(begin..).unwrap_or_default());
    out.extend_from_slice(&checksum.to_le_bytes());
    Ok(())
}

/// Reads the records that follow a header.
pub(super) fn scan(file: &[u8], header: Header) -> Result<Scan, DamagedAt> {
    let mut scan = Scan { payloads: Vec::new(), next_sequence: header.first_sequence, end: HEADER_BYTES };
    while let Some(rest) = file.get(scan.end..).filter(|rest| !rest.is_empty()) {
        match classify(rest) {
            Found::Record { sequence, payload } if sequence == scan.next_sequence => {
                scan.payloads.push(payload.to_vec());
                scan.next_sequence = sequence.checked_add(1).ok_or(DamagedAt(scan.end))?;
                scan.end += payload.len() + RECORD_OVERHEAD;
            }
            Found::Torn if may_be_cut(rest, scan.next_sequence) => break,
            _ => return Err(DamagedAt(scan.end)),
        }
    }
    Ok(scan)
}

enum Found<'a> {
    Record {
        sequence: u64,
        payload: &'a [u8],
    },
    /// It ends before its own length says.
    Torn,
    /// All its bytes are there, and they are wrong.
    Damaged,
}

fn classify(rest: &[u8]) -> Found<'_> {
    let Some((length, _)) = rest.split_first_chunk::<4>() else {
        return Found::Torn;
    };
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    if length > MAX_PAYLOAD_BYTES {
        return Found::Damaged;
    }
    let Some(record) = rest.get(..length + RECORD_OVERHEAD) else {
        return Found::Torn;
    };
    let fields = checked(record).and_then(|body| body.get(4..)?.split_first_chunk::<8>());
    match fields {
        Some((sequence, payload)) => Found::Record { sequence: u64::from_le_bytes(*sequence), payload },
        None => Found::Damaged,
    }
}

/// Whether an unfinished record is what an append leaves when it is interrupted: the right sequence, as far as it is
/// there, and no sign of a whole record in it.
fn may_be_cut(rest: &[u8], expected: u64) -> bool {
    let sequence = rest.get(4..rest.len().min(PREFIX_BYTES)).unwrap_or_default();
    let begins = expected.to_le_bytes().starts_with(sequence);
    begins && !hides_a_record(rest) && !precedes_a_record(rest, expected)
}

/// Whether some other length makes a whole record of the beginning of `rest`.
fn hides_a_record(rest: &[u8]) -> bool {
    let Some((sequence, payload)) = rest.get(4..).and_then(|rest| rest.split_first_chunk::<8>()) else {
        return false;
    };
    let mut body = crc32fast::Hasher::new();
    body.update(sequence);
    (0..=payload.len().saturating_sub(CHECKSUM_BYTES)).any(|length| {
        let mut record = crc32fast::Hasher::new();
        record.update(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        record.combine(&body);
        body.update(payload.get(length..=length).unwrap_or_default());
        let stored = payload.get(length..length + CHECKSUM_BYTES);
        stored == Some(&record.finalize().to_le_bytes())
    })
}

/// Whether a whole record with a later sequence lies anywhere in `rest`.
fn precedes_a_record(rest: &[u8], expected: u64) -> bool {
    let last = expected.saturating_add(rest.len() as u64);
    let later = expected.saturating_add(1)..=last;
    (1..rest.len()).filter_map(|offset| rest.get(offset..)).any(|rest| {
        let sequence = rest.get(4..).and_then(|rest| rest.first_chunk::<8>());
        sequence.is_some_and(|sequence| later.contains(&u64::from_le_bytes(*sequence)))
            && matches!(classify(rest), Found::Record { .. })
    })
}

/// The bytes before a right checksum.
fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let (body, stored) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
    (crc32fast::hash(body).to_le_bytes() == *stored).then_some(body)
}
