//! Ids, digests, leaders and stakes: a second implementation of `docs/wire.md`. It shares no line with the code under test,
//! except the hash functions.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{
    Address, EventId, Genesis, Parameters, Proposal, ProposalId, Signature, Vote, VoteKind, Writers, keccak256,
};

/// The parameters of the genesis and a committee, as plain numbers.
#[derive(Clone)]
pub(crate) struct ProtocolModel {
    pub(crate) network: [u8; 32],
    /// keccak256 of the EIP-712 domain.
    domain: [u8; 32],
    pub(crate) stakes: BTreeMap<Address, u128>,
    pub(crate) total: u128,
    /// All present and former members.
    pub(crate) ever: BTreeSet<Address>,
    pub(crate) writers: Writers,
    pub(crate) parameters: Parameters,
}

impl ProtocolModel {
    pub(crate) fn new(genesis: &Genesis) -> Self {
        let network = *genesis.network().as_bytes();
        let stakes: BTreeMap<Address, u128> =
            genesis.committee.members().iter().map(|(member, stake)| (*member, stake.0)).collect();
        Self {
            network,
            domain: domain(&network),
            total: stakes.values().sum(),
            ever: stakes.keys().copied().collect(),
            stakes,
            writers: genesis.writers,
            parameters: genesis.parameters,
        }
    }

    /// The model with another committee.
    pub(crate) fn under(&self, stakes: BTreeMap<Address, u128>) -> Self {
        let ever = self.ever.iter().chain(stakes.keys()).copied().collect();
        Self { total: stakes.values().sum(), stakes, ever, ..self.clone() }
    }

    /// Whether this much stake is a quorum: strictly more than two thirds.
    pub(crate) const fn is_quorum(&self, stake: u128) -> bool {
        stake > self.total - stake && stake - (self.total - stake) > self.total - stake
    }

    /// Whether this stake is more than a third of all: then one of its holders is honest.
    pub(crate) const fn exceeds_third(&self, stake: u128) -> bool {
        stake > self.total / 3 || stake * 3 > self.total
    }

    /// The number of members that may be faulty together: as many of the smallest stakes as hold less than a third.
    pub(crate) fn faults(&self) -> u64 {
        let mut stakes: Vec<u128> = self.stakes.values().copied().collect();
        stakes.sort_unstable();
        let sums = stakes.into_iter().scan(0, |sum, stake| {
            *sum += stake;
            Some(*sum)
        });
        sums.take_while(|sum| sum * 3 < self.total).count() as u64
    }

    pub(crate) fn may_write(&self, author: Address) -> bool {
        self.writers == Writers::Open || self.ever.contains(&author)
    }

    /// The digest that a vote signs.
    pub(crate) fn vote_digest(&self, vote: &Vote) -> [u8; 32] {
        let kind = match vote.kind {
            VoteKind::Propose => 0,
            VoteKind::Prepare => 1,
            VoteKind::Commit => 2,
            VoteKind::Skip => 3,
        };
        let name = keccak256(&[b"Vote(uint8 kind,uint64 height,uint64 view,bytes32 proposal)"]);
        let parts = [name, word(kind), word(vote.height.0), word(vote.view.0), *vote.proposal.as_bytes()];
        self.typed(keccak256(&[parts.as_flattened()]))
    }

    pub(crate) fn proposal_id(&self, proposal: &Proposal) -> ProposalId {
        let name = keccak256(&[
            b"Proposal(uint64 height,bytes32 previous,bytes32[] heads,bytes32 eventsRoot,",
            b"bytes32 documentsRoot,bytes32 ledgerRoot,bytes32 outboxRoot,bytes32 nextCommittee,uint64 timeMs)",
        ]);
        let heads: Vec<[u8; 32]> = proposal.heads.iter().map(|head| *head.as_bytes()).collect();
        let parts = [
            name,
            word(proposal.height.0),
            *proposal.previous.as_bytes(),
            keccak256(&[heads.as_flattened()]),
            *proposal.events_root.as_bytes(),
            *proposal.documents_root.as_bytes(),
            *proposal.ledger_root.as_bytes(),
            *proposal.outbox_root.as_bytes(),
            *proposal.next_committee.as_bytes(),
            word(proposal.time.0),
        ];
        ProposalId::new(self.typed(keccak256(&[parts.as_flattened()])))
    }

    fn typed(&self, content: [u8; 32]) -> [u8; 32] {
        keccak256(&[b"\x19\x01", &self.domain, &content])
    }

    /// keccak256(abi.encode(addresses, stakes)), ascending by address.
    pub(crate) fn committee_digest(&self) -> [u8; 32] {
        let count = self.stakes.len() as u64;
        let mut words = vec![word(64), word(96 + 32 * count), word(count)];
        words.extend(self.stakes.keys().map(|member| padded(member.as_bytes())));
        words.push(word(count));
        words.extend(self.stakes.values().map(|stake| padded(&stake.to_be_bytes())));
        keccak256(&[words.as_flattened()])
    }

    /// The leader of a view: in turns if stakes are equal, otherwise drawn by stake without repetition until all have led.
    pub(crate) fn leader(&self, previous: &[u8; 32], height: u64, view: u64) -> Address {
        let mut left: Vec<(Address, u128)> = self.stakes.iter().map(|(member, stake)| (*member, *stake)).collect();
        let count = left.len() as u64;
        if left.iter().all(|(_, stake)| *stake == left[0].1) {
            return left[((u128::from(height) + u128::from(view)) % u128::from(count)) as usize].0;
        }
        let first = view - view % count;
        for turn in first..view {
            let drawn = draw(&left, previous, height, turn);
            left.remove(drawn);
        }
        left[draw(&left, previous, height, view)].0
    }

    /// Whether these bytes are an event with this id, signed by this author.
    pub(crate) fn is_event(&self, bytes: &[u8], id: EventId, author: Address) -> bool {
        let Some((body, signature)) = body_and_signature(bytes) else {
            return false;
        };
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"quorate/event/1").update(&self.network).update(body);
        let named = hasher.finalize() == *id.as_bytes();
        // An author signs a personal message with the 32 bytes of the id.
        let digest = keccak256(&[b"\x19Ethereum Signed Message:\n32", id.as_bytes()]);
        let signed = match signature {
            [0x82, 0x18, 0xff, 0x58, 0x20, signature @ ..] => simulated(author, digest) == *signature,
            _ => true,
        };
        named && signed
    }
}

fn domain(network: &[u8; 32]) -> [u8; 32] {
    let name = keccak256(&[b"EIP712Domain(string name,string version,bytes32 salt)"]);
    keccak256(&[&name, &keccak256(&[b"Quorate"]), &keccak256(&[b"1"]), network])
}

/// Whether a simulated signature is `signer`'s over `digest`. True for real signatures, which the event crate's vectors test.
pub(crate) fn may_be_of(signature: &Signature, signer: Address, digest: [u8; 32]) -> bool {
    match signature {
        Signature::Simulated(bytes) => simulated(signer, digest) == *bytes,
        Signature::Secp256k1(_) => true,
    }
}

fn simulated(signer: Address, digest: [u8; 32]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"quorate/simulated-signature").update(signer.as_bytes()).update(&digest);
    *hasher.finalize().as_bytes()
}

/// The Merkle root of a list (RFC 9162, keccak256, prefixes 0x00 and 0x01).
pub(crate) fn merkle(contents: &[Vec<u8>]) -> [u8; 32] {
    match contents {
        [] => keccak256(&[]),
        [one] => keccak256(&[&[0], one]),
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            keccak256(&[&[1], &merkle(left), &merkle(right)])
        }
    }
}

fn word(number: u64) -> [u8; 32] {
    padded(&number.to_be_bytes())
}

fn padded(bytes: &[u8]) -> [u8; 32] {
    let mut word = [0; 32];
    word[32 - bytes.len()..].copy_from_slice(bytes);
    word
}

fn draw(left: &[(Address, u128)], previous: &[u8; 32], height: u64, view: u64) -> usize {
    let hash = keccak256(&[previous, &height.to_be_bytes(), &view.to_be_bytes()]);
    let total: u128 = left.iter().map(|(_, stake)| stake).sum();
    let [high, low] = [&hash[..16], &hash[16..]].map(|half| half.iter().fold(0, |n, byte| n << 8 | u128::from(*byte)));
    // Totals are below 2^126, so that twice a remainder fits.
    let shifted = (0..128).fold(high % total, |rest, _| rest * 2 % total);
    let mut point = (shifted + low % total) % total;
    left.iter()
        .position(|(_, stake)| {
            let hit = point < *stake;
            point = point.saturating_sub(*stake);
            hit
        })
        .unwrap_or_default()
}

/// The body and the signature of the encoded array `[version, kind, body, signature]`.
fn body_and_signature(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x84, 0x01, 0x00, head, rest @ ..] = bytes else {
        return None;
    };
    let (len, rest) = match head {
        0x40..=0x57 => (usize::from(head - 0x40), rest),
        0x58 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x59 => (usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?])), rest.get(2..)?),
        _ => return None,
    };
    rest.split_at_checked(len)
}
