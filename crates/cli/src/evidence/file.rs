//! The file by which anybody can check evidence: the network's id, and pairs of signed statements.
//!
//! ```json
//! {"format":"quorate evidence 1","network":"0x…","evidence":[{"kind":"votes","culprit":"0x…","signed":["0x…","0x…"]}]}
//! ```
//!
//! `signed` holds two votes, or two events, as the wire format has them. Nothing in the file is believed: names and ids are
//! recomputed from what was signed, and the network is part of what was signed.

use quorate_event::{
    Address, Canonical, DecodeError, EventError, Evidence, ForkEvidence, KeyRing, NetworkId, SignatureError,
    SignedEvent, SignedVote, VerifiedEvent, VerifiedVote, VoteKind,
};
use serde::{Deserialize, Serialize};

/// What the file says that it is.
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
    pub(super) kind: Kind,
    pub(super) culprit: String,
    /// In hex.
    pub(super) signed: [String; 2],
}

/// What was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Two votes in one view.
    Votes,
    /// Two events at one place of one lane.
    Events,
}

/// What a pair proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proven {
    /// Whose key it was.
    pub(super) culprit: Address,
    /// What was signed, and where.
    pub(super) signed: String,
    /// The proposals or the events, one for each statement; a skip names none.
    pub(super) ids: Vec<String>,
}

/// Why a file, or a pair in it, proves nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Flaw {
    /// Not such a file.
    #[error("it is no file of evidence ({0})")]
    Syntax(#[from] serde_json::Error),
    /// Of another format.
    #[error("it is not of the format {FORMAT:?}")]
    Format,
    /// A file without evidence.
    #[error("it holds no evidence")]
    Empty,
    /// The network's id is none.
    #[error("the network's id is not 0x and 64 hexadecimal digits")]
    Network,
    /// Of another network than the genesis.
    #[error("it is of network {found}, and the genesis is of {wanted}")]
    OtherNetwork {
        /// The file's.
        found: NetworkId,
        /// The genesis's.
        wanted: NetworkId,
    },
    /// Not hex.
    #[error("a statement is not 0x and hexadecimal digits")]
    Hex,
    /// Not votes.
    #[error("a statement is no vote ({0})")]
    Vote(#[from] DecodeError),
    /// Not events, or not signed by their author.
    #[error("a statement is no event of its author in this network ({0})")]
    Event(#[from] EventError),
    /// Not signed by who is named.
    #[error("a vote was not signed by who it names, or in another network ({0})")]
    Signature(#[from] SignatureError),
    /// One honest key may have signed both.
    #[error("the two statements do not exclude each other, or are of two keys")]
    NoConflict,
    /// Somebody else is named.
    #[error("{named} is named, and {found} signed")]
    OtherCulprit {
        /// Who is named.
        named: String,
        /// Who signed.
        found: Address,
    },
}

impl EvidenceFile {
    /// A file without evidence yet.
    pub(super) fn of(network: String) -> Self {
        Self { format: FORMAT.to_owned(), network, evidence: Vec::new() }
    }

    /// Leaves out what proves nothing; how many that is.
    pub(super) fn drop_unproven(&mut self) -> usize {
        let found = self.evidence.len();
        let network = self.network.parse();
        self.evidence.retain(|item| network.as_ref().is_ok_and(|network| item.prove(*network).is_ok()));
        found - self.evidence.len()
    }

    /// As it is written.
    pub(super) fn to_json(&self) -> String {
        // Strings and lists of strings always have a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a file; of the wanted network, if one is.
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
    /// Whom it convicts, and of what.
    pub(super) fn prove(&self, network: NetworkId) -> Result<Proven, Flaw> {
        let [first, second] = &self.signed;
        let (first, second) = (bytes(first)?, bytes(second)?);
        let proven = match self.kind {
            Kind::Votes => of_votes(vote(&first, network)?, vote(&second, network)?),
            Kind::Events => of_events(event(&first, network)?, event(&second, network)?),
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
