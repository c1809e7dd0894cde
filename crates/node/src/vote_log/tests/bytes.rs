//! Every byte flipped, every length cut.

use std::fs;

use super::super::format::{HEADER_BYTES, RECORD_OVERHEAD};
use super::{NETWORK, VoteLog, VoteLogError, place, vote, votes};

const RECORDS: usize = 10;

fn whole() -> Vec<u8> {
    let (_home, path) = place();
    let (mut log, _) = VoteLog::open(&path, NETWORK).unwrap();
    log.append(&votes(0..RECORDS)).unwrap();
    fs::read(path).unwrap()
}

/// What opening these bytes gives, twice: the second time sees what the first one left.
fn open(bytes: &[u8]) -> Result<Vec<Vec<u8>>, u64> {
    let (_home, path) = place();
    fs::write(&path, bytes).unwrap();
    let first = match VoteLog::open(&path, NETWORK) {
        Ok((mut log, found)) => {
            log.append(&[b"after".to_vec()]).unwrap();
            found
        }
        Err(VoteLogError::Damaged { offset, .. }) => {
            assert_eq!(fs::read(&path).unwrap(), bytes, "a damaged log is left as it is");
            return Err(offset);
        }
        Err(error) => panic!("{error}"),
    };
    let (_, second) = VoteLog::open(&path, NETWORK).unwrap();
    let expected: Vec<_> = first.iter().cloned().chain([b"after".to_vec()]).collect();
    assert_eq!(second, expected);
    Ok(first)
}

/// Where each record begins, and where the last one ends.
fn boundaries() -> Vec<usize> {
    let lengths = (0..RECORDS).map(|n| vote(n).len() + RECORD_OVERHEAD);
    let mut boundaries = vec![HEADER_BYTES];
    lengths.for_each(|length| boundaries.push(boundaries.last().unwrap() + length));
    boundaries
}

#[test]
fn a_log_cut_anywhere_keeps_all_whole_records_and_no_other() {
    let bytes = whole();
    let boundaries = boundaries();
    assert_eq!(boundaries.last(), Some(&bytes.len()));
    for length in 0..=bytes.len() {
        let kept = boundaries.iter().skip(1).filter(|end| **end <= length).count();
        let expected = if length < HEADER_BYTES { Err(0) } else { Ok(votes(0..kept)) };
        assert_eq!(open(&bytes[..length]), expected, "cut at {length}");
    }
}

#[test]
fn a_flipped_byte_anywhere_is_damage_and_never_a_shorter_log() {
    let bytes = whole();
    let boundaries = boundaries();
    for at in 0..bytes.len() {
        let begin = boundaries.iter().rev().find(|begin| **begin <= at);
        for flip in [0x01, 0x10, 0x80, 0xff] {
            let mut rotten = bytes.clone();
            rotten[at] ^= flip;
            let offset = *begin.unwrap_or(&0) as u64;
            assert_eq!(open(&rotten), Err(offset), "byte {at} ^ {flip:#x}");
        }
    }
}

#[test]
fn a_missing_or_repeated_record_is_damage() {
    let bytes = whole();
    let ends = boundaries();
    let missing = [&bytes[..ends[4]], &bytes[ends[5]..]].concat();
    assert_eq!(open(&missing), Err(ends[4] as u64));
    let repeated = [&bytes[..ends[5]], &bytes[ends[4]..]].concat();
    assert_eq!(open(&repeated), Err(ends[5] as u64));
}

#[test]
fn a_torn_record_before_a_whole_one_is_damage() {
    let bytes = whole();
    let ends = boundaries();
    let mut rotten = bytes.clone();
    // A length that reaches beyond the end, and a checksum that cannot give the right one away.
    rotten[ends[5] + 2] = 0x01;
    rotten[ends[6] - 1] ^= 0xff;
    assert_eq!(open(&rotten), Err(ends[5] as u64));
}

#[test]
fn an_unfinished_record_of_another_sequence_is_damage() {
    let bytes = whole();
    let mut unfinished = 100_u32.to_le_bytes().to_vec();
    unfinished.extend((RECORDS as u64).to_le_bytes());
    let torn = [bytes.as_slice(), &unfinished].concat();
    assert_eq!(open(&torn), Ok(votes(0..RECORDS)));
    unfinished[4] += 1;
    for kept in 5..=unfinished.len() {
        let foreign = [bytes.as_slice(), &unfinished[..kept]].concat();
        assert_eq!(open(&foreign), Err(bytes.len() as u64), "{kept} bytes");
    }
}

#[test]
fn zeros_where_a_record_should_be_are_damage() {
    let bytes = whole();
    for zeros in [RECORD_OVERHEAD, 64, 4_096] {
        let longer = [bytes.as_slice(), &vec![0; zeros]].concat();
        assert_eq!(open(&longer), Err(bytes.len() as u64));
    }
}
