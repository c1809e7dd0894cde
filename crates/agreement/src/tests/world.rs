//! A seeded world: clock, network, vote logs, and a caller that answers what machines ask.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quorate_event::*;

use crate::*;

/// The calendar when the world begins.
const BEGINNING: u64 = 1_700_000_000_000;

/// SplitMix64: enough for tests, and the same everywhere.
pub(super) struct SplitMix64(u64);

impl SplitMix64 {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit.max(1)
    }

    pub(super) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

/// How the network and the disks behave.
#[derive(Clone, Copy)]
pub(super) struct Weather {
    pub(super) loss_percent: u64,
    pub(super) double_percent: u64,
    pub(super) delay_ms: u64,
    pub(super) disk_ms: u64,
}

pub(super) const FAIR: Weather = Weather { loss_percent: 0, double_percent: 0, delay_ms: 20, disk_ms: 5 };

pub(super) struct WorldNode {
    pub(super) key: SecretKey,
    pub(super) machine: Option<Agreement>,
    /// The vote log: encoded records, in order.
    pub(super) log: Vec<Vec<u8>>,
    pub(super) chain: Vec<VerifiedMilestone>,
    pub(super) work: Work,
    /// Counts restarts: what was asked before one is not answered after it.
    life: u64,
    wake_ms: u64,
    /// Whether it is a member rather than an observer.
    pub(super) votes_here: bool,
    /// How far its calendar is ahead.
    pub(super) skew_ms: i64,
}

enum Happening {
    Arrives { from: usize, bytes: Vec<u8> },
    Answers(Box<AgreementInput>),
    Applies(VerifiedMilestone),
    Syncs(Vec<VerifiedMilestone>),
}

pub(super) struct AgreementWorld {
    pub(super) dice: SplitMix64,
    pub(super) now_ms: u64,
    pub(super) weather: Weather,
    pub(super) nodes: Vec<WorldNode>,
    pub(super) genesis: Genesis,
    pub(super) network: NetworkId,
    pub(super) parameters: Parameters,
    queue: BTreeMap<(u64, u64), (usize, u64, Happening)>,
    sequence: u64,
    /// Directed links that are down.
    pub(super) cut: BTreeSet<(usize, usize)>,
    pub(super) decided: BTreeMap<Height, ProposalId>,
    /// Keys that may do anything.
    pub(super) faulty: BTreeSet<Address>,
    pub(super) evidence: BTreeSet<Address>,
    /// All votes that honest keys ever put on the wire.
    spoken: BTreeMap<(Address, Height, View), BTreeSet<SignedVote>>,
    /// Messages put on the wire, by kind.
    pub(super) sent: BTreeMap<&'static str, u64>,
    /// Milestones by the view that decided them.
    pub(super) decided_views: BTreeMap<Height, View>,
}

pub(super) fn genesis(stakes: &[u128]) -> Genesis {
    let keys = (0_u64..).map(|seed| SecretKey::simulated(seed).address());
    let members = keys.zip(stakes.iter().copied().map(Stake)).collect();
    Genesis {
        name: "test".into(),
        time: Timestamp(BEGINNING),
        committee: Committee::new(members).unwrap(),
        writers: Writers::Members,
        parameters: Parameters::default(),
        demo: false,
    }
}

impl AgreementWorld {
    /// A world with one node for each of `stakes`, and further ones that run the keys of `twins` a second time.
    pub(super) fn new(seed: u64, stakes: &[u128], twins: &[u64]) -> Self {
        let genesis = genesis(stakes);
        let seeds = (0..stakes.len() as u64).chain(twins.iter().copied());
        let nodes = seeds.map(|seed| WorldNode {
            key: SecretKey::simulated(seed),
            machine: None,
            log: Vec::new(),
            chain: Vec::new(),
            work: Work::Now,
            life: 0,
            wake_ms: 0,
            votes_here: true,
            skew_ms: 0,
        });
        let mut world = Self {
            dice: SplitMix64::new(seed),
            now_ms: 0,
            weather: FAIR,
            nodes: nodes.collect(),
            network: genesis.network(),
            parameters: genesis.parameters,
            genesis,
            queue: BTreeMap::new(),
            sequence: 0,
            cut: BTreeSet::new(),
            decided: BTreeMap::new(),
            faulty: twins.iter().map(|seed| SecretKey::simulated(*seed).address()).collect(),
            evidence: BTreeSet::new(),
            spoken: BTreeMap::new(),
            sent: BTreeMap::new(),
            decided_views: BTreeMap::new(),
        };
        for node in 0..world.nodes.len() {
            world.start(node);
        }
        world
    }

    pub(super) fn now(&self) -> Now {
        Now { elapsed: Duration::from_millis(self.now_ms), wall: Timestamp(BEGINNING + self.now_ms) }
    }

    pub(super) fn machine(&self, node: usize) -> &Agreement {
        self.nodes[node].machine.as_ref().unwrap()
    }

    pub(super) fn height(&self, node: usize) -> u64 {
        self.nodes[node].chain.len() as u64
    }

    pub(super) fn crash(&mut self, node: usize) {
        self.nodes[node].machine = None;
        self.nodes[node].life += 1;
    }

    pub(super) fn start(&mut self, node: usize) {
        self.start_with(node, false);
    }

    /// Starts a node on what its disk holds.
    pub(super) fn start_with(&mut self, node: usize, abstain: bool) {
        let now = self.now();
        let (network, parameters) = (self.network, self.parameters);
        let this = &mut self.nodes[node];
        let config = AgreementConfig { network, me: this.votes_here.then(|| this.key.address()), parameters, abstain };
        let records = this.log.iter().map(|bytes| VoteRecord::from_bytes(bytes).unwrap());
        let tip = match this.chain.last() {
            Some(last) => ChainTip::new(last.clone(), self.genesis.committee.clone()).unwrap(),
            None => ChainTip::genesis(&self.genesis),
        };
        this.machine = Some(Agreement::new(config, tip, records, now));
        this.wake_ms = self.now_ms;
        let work = this.work;
        self.give(node, AgreementInput::Work(work));
        for peer in (0..self.nodes.len()).filter(|peer| *peer != node) {
            self.give(node, AgreementInput::Connected(Peer(peer as u64)));
            self.give(peer, AgreementInput::Connected(Peer(node as u64)));
        }
    }

    pub(super) fn set_work(&mut self, node: usize, work: Work) {
        self.nodes[node].work = work;
        self.give(node, AgreementInput::Work(work));
    }

    /// Puts an input into a machine and does what it asks.
    pub(super) fn give(&mut self, node: usize, input: AgreementInput) {
        let mut now = self.now();
        let skew_ms = self.nodes[node].skew_ms;
        now.wall = Timestamp(now.wall.0.checked_add_signed(skew_ms).unwrap());
        let Some(machine) = &mut self.nodes[node].machine else {
            return;
        };
        let outputs = machine.handle(input, now);
        let wake = machine.next_wake(now);
        self.nodes[node].wake_ms = u64::try_from(wake.as_micros().div_ceil(1_000)).unwrap();
        for output in outputs {
            self.carry_out(node, output);
        }
    }

    fn later(&mut self, node: usize, delay_ms: u64, happening: Happening) {
        self.sequence += 1;
        let life = self.nodes[node].life;
        let at = (self.now_ms + delay_ms, self.sequence);
        self.queue.insert(at, (node, life, happening));
    }

    fn answer(&mut self, node: usize, delay_ms: u64, input: AgreementInput) {
        self.later(node, delay_ms, Happening::Answers(Box::new(input)));
    }

    fn carry_out(&mut self, node: usize, output: AgreementOutput) {
        let disk_ms = 1 + self.dice.below(self.weather.disk_ms);
        match output {
            AgreementOutput::Build { height, view, time } => {
                let proposal = Some(self.cut(node, height, view, time));
                let built = AgreementInput::Built { height, view, proposal };
                self.answer(node, disk_ms, built);
            }
            AgreementOutput::Check { id, proposal, .. } => {
                let good = proposal.ledger_root == Digest::new([0; 32]);
                let verdict = if good { ProposalVerdict::Valid } else { ProposalVerdict::Invalid };
                self.answer(node, disk_ms, AgreementInput::Checked { id, verdict });
            }
            AgreementOutput::PersistVote { ticket, pending } => {
                let vote = pending.vote().sign(self.network, &self.nodes[node].key);
                let record = pending.into_record(vote);
                self.answer(node, disk_ms, AgreementInput::Durable { ticket, record });
            }
            AgreementOutput::Send { to, message } => self.send(node, to, message.message()),
            AgreementOutput::Certified(milestone) => {
                self.later(node, disk_ms, Happening::Applies(milestone));
            }
            AgreementOutput::FetchMilestones { from, above } => {
                self.sync(usize::try_from(from.0).unwrap(), node, above);
            }
            AgreementOutput::SendMilestones { to, above } => {
                self.sync(node, usize::try_from(to.0).unwrap(), above);
            }
            AgreementOutput::Verify(messages) => {
                for (from, message) in messages {
                    self.receive(node, from, message);
                }
            }
            AgreementOutput::Counted { .. } => {}
            AgreementOutput::Evidence(evidence) => {
                let culprit = evidence.verify(self.network).unwrap();
                assert!(self.faulty.contains(&culprit), "an honest key was accused");
                self.evidence.insert(culprit);
            }
        }
    }

    /// The caller's fresh cut: named after who made it when.
    pub(super) fn cut(&self, node: usize, height: Height, view: View, time: Timestamp) -> Proposal {
        let previous = match self.nodes[node].chain.last() {
            Some(last) => last.id(),
            None => self.network.proposal_id(),
        };
        let name = [node as u64, height.0, view.0, self.nodes[node].life, time.0];
        let name: Vec<u8> = name.into_iter().flat_map(u64::to_be_bytes).collect();
        Proposal {
            height,
            previous,
            heads: vec![EventId::new(keccak256(&[&name]))],
            events_root: Digest::new([0; 32]),
            documents_root: Digest::new([0; 32]),
            ledger_root: Digest::new([0; 32]),
            outbox_root: Digest::new([0; 32]),
            next_committee: self.genesis.committee.digest(),
            time,
        }
    }

    fn sync(&mut self, from: usize, to: usize, above: Height) {
        if self.cut.contains(&(from, to)) || self.nodes[from].machine.is_none() {
            return;
        }
        let chain = &self.nodes[from].chain;
        let part: Vec<_> = chain.iter().filter(|milestone| milestone.height() > above).cloned().collect();
        let delay_ms = 1 + self.dice.below(self.weather.delay_ms);
        self.later(to, delay_ms, Happening::Syncs(part));
    }

    fn send(&mut self, node: usize, to: Recipient, message: &AgreementMessage) {
        self.note(node, message);
        let targets: Vec<usize> = match to {
            Recipient::All => (0..self.nodes.len()).filter(|peer| *peer != node).collect(),
            Recipient::Peer(peer) => vec![usize::try_from(peer.0).unwrap()],
            Recipient::Member(member) => (0..self.nodes.len())
                .filter(|peer| self.nodes[*peer].key.address() == member && *peer != node)
                .collect(),
        };
        let bytes = message.to_bytes();
        for target in targets {
            self.transmit(node, target, &bytes);
        }
    }

    /// Puts bytes on the wire, in this weather.
    pub(super) fn transmit(&mut self, from: usize, to: usize, bytes: &[u8]) {
        if self.cut.contains(&(from, to)) {
            return;
        }
        let copies = 1 + u64::from(self.dice.percent(self.weather.double_percent));
        for _ in 0..copies {
            if self.dice.percent(self.weather.loss_percent) {
                continue;
            }
            let delay_ms = 1 + self.dice.below(self.weather.delay_ms);
            let bytes = bytes.to_vec();
            self.later(to, delay_ms, Happening::Arrives { from, bytes });
        }
    }

    /// No honest key ever signs two votes that exclude each other, over all of its lives (A2, A3).
    fn note(&mut self, node: usize, message: &AgreementMessage) {
        let name = match message {
            AgreementMessage::Proposal { .. } => "proposal",
            AgreementMessage::Vote(_) => "vote",
            AgreementMessage::Certificate(_) => "certificate",
            AgreementMessage::Position(_) => "position",
            AgreementMessage::Milestone(_) => "milestone",
        };
        *self.sent.entry(name).or_default() += 1;
        let votes = match message {
            AgreementMessage::Proposal { signed, .. } => std::slice::from_ref(&signed.vote),
            AgreementMessage::Vote(vote) => std::slice::from_ref(vote),
            AgreementMessage::Position(position) => &position.votes,
            AgreementMessage::Certificate(_) | AgreementMessage::Milestone(_) => &[],
        };
        let me = self.nodes[node].key.address();
        for signed in votes.iter().filter(|signed| signed.signer == me) {
            let (height, view) = (signed.vote.height, signed.vote.view);
            let spoken = self.spoken.entry((me, height, view)).or_default();
            let new = VerifiedVote::from_store(*signed);
            let conflict = spoken.iter().find_map(|old| Evidence::of(VerifiedVote::from_store(*old), new));
            let honest = !self.faulty.contains(&me);
            assert!(conflict.is_none() || !honest, "A2: {conflict:?}");
            spoken.insert(*signed);
        }
    }

    fn receive(&mut self, node: usize, from: MessageSource, message: AgreementMessage) {
        let Some(machine) = &self.nodes[node].machine else {
            return;
        };
        if !machine.may_be_news(&message) {
            return;
        }
        let verified = machine.verifier().verify(message);
        let honest = from.author.is_some_and(|author| !self.faulty.contains(&author));
        match verified {
            Ok(message) => self.give(node, AgreementInput::Received { from, message }),
            Err(error) => assert!(!honest, "an honest message was refused: {error}"),
        }
    }

    fn happen(&mut self, node: usize, happening: Happening) {
        match happening {
            Happening::Arrives { from, bytes } => {
                let source = MessageSource { peer: Peer(from as u64), author: Some(self.nodes[from].key.address()) };
                let message = AgreementMessage::from_bytes(&bytes).unwrap();
                self.receive(node, source, message);
            }
            Happening::Answers(input) => {
                if let AgreementInput::Durable { record, .. } = &*input {
                    let bytes = record.to_bytes();
                    assert_eq!(VoteRecord::from_bytes(&bytes).as_ref(), Ok(record));
                    self.nodes[node].log.push(bytes);
                }
                self.give(node, *input);
            }
            Happening::Applies(milestone) => self.apply(node, milestone),
            Happening::Syncs(milestones) => {
                for milestone in milestones {
                    self.apply(node, milestone);
                }
            }
        }
    }

    /// Every applied milestone is the one that everybody applies at its height (A6).
    fn apply(&mut self, node: usize, milestone: VerifiedMilestone) {
        let this = &mut self.nodes[node];
        if this.machine.is_none() || milestone.height().0 != this.chain.len() as u64 + 1 {
            return;
        }
        if !self.faulty.contains(&this.key.address()) {
            let first = self.decided.entry(milestone.height()).or_insert(milestone.id());
            assert_eq!(*first, milestone.id(), "A6: two milestones of one height");
            let view = milestone.certificate().vote.view;
            self.decided_views.entry(milestone.height()).or_insert(view);
        }
        this.chain.push(milestone.clone());
        let tip = ChainTip::new(milestone, self.genesis.committee.clone()).unwrap();
        self.give(node, AgreementInput::Applied(tip));
    }

    /// Lets time pass until `done`, at most `limit_ms`; whether it was reached.
    pub(super) fn run(&mut self, limit_ms: u64, done: impl Fn(&Self) -> bool) -> bool {
        let end = self.now_ms + limit_ms;
        loop {
            if done(self) {
                return true;
            }
            let wakes = self.nodes.iter().enumerate();
            let wake =
                wakes.filter(|(_, node)| node.machine.is_some()).map(|(index, node)| (node.wake_ms, index)).min();
            let next = self.queue.first_key_value().map(|((at, _), _)| *at);
            let happens = next.is_some_and(|next| wake.is_none_or(|(at, _)| next <= at));
            let at = if happens { next } else { wake.map(|(at, _)| at) };
            let Some(at) = at.filter(|at| *at <= end) else {
                self.now_ms = end;
                return done(self);
            };
            self.now_ms = self.now_ms.max(at);
            if !happens {
                self.give(wake.unwrap().1, AgreementInput::Tick);
            } else if let Some((_, (node, life, happening))) = self.queue.pop_first()
                && (life == self.nodes[node].life || matches!(happening, Happening::Arrives { .. }))
            {
                self.happen(node, happening);
            }
        }
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, ms: u64) {
        self.run(ms, |_| false);
    }

    /// Whether all of `nodes` have applied `height`.
    pub(super) fn all_at(&self, nodes: &[usize], height: u64) -> bool {
        nodes.iter().all(|node| self.height(*node) >= height)
    }

    /// Cuts every link between the nodes of different groups.
    pub(super) fn partition(&mut self, groups: &[&[usize]]) {
        self.cut.clear();
        let group = |node: usize| groups.iter().position(|group| group.contains(&node));
        for (a, b) in pairs(self.nodes.len()) {
            if group(a) != group(b) {
                self.cut.insert((a, b));
            }
        }
    }

    /// Ends all faults of the network; all nodes connect again, or none does.
    pub(super) fn heal(&mut self) {
        self.cut.clear();
        self.weather = FAIR;
        for node in 0..self.nodes.len() {
            if self.nodes[node].machine.is_none() {
                self.start(node);
            }
        }
        // Otherwise only positions and heartbeats find who is behind.
        if self.dice.percent(50) {
            for (a, b) in pairs(self.nodes.len()) {
                self.give(a, AgreementInput::Connected(Peer(b as u64)));
            }
        }
    }
}

pub(super) fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |a| (0..n).filter(move |b| *b != a).map(move |b| (a, b)))
}
