//! Founding a network without a genesis file: one node gathers signed joins, writes the genesis and sends it to all.
//!
//! The founders meet in a temporary network with an id of its own. It carries three messages:
//!
//! - Upon a join, the gatherer counts it if its member signed it and it is the first join of that member.
//! - Upon the last join, the gatherer writes the genesis and sends it with all joins to all founders, and again upon each
//!   repeated join.
//! - Upon the genesis, a joining founder accepts it only if the committee equals the joins, and its own join is among them.
//!
//! Once all have accepted, the founders leave the temporary network and connect in the one that they founded.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use quorate_disk::home::Home;
use quorate_event::{
    Address, Canonical, Committee, Genesis, Parameters, SecretKey, Stake, Timestamp, Writers, keccak256,
};
use quorate_transport::{self as net, Multiaddr, NetEvent, NetEvents, NetHandle, PeerId, TransportConfig, Urgency};

use super::error::RunError;
use super::founding_message::{FoundingMessage, Join};
use super::options::RunOptions;

/// The genesis of a network, and the addresses of its other nodes.
pub(super) struct FoundedNetwork {
    pub(super) genesis: Genesis,
    pub(super) peers: Vec<Multiaddr>,
}

/// A joining founder repeats its join after this time, since a message can be lost with its connection.
const RESEND_INTERVAL: Duration = Duration::from_secs(1);
/// After its acceptance a founder stays this long, so that it can repeat the acceptance.
const LINGER: Duration = Duration::from_secs(3);

/// The id of the temporary network.
fn founding_network() -> [u8; 32] {
    keccak256(&[b"quorate/founding/1"])
}

async fn connect(options: &RunOptions, key: &SecretKey, network: [u8; 32]) -> Result<(NetHandle, NetEvents), RunError> {
    let mut config = TransportConfig::new(*key.expose(), network)?;
    config.listen = options.listen.clone();
    config.static_peers = options.peers.clone();
    Ok(net::start(config).await?)
}

/// The address at which other founders reach this node; empty if there is none.
fn address(options: &RunOptions) -> Multiaddr {
    let listen = options.listen.first().filter(|_| !options.behind_nat);
    // Behind NAT and without an announced address, others reach this node through a relay.
    options.announce.first().or(listen).cloned().unwrap_or_else(Multiaddr::empty)
}

fn own_join(options: &RunOptions, key: &SecretKey) -> Join {
    Join::sign(key, options.stake, address(options).to_string())
}

fn send(net: &NetHandle, to: PeerId, message: &FoundingMessage) {
    if let Err(error) = net.send(to, Urgency::Bulk, message.to_bytes()) {
        tracing::debug!(%to, %error, "not sent; it is sent again later");
    }
}

/// Waits for `count` joins, this node's own included, and founds the network.
pub(super) async fn gather(
    home: &Home,
    options: &RunOptions,
    key: &SecretKey,
    count: usize,
) -> Result<FoundedNetwork, RunError> {
    let (net, mut events) = connect(options, key, founding_network()).await?;
    let own = own_join(options, key);
    let mut joins = BTreeMap::from([(own.member, own)]);
    let mut founders = BTreeSet::new();
    let mut accepted = BTreeSet::new();
    let mut genesis = None;
    let address = address(options);
    tracing::info!("gathering {} more founders; they start with --peers {address}", count.saturating_sub(1));
    while accepted.len() + 1 < count {
        let Some(event) = events.recv().await else {
            break;
        };
        let NetEvent::Message { from, bytes, .. } = event else {
            continue;
        };
        match FoundingMessage::from_bytes(&bytes) {
            Ok(FoundingMessage::Join(join)) if join.is_signed() => {
                founders.insert(from);
                if genesis.is_none() && !joins.contains_key(&join.member) {
                    tracing::info!(member = %join.member, stake = join.stake.0, "a founder joined");
                    joins.insert(join.member, join);
                }
            }
            Ok(FoundingMessage::Accepted) => {
                accepted.insert(from);
            }
            _ => tracing::warn!(%from, "a founder sent a message that is no signed join"),
        }
        if genesis.is_none() && joins.len() == count {
            genesis = Some(write_genesis(&joins, &options.public_keys)?);
        }
        if let Some(genesis) = &genesis {
            let joins = joins.values().cloned().collect();
            let message = FoundingMessage::Genesis { genesis: genesis.to_bytes(), joins };
            founders.iter().filter(|peer| !accepted.contains(*peer)).for_each(|peer| send(&net, *peer, &message));
        }
    }
    leave(net, events).await;
    let genesis = match genesis {
        Some(genesis) => genesis,
        None => write_genesis(&joins, &options.public_keys)?,
    };
    let peers = other_addresses(&joins.into_values().collect::<Vec<_>>(), key.address());
    save_peers(home, &peers);
    Ok(FoundedNetwork { genesis, peers })
}

#[expect(clippy::disallowed_methods, reason = "the edge: the founder's clock becomes the genesis's time")]
fn write_genesis(joins: &BTreeMap<Address, Join>, public_keys: &[Address]) -> Result<Genesis, RunError> {
    let members: Vec<(Address, Stake)> = joins.values().map(|join| (join.member, join.stake)).collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let genesis = Genesis {
        name: "founded".to_owned(),
        time: Timestamp(u64::try_from(now.as_millis()).unwrap_or(u64::MAX)),
        // Every key of --peerid is public. A genesis that names one is marked as a demonstration.
        demo: members.iter().any(|(member, _)| public_keys.contains(member)),
        committee: Committee::new(members)?,
        writers: Writers::Members,
        parameters: Parameters::default(),
    };
    tracing::info!(network = %genesis.network(), members = genesis.committee.members().len(), "the network is founded");
    Ok(genesis)
}

/// Sends the join of this node to the gatherer, and accepts the genesis if it holds that join unchanged.
pub(super) async fn join(home: &Home, options: &RunOptions, key: &SecretKey) -> Result<FoundedNetwork, RunError> {
    let (net, mut events) = connect(options, key, founding_network()).await?;
    let own = own_join(options, key);
    tracing::info!("joining the founders that {} gathers", list(&options.peers));
    let mut resend = tokio::time::interval(RESEND_INTERVAL);
    let mut founders = BTreeSet::new();
    let (gatherer, genesis, joins) = loop {
        tokio::select! {
            _ = resend.tick() => {
                founders.iter().for_each(|peer| send(&net, *peer, &FoundingMessage::Join(own.clone())));
            }
            event = events.recv() => match event {
                Some(NetEvent::Connected { peer }) => {
                    founders.insert(peer);
                    send(&net, peer, &FoundingMessage::Join(own.clone()));
                }
                Some(NetEvent::Message { from, bytes, .. }) => {
                    if let Ok(FoundingMessage::Genesis { genesis, joins }) = FoundingMessage::from_bytes(&bytes) {
                        break (from, genesis, joins);
                    }
                }
                Some(_) => {}
                None => return Err(RunError::Net(net::NetError::Closed)),
            }
        }
    };
    let genesis = check_genesis(&genesis, &joins, &own)?;
    send(&net, gatherer, &FoundingMessage::Accepted);
    // The acceptance can be lost with its connection, so it is repeated while the gatherer repeats the genesis.
    let repeat_acceptance = async {
        while let Some(event) = events.recv().await {
            match event {
                NetEvent::Message { from, .. } => send(&net, from, &FoundingMessage::Accepted),
                NetEvent::Disconnected { peer } if peer == gatherer => break,
                _ => {}
            }
        }
    };
    // Either end is fine: the gatherer left, or it did not repeat the genesis for so long.
    let _left = tokio::time::timeout(LINGER, repeat_acceptance).await;
    leave(net, events).await;
    let peers = other_addresses(&joins, key.address());
    save_peers(home, &peers);
    Ok(FoundedNetwork { genesis, peers })
}

fn list(peers: &[Multiaddr]) -> String {
    peers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The genesis, if its committee equals the joins, all are signed, and the join of this node is among them.
fn check_genesis(genesis: &[u8], joins: &[Join], own: &Join) -> Result<Genesis, RunError> {
    let genesis = Genesis::from_bytes(genesis).map_err(|_| RunError::ForeignGenesis)?;
    let joined = Committee::new(joins.iter().map(|join| (join.member, join.stake)).collect())?;
    let matches = joins.contains(own) && joins.iter().all(Join::is_signed) && joined == genesis.committee;
    if matches { Ok(genesis) } else { Err(RunError::ForeignGenesis) }
}

/// Leaves a temporary network, and waits until its connections are closed.
pub(super) async fn leave(net: NetHandle, mut events: NetEvents) {
    net.shutdown().await;
    while events.recv().await.is_some() {}
    if let Err(error) = events.closed().await {
        tracing::debug!(%error, "the temporary network ended with an error");
    }
}

fn other_addresses(joins: &[Join], own: Address) -> Vec<Multiaddr> {
    // A founder without an address connects to the others.
    let others = joins.iter().filter(|join| join.member != own && !join.address.is_empty());
    others.filter_map(|join| join.address.parse().ok()).collect()
}

/// Saves the addresses of the founders, where this node connects after a restart.
fn save_peers(home: &Home, peers: &[Multiaddr]) {
    let text: String = peers.iter().map(|peer| format!("{peer}\n")).collect();
    if let Err(error) = fs::write(home.directory().join("peers"), text) {
        tracing::warn!(%error, "the addresses of the founders were not saved; start with --peers next time");
    }
}

/// The addresses that a founding saved; empty if there was no founding.
pub(super) fn saved_peers(home: &Home) -> Vec<Multiaddr> {
    let text = fs::read_to_string(home.directory().join("peers")).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}
