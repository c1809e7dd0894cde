//! The vote log's bytes: every bit flipped, every length cut, sectors that never arrived.

use quorate_event::vote_log::*;

const NETWORK: [u8; 32] = [7; 32];
const RECORDS: usize = 10;

fn payload(n: usize) -> Vec<u8> {
    format!("vote {n} ").repeat(1 + n % 4).into_bytes()
}

/// `appends` of records that are as long as it says.
fn log(appends: &[&[Vec<u8>]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Header::new(NETWORK, 0).encode(&mut bytes);
    let mut next = 0;
    for payloads in appends {
        next = append(next, *payloads, &mut bytes).unwrap();
    }
    bytes
}

fn payloads(range: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    range.map(payload).collect()
}

fn whole() -> Vec<u8> {
    log(&[&payloads(0..RECORDS)])
}

/// What the bytes say: the payloads, or where they are damaged.
fn read(bytes: &[u8]) -> Result<Vec<Vec<u8>>, usize> {
    match scan(bytes, NETWORK) {
        Ok(scan) => Ok(scan.payloads),
        Err(LogFlaw::Damaged { offset }) => Err(offset),
        Err(flaw) => panic!("{flaw}"),
    }
}

/// Where each record begins, and where the last one ends.
fn boundaries(payloads: &[Vec<u8>]) -> Vec<usize> {
    let mut boundaries = vec![HEADER_BYTES];
    for payload in payloads {
        boundaries.push(boundaries[boundaries.len() - 1] + payload.len() + RECORD_OVERHEAD);
    }
    boundaries
}

#[test]
fn a_log_cut_anywhere_keeps_all_whole_records_and_no_other() {
    let bytes = whole();
    let boundaries = boundaries(&payloads(0..RECORDS));
    assert_eq!(boundaries.last(), Some(&bytes.len()));
    for length in 0..=bytes.len() {
        let kept = boundaries.iter().skip(1).filter(|end| **end <= length).count();
        let expected = if length < HEADER_BYTES { Err(0) } else { Ok(payloads(0..kept)) };
        assert_eq!(read(&bytes[..length]), expected, "cut at {length}");
        if let Ok(scan) = scan(&bytes[..length], NETWORK) {
            assert_eq!((scan.end, scan.next_sequence), (boundaries[kept], kept as u64));
        }
    }
}

#[test]
fn a_log_in_the_place_of_a_lost_one_says_so_until_a_whole_record_is_in_it() {
    let mut bytes = Vec::new();
    Header::after_loss(NETWORK).encode(&mut bytes);
    append(1, &[payload(1)], &mut bytes).unwrap();
    for length in HEADER_BYTES..=bytes.len() {
        let scan = scan(&bytes[..length], NETWORK).unwrap();
        assert_eq!(scan.votes_lost(), length < bytes.len(), "cut at {length}");
    }
    let first = log(&[]);
    assert!(!scan(&first, NETWORK).unwrap().votes_lost());
}

#[test]
fn a_flipped_byte_anywhere_is_damage_and_never_a_shorter_log() {
    let (bytes, boundaries) = (whole(), boundaries(&payloads(0..RECORDS)));
    for at in 0..bytes.len() {
        let begin = boundaries.iter().rev().find(|begin| **begin <= at);
        for flip in [0x01, 0x10, 0x80, 0xff] {
            let mut rotten = bytes.clone();
            rotten[at] ^= flip;
            assert_eq!(read(&rotten), Err(*begin.unwrap_or(&0)), "byte {at} ^ {flip:#x}");
        }
    }
}

#[test]
fn a_missing_or_repeated_record_is_damage() {
    let (bytes, ends) = (whole(), boundaries(&payloads(0..RECORDS)));
    let missing = [&bytes[..ends[4]], &bytes[ends[5]..]].concat();
    assert_eq!(read(&missing), Err(ends[4]));
    let repeated = [&bytes[..ends[5]], &bytes[ends[4]..]].concat();
    assert_eq!(read(&repeated), Err(ends[5]));
}

#[test]
fn a_torn_record_before_a_whole_one_is_damage() {
    let (bytes, ends) = (whole(), boundaries(&payloads(0..RECORDS)));
    let mut rotten = bytes;
    // A length that reaches beyond the end, and a checksum that cannot give the right one away.
    rotten[ends[5] + 2] = 0x01;
    rotten[ends[6] - 1] ^= 0xff;
    assert_eq!(read(&rotten), Err(ends[5]));
}

#[test]
fn an_unfinished_record_of_another_sequence_is_damage() {
    let bytes = whole();
    let mut unfinished = 100_u32.to_le_bytes().to_vec();
    unfinished.extend((RECORDS as u64).to_le_bytes());
    assert_eq!(read(&[bytes.as_slice(), &unfinished].concat()), Ok(payloads(0..RECORDS)));
    unfinished[4] += 1;
    for kept in 5..=unfinished.len() {
        let foreign = [bytes.as_slice(), &unfinished[..kept]].concat();
        assert_eq!(read(&foreign), Err(bytes.len()), "{kept} bytes");
    }
}

#[test]
fn an_append_of_which_nothing_but_its_length_arrived_is_cut() {
    let bytes = whole();
    for zeros in [1, RECORD_OVERHEAD, 64, 4_096] {
        assert_eq!(read(&[bytes.as_slice(), &vec![0; zeros]].concat()), Ok(payloads(0..RECORDS)), "{zeros} zeros");
    }
}

/// Long enough that one append takes several sectors, and begins within one.
fn long(n: usize) -> Vec<u8> {
    format!("certificate {n} ").repeat(20 + 15 * (n % 3)).into_bytes()
}

/// The log without those sectors of what follows `from` that `lost` names, bit by bit.
fn without_sectors(bytes: &[u8], from: usize, lost: usize) -> Vec<u8> {
    let mut torn = bytes.to_vec();
    for (at, byte) in torn.iter_mut().enumerate().skip(from) {
        if lost >> (at / SECTOR_BYTES - from / SECTOR_BYTES) & 1 == 1 {
            *byte = 0;
        }
    }
    torn
}

#[test]
fn whichever_sectors_of_an_append_arrive_what_was_synced_before_is_read_and_nothing_made_up() {
    let synced: Vec<_> = (0..3).map(long).collect();
    let torn: Vec<_> = (3..7).map(long).collect();
    let all = [synced.as_slice(), &torn].concat();
    let (bytes, begin) = (log(&[&synced, &torn]), log(&[&synced]).len());
    let sectors = bytes.len().div_ceil(SECTOR_BYTES) - begin / SECTOR_BYTES;
    for lost in 0..1_usize << sectors {
        for length in [bytes.len(), bytes.len() - 1, bytes.len() - 700, begin + 900, begin + 3] {
            let left = without_sectors(&bytes[..length], begin, lost);
            let read = read(&left).unwrap_or_else(|at| panic!("lost {lost:b} of {length} bytes: damaged at {at}"));
            assert!(read.len() >= synced.len() && all.starts_with(&read), "lost {lost:b} of {length} bytes");
        }
    }
}

#[test]
fn a_sector_of_zeros_in_an_append_that_was_synced_is_damage() {
    let (first, second): (Vec<_>, Vec<_>) = ((0..4).map(long).collect(), (4..5).map(long).collect());
    let (bytes, end) = (log(&[&first, &second]), log(&[&first]).len());
    for sector in 1..end / SECTOR_BYTES {
        let mut lost = bytes.clone();
        lost[sector * SECTOR_BYTES..(sector + 1) * SECTOR_BYTES].fill(0);
        assert!(read(&lost).is_err(), "sector {sector}");
    }
}

#[test]
fn the_log_of_another_network_or_format_is_refused() {
    assert_eq!(scan(&whole(), [8; 32]), Err(LogFlaw::OtherNetwork));
    let mut bytes = Vec::new();
    Header { version: VERSION + 1, ..Header::new(NETWORK, 0) }.encode(&mut bytes);
    assert_eq!(scan(&bytes, NETWORK), Err(LogFlaw::Newer { found: VERSION + 1 }));
}

#[test]
fn a_payload_larger_than_any_vote_is_refused() {
    let sizes = [MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES + 1];
    let [fits, large] = sizes.map(|bytes| append(0, &[vec![0; bytes]], &mut Vec::new()));
    assert_eq!((fits, large), (Ok(1), Err(PayloadTooLarge { bytes: MAX_PAYLOAD_BYTES + 1 })));
}
