//! Starting: channels, swarm, listeners, task.

use std::collections::VecDeque;
use std::sync::Arc;

use libp2p::core::transport::PortUse;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::behaviour::{build, prefix};
use crate::clock::now;
use crate::config::Config;
use crate::connections::peer_table::Peers;
use crate::connections::static_peers::Redial;
use crate::direct::inbox::Inbox;
use crate::direct::send_queue::Outboxes;
use crate::discovery::address_book::Learnt;
use crate::discovery::anchors::Anchors;
use crate::error::NetError;
use crate::events::{MAX_BULK_INBOX, MAX_GOSSIP_INBOX, MAX_NOTICES, MAX_URGENT_INBOX, NetEvents};
use crate::handle::{MAX_COMMANDS, NetHandle};
use crate::relay::Reservations;
use crate::task::Task;

/// Joins the network: listens, spawns the task that owns the swarm, and dials the static peers.
///
/// Must be called inside a tokio runtime. When it returns, the node listens.
///
/// # Errors
/// A [`NetError`] that says what to change.
pub async fn start(config: Config) -> Result<(NetHandle, NetEvents), NetError> {
    config.check()?;
    let local = config.peer_id();
    let outboxes = Arc::new(Outboxes::default());
    let (urgent_in, urgent) = mpsc::channel(MAX_URGENT_INBOX);
    let (bulk_in, bulk) = mpsc::channel(MAX_BULK_INBOX);
    let (gossip_in, gossip) = mpsc::channel(MAX_GOSSIP_INBOX);
    let (notices_in, notices) = mpsc::channel(MAX_NOTICES);
    let (commands, commands_out) = mpsc::channel(MAX_COMMANDS);
    let inbox = Inbox { urgent: urgent_in, bulk: bulk_in };
    let (swarm, topic) = build(&config, inbox, Arc::clone(&outboxes))?;
    let mut task = Task {
        swarm,
        topic,
        protocol: prefix(&config.network()),
        peers: Peers::default(),
        redial: Redial::new(&local, config.static_peers, now()),
        learnt: Learnt::new(local, config.discovery.preferred, now()),
        anchors: config.discovery.anchors.map(Anchors::open),
        lookups: JoinSet::new(),
        max_outbound: usize::try_from(config.limits.outbound).unwrap_or(usize::MAX),
        look_at: None,
        serves: config.relay,
        ports: if config.behind_nat { PortUse::Reuse } else { PortUse::New },
        reservations: Reservations::new(config.listen.is_empty() || config.behind_nat),
        outboxes: Arc::clone(&outboxes),
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
    task.raise_anchors();
    let task = Some(tokio::spawn(task.run()));
    let events = NetEvents { notices, urgent, gossip, bulk, task, run: 0, bulk_turn: false };
    Ok((NetHandle { local, commands, outboxes }, events))
}
