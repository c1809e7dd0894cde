//! The world: a heap of what is to happen, and the nodes that it happens to.

mod judge;
mod perform;
mod receive;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use quorate_event::{
    Address, Committee, Digest, EventId, Genesis, Height, Parameters, SecretKey, Stake, Timestamp, VerifiedVertex,
    Writers,
};
use quorate_replica::{Config, Intent, Peer, Replica, Request, Sharing, Ticket};

use crate::actor::{Actor, Hands};
use crate::adversaries::Insider;
use crate::chance::Chance;
use crate::clock::{Clock, EPOCH_MS};
use crate::deed::Deed;
use crate::disk::{Disk, Disks};
use crate::heap::Heap;
pub use crate::host::Outcome;
use crate::host::{Host, LANE, key};
use crate::network::{Links, Network};
use crate::oracle::{Oracle, Violation};
use crate::wire::Wire;

/// A node of a world, by its place; from 0. Members come first, then whoever else there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub usize);

/// How a world begins.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The members' keys and stakes, one node each.
    pub members: Vec<(SecretKey, Stake)>,
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
        Self { members: members.collect(), writers, parameters, links, disks, start }
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
        let config = |(key, _): (SecretKey, Stake)| Config {
            genesis: genesis.clone(),
            key,
            lane: LANE,
            sharing: Sharing::Shared,
            votes_lost: false,
        };
        let hosts: Vec<Host> = setup.members.into_iter().map(|member| Host::new(Some(config(member)), None)).collect();
        let oracle = Oracle::new(&genesis, hosts.iter().filter_map(Host::address));
        let mut world = Self {
            paused: hosts.iter().map(|_| None).collect(),
            hosts,
            heap: Heap::new(),
            now: Duration::ZERO,
            requests: 0,
            is_honest: setup.links.corrupt_per_mille == 0,
            network: Network::new(setup.links, Chance::new(seed, "links")),
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

/// Looking at it.
impl World {
    /// All nodes that run a replica, up or down.
    pub fn nodes(&self) -> Vec<Node> {
        (0..self.hosts.len()).map(Node).filter(|node| self.hosts[node.0].config.is_some()).collect()
    }

    /// The nodes whose replica is up.
    pub fn up(&self) -> Vec<Node> {
        self.nodes().into_iter().filter(|node| self.replica(*node).is_some()).collect()
    }

    /// A node's replica, while it is up.
    pub fn replica(&self, node: Node) -> Option<&Replica> {
        self.hosts.get(node.0)?.replica.as_ref()
    }

    /// What became of a request.
    pub fn outcome(&self, node: Node, request: Request) -> Outcome {
        self.hosts[node.0].outcomes.get(&request).cloned().unwrap_or_default()
    }

    /// Whether all nodes that are up hold the same events and show the same documents.
    pub fn is_level(&self) -> bool {
        let mut seen = self.up().into_iter().filter_map(|node| self.replica(node)).map(|replica| {
            let status = replica.status();
            (status.events, status.heads, status.merged)
        });
        let first = seen.next();
        seen.all(|status| Some(&status) == first.as_ref())
    }

    /// The milestones on a node's disk from the genesis on: height, name, number of signers.
    pub fn milestones(&self, node: Node) -> Vec<(Height, EventId, usize)> {
        let host = &self.hosts[node.0];
        let stored = host.disk.stored().iter().filter_map(|vertex| match vertex {
            VerifiedVertex::Milestone(milestone) => {
                let signers = milestone.certificate().signatures.len();
                Some((milestone.height(), milestone.id().event_id(), signers))
            }
            VerifiedVertex::Event(_) => None,
        });
        let genesis = host.network().map(|network| (Height(0), network.event_id(), 0));
        let mut milestones: Vec<_> = genesis.into_iter().chain(stored).collect();
        milestones.sort_unstable();
        milestones
    }

    /// Virtual time since the world began.
    pub const fn elapsed(&self) -> Duration {
        self.now
    }

    /// How many things have happened so far.
    pub const fn happened(&self) -> u64 {
        self.happened
    }

    /// A digest of all that happened so far: equal for equal seeds.
    pub fn trace(&self) -> Digest {
        Digest::new(*self.trace.finalize().as_bytes())
    }

    /// What must never be, and was.
    pub fn violations(&self) -> &[Violation] {
        self.oracle.violations()
    }

    /// How often rare paths were taken, by their names.
    pub const fn sometimes(&self) -> &BTreeMap<&'static str, u64> {
        &self.sometimes
    }

    /// Of whose keys a node was given evidence that they signed what an honest key never signs.
    pub fn accused(&self, node: Node) -> &BTreeSet<Address> {
        &self.hosts[node.0].accused
    }

    /// What the member at a node knows: its own key, and what everybody knows.
    pub fn insider(&self, node: Node) -> Option<Insider> {
        let Config { key, genesis, .. } = self.hosts.get(node.0)?.config.clone()?;
        let others = self.nodes().into_iter().filter(|other| *other != node).collect();
        Some(Insider { node, others, key, network: genesis.network(), genesis })
    }

    /// How often a node has crashed: what was asked of it in an earlier life may never be answered.
    pub fn crashes(&self, node: Node) -> u32 {
        self.hosts[node.0].life
    }

    fn address(&self, node: Node) -> Option<Address> {
        self.hosts[node.0].address()
    }
}

/// Doing something to it.
impl World {
    /// A client writes at a node that is up.
    pub fn write(&mut self, node: Node, intent: Intent) -> Request {
        self.requests += 1;
        let request = Request(self.requests);
        self.client_writes(node, request, intent);
        request
    }

    /// Plans something for some time from now.
    pub fn plan_deed(&mut self, after: Duration, deed: Deed) {
        self.plan(after, Action::Do(Box::new(deed)));
    }

    /// Does something now. What cannot be, such as starting a node that is up, is nothing.
    pub fn perform(&mut self, deed: Deed) {
        match deed {
            Deed::Crash(node) => self.crash(node),
            Deed::Start(node) => self.start(node),
            Deed::Wipe(node) => {
                self.crash(node);
                let host = &mut self.hosts[node.0];
                host.disk = Disk::default();
                if let Some(config) = &mut host.config {
                    config.votes_lost = true;
                    // The old lane is on the lost disk: its events may be held by others, up to nobody knows where.
                    config.lane.0 += 1;
                }
                self.oracle.disk_replaced(node, &[]);
            }
            Deed::Forget(node) => {
                self.is_honest = false;
                self.crash(node);
                self.hosts[node.0].disk.forget_votes(&mut self.disk_chance);
            }
            Deed::Pause(node) => _ = self.paused[node.0].get_or_insert_default(),
            Deed::Resume(node) => self.resume(node),
            Deed::Block(from, to) => self.network.block(from, to, true),
            Deed::Unblock(from, to) => self.network.block(from, to, false),
            Deed::Heal => self.network.heal(),
            Deed::Clock(node, clock) => self.set_clock(node, clock),
            Deed::Links(links) => {
                self.is_honest = self.is_honest && links.corrupt_per_mille == 0;
                self.network.links = links;
            }
            Deed::Disks(disks) => self.disks = disks,
        }
    }

    /// A node dies at once; what it had not synced is gone.
    pub fn crash(&mut self, node: Node) {
        if self.replica(node).is_none() {
            return;
        }
        self.hosts[node.0].disk.crash(self.disks.unsynced, &mut self.disk_chance);
        self.oracle.crashed(node, self.hosts[node.0].disk.stored());
        self.hosts[node.0].stop();
        self.paused[node.0] = None;
        self.everybody_loses(node);
    }

    /// A node that is down starts on what its disk holds, and everybody connects to it.
    pub fn start(&mut self, node: Node) {
        let host = &mut self.hosts[node.0];
        if host.is_up() {
            return;
        }
        let now = host.clock.now(self.now);
        match host.start(now) {
            Ok(outputs) => {
                if let Some(replica) = &host.replica {
                    self.oracle.started(node, replica);
                }
                self.outputs(node, outputs);
                self.everybody_meets(node);
                self.plan_wake(node);
            }
            Err(error) => {
                self.oracle.report(Violation::DoesNotStart { node, why: error.to_string() });
            }
        }
    }

    fn resume(&mut self, node: Node) {
        for action in self.paused[node.0].take().unwrap_or_default() {
            self.plan(Duration::ZERO, action);
        }
    }

    /// Its timers keep running: what changes is what they are called.
    fn set_clock(&mut self, node: Node, clock: Clock) {
        self.hosts[node.0].clock = clock;
        self.hosts[node.0].wake = None;
        self.plan_wake(node);
    }

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
