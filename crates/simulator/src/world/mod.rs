//! The world: a heap of what is to happen, and the nodes that it happens to.

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
use quorate_replica::{Config, Peer, Replica, Ticket};

use crate::actor::{Actor, Hands};
use crate::clock::EPOCH_MS;
use crate::committee_source::Committees;
use crate::disk::Disks;
use crate::event_queue::Heap;
use crate::fault::Deed;
pub use crate::host::Outcome;
use crate::host::{Host, LANE, key};
use crate::network::{Links, Network};
use crate::oracle::Oracle;
use crate::packet::Wire;
use crate::rng::Chance;
use crate::twins::Sieve;

/// A node of a world, by its place; from 0. Members come first, then whoever else there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub usize);

/// How a world begins.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The members' keys and stakes, one node each.
    pub members: Vec<(SecretKey, Stake)>,
    /// The keys of those who run a replica and are no members at first, one node each.
    pub followers: Vec<SecretKey>,
    /// How the committee changes.
    pub committees: Committees,
    /// Who may write.
    pub writers: Writers,
    /// The network's numbers.
    pub parameters: Parameters,
    /// What the links are like.
    pub links: Links,
    /// What the disks are like.
    pub disks: Disks,
    /// What members say when they meet at the start.
    pub start: Start,
}

/// How members meet when a world begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// They begin together, and introduce themselves.
    Strangers,
    /// They have been connected for long: what they would say of themselves has been said.
    Acquainted,
}

impl Setup {
    /// `count` members of equal stake, keys that cost nothing to sign with, no faults.
    pub fn equal(count: usize, parameters: Parameters) -> Self {
        let members = (0..count as u64).map(|number| (key(number), Stake(100)));
        let (links, disks) = (Links::default(), Disks::default());
        let (writers, start) = (Writers::Members, Start::Strangers);
        let (followers, committees) = (Vec::new(), Committees::Fixed);
        Self { members: members.collect(), followers, committees, writers, parameters, links, disks, start }
    }

    /// The network that it founds.
    ///
    /// # Panics
    /// When its members are no committee.
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

/// What is to happen.
enum Action {
    Deliver { to: Node, life: u32, from: Node, wire: Rc<Wire>, corrupt: Option<u64> },
    Stored { node: Node, life: u32, ticket: Ticket },
    Recorded { node: Node, life: u32, ticket: Ticket },
    Failed { node: Node, life: u32 },
    Wake { node: Node, life: u32 },
    WakeActor { node: Node },
    Do(Box<Deed>),
}

impl Action {
    /// The node that does nothing of it while its process stands still.
    const fn node(&self) -> Option<Node> {
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
    /// What waits for each node that stands still.
    paused: Vec<Option<VecDeque<Action>>>,
    heap: Heap<Action>,
    now: Duration,
    requests: u64,
    network: Network,
    /// What passes besides, by what it says.
    sieve: Option<Sieve>,
    disks: Disks,
    disk_chance: Chance,
    actor_chance: Chance,
    oracle: Oracle,
    /// Whether nothing that is said is carried.
    is_mute: bool,
    /// Who is told of every milestone, by every replica.
    subscribers: Vec<Node>,
    trace: blake3::Hasher,
    happened: u64,
    sometimes: BTreeMap<&'static str, u64>,
    /// Whether everybody is honest and every message arrives as it was sent: then nobody is blamed.
    is_honest: bool,
}

impl World {
    /// A world in which all nodes are up and connected.
    ///
    /// # Panics
    /// When the setup is not a network.
    pub fn new(seed: u64, setup: Setup) -> Self {
        let genesis = setup.genesis();
        Self::found(seed, setup, genesis)
    }

    /// A world of this genesis, in which all of the setup's nodes are up and connected.
    pub(crate) fn found(seed: u64, setup: Setup, genesis: Genesis) -> Self {
        let succession = setup.committees.succession();
        let config = |key| Config { succession: Arc::clone(&succession), ..Config::new(genesis.clone(), key, LANE) };
        let keys = setup.members.into_iter().map(|(key, _)| key).chain(setup.followers);
        let hosts: Vec<Host> = keys.map(|key| Host::new(Some(config(key)), None)).collect();
        let oracle = Oracle::new(&genesis, setup.committees, hosts.iter().filter_map(Host::address));
        let mut world = Self {
            paused: hosts.iter().map(|_| None).collect(),
            hosts,
            heap: Heap::new(),
            now: Duration::ZERO,
            requests: 0,
            is_honest: setup.links.corrupt_per_mille == 0,
            network: Network::new(setup.links, Chance::new(seed, "links")),
            sieve: None,
            disks: setup.disks,
            disk_chance: Chance::new(seed, "disks"),
            actor_chance: Chance::new(seed, "actors"),
            oracle,
            is_mute: setup.start == Start::Acquainted,
            subscribers: Vec::new(),
            trace: blake3::Hasher::new(),
            happened: 0,
            sometimes: BTreeMap::new(),
        };
        for node in world.nodes() {
            world.start(node);
        }
        world.is_mute = false;
        world
    }

    /// Puts somebody between a member's replica and the network.
    pub fn corrupt(&mut self, node: Node, actor: Box<dyn Actor>) {
        self.is_honest = false;
        self.oracle.corrupted(node);
        self.hosts[node.0].actor = Some(actor);
        self.plan(Duration::ZERO, Action::WakeActor { node });
    }

    /// Another machine that runs a member's replica with the same key and lane, from the genesis on.
    pub fn twin(&mut self, node: Node) -> Node {
        self.is_honest = false;
        self.oracle.corrupted(node);
        let twin = Node(self.hosts.len());
        self.hosts.push(Host::new(self.hosts[node.0].config.clone(), None));
        self.paused.push(None);
        self.start(twin);
        twin
    }

    /// From now on only what a sieve lets through is carried, or again everything.
    pub(crate) fn sift(&mut self, sieve: Option<Sieve>) {
        self.sieve = sieve;
    }

    /// The sieve, while there is one.
    pub(crate) const fn sieve(&self) -> Option<&Sieve> {
        self.sieve.as_ref()
    }

    /// Somebody who runs no replica, such as a client.
    pub fn join(&mut self, actor: Box<dyn Actor>) -> Node {
        let node = Node(self.hosts.len());
        self.hosts.push(Host::new(None, Some(actor)));
        self.paused.push(None);
        self.plan(Duration::ZERO, Action::WakeActor { node });
        node
    }

    /// From now on every replica sends a [`Receipt`](crate::Receipt) to `node` for each milestone that it has applied and
    /// stored.
    pub fn subscribe(&mut self, node: Node) {
        self.subscribers.push(node);
    }
}

impl World {
    /// Lets things happen until `done`, for so long at most; whether it was done.
    pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now + limit;
        while !done(self) {
            let Some((at, action)) = self.heap.next_until(end) else {
                self.now = end;
                return done(self);
            };
            self.now = at;
            self.happen(action);
        }
        true
    }

    /// Lets so much time pass.
    pub fn run_for(&mut self, time: Duration) {
        self.run_until(time, |_| false);
    }

    fn plan(&mut self, after: Duration, action: Action) {
        self.heap.plan(self.now.saturating_add(after), action);
    }

    fn plan_wake(&mut self, node: Node) {
        let host = &mut self.hosts[node.0];
        let wake = host.replica.as_ref().and_then(Replica::next_wake);
        if wake == host.wake {
            return;
        }
        host.wake = wake;
        let life = host.life;
        if let Some(wake) = wake {
            let at = host.clock.world_time(wake).max(self.now);
            self.heap.plan(at, Action::Wake { node, life });
        }
    }

    /// Notes that something happened that only some runs reach.
    fn sometimes_happens(&mut self, what: &'static str) {
        *self.sometimes.entry(what).or_default() += 1;
    }

    fn lives(&self, node: Node, life: u32) -> bool {
        self.hosts[node.0].life == life && self.hosts[node.0].is_up()
    }

    fn happen(&mut self, action: Action) {
        if let Some(waiting) = action.node().and_then(|node| self.paused[node.0].as_mut()) {
            return waiting.push_back(action);
        }
        self.happened += 1;
        match action {
            Action::Deliver { to, life, from, wire, corrupt } if self.lives(to, life) => {
                self.deliver(to, from, &wire, corrupt);
            }
            Action::Stored { node, life, ticket } if self.lives(node, life) => self.stored(node, ticket),
            Action::Recorded { node, life, ticket } if self.lives(node, life) => self.recorded(node, ticket),
            Action::Failed { node, life } if self.lives(node, life) => self.fail(node),
            Action::Wake { node, life } if self.lives(node, life) => self.wake(node),
            Action::WakeActor { node } => self.wake_actor(node),
            Action::Do(deed) => self.perform(*deed),
            _ => {}
        }
    }

    /// Whoever cannot write stops, and is started again by somebody.
    fn fail(&mut self, node: Node) {
        self.crash(node);
        self.plan_deed(RESTART, Deed::Start(node));
    }

    /// Lets a node's actor do something, and does it.
    fn act<T>(&mut self, node: Node, act: impl FnOnce(&mut dyn Actor, &mut Hands<'_>) -> T) -> Option<T> {
        let host = &mut self.hosts[node.0];
        let now = host.clock.now(self.now);
        let actor = host.actor.as_mut()?;
        let mut hands = Hands::new(now, &mut self.actor_chance);
        let done = act(actor.as_mut(), &mut hands);
        let Hands { sent, wakes, deeds, .. } = hands;
        for (to, wire) in sent {
            self.carry(node, to, &wire);
        }
        for after in wakes {
            self.plan(after, Action::WakeActor { node });
        }
        for (after, deed) in deeds {
            self.plan_deed(after, deed);
        }
        Some(done)
    }

    fn wake_actor(&mut self, node: Node) {
        self.act(node, |actor, hands| actor.wakes(hands));
    }
}

/// After how long a process that could not write is started again.
const RESTART: Duration = Duration::from_secs(1);

/// The name that every node has for `node`.
fn peer(node: Node) -> Peer {
    Peer(node.0 as u64)
}

/// The node of that name.
fn named(peer: Peer) -> Node {
    Node(usize::try_from(peer.0).unwrap_or(usize::MAX))
}
