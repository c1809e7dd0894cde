//! What a member says in agreement, and what it must not say besides.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::cbor::CborReader;
use quorate_event::vote_log::{self, Scan};
use quorate_event::{Canonical, NetworkId, SignedVote, Vote, VoteKind};

/// A vote: its height, its view, its name in `/v1/stream?steps=true`, and its proposal where it names one.
pub(crate) type Word = (u64, u64, &'static str, String);

const NAMES: [(VoteKind, &str); 4] = [
    (VoteKind::Propose, "pre-prepare"),
    (VoteKind::Prepare, "prepare"),
    (VoteKind::Commit, "commit"),
    (VoteKind::Skip, "view-change"),
];

/// The name that the API has for a vote, if the step is one.
pub(crate) fn name(step: &str) -> Option<&'static str> {
    NAMES.iter().map(|(_, name)| *name).find(|name| *name == step)
}

fn word(vote: &Vote) -> Word {
    let name = NAMES.iter().find(|(kind, _)| *kind == vote.kind).unwrap().1;
    let proposal = if vote.kind == VoteKind::Skip { String::new() } else { vote.proposal.to_string() };
    (vote.height.0, vote.view.0, name, proposal)
}

/// What the records of a vote log promise.
pub(crate) fn words(scan: &Scan) -> Vec<Word> {
    scan.payloads.iter().map(|payload| word(&vote_of(payload).vote)).collect()
}

/// The vote that a record begins with.
fn vote_of(record: &[u8]) -> SignedVote {
    let mut record = CborReader::new(record);
    record.array(4, "vote record").unwrap();
    record.version().unwrap();
    SignedVote::decode(&mut record).unwrap()
}

/// What durable logs promise, one after the other.
pub(crate) fn durable_words(logs: &[Vec<u8>], network: NetworkId) -> BTreeSet<Word> {
    let scans = logs.iter().map(|log| vote_log::scan(log, *network.as_bytes()).unwrap());
    scans.flat_map(|scan| words(&scan)).collect()
}

/// No two of them exclude each other: two of one kind in one view of a height, or a commit and a skip.
#[track_caller]
pub(crate) fn assert_consistent(words: &BTreeSet<Word>) {
    let mut said: BTreeMap<(u64, u64, &str), &str> = BTreeMap::new();
    for (height, view, kind, proposal) in words {
        let other = said.insert((*height, *view, kind), proposal);
        assert!(other.is_none(), "two of {kind} at height {height}, view {view}: {other:?} and {proposal}");
    }
    let both = |(height, view, kind): &&(u64, u64, &str)| {
        *kind == "commit" && said.contains_key(&(*height, *view, "view-change"))
    };
    assert_eq!(said.keys().find(both), None, "a commit and a skip in one view");
}
