//! An oracle that is fed made-up facts.

use quorate_event::{
    Certificate, Committee, Digest, EventBody, EventId, Genesis, Height, Lane, NetworkId, Parameters, Payload,
    Proposal, ProposalId, SecretKey, Seq, Signature, Stake, Timestamp, VerifiedCertificate, VerifiedEvent,
    VerifiedMilestone, VerifiedVertex, View, Vote, VoteKind, Writers, merkle,
};
use quorate_replica::ReplicaConfig;

use crate::committee_source::CommitteeSource;
use crate::node_id::NodeId;
use crate::oracle::{Oracle, Violation};

pub(super) struct OracleFixture {
    pub(super) oracle: Oracle,
    pub(super) genesis: Genesis,
    pub(super) network: NetworkId,
    pub(super) disks: Vec<Vec<VerifiedVertex>>,
    keys: Vec<SecretKey>,
}

/// The key of the node, in the order of addresses: so node `n` leads view 0 of height `n` where stakes are equal.
fn keys(count: usize) -> Vec<SecretKey> {
    let mut keys: Vec<SecretKey> = (0..count as u64).map(SecretKey::simulated).collect();
    keys.sort_by_key(SecretKey::address);
    keys
}

impl OracleFixture {
    pub(super) fn new(stakes: &[u128]) -> Self {
        let keys = keys(stakes.len());
        let members = keys.iter().zip(stakes).map(|(key, stake)| (key.address(), Stake(*stake)));
        let genesis = Genesis {
            name: "fixture".to_owned(),
            time: Timestamp(1),
            committee: Committee::new(members.collect()).unwrap(),
            writers: Writers::Members,
            parameters: Parameters { cut_events: 4, ..Parameters::default() },
            demo: true,
        };
        let oracle = Oracle::new(&genesis, CommitteeSource::Fixed, keys.iter().map(SecretKey::address));
        let disks = vec![Vec::new(); stakes.len()];
        Self { oracle, network: genesis.network(), genesis, disks, keys }
    }

    pub(super) fn four() -> Self {
        Self::new(&[100; 4])
    }

    pub(super) fn key(&self, node: usize) -> SecretKey {
        self.keys.get(node).cloned().unwrap_or_else(|| SecretKey::simulated(1_000 + node as u64))
    }

    pub(super) fn config(&self, node: usize) -> ReplicaConfig {
        let (genesis, key) = (self.genesis.clone(), self.key(node));
        ReplicaConfig { votes_lost: true, ..ReplicaConfig::new(genesis, key, Lane(1)) }
    }

    pub(super) fn root(&self) -> EventId {
        self.network.event_id()
    }

    /// An event at `seq` of a node's lane; a stranger's, where there is no such node.
    pub(super) fn event(&self, author: usize, seq: u64, parents: &[EventId]) -> VerifiedVertex {
        self.event_at(author, seq, parents, 0)
    }

    pub(super) fn event_at(&self, author: usize, seq: u64, parents: &[EventId], time: u64) -> VerifiedVertex {
        let key = self.key(author);
        let body = EventBody {
            author: key.address(),
            lane: Lane(1),
            seq: Seq(seq),
            parents: parents.to_vec(),
            time: Timestamp(time),
            payload: Payload::MilestoneRequest,
        };
        VerifiedVertex::Event(VerifiedEvent::sign(body, self.network, &key).unwrap())
    }

    /// The proposal of a cut of one event.
    pub(super) fn proposal(&self, height: u64, previous: EventId, event: &VerifiedVertex) -> Proposal {
        let empty = merkle::root::<[u8; 32]>(&[]);
        Proposal {
            height: Height(height),
            previous: ProposalId::new(*previous.as_bytes()),
            heads: vec![event.id()],
            events_root: merkle::root(&[event.id().as_bytes()]),
            documents_root: Digest::new([7; 32]),
            ledger_root: empty,
            outbox_root: empty,
            next_committee: self.genesis.committee.digest(),
            time: Timestamp(height),
        }
    }

    pub(super) fn commit(&self, proposal: &Proposal, view: u64) -> Vote {
        let (height, proposal) = (proposal.height, proposal.id(self.network));
        Vote { kind: VoteKind::Commit, height, view: View(view), proposal }
    }

    pub(super) fn signatures(&self, vote: Vote, signers: &[usize]) -> Certificate {
        let signed = signers.iter().map(|signer| vote.sign(self.network, &self.key(*signer)));
        Certificate { vote, signatures: signed.map(|signed| (signed.signer, signed.signature)).collect() }
    }

    /// A milestone with whatever signatures.
    pub(super) fn certified(&self, proposal: Proposal, certificate: Certificate) -> VerifiedVertex {
        let certificate = VerifiedCertificate::from_store(certificate);
        VerifiedVertex::Milestone(VerifiedMilestone::new(proposal, &certificate, self.network).unwrap())
    }

    /// A milestone that the first three signed in view 0.
    pub(super) fn milestone(&self, proposal: Proposal) -> VerifiedVertex {
        let certificate = self.signatures(self.commit(&proposal, 0), &[0, 1, 2]);
        self.certified(proposal, certificate)
    }

    /// A milestone of one event.
    pub(super) fn covering(&self, height: u64, previous: EventId, event: &VerifiedVertex) -> VerifiedVertex {
        self.milestone(self.proposal(height, previous, event))
    }

    pub(super) fn keep(&mut self, node: usize, vertex: &VerifiedVertex) {
        self.disks[node].push(vertex.clone());
        self.oracle.stored(NodeId(node), &self.disks[node], None);
    }

    pub(super) fn keep_all(&mut self, nodes: &[usize], vertices: &[&VerifiedVertex]) {
        for (node, vertex) in nodes.iter().flat_map(|node| vertices.iter().map(move |vertex| (*node, *vertex))) {
            self.keep(node, vertex);
        }
    }

    pub(super) fn apply(&mut self, node: usize, height: u64, milestone: &VerifiedVertex) {
        self.oracle.applied(NodeId(node), Height(height), milestone.id());
    }

    pub(super) fn found(&self) -> &[Violation] {
        self.oracle.violations()
    }

    /// The only thing that was found.
    pub(super) fn only(&self) -> &Violation {
        let [only] = self.found() else { panic!("{:?}", self.found()) };
        only
    }
}

/// The same event under a signature that is somebody else's.
pub(super) fn forged(event: &VerifiedVertex, network: NetworkId) -> VerifiedVertex {
    let mut bytes = event.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    VerifiedVertex::from_store(&bytes, network).unwrap()
}

/// A signature of no key.
pub(super) const INVALID_SIGNATURE: Signature = Signature::Simulated([9; 32]);
