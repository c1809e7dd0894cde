//! The key of this node, and the genesis of its network.

use quorate_disk::home::{Home, HomeError, Secret};
use quorate_disk::vote_log::{self, KeyHistory};
use quorate_event::{Genesis, SecretKey};

use super::error::RunError;
use super::founding::FoundedNetwork;
use super::options::{GenesisSource, RunOptions};
use super::{founding, joining};
use crate::core::CoreError;
use crate::genesis_file;

/// The key of the home. A home without one gets the `asked` key, or a fresh one.
pub(super) fn key(home: &Home, asked: Option<&SecretKey>) -> Result<SecretKey, RunError> {
    let secret = match home.key() {
        Err(HomeError::Missing { .. }) => {
            let secret = match asked {
                Some(asked) => Secret::take(&mut asked.expose().to_owned()),
                None => Secret::random()?,
            };
            home.create_key(&secret)?;
            secret
        }
        found => found?,
    };
    let key = SecretKey::from_bytes(*secret.expose()).map_err(|_| RunError::BadKey)?;
    match asked {
        Some(asked) if asked.address() != key.address() => {
            Err(RunError::OtherKey { found: key.address(), asked: asked.address() })
        }
        _ => Ok(key),
    }
}

/// The genesis from the source that the options name. From then on the home holds a copy.
pub(super) async fn genesis(home: &Home, options: &RunOptions, key: &SecretKey) -> Result<FoundedNetwork, RunError> {
    let kept = home.genesis_file();
    let public_keys = &options.public_keys;
    let founded = match &options.genesis {
        GenesisSource::Home => {
            FoundedNetwork { genesis: genesis_file::load(&kept, public_keys)?, peers: founding::saved_peers(home) }
        }
        GenesisSource::File(file) => {
            FoundedNetwork { genesis: genesis_file::load(file, public_keys)?, peers: Vec::new() }
        }
        GenesisSource::Gather { founders } => founding::gather(home, options, key, *founders).await?,
        GenesisSource::Found { .. } => founding::join(home, options, key).await?,
        GenesisSource::Join { address, network } => {
            let genesis = joining::fetch(options, key, address, *network).await?;
            FoundedNetwork { genesis, peers: vec![address.clone()] }
        }
    };
    founded.genesis.check(public_keys)?;
    keep(home, options, &founded.genesis, key)?;
    let mut peers = options.peers.clone();
    peers.extend(founded.peers.into_iter().filter(|peer| !options.peers.contains(peer)));
    Ok(FoundedNetwork { genesis: founded.genesis, peers })
}

/// Writes the genesis into the home, or checks that the home holds the same one.
fn keep(home: &Home, options: &RunOptions, genesis: &Genesis, key: &SecretKey) -> Result<(), RunError> {
    let kept = home.genesis_file();
    if !kept.exists() {
        // The vote log before the genesis: a home with a genesis and without a vote log must have lost it.
        let (network, votes) = (genesis.network(), home.votes(key.address(), genesis.network())?);
        drop(vote_log::open(&votes, *network.as_bytes(), KeyHistory::Fresh).map_err(CoreError::from)?);
        let text = genesis_file::to_json(genesis).map_err(RunError::Show)?;
        home.create_genesis(text.as_bytes())?;
        return Ok(());
    }
    let (found, asked) = (genesis_file::load(&kept, &options.public_keys)?.network(), genesis.network());
    if found == asked { Ok(()) } else { Err(RunError::OtherNetwork { found, asked }) }
}
