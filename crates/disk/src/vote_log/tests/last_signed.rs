//! What becomes known of votes that are not in the log.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{NETWORK, shows_a_loss, vote, votes};
use crate::vote_log::{
    KeyHistory, OpenedVoteLog, VoteBatch, VoteLogError, VoteLogFiles, VoteLogWriter, VoteLoss, VoteWriteMode, open,
};
use crate::write_queue::WriteTicket;

struct Member {
    home: TempDir,
    place: VoteLogFiles,
}

impl Member {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let place = VoteLogFiles { log: home.path().join("votes.log"), last_signed: home.path().join("last_signed") };
        Self { home, place }
    }

    fn open(&self, past: KeyHistory) -> OpenedVoteLog {
        open(&self.place, NETWORK, past).unwrap()
    }

    /// Starts, casts these votes, and ends; what was found out at the start.
    fn casts(&self, range: std::ops::Range<usize>) -> Option<VoteLoss> {
        let OpenedVoteLog { log, last_signed, loss, .. } = self.open(KeyHistory::Used);
        let writer = VoteLogWriter::start(log, last_signed, |_| ()).unwrap();
        for number in range {
            let (ticket, records) = (WriteTicket(number as u64), vec![vote(number)]);
            writer.try_submit(VoteBatch { ticket, records, mode: VoteWriteMode::Append }).unwrap();
        }
        loss
    }

    fn finds(&self, past: KeyHistory) -> Option<VoteLoss> {
        self.open(past).loss
    }

    fn copy(&self, name: &str) -> std::path::PathBuf {
        let to = self.home.path().join(name);
        fs::copy(&self.place.log, &to).unwrap();
        to
    }

    fn put_back(&self, copy: &Path) {
        fs::copy(copy, &self.place.log).unwrap();
    }
}

/// A member that has started once and cast some votes.
fn voter() -> Member {
    let member = Member::new();
    assert_eq!(member.finds(KeyHistory::Fresh), None);
    assert_eq!(member.casts(0..5), None);
    member
}

#[test]
fn a_member_that_restarts_has_lost_nothing() {
    let member = voter();
    for _ in 0..3 {
        assert_eq!(member.finds(KeyHistory::Used), None);
    }
    assert_eq!(member.open(KeyHistory::Used).last_signed.signed(), 5);
}

#[test]
fn a_log_that_was_put_back_from_a_copy_is_behind() {
    let member = voter();
    let copy = member.copy("copy");
    assert_eq!(member.casts(5..6), None);
    member.put_back(&copy);
    let opened = member.open(KeyHistory::Used);
    assert_eq!(opened.loss, Some(VoteLoss::Behind { log: 5, signed: 6 }));
    // What the copy holds was said.
    assert_eq!(opened.records, votes(0..5));
}

#[test]
fn a_log_is_not_behind_by_votes_that_were_never_cast() {
    let member = voter();
    let copy = member.copy("copy");
    assert_eq!(member.casts(0..0), None);
    member.put_back(&copy);
    assert_eq!(member.finds(KeyHistory::Used), None);
}

#[test]
fn a_log_whose_last_record_reads_as_torn_has_lost_it() {
    let member = voter();
    let bytes = fs::read(&member.place.log).unwrap();
    fs::write(&member.place.log, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(member.finds(KeyHistory::Used), Some(VoteLoss::Behind { log: 4, signed: 5 }));
}

#[test]
fn a_loss_is_noted_until_a_vote_is_cast() {
    let member = voter();
    fs::remove_file(&member.place.log).unwrap();
    assert_eq!(member.finds(KeyHistory::Used), Some(VoteLoss::Gone));
    assert_eq!(member.finds(KeyHistory::Used), Some(VoteLoss::Noted));
    // Whatever else is lost meanwhile, the store among it.
    assert_eq!(member.finds(KeyHistory::Fresh), Some(VoteLoss::Noted));
    assert_eq!(member.casts(5..6), Some(VoteLoss::Noted));
    assert_eq!(member.finds(KeyHistory::Used), None);
    assert_eq!(member.open(KeyHistory::Used).records, votes(5..6));
}

#[test]
fn a_log_made_after_a_loss_shows_the_loss_until_a_vote_is_cast() {
    for member in [Member::new(), voter()] {
        let _none = fs::remove_file(&member.place.log);
        for loss in [VoteLoss::Gone, VoteLoss::Noted] {
            assert_eq!(member.finds(KeyHistory::Used), Some(loss));
            assert!(shows_a_loss(&member.place.log));
        }
        assert_eq!(member.casts(5..6), Some(VoteLoss::Noted));
        assert!(!shows_a_loss(&member.place.log));
        assert_eq!(member.finds(KeyHistory::Used), None);
    }
}

/// An operator may remove the file beside the home. Then the log alone shows whether votes were lost.
#[test]
fn without_the_file_the_log_alone_shows_a_loss() {
    let member = voter();
    fs::remove_file(&member.place.log).unwrap();
    assert_eq!(member.finds(KeyHistory::Used), Some(VoteLoss::Gone));
    fs::remove_file(&member.place.last_signed).unwrap();
    assert!(shows_a_loss(&member.place.log));
    assert_eq!(member.casts(5..6), None);
    assert_eq!(member.finds(KeyHistory::Used), None);
}

#[test]
fn a_key_that_signed_is_known_where_all_of_its_home_is_gone() {
    let member = voter();
    fs::remove_file(&member.place.log).unwrap();
    assert_eq!(member.finds(KeyHistory::Fresh), Some(VoteLoss::Gone));
}

#[test]
fn a_copy_from_before_a_loss_is_behind_still() {
    let member = voter();
    let copy = member.copy("copy");
    fs::remove_file(&member.place.log).unwrap();
    assert_eq!(member.finds(KeyHistory::Used), Some(VoteLoss::Gone));
    assert_eq!(member.casts(5..8), Some(VoteLoss::Noted));
    member.put_back(&copy);
    assert_eq!(member.finds(KeyHistory::Used), Some(VoteLoss::Behind { log: 5, signed: 8 }));
}

#[test]
fn a_log_of_an_earlier_program_is_accepted() {
    let member = voter();
    fs::remove_file(&member.place.last_signed).unwrap();
    assert_eq!(member.finds(KeyHistory::Used), None);
    assert_eq!(member.open(KeyHistory::Used).last_signed.signed(), 5);
}

#[test]
fn a_used_home_without_a_log_has_lost_it() {
    let member = Member::new();
    assert_eq!(member.finds(KeyHistory::Used), Some(VoteLoss::Gone));
}

#[test]
fn a_log_that_is_ahead_after_a_power_failure_is_accepted() {
    let member = voter();
    let early = fs::read(&member.place.last_signed).unwrap();
    assert_eq!(member.casts(5..9), None);
    fs::write(&member.place.last_signed, early).unwrap();
    assert_eq!(member.finds(KeyHistory::Used), None);
    assert_eq!(member.open(KeyHistory::Used).last_signed.signed(), 9);
}

#[test]
fn one_key_signs_once_on_a_machine() {
    let member = voter();
    let _opened = member.open(KeyHistory::Used);
    let other = VoteLogFiles { log: member.home.path().join("other.log"), ..member.place.clone() };
    let error = open(&other, NETWORK, KeyHistory::Fresh).unwrap_err();
    assert!(matches!(error, VoteLogError::Locked { .. }), "{error}");
}

#[test]
fn a_damaged_or_foreign_file_is_refused_at_every_byte() {
    let member = voter();
    let whole = fs::read(&member.place.last_signed).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&member.place.last_signed, &bytes).unwrap();
        let error = open(&member.place, NETWORK, KeyHistory::Used).unwrap_err();
        assert!(matches!(error, VoteLogError::LastSigned { .. }), "{at}: {error}");
        fs::write(&member.place.last_signed, &whole[..at]).unwrap();
        let error = open(&member.place, NETWORK, KeyHistory::Used).unwrap_err();
        assert!(matches!(error, VoteLogError::LastSigned { .. }), "{at}: {error}");
    }
    fs::write(&member.place.last_signed, &whole).unwrap();
    let error = open(&member.place, [8; 32], KeyHistory::Used).unwrap_err();
    assert!(matches!(error, VoteLogError::OtherNetwork { .. }), "{error}");
}
