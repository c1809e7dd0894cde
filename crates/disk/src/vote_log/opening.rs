//! Opening the vote log by what is known of it from elsewhere.

use std::path::PathBuf;

use super::error::VoteLogError;
use super::file::{KeyHistory, VoteLog};
use super::last_signed::LastSigned;

/// Where a member's votes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteLogFiles {
    /// The log.
    pub log: PathBuf,
    /// What says how far it reached; not in the same directory, so that whoever puts one back leaves the other.
    pub last_signed: PathBuf,
}

/// What this start found out about votes that are not in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoteLoss {
    /// There was no log.
    Gone,
    /// The log ends before what was signed: it is an old copy, or its end is missing.
    Behind {
        /// The votes that it knew of.
        log: u64,
        /// The votes that were signed.
        signed: u64,
    },
    /// An earlier start found out, and no vote was cast since.
    Noted,
}

/// An open vote log.
#[derive(Debug)]
pub struct OpenedVoteLog {
    /// The log.
    pub log: VoteLog,
    /// How far it reaches, for the next start.
    pub last_signed: LastSigned,
    /// Its records, in order.
    pub records: Vec<Vec<u8>>,
    /// Whether votes were lost: then none may be cast before that is safe.
    pub loss: Option<VoteLoss>,
}

/// Opens a vote log, or makes one. A loss is on disk before anything is made that could hide it, and stays there until the
/// first vote that is cast again.
///
/// # Errors
/// When a vote must not be cast from it, or the disk refuses.
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
        // What it holds was said, and stays. Counting goes on above all that was signed.
        log.go_on_from(signed, &records)?;
    } else if reaches > signed {
        last_signed.catch_up(reaches)?;
    }
    let behind = (reaches < signed).then_some(VoteLoss::Behind { log: reaches, signed });
    let loss = gone.then_some(VoteLoss::Gone).or(behind).or(noted);
    Ok(OpenedVoteLog { log, last_signed, records, loss })
}
