//! `genesis.json`, the readable form of a genesis.
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
//! `network` is the id that follows from the other fields. Reading a file checks it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use quorate_event::{
    Address, Committee, CommitteeError, Genesis, GenesisError, NetworkId, Pace, Parameters, ParseAddressError, Stake,
    Timestamp, Writers,
};
use serde::{Deserialize, Serialize};

/// An error of a genesis file.
#[derive(Debug, thiserror::Error)]
pub enum GenesisFileError {
    /// It cannot be read or written.
    #[error("cannot use {}: check the path and its permissions", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// The error of the system.
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
    /// The address of a member is invalid.
    #[error("{}: members[{index}].address: {source}", path.display())]
    Member {
        /// Which file.
        path: PathBuf,
        /// Which member, from 0.
        index: usize,
        /// The reason.
        source: ParseAddressError,
    },
    /// The stake of a member is no whole number.
    #[error("{}: members[{index}].stake is {found:?}; write decimal digits in quotes", path.display())]
    Stake {
        /// Which file.
        path: PathBuf,
        /// Which member, from 0.
        index: usize,
        /// The text in the file.
        found: String,
    },
    /// The members form no committee.
    #[error("{}: members: {source}", path.display())]
    Committee {
        /// Which file.
        path: PathBuf,
        /// The reason.
        source: CommitteeError,
    },
    /// The genesis violates a rule of [`Genesis::check`].
    #[error("{}: {source}", path.display())]
    Genesis {
        /// Which file.
        path: PathBuf,
        /// The reason.
        source: GenesisError,
    },
    /// The file was changed after its id was written.
    #[error("{}: network is {named}, but the rest of the file gives {found}; take the file as its founder wrote it", path.display())]
    Network {
        /// Which file.
        path: PathBuf,
        /// The id in the file.
        named: String,
        /// The id that follows from the other fields.
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

/// Reads and checks the genesis in the file `path`. A genesis that names an address of `public_keys` must be marked as a
/// demonstration.
///
/// # Errors
/// An error that names the file, the field and the required form.
pub fn load(path: &Path, public_keys: &[Address]) -> Result<Genesis, GenesisFileError> {
    let text = fs::read(path).map_err(|source| GenesisFileError::Io { path: path.to_path_buf(), source })?;
    parse(&text, path, public_keys)
}

/// As [`load`], for the content `text` of the file `path`.
///
/// # Errors
/// An error that names the file, the field and the required form.
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

/// The genesis as JSON, ending in a newline. Equal geneses give equal bytes.
///
/// # Errors
/// No known genesis causes one.
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
/// [`GenesisFileError::Io`].
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
