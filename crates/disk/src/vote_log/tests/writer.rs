//! The writer's thread.

use std::sync::mpsc::sync_channel;

use quorate_event::vote_log::MAX_PAYLOAD_BYTES;

use super::super::writer::QUEUE;
use super::{KeyHistory, NETWORK, VoteLog, VoteLogError, place, records, vote, votes};

use crate::vote_log::{LastSigned, VoteBatch, VoteLogWriter, VoteReport, VoteWriteMode};
use crate::write_queue::{Refused, WriteTicket};
use tempfile::TempDir;

/// More reports than the queue can hold votes, so that no report waits for a test to read it.
const REPORTS: usize = 2 * QUEUE.items;

fn submission(ticket: u64, mode: VoteWriteMode) -> VoteBatch {
    VoteBatch { ticket: WriteTicket(ticket), records: vec![vote(ticket as usize)], mode }
}

/// What says how far the log reaches, of a key that signed nothing yet.
fn unsigned(home: &TempDir) -> LastSigned {
    LastSigned::open(&home.path().join("last_signed"), NETWORK).unwrap()
}

fn durable(report: VoteReport) -> WriteTicket {
    match report {
        VoteReport::Durable(ticket) => ticket,
        VoteReport::Failed(error) => panic!("failed: {error}"),
    }
}

#[test]
fn votes_become_durable_in_the_order_they_were_submitted() {
    let (home, path) = place();
    let (log, _) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    let (sender, receiver) = sync_channel(REPORTS);
    let writer =
        VoteLogWriter::start(log, unsigned(&home), move |report| sender.send(report).unwrap_or_default()).unwrap();
    for ticket in 0..200 {
        writer.try_submit(submission(ticket, VoteWriteMode::Append)).unwrap();
    }
    for ticket in 0..200 {
        assert_eq!(durable(receiver.recv().unwrap()), WriteTicket(ticket));
    }
    drop(writer);
    assert_eq!(records(&path), votes(0..200));
}

#[test]
fn waiting_submissions_are_written_before_the_log_closes() {
    let (home, path) = place();
    let (log, _) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    let writer = VoteLogWriter::start(log, unsigned(&home), |_| ()).unwrap();
    for ticket in 0..50 {
        let mode = if ticket == 40 { VoteWriteMode::Rewrite } else { VoteWriteMode::Append };
        writer.try_submit(submission(ticket, mode)).unwrap();
    }
    drop(writer);
    assert_eq!(records(&path), votes(40..50));
}

#[test]
fn a_full_queue_gives_the_votes_back() {
    let (home, path) = place();
    let (log, _) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    let (sender, receiver) = sync_channel(REPORTS);
    let (leave, held) = sync_channel::<()>(REPORTS);
    let report = move |report| {
        sender.send(report).unwrap_or_default();
        held.recv().unwrap_or_default();
    };
    let writer = VoteLogWriter::start(log, unsigned(&home), report).unwrap();
    writer.try_submit(submission(0, VoteWriteMode::Append)).unwrap();
    durable(receiver.recv().unwrap());
    let items = QUEUE.items as u64;
    for ticket in 1..=items {
        writer.try_submit(submission(ticket, VoteWriteMode::Append)).unwrap();
    }
    let one_more = submission(items + 1, VoteWriteMode::Append);
    assert_eq!(writer.try_submit(one_more.clone()), Err(Refused::Full(one_more)));
    // The writer must not be left waiting for leave: closing it waits for it.
    drop(leave);
}

#[test]
fn an_oversize_vote_is_refused_before_it_can_stop_the_writer() {
    let (home, path) = place();
    let (log, _) = VoteLog::open(&path, NETWORK, KeyHistory::Fresh).unwrap();
    let writer = VoteLogWriter::start(log, unsigned(&home), |_| ()).unwrap();
    let mut large = submission(0, VoteWriteMode::Append);
    large.records.push(vec![0; MAX_PAYLOAD_BYTES + 1]);
    let refused = writer.try_submit(large).unwrap_err();
    assert!(matches!(refused, Refused::TooLarge { .. }), "{refused}");
    writer.try_submit(submission(1, VoteWriteMode::Append)).unwrap();
    drop(writer);
    assert_eq!(records(&path), votes(1..2));
}

#[test]
fn nothing_is_durable_after_a_failure() {
    let home = tempfile::tempdir().unwrap();
    let (log, _reader) = super::on_a_pipe();
    let (sender, receiver) = sync_channel(REPORTS);
    let writer =
        VoteLogWriter::start(log, unsigned(&home), move |report| sender.send(report).unwrap_or_default()).unwrap();
    writer.try_submit(submission(1, VoteWriteMode::Append)).unwrap();
    let report = receiver.recv().unwrap();
    assert!(matches!(report, VoteReport::Failed(VoteLogError::Io { .. })), "{report:?}");
    assert_eq!(writer.try_submit(submission(2, VoteWriteMode::Append)), Err(Refused::Stopped));
    drop(writer);
    assert!(receiver.recv().is_err(), "nothing is reported after a failure");
}
