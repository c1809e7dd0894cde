//! The start of the network: channels, swarm, listeners, task.

use std::collections::VecDeque;
use std::sync::Arc;

use libp2p::core::transport::PortUse;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::behaviour::{build, prefix};
use crate::clock::now;
use crate::config::TransportConfig;
use crate::connections::peer_table::PeerTable;
use crate::connections::static_peers::StaticPeers;
use crate::direct::inbox::Inbox;
use crate::direct::send_queue::SendQueues;
use crate::discovery::address_book::AddressBook;
use crate::discovery::anchors::Anchors;
use crate::error::NetError;
use crate::events::{MAX_BULK_INBOX, MAX_GOSSIP_INBOX, MAX_NOTICES, MAX_URGENT_INBOX, NetEvents};
use crate::handle::{MAX_COMMANDS, NetHandle};
use crate::relay::RelayReservations;
use crate::task::Task;

/// Joins the network: listens, spawns the task that owns the swarm, and dials the static peers.
///
/// Must be called inside a tokio runtime. The node listens when it returns.
///
/// # Errors
/// A [`NetError`] with its remedy.
pub async fn start(config: TransportConfig) -> Result<(NetHandle, NetEvents), NetError> {
    config.check()?;
    let local = config.peer_id();
    let send_queues = Arc::new(SendQueues::default());
    let (urgent_in, urgent) = mpsc::channel(MAX_URGENT_INBOX);
    let (bulk_in, bulk) = mpsc::channel(MAX_BULK_INBOX);
    let (gossip_in, gossip) = mpsc::channel(MAX_GOSSIP_INBOX);
    let (notices_in, notices) = mpsc::channel(MAX_NOTICES);
    let (commands, commands_out) = mpsc::channel(MAX_COMMANDS);
    let inbox = Inbox { urgent: urgent_in, bulk: bulk_in };
    let (swarm, topic) = build(&config, inbox, Arc::clone(&send_queues))?;
    let mut task = Task {
        swarm,
        topic,
        protocol: prefix(&config.network()),
        peers: PeerTable::default(),
        static_peers: StaticPeers::new(&local, config.static_peers, now()),
        address_book: AddressBook::new(local, config.discovery.preferred, now()),
        anchors: config.discovery.anchors.map(Anchors::open),
        lookups: JoinSet::new(),
        max_outbound: usize::try_from(config.limits.outbound).unwrap_or(usize::MAX),
        next_dial_check: None,
        serves: config.relay,
        ports: if config.behind_nat { PortUse::Reuse } else { PortUse::New },
        reservations: RelayReservations::new(config.listen.is_empty() || config.behind_nat),
        send_queues: Arc::clone(&send_queues),
        commands: commands_out,
        notices: notices_in,
        gossip: gossip_in,
        new_addrs: VecDeque::new(),
        changed: false,
    };
    task.listen(&config.listen).await?;
    for addr in config.announce {
        task.swarm.add_external_address(addr);
    }
    task.load_anchors();
    let task = Some(tokio::spawn(task.run()));
    let events = NetEvents { notices, urgent, gossip, bulk, task, run: 0, bulk_turn: false };
    Ok((NetHandle { local, commands, send_queues }, events))
}
