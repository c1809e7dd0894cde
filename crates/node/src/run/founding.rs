//! Founding a network without a genesis file: one node gathers signed joins, writes the genesis and sends it to all.
//!
//! A network of founders, whose id nobody else's network has, carries three messages. Upon a join: the gatherer counts
//! it, if its member signed it and it is the first of that member. Upon the last of them: it writes the genesis and sends
//! it, with all joins, to everybody, and again upon each further join. Upon the genesis: a joiner accepts it only if the
//! committee is what the joins say and its own join is among them, unchanged. Once all have accepted, the founders part
//! and meet again in the network that they founded.

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
use super::identity::Founded;
use super::options::RunOptions;

/// What a message may have missed is said again after so long.
const AGAIN: Duration = Duration::from_secs(1);
/// So long a joiner stays to be asked again after it has accepted.
const PART_AFTER: Duration = Duration::from_secs(3);

/// The network of founders.
fn founders() -> [u8; 32] {
    keccak256(&[b"quorate/founding/1"])
}

async fn meet(options: &RunOptions, key: &SecretKey, network: [u8; 32]) -> Result<(NetHandle, NetEvents), RunError> {
    let mut config = TransportConfig::new(*key.expose(), network)?;
    config.listen = options.listen.clone();
    config.static_peers = options.peers.clone();
    Ok(net::start(config).await?)
}

/// Where the other founders find this node, as far as it knows.
fn place(options: &RunOptions) -> Multiaddr {
    let listen = options.listen.first().filter(|_| !options.behind_nat);
    // Where there is none, others find this node through a relay.
    options.announce.first().or(listen).cloned().unwrap_or_else(Multiaddr::empty)
}

fn own_join(options: &RunOptions, key: &SecretKey) -> Join {
    Join::sign(key, options.stake, place(options).to_string())
}

fn say(net: &NetHandle, to: PeerId, message: &FoundingMessage) {
    if let Err(error) = net.send(to, Urgency::Bulk, message.to_bytes()) {
        tracing::debug!(%to, %error, "not sent; it will be said again");
    }
}

/// Waits for `count` joins, this node's own included, and founds the network.
pub(super) async fn gather(
    home: &Home,
    options: &RunOptions,
    key: &SecretKey,
    count: usize,
) -> Result<Founded, RunError> {
    let (net, mut events) = meet(options, key, founders()).await?;
    let own = own_join(options, key);
    let mut joins = BTreeMap::from([(own.member, own)]);
    let mut places = BTreeSet::new();
    let mut accepted = BTreeSet::new();
    let mut genesis = None;
    let place = place(options);
    tracing::info!("gathering {} more founders; they start with --peers {place}", count.saturating_sub(1));
    while accepted.len() + 1 < count {
        let Some(event) = events.recv().await else {
            break;
        };
        let NetEvent::Message { from, bytes, .. } = event else {
            continue;
        };
        match FoundingMessage::from_bytes(&bytes) {
            Ok(FoundingMessage::Join(join)) if join.is_signed() => {
                places.insert(from);
                if genesis.is_none() && !joins.contains_key(&join.member) {
                    tracing::info!(member = %join.member, stake = join.stake.0, "a founder joined");
                    joins.insert(join.member, join);
                }
            }
            Ok(FoundingMessage::Accepted) => {
                accepted.insert(from);
            }
            _ => tracing::warn!(%from, "a founder sent something else than a signed join"),
        }
        if genesis.is_none() && joins.len() == count {
            genesis = Some(write_genesis(&joins, &options.public_keys)?);
        }
        if let Some(genesis) = &genesis {
            let joins = joins.values().cloned().collect();
            let message = FoundingMessage::Genesis { genesis: genesis.to_bytes(), joins };
            places.iter().filter(|place| !accepted.contains(*place)).for_each(|place| say(&net, *place, &message));
        }
    }
    part(net, events).await;
    let genesis = match genesis {
        Some(genesis) => genesis,
        None => write_genesis(&joins, &options.public_keys)?,
    };
    let peers = others(&joins.into_values().collect::<Vec<_>>(), key.address());
    keep_peers(home, &peers);
    Ok(Founded { genesis, peers })
}

#[expect(clippy::disallowed_methods, reason = "the edge: the founder's clock becomes the genesis's time")]
fn write_genesis(joins: &BTreeMap<Address, Join>, public_keys: &[Address]) -> Result<Genesis, RunError> {
    let members: Vec<(Address, Stake)> = joins.values().map(|join| (join.member, join.stake)).collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let genesis = Genesis {
        name: "founded".to_owned(),
        time: Timestamp(u64::try_from(now.as_millis()).unwrap_or(u64::MAX)),
        // A demo key is public, and so is every key by --peerid: whoever founds with one says so.
        demo: members.iter().any(|(member, _)| public_keys.contains(member)),
        committee: Committee::new(members)?,
        writers: Writers::Members,
        parameters: Parameters::default(),
    };
    tracing::info!(network = %genesis.network(), members = genesis.committee.members().len(), "the network is founded");
    Ok(genesis)
}

/// Sends this node's join to the gatherer, and accepts its genesis if it is fair.
pub(super) async fn join(home: &Home, options: &RunOptions, key: &SecretKey) -> Result<Founded, RunError> {
    let (net, mut events) = meet(options, key, founders()).await?;
    let own = own_join(options, key);
    tracing::info!("joining the founders that {} gathers", list(&options.peers));
    let mut again = tokio::time::interval(AGAIN);
    let mut places = BTreeSet::new();
    let (gatherer, genesis, joins) = loop {
        tokio::select! {
            _ = again.tick() => {
                places.iter().for_each(|place| say(&net, *place, &FoundingMessage::Join(own.clone())));
            }
            event = events.recv() => match event {
                Some(NetEvent::Connected { peer }) => {
                    places.insert(peer);
                    say(&net, peer, &FoundingMessage::Join(own.clone()));
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
    let genesis = fair(&genesis, &joins, &own)?;
    say(&net, gatherer, &FoundingMessage::Accepted);
    let asked_again = async {
        while let Some(event) = events.recv().await {
            match event {
                NetEvent::Message { from, .. } => say(&net, from, &FoundingMessage::Accepted),
                NetEvent::Disconnected { peer } if peer == gatherer => break,
                _ => {}
            }
        }
    };
    // Whether the gatherer parted first or the time ran out: it was told.
    let _parted = tokio::time::timeout(PART_AFTER, asked_again).await;
    part(net, events).await;
    let peers = others(&joins, key.address());
    keep_peers(home, &peers);
    Ok(Founded { genesis, peers })
}

fn list(peers: &[Multiaddr]) -> String {
    peers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The genesis, if its committee is what was joined, and this node's join is part of that.
fn fair(genesis: &[u8], joins: &[Join], own: &Join) -> Result<Genesis, RunError> {
    let genesis = Genesis::from_bytes(genesis).map_err(|_| RunError::Unfair)?;
    let joined = Committee::new(joins.iter().map(|join| (join.member, join.stake)).collect())?;
    let fair = joins.contains(own) && joins.iter().all(Join::is_signed) && joined == genesis.committee;
    if fair { Ok(genesis) } else { Err(RunError::Unfair) }
}

pub(super) async fn part(net: NetHandle, mut events: NetEvents) {
    net.shutdown().await;
    while events.recv().await.is_some() {}
    if let Err(error) = events.closed().await {
        tracing::debug!(%error, "the network of founders");
    }
}

fn others(joins: &[Join], own: Address) -> Vec<Multiaddr> {
    // One that listens nowhere has no place, and finds the others.
    let others = joins.iter().filter(|join| join.member != own && !join.place.is_empty());
    others.filter_map(|join| join.place.parse().ok()).collect()
}

/// Where the founders were: this node looks for them there after a restart.
fn keep_peers(home: &Home, peers: &[Multiaddr]) {
    let text: String = peers.iter().map(|peer| format!("{peer}\n")).collect();
    if let Err(error) = fs::write(home.directory().join("peers"), text) {
        tracing::warn!(%error, "the founders' addresses were not kept; start with --peers next time");
    }
}

/// The addresses that a founding left; none where there was none.
pub(super) fn known_peers(home: &Home) -> Vec<Multiaddr> {
    let text = fs::read_to_string(home.directory().join("peers")).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}
