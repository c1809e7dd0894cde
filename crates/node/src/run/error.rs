//! The errors of a node that did not start, or that stopped.

use std::io;
use std::net::SocketAddr;

use quorate_disk::home::HomeError;
use quorate_event::{Address, GenesisError, NetworkId};
use quorate_transport::NetError;

use crate::api::ApiError;
use crate::core::CoreError;
use crate::genesis_file::GenesisFileError;

/// An error that prevents the start of a node, or ends it.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The system refused something that every process needs.
    #[error("the system refused threads or signals: {0}")]
    Runtime(#[source] io::Error),
    /// The home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The home has another key than the one that `--peerid` names.
    #[error("the home holds the key of {found}, but --peerid names {asked}; drop --peerid, or choose another name")]
    OtherKey {
        /// The address of the key in the home.
        found: Address,
        /// The address that `--peerid` names.
        asked: Address,
    },
    /// The key file holds no key.
    #[error("the key file of the home holds no secp256k1 key; restore it, or start with a fresh home")]
    BadKey,
    /// HTTP cannot listen.
    #[error("http cannot listen on {address} ({source}); stop what listens there, or choose another --port")]
    Http {
        /// The address.
        address: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
    /// The genesis file cannot be used.
    #[error(transparent)]
    GenesisFile(#[from] GenesisFileError),
    /// The genesis cannot be written as JSON. No known genesis causes this.
    #[error("the genesis cannot be written as JSON: {0}")]
    Show(#[source] serde_json::Error),
    /// The genesis cannot found a network.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The home is of another network.
    #[error(
        "the home is of network {found}, but the given genesis is of network {asked}; choose another name or --home"
    )]
    OtherNetwork {
        /// The network of the home.
        found: NetworkId,
        /// The network of the genesis that was given.
        asked: NetworkId,
    },
    /// The genesis that the gatherer sent does not hold the join of this node.
    #[error(
        "the genesis from the founder does not hold the unchanged join of this node; ask the founder for the reason"
    )]
    ForeignGenesis,
    /// The gathered stakes form no committee.
    #[error("the founders form no committee: {0}")]
    Committee(#[from] quorate_event::CommitteeError),
    /// The network cannot be used.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The core did not start, or ended.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// HTTP cannot be served.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A task of the node panicked, which is a defect.
    #[error("a task of the node panicked, which is a defect: report it with the log")]
    Panicked,
}
