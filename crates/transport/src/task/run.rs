//! The network task: it owns the swarm, and it never waits for anyone but the swarm, its clock and its commands.

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
use crate::behaviour::Behaviour;
use crate::clock::now;
use crate::connections::not_connected_reason::{Offence, WhyNot};
use crate::connections::peer_info::PeerInfo;
use crate::connections::peer_table::{News, Peers};
use crate::connections::static_peers::Redial;
use crate::direct::send_queue::Outboxes;
use crate::discovery::address_book::Learnt;
use crate::discovery::anchors::Anchors;
use crate::error::NetError;
use crate::events::NetEvent;
use crate::gossip::GRAYLIST_SCORE;
use crate::handle::{Command, Token, Verdict};
use crate::relay::Reservations;

/// How often scores are looked at and bans end.
const TICK: Duration = Duration::from_secs(1);

/// One connection a peer is enough, and of two the newer stays, since the older may be one whose other end restarted.
/// This is the time that what the older one still carries has to arrive.
const SURPLUS_GRACE: Duration = Duration::from_secs(2);

/// Changes of the listening addresses that wait; an interface that flaps faster has its oldest changes forgotten.
const MAX_ADDRESS_NEWS: usize = 16;

/// The task's state.
pub(crate) struct Task {
    pub(crate) swarm: Swarm<Behaviour>,
    pub(crate) topic: IdentTopic,
    pub(crate) protocol: String,
    pub(crate) peers: Peers,
    pub(crate) redial: Redial,
    pub(crate) learnt: Learnt,
    pub(crate) anchors: Option<Anchors>,
    /// Whether this node is a relay, and where it is reached through others.
    pub(crate) serves: bool,
    pub(crate) reservations: Reservations,
    /// From which port this node dials.
    pub(crate) ports: PortUse,
    /// Names of static peers that are being looked up, one a peer.
    pub(crate) lookups: JoinSet<(usize, Vec<Multiaddr>)>,
    /// The configured limit of outbound connections.
    pub(crate) max_outbound: usize,
    /// When to look whether a learnt peer is to be dialled; each tick looks too.
    pub(crate) look_at: Option<Instant>,
    pub(crate) outboxes: Arc<Outboxes>,
    pub(crate) commands: mpsc::Receiver<Command>,
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
            let redial = self.redial.next(|peer| self.peers.is_linked(peer));
            let redial_at = redial.unwrap_or_else(now).into();
            let look_at = self.look_at;
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm_event(event)?,
                command = self.commands.recv() => {
                    if let Next::Stop = command.map_or(Next::Stop, |command| self.on_command(command)) {
                        return Ok(());
                    }
                }
                room = notices.reserve(), if self.has_news() => {
                    let Ok(room) = room else { return Ok(()) };
                    if let Some(event) = self.next_news() {
                        room.send(event);
                    }
                }
                () = notices.closed() => return Ok(()),
                Some(Ok((at, found))) = self.lookups.join_next() => self.on_looked_up(at, found),
                () = sleep_until(redial_at), if redial.is_some() => self.dial_static(),
                () = sleep_until(look_at.unwrap_or_else(now).into()), if look_at.is_some() => self.dial_learnt(),
                _ = tick.tick() => self.tick(),
            }
        }
    }

    fn has_news(&self) -> bool {
        self.changed || self.peers.has_news() || !self.new_addrs.is_empty()
    }

    fn next_news(&mut self) -> Option<NetEvent> {
        if let Some(addr) = self.new_addrs.pop_front() {
            return Some(NetEvent::Listening(addr));
        }
        match self.peers.next_news() {
            Some(News::Disconnected(peer)) => Some(NetEvent::Disconnected { peer }),
            Some(News::Connected(peer)) => {
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
            // A relay tells those that it carries where it is.
            self.swarm.add_external_address(addr.clone());
        }
        self.new_addrs.push_back(addr);
        if self.new_addrs.len() > MAX_ADDRESS_NEWS {
            self.new_addrs.pop_front();
        }
    }

    fn on_command(&mut self, command: Command) -> Next {
        match command {
            Command::Shutdown => return Next::Stop,
            Command::Verdict(token, verdict) => self.on_verdict(&token, verdict),
            Command::Penalise(peer) => self.penalise(&peer, Offence::Message),
            Command::Disconnect(peer) => self.disconnect(peer, WhyNot::Disconnected),
            // Below, a caller that no longer waits for the answer needs none.
            Command::Gossip(bytes, reply) => drop(reply.send(self.publish(bytes))),
            Command::Dial(addr, reply) => drop(reply.send(self.dial(addr))),
            Command::Peers(reply) => drop(reply.send(self.snapshot())),
            Command::Listening(reply) => drop(reply.send(self.swarm.listeners().cloned().collect())),
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

    pub(crate) fn on_verdict(&mut self, token: &Token, verdict: Verdict) {
        let acceptance = match verdict {
            Verdict::Accept => MessageAcceptance::Accept,
            Verdict::Reject => MessageAcceptance::Reject,
            Verdict::Ignore => MessageAcceptance::Ignore,
        };
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        gossip.report_message_validation_result(&token.id, &token.from, acceptance);
        if verdict == Verdict::Reject {
            self.judge(&token.from);
        }
    }

    pub(crate) fn penalise(&mut self, peer: &PeerId, offence: Offence) {
        self.peers.offended(peer, offence);
        self.judge(peer);
    }

    /// Bans a peer whose score fell too low.
    fn judge(&mut self, peer: &PeerId) {
        let behaviour = self.swarm.behaviour_mut();
        behaviour.gossip.set_application_score(peer, self.peers.application_score(peer));
        if behaviour.gossip.peer_score(peer).is_some_and(|score| score < GRAYLIST_SCORE) {
            behaviour.blocked.block_peer(*peer);
            self.peers.ban(peer, now());
            self.displace(peer);
            self.changed = true;
        }
    }

    fn disconnect(&mut self, peer: PeerId, why: WhyNot) {
        self.peers.blame(&peer, why);
        // An error says that there is nothing to close.
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    fn tick(&mut self) {
        let now = now();
        for peer in self.peers.tick(now) {
            self.swarm.behaviour_mut().blocked.unblock_peer(peer);
        }
        for peer in self.peers.open() {
            self.judge(&peer);
        }
        for peer in self.peers.open() {
            self.peers.moved(&peer, self.outboxes.moved(&peer));
        }
        for peer in self.peers.silent() {
            self.disconnect(peer, WhyNot::Silent);
        }
        for (peer, connection) in self.peers.surplus(SURPLUS_GRACE, now) {
            // Only one side closes, since two that both chose might close both.
            if *self.swarm.local_peer_id() < peer {
                self.swarm.close_connection(connection);
            }
        }
        self.swarm.behaviour_mut().punch.tick(now);
        self.keep_anchors();
        self.reserve();
        self.look_at.get_or_insert(now);
    }

    fn dial(&mut self, addr: Multiaddr) -> Result<(), NetError> {
        if !is_dialable(&addr) {
            return Err(NetError::Unusable { addr });
        }
        self.swarm.dial(dial_opts(addr.clone(), self.ports)).map_err(|_| NetError::Dial { addr })
    }

    fn dial_static(&mut self) {
        for at in self.redial.due(now(), |peer| self.peers.is_linked(peer)) {
            let addr = self.redial.targets[at].addr.clone();
            if is_named(&addr) {
                self.redial.resolving(at);
                self.lookups.spawn(async move { (at, look_up(&addr).await) });
            } else {
                self.dial_target(at, addr);
            }
        }
    }

    fn dial_target(&mut self, at: usize, addr: Multiaddr) {
        let opts = dial_opts(addr, self.ports);
        self.redial.started(at, opts.connection_id());
        if let Err(error) = self.swarm.dial(opts) {
            self.redial.put_off(at, WhyNot::of_dial(&error), now());
        }
    }

    fn on_looked_up(&mut self, at: usize, found: Vec<Multiaddr>) {
        match self.redial.resolved(at, found) {
            Some(addr) => self.dial_target(at, addr),
            None => {
                self.redial.put_off(at, WhyNot::Unresolved, now());
                self.changed = true;
            }
        }
    }

    fn snapshot(&self) -> Vec<PeerInfo> {
        let mut all = self.peers.snapshot();
        for info in &mut all {
            let Some(peer) = info.peer else { continue };
            info.score = self.swarm.behaviour().gossip.peer_score(&peer).unwrap_or_default();
            info.urgent_dropped = self.outboxes.urgent_dropped(&peer);
        }
        for target in &self.redial.targets {
            match all.iter_mut().find(|info| info.peer.is_some() && info.peer == target.peer) {
                Some(info) => info.configure(target),
                None => all.push(PeerInfo::never_seen(target)),
            }
        }
        for (peer, addrs, why) in self.learnt.members() {
            if all.iter().all(|info| info.peer != Some(peer)) {
                all.push(PeerInfo::told_of(peer, addrs, why));
            }
        }
        all
    }
}

/// Dials unless a connection exists or is being made. A node that others can dial does so from a port that the system
/// chooses: two nodes that dial each other from their listening ports would meet in one TCP connection with two dialers. One
/// behind NAT dials from its listening port, so that its peers see where a way to that port can be opened.
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
