//! The network task: it owns the swarm, and waits only for the swarm, its timers and its commands.

use std::sync::Arc;
use std::time::{Duration, Instant};

use libp2p::core::transport::PortUse;
use libp2p::futures::StreamExt;
use libp2p::gossipsub::{IdentTopic, MessageAcceptance, PublishError};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::{Multiaddr, PeerId, Swarm};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use crate::addresses::multiaddr::is_named;
use crate::addresses::multiaddr::{is_dialable, named_peer};
use crate::addresses::name_lookup::look_up;
use crate::behaviour::NodeBehaviour;
use crate::clock::now;
use crate::connections::not_connected_reason::{NotConnectedReason, Offence};
use crate::connections::peer_info::PeerInfo;
use crate::connections::peer_table::{PeerTable, SessionChange};
use crate::connections::static_peers::StaticPeers;
use crate::direct::send_queue::SendQueues;
use crate::discovery::address_book::AddressBook;
use crate::discovery::anchors::Anchors;
use crate::error::NetError;
use crate::events::NetEvent;
use crate::gossip::GRAYLIST_SCORE;
use crate::handle::{GossipToken, GossipVerdict, TaskCommand};
use crate::relay::RelayReservations;

/// The interval at which scores are checked and bans end.
const TICK: Duration = Duration::from_secs(1);

/// The time for messages on the older of two connections to arrive before it is closed. The newer one stays, since the other
/// end of the older one may have restarted.
const SURPLUS_GRACE: Duration = Duration::from_secs(2);

/// New listening addresses that wait to be reported; beyond it the oldest are dropped.
const MAX_ADDRESS_NEWS: usize = 16;

/// The state of the network task.
pub(crate) struct Task {
    pub(crate) swarm: Swarm<NodeBehaviour>,
    pub(crate) topic: IdentTopic,
    pub(crate) protocol: String,
    pub(crate) peers: PeerTable,
    pub(crate) static_peers: StaticPeers,
    pub(crate) address_book: AddressBook,
    pub(crate) anchors: Option<Anchors>,
    /// Whether this node is a relay.
    pub(crate) serves: bool,
    pub(crate) reservations: RelayReservations,
    /// Whether this node dials from its listening port.
    pub(crate) ports: PortUse,
    /// Lookups of names of static peers, one for each at most.
    pub(crate) lookups: JoinSet<(usize, Vec<Multiaddr>)>,
    /// The configured limit of outbound connections.
    pub(crate) max_outbound: usize,
    /// The time of the next look into the address book for a peer to dial; each tick looks too.
    pub(crate) next_dial_check: Option<Instant>,
    pub(crate) send_queues: Arc<SendQueues>,
    pub(crate) commands: mpsc::Receiver<TaskCommand>,
    pub(crate) notices: mpsc::Sender<NetEvent>,
    pub(crate) gossip: mpsc::Sender<NetEvent>,
    pub(crate) new_addrs: std::collections::VecDeque<Multiaddr>,
    pub(crate) changed: bool,
}

/// Whether to go on.
enum Next {
    Continue,
    Stop,
}

impl Task {
    /// Runs until the last handle or the receiver is dropped, or a shutdown is asked for.
    pub(crate) async fn run(mut self) -> Result<(), NetError> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let notices = self.notices.clone();
            let redial = self.static_peers.next(|peer| self.peers.has_ready_connection(peer));
            let redial_at = redial.unwrap_or_else(now).into();
            let next_dial_check = self.next_dial_check;
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm_event(event)?,
                command = self.commands.recv() => {
                    if let Next::Stop = command.map_or(Next::Stop, |command| self.on_command(command)) {
                        return Ok(());
                    }
                }
                room = notices.reserve(), if self.has_changes() => {
                    let Ok(room) = room else { return Ok(()) };
                    if let Some(event) = self.next_change() {
                        room.send(event);
                    }
                }
                () = notices.closed() => return Ok(()),
                Some(Ok((at, found))) = self.lookups.join_next() => self.on_looked_up(at, found),
                () = sleep_until(redial_at), if redial.is_some() => self.dial_static(),
                () = sleep_until(next_dial_check.unwrap_or_else(now).into()), if next_dial_check.is_some() => self.dial_discovered(),
                _ = tick.tick() => self.tick(),
            }
        }
    }

    fn has_changes(&self) -> bool {
        self.changed || self.peers.has_changes() || !self.new_addrs.is_empty()
    }

    fn next_change(&mut self) -> Option<NetEvent> {
        if let Some(addr) = self.new_addrs.pop_front() {
            return Some(NetEvent::Listening(addr));
        }
        match self.peers.next_change() {
            Some(SessionChange::Disconnected(peer)) => Some(NetEvent::Disconnected { peer }),
            Some(SessionChange::Connected(peer)) => {
                for connection in self.peers.announced(&peer) {
                    self.swarm.behaviour_mut().direct.deliver(peer, connection);
                }
                Some(NetEvent::Connected { peer })
            }
            None => std::mem::take(&mut self.changed).then_some(NetEvent::PeersChanged),
        }
    }

    pub(crate) fn on_new_address(&mut self, addr: Multiaddr) {
        if self.serves {
            // A relay announces its address to the peers with reservations.
            self.swarm.add_external_address(addr.clone());
        }
        self.new_addrs.push_back(addr);
        if self.new_addrs.len() > MAX_ADDRESS_NEWS {
            self.new_addrs.pop_front();
        }
    }

    fn on_command(&mut self, command: TaskCommand) -> Next {
        match command {
            TaskCommand::Shutdown => return Next::Stop,
            TaskCommand::Verdict(token, verdict) => self.on_verdict(&token, verdict),
            TaskCommand::Penalise(peer) => self.penalise(&peer, Offence::Message),
            TaskCommand::Disconnect(peer) => self.disconnect(peer, NotConnectedReason::Disconnected),
            // A caller that no longer waits for the reply needs none.
            TaskCommand::Gossip(bytes, reply) => drop(reply.send(self.publish(bytes))),
            TaskCommand::Dial(addr, reply) => drop(reply.send(self.dial(addr))),
            TaskCommand::Peers(reply) => drop(reply.send(self.snapshot())),
            TaskCommand::Listening(reply) => drop(reply.send(self.swarm.listeners().cloned().collect())),
        }
        Next::Continue
    }

    fn publish(&mut self, bytes: libp2p::bytes::Bytes) -> Result<(), NetError> {
        let topic = self.topic.hash();
        match self.swarm.behaviour_mut().gossip.publish(topic, bytes) {
            Ok(_) | Err(PublishError::NoPeersSubscribedToTopic | PublishError::Duplicate) => Ok(()),
            Err(_) => Err(NetError::Busy),
        }
    }

    pub(crate) fn on_verdict(&mut self, token: &GossipToken, verdict: GossipVerdict) {
        let acceptance = match verdict {
            GossipVerdict::Accept => MessageAcceptance::Accept,
            GossipVerdict::Reject => MessageAcceptance::Reject,
            GossipVerdict::Ignore => MessageAcceptance::Ignore,
        };
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        gossip.report_message_validation_result(&token.id, &token.from, acceptance);
        if verdict == GossipVerdict::Reject {
            self.ban_if_graylisted(&token.from);
        }
    }

    pub(crate) fn penalise(&mut self, peer: &PeerId, offence: Offence) {
        self.peers.count_offence(peer, offence);
        self.ban_if_graylisted(peer);
    }

    /// Bans a peer whose score is below the graylist threshold.
    fn ban_if_graylisted(&mut self, peer: &PeerId) {
        let behaviour = self.swarm.behaviour_mut();
        behaviour.gossip.set_application_score(peer, self.peers.application_score(peer));
        if behaviour.gossip.peer_score(peer).is_some_and(|score| score < GRAYLIST_SCORE) {
            behaviour.blocked.block_peer(*peer);
            self.peers.ban(peer, now());
            self.remove_peer(peer);
            self.changed = true;
        }
    }

    fn disconnect(&mut self, peer: PeerId, reason: NotConnectedReason) {
        self.peers.set_reason(&peer, reason);
        // The error means that there is no connection to close.
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    fn tick(&mut self) {
        let now = now();
        for peer in self.peers.tick(now) {
            self.swarm.behaviour_mut().blocked.unblock_peer(peer);
        }
        for peer in self.peers.open() {
            self.ban_if_graylisted(&peer);
        }
        for peer in self.peers.open() {
            self.peers.set_traffic(&peer, self.send_queues.traffic(&peer));
        }
        for peer in self.peers.silent() {
            self.disconnect(peer, NotConnectedReason::Silent);
        }
        for (peer, connection) in self.peers.surplus(SURPLUS_GRACE, now) {
            // Only the peer with the lesser id closes: if both did, each might close another one.
            if *self.swarm.local_peer_id() < peer {
                self.swarm.close_connection(connection);
            }
        }
        self.swarm.behaviour_mut().punch_holes(now);
        self.keep_anchors();
        self.reserve();
        self.next_dial_check.get_or_insert(now);
    }

    fn dial(&mut self, addr: Multiaddr) -> Result<(), NetError> {
        if !is_dialable(&addr) {
            return Err(NetError::Unusable { addr });
        }
        self.swarm.dial(dial_opts(addr.clone(), self.ports)).map_err(|_| NetError::Dial { addr })
    }

    fn dial_static(&mut self) {
        for at in self.static_peers.due(now(), |peer| self.peers.has_ready_connection(peer)) {
            let addr = self.static_peers.targets[at].addr.clone();
            if is_named(&addr) {
                self.static_peers.resolving(at);
                self.lookups.spawn(async move { (at, look_up(&addr).await) });
            } else {
                self.dial_target(at, addr);
            }
        }
    }

    fn dial_target(&mut self, at: usize, addr: Multiaddr) {
        let opts = dial_opts(addr, self.ports);
        self.static_peers.dial_started(at, opts.connection_id());
        if let Err(error) = self.swarm.dial(opts) {
            self.static_peers.postpone(at, NotConnectedReason::of_dial(&error), now());
        }
    }

    fn on_looked_up(&mut self, at: usize, found: Vec<Multiaddr>) {
        match self.static_peers.resolved(at, found) {
            Some(addr) => self.dial_target(at, addr),
            None => {
                self.static_peers.postpone(at, NotConnectedReason::Unresolved, now());
                self.changed = true;
            }
        }
    }

    fn snapshot(&self) -> Vec<PeerInfo> {
        let mut all = self.peers.snapshot();
        for info in &mut all {
            let Some(peer) = info.peer else { continue };
            info.score = self.swarm.behaviour().gossip.peer_score(&peer).unwrap_or_default();
            info.urgent_dropped = self.send_queues.urgent_dropped(&peer);
        }
        for target in &self.static_peers.targets {
            match all.iter_mut().find(|info| info.peer.is_some() && info.peer == target.peer) {
                Some(info) => info.add_configuration(target),
                None => all.push(PeerInfo::never_seen(target)),
            }
        }
        for (peer, addrs, reason) in self.address_book.preferred_peers() {
            if all.iter().all(|info| info.peer != Some(peer)) {
                all.push(PeerInfo::discovered(peer, addrs, reason));
            }
        }
        all
    }
}

/// Options of a dial that does nothing if a connection exists or is being made. A node that others can dial uses a port that
/// the system chooses: two nodes that dial each other from their listening ports would get one TCP connection with two
/// dialers. A node behind NAT dials from its listening port, so that its peers observe the public side of that port.
pub(crate) fn dial_opts(addr: Multiaddr, ports: PortUse) -> DialOpts {
    match (named_peer(&addr), ports) {
        (Some(peer), ports) => {
            let opts = DialOpts::peer_id(peer).addresses(vec![addr]);
            let opts = opts.condition(PeerCondition::DisconnectedAndNotDialing);
            if ports == PortUse::New { opts.allocate_new_port().build() } else { opts.build() }
        }
        (None, PortUse::New) => DialOpts::unknown_peer_id().address(addr).allocate_new_port().build(),
        (None, PortUse::Reuse) => DialOpts::unknown_peer_id().address(addr).build(),
    }
}
