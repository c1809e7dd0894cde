//! The homes of the nodes: created, used again, or deleted with --reset.

use std::fs;
use std::path::Path;

use quorate_disk::home::{Home, HomeError, Layout};
use quorate_event::Genesis;
use quorate_node::genesis_file;
use quorate_scenario::demo_addresses;

use super::error::UpError;
use super::plan::Plan;
use crate::error::{CliError, file_error};
use crate::keys::secret;
use crate::network_file::GENESIS_FILE;
use crate::network_file::{NETWORK_FILE, NetworkFile};

/// Creates the homes of the nodes, and returns the genesis of their network. A network that is there already goes on if
/// it is the planned one, unless it must be `fresh`.
pub(super) fn prepare(plan: &Plan, reset: bool, fresh: bool) -> Result<NetworkFile, CliError> {
    let home = &plan.home;
    let before = NetworkFile::load(home);
    // Homes whose network file is unreadable can still be deleted, by the planned names.
    let before = if reset { before.ok().flatten() } else { before? };
    match before {
        Some(before) if reset => throw_away(home, &before)?,
        Some(_) if fresh => return Err(UpError::History { home: home.clone() }.into()),
        Some(_) => return take_up(plan),
        None => {}
    }
    for node in &plan.nodes {
        let path = home.join(&node.name);
        if path.exists() {
            return Err(UpError::NotOurs { path }.into());
        }
    }
    let network = record(plan, &plan.genesis)?;
    furnish(plan, &take_all(plan)?)?;
    Ok(network)
}

/// The planned network again: the same members and numbers, founded when it was founded.
fn take_up(plan: &Plan) -> Result<NetworkFile, CliError> {
    let there = genesis_file::load(&plan.home.join(GENESIS_FILE), &demo_addresses())?;
    let planned = Genesis { time: there.time, ..plan.genesis.clone() };
    if there != planned {
        let home = plan.home.clone();
        return Err(UpError::OtherNetwork { home }.into());
    }
    // The network file is written only after all homes are locked: while a node still runs, or a home is not from `up`,
    // the file must keep the ports in use.
    let taken = take_all(plan)?;
    furnish(plan, &taken)?;
    record(plan, &there)
}

/// Locks the homes of all nodes; the locks are released before the processes start.
fn take_all(plan: &Plan) -> Result<Vec<Home>, HomeError> {
    plan.nodes.iter().map(|node| Home::open(&plan.home, &node.name)).collect()
}

/// Writes the genesis and the network file. In a new home this comes first, so that `up` recognises the homes as its own.
fn record(plan: &Plan, genesis: &Genesis) -> Result<NetworkFile, CliError> {
    let home = &plan.home;
    fs::create_dir_all(home).map_err(file_error(home))?;
    let network = plan.network_file(genesis);
    network.save(home)?;
    genesis_file::save(genesis, &home.join(GENESIS_FILE))?;
    Ok(network)
}

/// Creates the keys and the tokens that are missing.
fn furnish(plan: &Plan, taken: &[Home]) -> Result<(), CliError> {
    for (node, taken) in plan.nodes.iter().zip(taken) {
        match taken.create_key(&secret(&node.key)) {
            Ok(()) => {}
            Err(HomeError::Exists { path }) if taken.key()?.expose() != node.key.expose() => {
                return Err(UpError::NotOurs { path }.into());
            }
            Err(HomeError::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        taken.token_or_create()?;
    }
    Ok(())
}

/// Deletes the homes that `up` made, and nothing else. It deletes nothing while one of the nodes runs.
fn throw_away(home: &Path, before: &NetworkFile) -> Result<(), CliError> {
    let ours = before.nodes.iter().filter(|node| home.join(&node.name).exists());
    let taken = ours.map(|node| Home::open(home, &node.name));
    let taken = taken.collect::<Result<Vec<_>, _>>()?;
    for node in &taken {
        let directory = node.directory();
        fs::remove_dir_all(directory).map_err(file_error(directory))?;
    }
    for file in [GENESIS_FILE, NETWORK_FILE] {
        remove(&home.join(file))?;
    }
    for node in &before.nodes {
        let (Ok(key), Ok(network)) = (node.address.parse(), before.network.parse()) else { continue };
        remove(&Layout::new(home, &node.name)?.last_signed_file(key, network))?;
    }
    Ok(())
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> Result<(), CliError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file_error(path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
