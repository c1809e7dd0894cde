//! Why a node did not start, or could not go on.

use std::io;
use std::net::SocketAddr;

use quorate_disk::home::HomeError;
use quorate_event::{Address, GenesisError, NetworkId};
use quorate_transport::NetError;

use crate::api::ApiError;
use crate::core::CoreError;
use crate::genesis_file::GenesisFileError;

/// Why a node did not start, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The system refused something that every process needs.
    #[error("the system refused threads or signals: {0}")]
    Runtime(#[source] io::Error),
    /// The home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The home's key is not the one that was asked for.
    #[error("the home holds the key of {found}, and --peerid asks for {asked}; drop --peerid, or choose another name")]
    OtherKey {
        /// The home's.
        found: Address,
        /// The one asked for.
        asked: Address,
    },
    /// The home's key is none.
    #[error("the home's key file holds no secp256k1 key; restore it, or start with a fresh home")]
    BadKey,
    /// HTTP cannot listen.
    #[error("http cannot listen on {address} ({source}); stop what listens there, or choose another --port")]
    Http {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The genesis file cannot be used.
    #[error(transparent)]
    GenesisFile(#[from] GenesisFileError),
    /// The genesis cannot be shown as JSON, which none is known to reach.
    #[error("the genesis cannot be shown as JSON: {0}")]
    Show(#[source] serde_json::Error),
    /// The genesis cannot found a network.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The home is of another network.
    #[error("the home is of network {found}, and {asked} was asked for; choose another name or --home")]
    OtherNetwork {
        /// The home's.
        found: NetworkId,
        /// The one asked for.
        asked: NetworkId,
    },
    /// The founder's genesis is not what this node joined.
    #[error("the founder's genesis does not hold this node's join unchanged; ask the founder who changed it")]
    ForeignGenesis,
    /// The stakes that were gathered make no committee.
    #[error("the founders make no committee: {0}")]
    Committee(#[from] quorate_event::CommitteeError),
    /// The network cannot be used.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The core cannot go on.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// HTTP cannot be served.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A task of the node panicked, which is a defect.
    #[error("a task of the node panicked, which is a defect: report it with the log")]
    Panicked,
}
