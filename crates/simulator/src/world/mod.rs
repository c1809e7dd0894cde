//! The world: the event queue, the nodes, and the loop that hands events to them.
//!
//! | file | purpose |
//! |---|---|
//! | `mod` | the setup, the event loop |
//! | `control` | what tests and runs do to a world: write, inject faults |
//! | `receive` | inputs of replicas: messages, finished writes, timers |
//! | `outputs` | outputs of replicas: writes, messages, reports |
//! | `disk_faults` | lost, restored and damaged disks, and the reaction of operators |
//! | `query` | reads of the state |
//! | `checks` | the oracle's checks that a caller asks for |

mod checks;
mod control;
mod disk_faults;
mod outputs;
mod query;
mod receive;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use quorate_event::{Committee, Genesis, Parameters, SecretKey, Stake, Timestamp, Writers};
use quorate_replica::{DiskTicket, Peer, Replica, ReplicaConfig};

use crate::actor::{Actor, ActorContext};
use crate::clock::EPOCH_MS;
use crate::committee_source::CommitteeSource;
use crate::disk::DiskModel;
use crate::event_queue::EventQueue;
use crate::fault::Fault;
pub use crate::host::RequestOutcome;
use crate::host::{Host, LANE, key};
use crate::network::{LinkModel, SimulatedNetwork};
use crate::node_id::NodeId;
use crate::oracle::Oracle;
use crate::packet::Packet;
use crate::rng::Rng;
use crate::round_rules::MessageFilter;

/// The initial state of a world.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The members' keys and stakes, one node each.
    pub members: Vec<(SecretKey, Stake)>,
    /// The keys of followers: nodes with a replica that are not members at first, one node each.
    pub followers: Vec<SecretKey>,
    /// The rule by which the committee changes.
    pub committees: CommitteeSource,
    /// The addresses that may write.
    pub writers: Writers,
    /// The network's parameters.
    pub parameters: Parameters,
    /// How links behave.
    pub links: LinkModel,
    /// How disks behave.
    pub disks: DiskModel,
    /// Whether members introduce themselves when the world begins.
    pub initial_hellos: InitialHellos,
}

/// Whether the first messages of new connections are delivered when a world begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitialHellos {
    /// Members connect at the start and exchange their summaries and positions.
    Sent,
    /// The members have been connected for long: their first messages are dropped.
    AlreadyExchanged,
}

impl Setup {
    /// `count` members of equal stake with simulated keys, fault-free.
    pub fn equal(count: usize, parameters: Parameters) -> Self {
        let members = (0..count as u64).map(|number| (key(number), Stake(100)));
        let (links, disks) = (LinkModel::default(), DiskModel::default());
        let (writers, initial_hellos) = (Writers::Members, InitialHellos::Sent);
        let (followers, committees) = (Vec::new(), CommitteeSource::Fixed);
        Self { members: members.collect(), followers, committees, writers, parameters, links, disks, initial_hellos }
    }

    /// The genesis of the network.
    ///
    /// # Panics
    /// When its members do not form a valid committee.
    pub fn genesis(&self) -> Genesis {
        let members = self.members.iter().map(|(key, stake)| (key.address(), *stake)).collect();
        Genesis {
            name: "simulated".to_owned(),
            time: Timestamp(EPOCH_MS),
            committee: Committee::new(members).expect("a setup's members are a committee"),
            writers: self.writers,
            parameters: self.parameters,
            demo: true,
        }
    }
}

/// An event of the simulation.
enum SimEvent {
    Deliver { to: NodeId, life: u32, from: NodeId, packet: Rc<Packet>, corrupt: Option<u64> },
    Stored { node: NodeId, life: u32, ticket: DiskTicket },
    Recorded { node: NodeId, life: u32, ticket: DiskTicket },
    Failed { node: NodeId, life: u32 },
    Wake { node: NodeId, life: u32 },
    WakeActor { node: NodeId },
    Do(Box<Fault>),
}

impl SimEvent {
    /// The node whose suspended process delays the event.
    const fn node(&self) -> Option<NodeId> {
        match self {
            Self::Deliver { to: node, .. }
            | Self::Stored { node, .. }
            | Self::Recorded { node, .. }
            | Self::Failed { node, .. }
            | Self::Wake { node, .. }
            | Self::WakeActor { node } => Some(*node),
            Self::Do(_) => None,
        }
    }
}

/// A world of nodes in virtual time.
pub struct World {
    hosts: Vec<Host>,
    /// The delayed events of each suspended node.
    paused: Vec<Option<VecDeque<SimEvent>>>,
    queue: EventQueue<SimEvent>,
    now: Duration,
    requests: u64,
    network: SimulatedNetwork,
    /// Decides by content which messages pass, while one is set.
    message_filter: Option<MessageFilter>,
    disks: DiskModel,
    disk_rng: Rng,
    actor_rng: Rng,
    oracle: Oracle,
    /// Whether sent messages are dropped: only while the world is set up.
    drops_sends: bool,
    /// The nodes that get a receipt of every milestone from every replica.
    subscribers: Vec<NodeId>,
    trace: blake3::Hasher,
    event_count: u64,
    coverage: BTreeMap<&'static str, u64>,
    /// Whether all nodes are honest and no message is corrupted. Then no replica may blame a peer (I8).
    is_honest: bool,
}

impl World {
    /// A world in which all nodes are up and connected.
    ///
    /// # Panics
    /// When the setup founds no valid network.
    pub fn new(seed: u64, setup: Setup) -> Self {
        let genesis = setup.genesis();
        Self::found(seed, setup, genesis)
    }

    /// A world with this genesis in which all nodes of the setup are up and connected.
    pub(crate) fn found(seed: u64, setup: Setup, genesis: Genesis) -> Self {
        let succession = setup.committees.succession();
        let config = |key| ReplicaConfig {
            committee_rule: Arc::clone(&succession),
            ..ReplicaConfig::new(genesis.clone(), key, LANE)
        };
        let keys = setup.members.into_iter().map(|(key, _)| key).chain(setup.followers);
        let hosts: Vec<Host> = keys.map(|key| Host::new(Some(config(key)), None)).collect();
        let oracle = Oracle::new(&genesis, setup.committees, hosts.iter().filter_map(Host::address));
        let mut world = Self {
            paused: hosts.iter().map(|_| None).collect(),
            hosts,
            queue: EventQueue::new(),
            now: Duration::ZERO,
            requests: 0,
            is_honest: setup.links.corrupt_per_mille == 0,
            network: SimulatedNetwork::new(setup.links, Rng::new(seed, "links")),
            message_filter: None,
            disks: setup.disks,
            disk_rng: Rng::new(seed, "disks"),
            actor_rng: Rng::new(seed, "actors"),
            oracle,
            drops_sends: setup.initial_hellos == InitialHellos::AlreadyExchanged,
            subscribers: Vec::new(),
            trace: blake3::Hasher::new(),
            event_count: 0,
            coverage: BTreeMap::new(),
        };
        for node in world.nodes() {
            world.start(node);
        }
        world.drops_sends = false;
        world
    }

    /// Makes a member Byzantine: puts an actor between its replica and the network.
    pub fn corrupt(&mut self, node: NodeId, actor: Box<dyn Actor>) {
        self.is_honest = false;
        self.oracle.corrupted(node);
        self.hosts[node.0].actor = Some(actor);
        self.schedule(Duration::ZERO, SimEvent::WakeActor { node });
    }

    /// Adds a twin: a second machine with a member's key and lane, which starts from the genesis.
    pub fn twin(&mut self, node: NodeId) -> NodeId {
        self.is_honest = false;
        self.oracle.corrupted(node);
        let twin = NodeId(self.hosts.len());
        self.hosts.push(Host::new(self.hosts[node.0].config.clone(), None));
        self.paused.push(None);
        self.start(twin);
        twin
    }

    /// Sets or removes the message filter.
    pub(crate) fn set_message_filter(&mut self, message_filter: Option<MessageFilter>) {
        self.message_filter = message_filter;
    }

    /// The message filter, while one is set.
    pub(crate) const fn message_filter(&self) -> Option<&MessageFilter> {
        self.message_filter.as_ref()
    }

    /// Adds a node without a replica, such as a client.
    pub fn join(&mut self, actor: Box<dyn Actor>) -> NodeId {
        let node = NodeId(self.hosts.len());
        self.hosts.push(Host::new(None, Some(actor)));
        self.paused.push(None);
        self.schedule(Duration::ZERO, SimEvent::WakeActor { node });
        node
    }

    /// From now on every replica sends a [`Receipt`](crate::Receipt) to `node` for each milestone that it has applied and
    /// stored.
    pub fn subscribe(&mut self, node: NodeId) {
        self.subscribers.push(node);
    }
}

impl World {
    /// Processes events until `done`, for at most `limit` of virtual time. Returns whether `done` holds.
    pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now + limit;
        while !done(self) {
            let Some((at, event)) = self.queue.next_until(end) else {
                self.now = end;
                return done(self);
            };
            self.now = at;
            self.process(event);
        }
        true
    }

    /// Processes events for this long.
    pub fn run_for(&mut self, time: Duration) {
        self.run_until(time, |_| false);
    }

    fn schedule(&mut self, after: Duration, event: SimEvent) {
        self.queue.push(self.now.saturating_add(after), event);
    }

    fn schedule_wake(&mut self, node: NodeId) {
        let host = &mut self.hosts[node.0];
        let wake = host.replica.as_ref().and_then(Replica::next_wake);
        if wake == host.wake {
            return;
        }
        host.wake = wake;
        let life = host.life;
        if let Some(wake) = wake {
            let at = host.clock.world_time(wake).max(self.now);
            self.queue.push(at, SimEvent::Wake { node, life });
        }
    }

    /// Counts a coverage mark: a path that only some runs take.
    fn mark(&mut self, what: &'static str) {
        *self.coverage.entry(what).or_default() += 1;
    }

    fn lives(&self, node: NodeId, life: u32) -> bool {
        self.hosts[node.0].life == life && self.hosts[node.0].is_up()
    }

    fn process(&mut self, event: SimEvent) {
        if let Some(waiting) = event.node().and_then(|node| self.paused[node.0].as_mut()) {
            return waiting.push_back(event);
        }
        self.event_count += 1;
        match event {
            SimEvent::Deliver { to, life, from, packet, corrupt } if self.lives(to, life) => {
                self.deliver(to, from, &packet, corrupt);
            }
            SimEvent::Stored { node, life, ticket } if self.lives(node, life) => self.stored(node, ticket),
            SimEvent::Recorded { node, life, ticket } if self.lives(node, life) => self.recorded(node, ticket),
            SimEvent::Failed { node, life } if self.lives(node, life) => self.fail(node),
            SimEvent::Wake { node, life } if self.lives(node, life) => self.wake(node),
            SimEvent::WakeActor { node } => self.wake_actor(node),
            SimEvent::Do(fault) => self.inject(*fault),
            _ => {}
        }
    }

    /// A process that cannot write ends; its operator starts it again.
    fn fail(&mut self, node: NodeId) {
        self.crash(node);
        self.schedule_fault(RESTART, Fault::Start(node));
    }

    /// Calls a node's actor and carries out its actions.
    fn act<T>(&mut self, node: NodeId, act: impl FnOnce(&mut dyn Actor, &mut ActorContext<'_>) -> T) -> Option<T> {
        let host = &mut self.hosts[node.0];
        let now = host.clock.now(self.now);
        let actor = host.actor.as_mut()?;
        let mut context = ActorContext::new(now, &mut self.actor_rng);
        let done = act(actor.as_mut(), &mut context);
        let ActorContext { sent, wakes, faults, .. } = context;
        for (to, packet) in sent {
            self.carry(node, to, &packet);
        }
        for after in wakes {
            self.schedule(after, SimEvent::WakeActor { node });
        }
        for (after, fault) in faults {
            self.schedule_fault(after, fault);
        }
        Some(done)
    }

    fn wake_actor(&mut self, node: NodeId) {
        self.act(node, |actor, context| actor.on_wake(context));
    }
}

/// The time after which an operator starts a process that ended by an error.
const RESTART: Duration = Duration::from_secs(1);

/// The peer id of a node.
fn peer(node: NodeId) -> Peer {
    Peer(node.0 as u64)
}

/// The node of a peer id.
fn named(peer: Peer) -> NodeId {
    NodeId(usize::try_from(peer.0).unwrap_or(usize::MAX))
}
