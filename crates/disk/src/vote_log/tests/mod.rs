//! The vote log against crashes, rot and itself.

mod last_signed;
mod writer;

use std::fs;
use std::io::{PipeReader, pipe};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use quorate_event::vote_log::{Header, MAX_PAYLOAD_BYTES, scan};
use tempfile::TempDir;

use super::*;

const NETWORK: [u8; 32] = [7; 32];

fn place() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("votes.log");
    (home, path)
}

fn vote(n: usize) -> Vec<u8> {
    format!("vote {n} ").repeat(n % 4).into_bytes()
}

fn votes(range: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    range.map(vote).collect()
}

fn records(path: &Path) -> Vec<Vec<u8>> {
    VoteLog::open(path, NETWORK, KeyHistory::Fresh).unwrap().1
}

/// Whether the bytes of the file show a loss.
fn shows_a_loss(path: &Path) -> bool {
    scan(&fs::read(path).unwrap(), NETWORK).unwrap().votes_lost()
}

#[test]
fn appended_records_are_there_after_a_restart() {
    let (_home, path) = place();
    let (mut log, found) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    assert!(found.is_empty() && !shows_a_loss(&path));
    log.append(&votes(0..3)).unwrap();
    log.append(&votes(3..10)).unwrap();
    assert_eq!(log.bytes(), fs::metadata(&path).unwrap().len());
    drop(log);
    let (mut log, found) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    assert_eq!(found, votes(0..10));
    log.append(&votes(10..11)).unwrap();
    drop(log);
    assert_eq!(records(&path), votes(0..11));
}

#[test]
fn a_log_in_the_place_of_a_lost_one_shows_that_until_a_record_is_written() {
    for writes in [VoteLog::append, VoteLog::rewrite] {
        let (_home, path) = place();
        drop(VoteLog::open(&path, NETWORK, KeyHistory::Used).unwrap());
        assert!(shows_a_loss(&path));
        let (mut log, _) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
        assert!(shows_a_loss(&path), "whoever opens it");
        writes(&mut log, &votes(0..1)).unwrap();
        assert!(!shows_a_loss(&path));
        drop(log);
        let (_log, found) = VoteLog::open(&path, NETWORK, KeyHistory::Used).unwrap();
        assert_eq!((shows_a_loss(&path), found), (false, votes(0..1)));
    }
}

#[test]
fn a_rewrite_leaves_only_its_records_and_the_sequence_goes_on() {
    let (home, path) = place();
    let (mut log, _) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    log.append(&votes(0..10)).unwrap();
    log.rewrite(&votes(8..10)).unwrap();
    assert_eq!(log.next_sequence(), 12);
    log.append(&votes(10..12)).unwrap();
    assert_eq!(log.bytes(), fs::metadata(&path).unwrap().len());
    let error = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap_err();
    assert!(matches!(error, VoteLogError::Locked { .. }), "{error}");
    drop(log);
    assert_eq!(records(&path), votes(8..12));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn the_remains_of_a_rewrite_after_a_crash_are_ignored() {
    let (home, path) = place();
    fs::write(home.path().join("votes.log.new"), b"half a log").unwrap();
    let (mut log, _) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    log.append(&votes(0..3)).unwrap();
    fs::write(home.path().join("votes.log.new"), b"half a log").unwrap();
    log.rewrite(&votes(1..3)).unwrap();
    drop(log);
    assert_eq!(records(&path), votes(1..3));
}

#[test]
fn a_second_open_is_refused() {
    let (_home, path) = place();
    let _log = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    let error = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap_err();
    assert!(matches!(error, VoteLogError::Locked { .. }), "{error}");
}

#[test]
fn the_log_of_another_network_is_refused() {
    let (_home, path) = place();
    drop(VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap());
    let error = VoteLog::open(&path, [8; 32], KeyHistory::Fresh).unwrap_err();
    assert!(matches!(error, VoteLogError::OtherNetwork { .. }), "{error}");
}

#[test]
fn a_torn_end_is_cut_off_and_the_log_goes_on() {
    let (_home, path) = place();
    let (mut log, _) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    log.append(&votes(0..3)).unwrap();
    let synced = log.bytes();
    log.append(&votes(3..6)).unwrap();
    drop(log);
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(synced + 5).unwrap();
    let (mut log, found) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    assert_eq!((found, log.bytes()), (votes(0..3), synced));
    log.append(&votes(6..8)).unwrap();
    drop(log);
    assert_eq!(records(&path), [votes(0..3), votes(6..8)].concat());
}

#[test]
fn a_damaged_log_is_refused_and_left_as_it_is() {
    let (_home, path) = place();
    let (mut log, _) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    log.append(&votes(1..3)).unwrap();
    drop(log);
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let error = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap_err();
    assert!(matches!(error, VoteLogError::Damaged { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_newer_format_is_refused() {
    let (_home, path) = place();
    let header = Header { version: 2, ..Header::new(NETWORK, 0) };
    let mut bytes = Vec::new();
    header.encode(&mut bytes);
    fs::write(&path, bytes).unwrap();
    let watermark = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap_err().to_string();
    assert!(watermark.contains("has format 2, and this program reads up to 1"), "{watermark}");
}

#[test]
fn a_payload_larger_than_any_vote_is_refused_and_harms_nothing() {
    let (_home, path) = place();
    let (mut log, _) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    let error = log.append(&[vec![0; MAX_PAYLOAD_BYTES + 1]]).unwrap_err();
    assert!(matches!(error, VoteLogError::PayloadSize { .. }), "{error}");
    log.append(&[vec![1; MAX_PAYLOAD_BYTES]]).unwrap();
    drop(log);
    assert_eq!(records(&path), [vec![1; MAX_PAYLOAD_BYTES]]);
}

/// A log on a pipe, which takes writes and refuses fdatasync.
fn on_a_pipe() -> (VoteLog, PipeReader) {
    let (reader, writer) = pipe().unwrap();
    let (_home, path) = place();
    let (mut log, _) = VoteLog::open(path, NETWORK, KeyHistory::Fresh).unwrap();
    log.file = OwnedFd::from(writer).into();
    (log, reader)
}

#[test]
fn no_write_is_tried_after_a_failed_fsync() {
    let (mut log, _reader) = on_a_pipe();
    let error = log.append(&votes(1..2)).unwrap_err();
    assert!(matches!(error, VoteLogError::Io { .. }), "{error}");
    for error in [log.append(&votes(1..2)), log.rewrite(&[])] {
        assert!(matches!(error, Err(VoteLogError::Poisoned { .. })), "{error:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_of_its_own() {
    let (_home, path) = place();
    let (mut log, _) = VoteLog::open(path, NETWORK, KeyHistory::Fresh).unwrap();
    log.file = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let error = log.append(&votes(1..2)).unwrap_err();
    assert!(matches!(error, VoteLogError::Full { .. }), "{error}");
}
