//! The world: a heap of what is to happen, and the nodes that it happens to.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::RangeInclusive;
use std::time::Duration;

use quorate_event::{
    Address, Canonical, Committee, Digest, EventId, Genesis, Height, Parameters, SecretKey, Stake, Timestamp,
    VerifiedVertex, Writers, keccak256,
};
use quorate_replica::{
    Atomicity, Config, Input, Intent, Notice, Now, Output, Peer, PeerMessage, Replica, Request, Sharing, Ticket, To,
};

use crate::chance::Chance;
pub use crate::host::Outcome;
use crate::host::{Host, LANE, key};

/// A node of a world, by its place; from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node(pub usize);

/// What goes wrong, and how slowly things go right.
#[derive(Debug, Clone)]
pub struct Faults {
    /// Messages lost, of a thousand.
    pub loss_per_mille: u32,
    /// Messages delivered twice, of a thousand.
    pub repeat_per_mille: u32,
    /// How long a message travels: the spread reorders.
    pub latency: RangeInclusive<Duration>,
    /// How long a disk write takes.
    pub fsync: RangeInclusive<Duration>,
}

impl Faults {
    /// A calm network: nothing is lost, everything takes a millisecond or two.
    pub fn none() -> Self {
        let ms = Duration::from_millis;
        Self { loss_per_mille: 0, repeat_per_mille: 0, latency: ms(1)..=ms(2), fsync: ms(1)..=ms(4) }
    }
}

/// How a world begins.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The members' keys and stakes, one node each.
    pub members: Vec<(SecretKey, Stake)>,
    /// The network's numbers.
    pub parameters: Parameters,
    /// What goes wrong.
    pub faults: Faults,
}

impl Setup {
    /// `count` members of equal stake, keys that cost nothing to sign with, no faults.
    pub fn equal(count: usize, parameters: Parameters) -> Self {
        let members = (0..count as u64).map(|number| (key(number), Stake(100)));
        Self { members: members.collect(), parameters, faults: Faults::none() }
    }
}

/// What is to happen.
enum Action {
    Deliver { to: Node, life: u32, from: Node, bytes: Vec<u8> },
    Stored { node: Node, life: u32, ticket: Ticket },
    Recorded { node: Node, life: u32, ticket: Ticket },
    Wake { node: Node, life: u32 },
    Crash { node: Node },
    Start { node: Node },
}

/// Something to happen at a time; those of one time in the order in which they were planned.
struct Planned {
    at: Duration,
    order: u64,
    action: Action,
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}
impl Eq for Planned {}
impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Planned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// A world of nodes in virtual time.
pub struct World {
    hosts: Vec<Host>,
    heap: BinaryHeap<Reverse<Planned>>,
    now: Duration,
    planned: u64,
    requests: u64,
    faults: Faults,
    links: Chance,
    disks: Chance,
    /// W2: the one milestone of each height.
    milestones: BTreeMap<Height, EventId>,
    trace: [u8; 32],
}

/// The world's clock starts here: 2026-01-01T00:00:00Z.
pub(crate) const EPOCH_MS: u64 = 1_767_225_600_000;

impl World {
    /// A world in which all nodes are up and connected.
    ///
    /// # Panics
    /// When the setup is not a network: its committee is refused, or a replica does not start.
    pub fn new(seed: u64, setup: Setup) -> Self {
        let members = setup.members.iter().map(|(key, stake)| (key.address(), *stake)).collect();
        let genesis = Genesis {
            name: "simulated".to_owned(),
            time: Timestamp(EPOCH_MS),
            committee: Committee::new(members).expect("a setup's members are a committee"),
            writers: Writers::Members,
            parameters: setup.parameters,
            demo: true,
        };
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
        let hosts: Vec<Host> = setup.members.into_iter().map(config).map(Host::new).collect();
        let mut world = Self {
            hosts,
            heap: BinaryHeap::new(),
            now: Duration::ZERO,
            planned: 0,
            requests: 0,
            faults: setup.faults,
            links: Chance::new(seed, "links"),
            disks: Chance::new(seed, "disks"),
            milestones: BTreeMap::new(),
            trace: [0; 32],
        };
        for node in world.nodes() {
            world.start(node);
        }
        world
    }

    /// All nodes, up or down.
    pub fn nodes(&self) -> Vec<Node> {
        (0..self.hosts.len()).map(Node).collect()
    }

    /// The nodes that are up.
    pub fn up(&self) -> Vec<Node> {
        self.nodes().into_iter().filter(|node| self.replica(*node).is_some()).collect()
    }

    /// A node's replica, while it is up.
    pub fn replica(&self, node: Node) -> Option<&Replica> {
        self.hosts[node.0].replica.as_ref()
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
        let network = host.network();
        let stored = host.disk.stored().iter().filter_map(|bytes| match VerifiedVertex::from_store(bytes, network) {
            Ok(VerifiedVertex::Milestone(milestone)) => {
                let signers = milestone.certificate().signatures.len();
                Some((milestone.height(), milestone.id().event_id(), signers))
            }
            _ => None,
        });
        let mut milestones: Vec<_> = std::iter::once((Height(0), network.event_id(), 0)).chain(stored).collect();
        milestones.sort_unstable();
        milestones
    }

    /// Virtual time since the world began.
    pub const fn elapsed(&self) -> Duration {
        self.now
    }

    /// A digest of all that happened so far: equal for equal seeds.
    pub const fn trace(&self) -> Digest {
        Digest::new(self.trace)
    }

    /// From now on, other things go wrong.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// A client writes at a node that is up.
    pub fn write(&mut self, node: Node, intent: Intent) -> Request {
        self.requests += 1;
        let request = Request(self.requests);
        self.input(node, Input::Write { request, intent, atomicity: Atomicity::Split });
        request
    }

    /// A node dies at once; what it had not synced is gone.
    pub fn crash(&mut self, node: Node) {
        self.hosts[node.0].crash();
        for other in self.up() {
            self.input(other, Input::Disconnected { peer: peer(node) });
        }
    }

    /// A node starts on what its disk holds, and everybody connects to it.
    ///
    /// # Panics
    /// When the replica does not recover.
    pub fn start(&mut self, node: Node) {
        let now = self.clock();
        let outputs = self.hosts[node.0].start(now).expect("a replica recovers from what it stored");
        self.outputs(node, outputs);
        for other in self.up().into_iter().filter(|other| *other != node) {
            let (ours, theirs) = (self.address(node), self.address(other));
            self.input(other, Input::Connected { peer: peer(node), address: ours });
            self.input(node, Input::Connected { peer: peer(other), address: theirs });
        }
        self.plan_wake(node);
    }

    /// Plans that a node crashes after some time, wherever it is then, and starts again after some more.
    pub fn plan_crash(&mut self, node: Node, after: Duration, down: Duration) {
        self.plan(after, Action::Crash { node });
        self.plan(after + down, Action::Start { node });
    }

    /// How often a node has crashed: what was asked of it in an earlier life may never be answered.
    pub fn crashes(&self, node: Node) -> u32 {
        self.hosts[node.0].life
    }

    /// Lets things happen until `done`, for so long at most; whether it was done.
    pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now + limit;
        while !done(self) {
            match self.heap.peek() {
                Some(Reverse(next)) if next.at <= end => {}
                _ => {
                    self.now = end;
                    return done(self);
                }
            }
            if let Some(Reverse(next)) = self.heap.pop() {
                self.now = next.at;
                self.happen(next.action);
            }
        }
        true
    }

    /// Lets so much time pass.
    pub fn run_for(&mut self, time: Duration) {
        self.run_until(time, |_| false);
    }

    fn address(&self, node: Node) -> Address {
        self.hosts[node.0].config.key.address()
    }

    fn clock(&self) -> Now {
        let passed = u64::try_from(self.now.as_millis()).unwrap_or(u64::MAX);
        Now { elapsed: self.now, wall: Timestamp(EPOCH_MS.saturating_add(passed)) }
    }

    fn plan(&mut self, after: Duration, action: Action) {
        self.planned += 1;
        self.heap.push(Reverse(Planned { at: self.now + after, order: self.planned, action }));
    }

    fn plan_wake(&mut self, node: Node) {
        let host = &mut self.hosts[node.0];
        let wake = host.replica.as_ref().and_then(Replica::next_wake);
        if wake != host.wake {
            host.wake = wake;
            let life = host.life;
            if let Some(wake) = wake {
                self.plan(wake.saturating_sub(self.now), Action::Wake { node, life });
            }
        }
    }

    fn lives(&self, node: Node, life: u32) -> bool {
        self.hosts[node.0].life == life && self.hosts[node.0].replica.is_some()
    }

    fn happen(&mut self, action: Action) {
        match action {
            Action::Deliver { to, life, from, bytes } if self.lives(to, life) => self.deliver(to, from, &bytes),
            Action::Stored { node, life, ticket } if self.lives(node, life) => self.stored(node, ticket),
            Action::Recorded { node, life, ticket } if self.lives(node, life) => self.recorded(node, ticket),
            Action::Wake { node, life } if self.lives(node, life) => self.wake(node),
            Action::Crash { node } if self.hosts[node.0].replica.is_some() => self.crash(node),
            Action::Start { node } if self.hosts[node.0].replica.is_none() => self.start(node),
            _ => {}
        }
    }

    fn stored(&mut self, node: Node, ticket: Ticket) {
        if self.hosts[node.0].disk.finish_store(ticket) {
            self.input(node, Input::Stored(ticket));
        }
    }

    fn recorded(&mut self, node: Node, ticket: Ticket) {
        if self.hosts[node.0].disk.finish_record(ticket) {
            self.input(node, Input::Recorded(ticket));
        }
    }

    /// A wake that was planned before a later input moved it is stale.
    fn wake(&mut self, node: Node) {
        if self.hosts[node.0].wake.is_some_and(|wake| wake <= self.now) {
            self.hosts[node.0].wake = None;
            self.input(node, Input::Tick);
        }
    }

    fn deliver(&mut self, to: Node, from: Node, bytes: &[u8]) {
        self.trace = keccak256(&[&self.trace, &self.now.as_nanos().to_be_bytes(), bytes]);
        let host = &mut self.hosts[to.0];
        let from = peer(from);
        let message = PeerMessage::from_bytes(bytes).expect("replicas send what replicas can read");
        let input = match message {
            PeerMessage::Agreement(message) => {
                let verified = host.replica.as_ref().and_then(|replica| replica.verifier().verify(message).ok());
                verified.map(|message| Input::Agreement { from, message })
            }
            PeerMessage::Summary(summary) => Some(Input::Summary { from, summary }),
            PeerMessage::Want(ids) => Some(Input::Want { from, ids }),
            PeerMessage::Vertices { vertices, more } => {
                let door = host.replica.as_ref().map(Replica::doorkeeper);
                let check = |bytes: &Vec<u8>| door.as_ref()?.check(bytes, &mut host.keys).ok();
                let vertices: Option<Vec<_>> = vertices.iter().map(check).collect();
                vertices.map(|vertices| Input::Vertices { from, vertices, more })
            }
            PeerMessage::GenesisWanted | PeerMessage::Genesis(_) => None,
        };
        match input {
            Some(input) => self.input(to, input),
            None => panic!("an honest replica sent what does not verify"),
        }
    }

    fn input(&mut self, node: Node, input: Input) {
        let now = self.clock();
        let Some(replica) = self.hosts[node.0].replica.as_mut() else {
            return;
        };
        let outputs = replica.handle(input, now);
        self.outputs(node, outputs);
        self.plan_wake(node);
    }

    fn outputs(&mut self, node: Node, outputs: Vec<Output>) {
        for output in outputs {
            self.output(node, output);
        }
    }

    fn output(&mut self, node: Node, output: Output) {
        let life = self.hosts[node.0].life;
        match output {
            Output::Persist { ticket, vertices } => {
                self.hosts[node.0].disk.store(ticket, &vertices);
                let after = self.disks.time(&self.faults.fsync);
                self.plan(after, Action::Stored { node, life, ticket });
            }
            Output::Record { ticket, bytes, supersedes } => {
                self.hosts[node.0].disk.record(ticket, bytes, supersedes);
                let after = self.disks.time(&self.faults.fsync);
                self.plan(after, Action::Recorded { node, life, ticket });
            }
            Output::Publish(vertices) => {
                let vertices = vertices.iter().map(|vertex| vertex.bytes().to_vec()).collect();
                self.send(node, To::All, &PeerMessage::Vertices { vertices, more: false });
            }
            Output::Agreement { to, message } => self.send(node, to, &PeerMessage::Agreement(message)),
            Output::Summary { to, summary } => self.send(node, To::Peer(to), &PeerMessage::Summary(summary)),
            Output::Want { to, ids } => self.send(node, To::Peer(to), &PeerMessage::Want(ids)),
            Output::SendVertices { to, ids, more } => self.send_vertices(node, to, &ids, more),
            Output::Durable { request, events } => self.outcome_mut(node, request).durable = Some(events),
            Output::Final { request, milestone } => self.outcome_mut(node, request).finality = Some(milestone),
            Output::Refused { request, refusal } => self.outcome_mut(node, request).refusal = Some(refusal),
            Output::Notice(Notice::Milestone { height, id, .. }) => self.one_milestone(height, id),
            Output::Notice(_) => {}
            Output::Fault { peer } => panic!("{node:?} blames {peer:?}, and all are honest"),
            Output::Halt { height } => panic!("{node:?} halted at {height:?}, and all are honest"),
        }
    }

    fn outcome_mut(&mut self, node: Node, request: Request) -> &mut Outcome {
        self.hosts[node.0].outcomes.entry(request).or_default()
    }

    /// W2.
    fn one_milestone(&mut self, height: Height, id: EventId) {
        let first = *self.milestones.entry(height).or_insert(id);
        assert_eq!(first, id, "W2: two milestones at {height:?}");
    }

    fn send_vertices(&mut self, node: Node, to: Peer, ids: &[EventId], more: bool) {
        let network = self.hosts[node.0].network();
        let disk = &self.hosts[node.0].disk;
        let stored = disk.stored().iter().filter_map(|bytes| {
            let vertex = VerifiedVertex::from_store(bytes, network).ok()?;
            Some((vertex.id(), bytes))
        });
        let stored: BTreeMap<EventId, &Vec<u8>> = stored.collect();
        let vertices = ids.iter().filter_map(|id| stored.get(id).map(|bytes| bytes.to_vec())).collect();
        self.send(node, To::Peer(to), &PeerMessage::Vertices { vertices, more });
    }

    fn send(&mut self, from: Node, to: To, message: &PeerMessage) {
        let bytes = message.to_bytes();
        for node in self.up().into_iter().filter(|node| *node != from) {
            let named = match to {
                To::All => true,
                To::Peer(wanted) => wanted == peer(node),
                To::Member(address) => address == self.address(node),
            };
            if named {
                self.carry(from, node, &bytes);
            }
        }
    }

    /// One message over one link: lost, once, or twice.
    fn carry(&mut self, from: Node, to: Node, bytes: &[u8]) {
        let life = self.hosts[to.0].life;
        let copies = if self.links.per_mille(self.faults.loss_per_mille) {
            0
        } else {
            1 + u32::from(self.links.per_mille(self.faults.repeat_per_mille))
        };
        for _ in 0..copies {
            let after = self.links.time(&self.faults.latency);
            self.plan(after, Action::Deliver { to, life, from, bytes: bytes.to_vec() });
        }
    }
}

/// The name that every node has for `node`.
fn peer(node: Node) -> Peer {
    Peer(node.0 as u64)
}
