//! `genesis.json`: a genesis that people can read.
//!
//! ```json
//! {
//!   "name": "quorate",
//!   "network": "0x…",
//!   "time_ms": 0,
//!   "demo": true,
//!   "writers": "members",
//!   "members": [{ "address": "0x9621…b05E", "stake": "100" }],
//!   "parameters": { "pace": "manual", "min_events": 256, "max_wait_ms": 100, … }
//! }
//! ```
//! `network` follows from the rest. It is checked, never believed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use quorate_event::{
    Address, Committee, CommitteeError, Genesis, GenesisError, NetworkId, Pace, Parameters, ParseAddressError, Stake,
    Timestamp, Writers,
};
use serde::{Deserialize, Serialize};

/// Why a file is not a genesis.
#[derive(Debug, thiserror::Error)]
pub enum GenesisFileError {
    /// It cannot be read or written.
    #[error("cannot use {}: check the path and its permissions", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not JSON, or with a field that is unknown, missing or of the wrong kind.
    #[error("{} is not a genesis: {source}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// The field, the line and the column.
        source: serde_json::Error,
    },
    /// A member that is no address.
    #[error("{}: members[{index}].address: {source}", path.display())]
    Member {
        /// Which file.
        path: PathBuf,
        /// Which member, from 0.
        index: usize,
        /// Why not.
        source: ParseAddressError,
    },
    /// A stake that is no whole number.
    #[error("{}: members[{index}].stake is {found:?}; write decimal digits in quotes", path.display())]
    Stake {
        /// Which file.
        path: PathBuf,
        /// Which member, from 0.
        index: usize,
        /// What stands there.
        found: String,
    },
    /// Members that are no committee.
    #[error("{}: members: {source}", path.display())]
    Committee {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: CommitteeError,
    },
    /// Numbers or members that found no network.
    #[error("{}: {source}", path.display())]
    Genesis {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: GenesisError,
    },
    /// The file was changed after its id was written.
    #[error("{}: network is {named}, but the rest of the file gives {found}; take the file as its founder wrote it", path.display())]
    Network {
        /// Which file.
        path: PathBuf,
        /// What it says.
        named: String,
        /// What follows from it.
        found: NetworkId,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisJson {
    name: String,
    network: String,
    time_ms: u64,
    demo: bool,
    writers: WritersJson,
    members: Vec<MemberJson>,
    parameters: ParametersJson,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberJson {
    address: String,
    stake: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WritersJson {
    Members,
    Open,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PaceJson {
    Automatic,
    Manual,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParametersJson {
    pace: PaceJson,
    min_events: u64,
    max_wait_ms: u64,
    view_timer_ms: u64,
    cut_events: u64,
    cut_bytes: u64,
}

/// Reads and checks the genesis in `path`. One that names an address of `public_keys`, whose keys everybody has, must say
/// that it is a demonstration.
///
/// # Errors
/// Which file, which field, and what would be right.
pub fn load(path: &Path, public_keys: &[Address]) -> Result<Genesis, GenesisFileError> {
    let text = fs::read(path).map_err(|source| GenesisFileError::Io { path: path.to_path_buf(), source })?;
    parse(&text, path, public_keys)
}

/// The same for the genesis in `text`, which came from `path`.
///
/// # Errors
/// Which file, which field, and what would be right.
pub fn parse(text: &[u8], path: &Path, public_keys: &[Address]) -> Result<Genesis, GenesisFileError> {
    let path = || path.to_path_buf();
    let entry: GenesisJson =
        serde_json::from_slice(text).map_err(|source| GenesisFileError::Syntax { path: path(), source })?;
    let members = entry.members.iter().enumerate().map(|(index, member)| {
        let address: Result<Address, _> = member.address.parse();
        let address = address.map_err(|source| GenesisFileError::Member { path: path(), index, source })?;
        let digits = member.stake.bytes().all(|byte| byte.is_ascii_digit());
        let stake = member.stake.parse().ok().filter(|_| digits);
        let stake = stake.ok_or_else(|| GenesisFileError::Stake {
            path: path(),
            index,
            found: member.stake.chars().take(80).collect(),
        })?;
        Ok((address, Stake(stake)))
    });
    let committee = Committee::new(members.collect::<Result<_, _>>()?);
    let genesis = Genesis {
        name: entry.name,
        time: Timestamp(entry.time_ms),
        committee: committee.map_err(|source| GenesisFileError::Committee { path: path(), source })?,
        writers: match entry.writers {
            WritersJson::Members => Writers::Members,
            WritersJson::Open => Writers::Open,
        },
        parameters: entry.parameters.parameters(),
        demo: entry.demo,
    };
    let checked = genesis.check(public_keys);
    checked.map_err(|source| GenesisFileError::Genesis { path: path(), source })?;
    let found = genesis.network();
    if entry.network.parse() != Ok(found) {
        return Err(GenesisFileError::Network { path: path(), named: entry.network.chars().take(80).collect(), found });
    }
    Ok(genesis)
}

/// The genesis as JSON, ending in a newline; the same bytes for the same genesis.
///
/// # Errors
/// None that a genesis is known to reach.
pub fn to_json(genesis: &Genesis) -> Result<String, serde_json::Error> {
    let members = genesis.committee.members().iter();
    let entry = GenesisJson {
        name: genesis.name.clone(),
        network: genesis.network().to_string(),
        time_ms: genesis.time.0,
        demo: genesis.demo,
        writers: match genesis.writers {
            Writers::Members => WritersJson::Members,
            Writers::Open => WritersJson::Open,
        },
        members: members
            .map(|(address, stake)| MemberJson { address: address.to_string(), stake: stake.0.to_string() })
            .collect(),
        parameters: ParametersJson::of(&genesis.parameters),
    };
    let mut text = serde_json::to_string_pretty(&entry)?;
    text.push('\n');
    Ok(text)
}

/// Writes the genesis to `path`, replacing what is there.
///
/// # Errors
/// When the system refuses.
pub fn save(genesis: &Genesis, path: &Path) -> Result<(), GenesisFileError> {
    let text = to_json(genesis).map_err(|source| GenesisFileError::Syntax { path: path.to_path_buf(), source })?;
    fs::write(path, text).map_err(|source| GenesisFileError::Io { path: path.to_path_buf(), source })
}

impl ParametersJson {
    const fn of(parameters: &Parameters) -> Self {
        Self {
            pace: match parameters.pace {
                Pace::Automatic => PaceJson::Automatic,
                Pace::Manual => PaceJson::Manual,
            },
            min_events: parameters.min_events,
            max_wait_ms: parameters.max_wait_ms,
            view_timer_ms: parameters.view_timer_ms,
            cut_events: parameters.cut_events,
            cut_bytes: parameters.cut_bytes,
        }
    }

    const fn parameters(&self) -> Parameters {
        Parameters {
            pace: match self.pace {
                PaceJson::Automatic => Pace::Automatic,
                PaceJson::Manual => Pace::Manual,
            },
            min_events: self.min_events,
            max_wait_ms: self.max_wait_ms,
            view_timer_ms: self.view_timer_ms,
            cut_events: self.cut_events,
            cut_bytes: self.cut_bytes,
        }
    }
}

#[cfg(test)]
mod tests;
