//! The format of exported evidence: the id of the network, and pairs of signed statements.
//!
//! ```json
//! {"format":"quorate evidence 1","network":"0x…","evidence":[{"kind":"votes","culprit":"0x…","signed":["0x…","0x…"]}]}
//! ```
//!
//! `signed` holds two votes or two events in the wire format. The reader trusts no other field: it recomputes names and ids from
//! the signed bytes, which also bind the network.

use quorate_event::{
    Address, Canonical, DecodeError, EventError, Evidence, ForkEvidence, KeyRing, NetworkId, SignatureError,
    SignedEvent, SignedVote, VerifiedEvent, VerifiedVote, VoteKind,
};
use serde::{Deserialize, Serialize};

/// The value of the field `format`.
const FORMAT: &str = "quorate evidence 1";

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EvidenceFile {
    format: String,
    network: String,
    pub(super) evidence: Vec<Item>,
}

/// Two statements that exclude each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    pub(super) kind: StatementKind,
    pub(super) culprit: String,
    /// The statements in hexadecimal.
    pub(super) signed: [String; 2],
}

/// The kind of the statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum StatementKind {
    /// Two votes in one view.
    Votes,
    /// Two events at one place of one lane.
    Events,
}

/// A verified pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proven {
    /// The address of the key.
    pub(super) culprit: Address,
    /// A description of the statements.
    pub(super) signed: String,
    /// The proposals or the events, one for each statement; a skip names none.
    pub(super) ids: Vec<String>,
}

/// Why a file or a pair in it is not valid evidence.
#[derive(Debug, thiserror::Error)]
pub(super) enum Flaw {
    /// The file is not JSON of this format.
    #[error("the file is not an evidence file ({0})")]
    Syntax(#[from] serde_json::Error),
    /// The format is another one.
    #[error("the format of the file is not {FORMAT:?}")]
    Format,
    /// The file has no evidence.
    #[error("the file holds no evidence")]
    Empty,
    /// The id of the network is malformed.
    #[error("the network id is not 0x and 64 hexadecimal digits")]
    Network,
    /// The network is not that of the genesis.
    #[error("the evidence is from network {found}, and the genesis is that of {wanted}")]
    OtherNetwork {
        /// The network of the file.
        found: NetworkId,
        /// The network of the genesis.
        wanted: NetworkId,
    },
    /// A statement is not hexadecimal.
    #[error("a statement is not 0x and hexadecimal digits")]
    Hex,
    /// A statement is not a vote.
    #[error("a statement is not a vote ({0})")]
    Vote(#[from] DecodeError),
    /// A statement is not an event that its author signed.
    #[error("a statement is not an event of this network that its author signed ({0})")]
    Event(#[from] EventError),
    /// The signer is not the member that the vote names.
    #[error("a vote is not signed by the member that it names, or is from another network ({0})")]
    Signature(#[from] SignatureError),
    /// The statements do not conflict.
    #[error("the two statements do not conflict, or have different signers")]
    NoConflict,
    /// The file names another key.
    #[error("the file names {named}, and {found} signed")]
    OtherCulprit {
        /// The named key.
        named: String,
        /// The signer.
        found: Address,
    },
}

impl EvidenceFile {
    /// A file without evidence.
    pub(super) fn of(network: String) -> Self {
        Self { format: FORMAT.to_owned(), network, evidence: Vec::new() }
    }

    /// Removes the pairs that are not valid, and returns their number.
    pub(super) fn drop_unproven(&mut self) -> usize {
        let found = self.evidence.len();
        let network = self.network.parse();
        self.evidence.retain(|item| network.as_ref().is_ok_and(|network| item.prove(*network).is_ok()));
        found - self.evidence.len()
    }

    /// The bytes of the file.
    pub(super) fn to_json(&self) -> String {
        // Strings and lists of strings always have a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a file, and checks its network if one is given.
    pub(super) fn parse(text: &[u8], wanted: Option<NetworkId>) -> Result<(NetworkId, Self), Flaw> {
        let file: Self = serde_json::from_slice(text)?;
        if file.format != FORMAT {
            return Err(Flaw::Format);
        }
        let found: NetworkId = file.network.parse().map_err(|_| Flaw::Network)?;
        match wanted {
            Some(wanted) if wanted != found => Err(Flaw::OtherNetwork { found, wanted }),
            _ if file.evidence.is_empty() => Err(Flaw::Empty),
            _ => Ok((found, file)),
        }
    }
}

impl Item {
    /// Verifies the pair.
    pub(super) fn prove(&self, network: NetworkId) -> Result<Proven, Flaw> {
        let [first, second] = &self.signed;
        let (first, second) = (bytes(first)?, bytes(second)?);
        let proven = match self.kind {
            StatementKind::Votes => of_votes(vote(&first, network)?, vote(&second, network)?),
            StatementKind::Events => of_events(event(&first, network)?, event(&second, network)?),
        };
        let proven = proven.ok_or(Flaw::NoConflict)?;
        match self.culprit.parse() {
            Ok(named) if proven.culprit == named => Ok(proven),
            _ => Err(Flaw::OtherCulprit { named: self.culprit.clone(), found: proven.culprit }),
        }
    }
}

fn vote(bytes: &[u8], network: NetworkId) -> Result<VerifiedVote, Flaw> {
    Ok(SignedVote::from_bytes(bytes)?.verify(network)?)
}

fn event(bytes: &[u8], network: NetworkId) -> Result<VerifiedEvent, Flaw> {
    Ok(SignedEvent::decode(bytes, network)?.verify(&mut KeyRing::default())?)
}

fn of_votes(a: VerifiedVote, b: VerifiedVote) -> Option<Proven> {
    let evidence = Evidence::of(a, b)?;
    let [first, second] = evidence.votes().map(|signed| signed.vote);
    let signed =
        format!("{} and {} at height {}, view {}", kind(first.kind), kind(second.kind), first.height.0, first.view.0);
    let named = [first, second].into_iter().filter(|vote| vote.kind != VoteKind::Skip);
    Some(Proven { culprit: a.signer(), signed, ids: named.map(|vote| vote.proposal.to_string()).collect() })
}

fn of_events(a: VerifiedEvent, b: VerifiedEvent) -> Option<Proven> {
    let fork = ForkEvidence::of(a, b)?;
    let (lane, seq) = fork.place();
    let ids = fork.events().map(|event| event.id().to_string()).into();
    Some(Proven { culprit: fork.culprit(), signed: format!("two events at lane {}, seq {}", lane.0, seq.0), ids })
}

const fn kind(kind: VoteKind) -> &'static str {
    match kind {
        VoteKind::Propose => "a proposal",
        VoteKind::Prepare => "a prepare",
        VoteKind::Commit => "a commit",
        VoteKind::Skip => "a skip",
    }
}

fn bytes(hex: &str) -> Result<Vec<u8>, Flaw> {
    let digits = hex.strip_prefix("0x").filter(|digits| digits.len().is_multiple_of(2)).ok_or(Flaw::Hex)?;
    let nibble = |digit: u8| (digit as char).to_digit(16).ok_or(Flaw::Hex);
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs.map(|pair| Ok((nibble(pair[0])? << 4 | nibble(pair[1])?) as u8)).collect()
}

#[cfg(test)]
mod tests;
