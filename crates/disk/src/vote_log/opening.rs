//! Opening the vote log, with the number of signed votes from the other file.

use std::path::PathBuf;

use super::error::VoteLogError;
use super::file::{KeyHistory, VoteLog};
use super::last_signed::LastSigned;

/// The two files of a member's votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteLogFiles {
    /// The log.
    pub log: PathBuf,
    /// The number of votes that were signed; in another directory, so that a backup that is put back contains only one of them.
    pub last_signed: PathBuf,
}

/// Votes that are missing in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoteLoss {
    /// There was no log.
    Gone,
    /// The log has fewer votes than were signed: it is an old copy, or its end is missing.
    Behind {
        /// The votes in the log.
        log: u64,
        /// The votes that were signed.
        signed: u64,
    },
    /// An earlier start noticed a loss, and no vote was cast since.
    Noted,
}

/// An open vote log.
#[derive(Debug)]
pub struct OpenedVoteLog {
    /// The log.
    pub log: VoteLog,
    /// The number of signed votes, for the next start.
    pub last_signed: LastSigned,
    /// Its records, in order.
    pub records: Vec<Vec<u8>>,
    /// The loss of votes, if there was one: then none may be cast before that is safe.
    pub loss: Option<VoteLoss>,
}

/// Opens a vote log, or makes one. A loss is noted on disk before a new file could hide it, and the note stays until the
/// next vote is cast.
///
/// # Errors
/// When no vote may be cast with it, or the disk refuses.
pub fn open(place: &VoteLogFiles, network: [u8; 32], past: KeyHistory) -> Result<OpenedVoteLog, VoteLogError> {
    let mut last_signed = LastSigned::open(&place.last_signed, network)?;
    let noted = last_signed.votes_lost().then_some(VoteLoss::Noted);
    let is_there = place.log.try_exists().map_err(|error| VoteLogError::io(&place.log, error))?;
    let gone = !is_there && (past == KeyHistory::Used || last_signed.signed() > 0);
    if gone {
        last_signed.note_loss()?;
    }
    let past = if last_signed.votes_lost() { KeyHistory::Used } else { KeyHistory::Fresh };
    let (mut log, records) = VoteLog::open(&place.log, network, past)?;
    let (reaches, signed) = (log.next_sequence(), last_signed.signed());
    if reaches < signed {
        last_signed.note_loss()?;
        // The votes in it were sent, so they stay. Sequences continue above all votes that were signed.
        log.go_on_from(signed, &records)?;
    } else if reaches > signed {
        last_signed.catch_up(reaches)?;
    }
    let behind = (reaches < signed).then_some(VoteLoss::Behind { log: reaches, signed });
    let loss = gone.then_some(VoteLoss::Gone).or(behind).or(noted);
    Ok(OpenedVoteLog { log, last_signed, records, loss })
}
