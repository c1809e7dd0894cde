//! Proposals: a cut of the graph and the roots that follow from it.

use crate::cbor::{Canonical, CborReader, CborWriter, DecodeError, FORMAT_VERSION};
use crate::eip712::{typed_data, word};
use crate::event::Timestamp;
use crate::hash::keccak256;
use crate::id::{Digest, EventId, NetworkId, ProposalId};
use crate::limits;
use crate::vote::Height;

const PROPOSAL_TYPE: &[u8] = b"Proposal(uint64 height,bytes32 previous,bytes32[] heads,bytes32 eventsRoot,\
bytes32 documentsRoot,bytes32 ledgerRoot,bytes32 outboxRoot,bytes32 nextCommittee,uint64 timeMs)";

/// What a leader offers for one height. Its id does not name the view: re-proposed content keeps its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The height it is offered for, from 1.
    pub height: Height,
    /// The milestone before it.
    pub previous: ProposalId,
    /// The heads of the cut, ascending, besides the previous milestone; at least one, at most 1,024.
    pub heads: Vec<EventId>,
    /// Merkle root of the newly covered event ids, in the milestone's order.
    pub events_root: Digest,
    /// Merkle map of document name to digest, at this cut.
    pub documents_root: Digest,
    /// Root of the ledger after this milestone's calls.
    pub ledger_root: Digest,
    /// Root of the messages to other chains.
    pub outbox_root: Digest,
    /// Digest of the committee of the next height.
    pub next_committee: Digest,
    /// When, by the leader's clock; greater than the previous milestone's.
    pub time: Timestamp,
}

impl Proposal {
    /// The proposal's name: its EIP-712 digest.
    pub fn id(&self, network: NetworkId) -> ProposalId {
        let heads: Vec<&[u8]> = self.heads.iter().map(|head| head.as_bytes().as_slice()).collect();
        let struct_hash = keccak256(&[
            &keccak256(&[PROPOSAL_TYPE]),
            &word(self.height.0),
            self.previous.as_bytes(),
            &keccak256(&heads),
            self.events_root.as_bytes(),
            self.documents_root.as_bytes(),
            self.ledger_root.as_bytes(),
            self.outbox_root.as_bytes(),
            self.next_committee.as_bytes(),
            &word(self.time.0),
        ]);
        ProposalId::new(typed_data(network, struct_hash))
    }

    /// Its parents as a vertex: the previous milestone, then the heads.
    pub fn parents(&self) -> impl Iterator<Item = EventId> + '_ {
        std::iter::once(self.previous.event_id()).chain(self.heads.iter().copied())
    }
}

impl Canonical for Proposal {
    fn encode(&self, to: &mut CborWriter) {
        to.map(10).key(0).uint(FORMAT_VERSION);
        to.key(1).uint(self.height.0);
        to.key(2).bytes(self.previous.as_bytes());
        to.key(3).list(&self.heads, |to, head| {
            to.bytes(head.as_bytes());
        });
        let roots = [self.events_root, self.documents_root, self.ledger_root, self.outbox_root, self.next_committee];
        for (key, root) in (4..).zip(roots) {
            to.key(key).bytes(root.as_bytes());
        }
        to.key(9).uint(self.time.0);
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        const WHAT: &str = "proposal";
        from.map(10, WHAT)?;
        from.key(0, WHAT)?;
        from.version()?;
        from.key(1, WHAT)?;
        let height = Height(from.uint("height")?);
        from.key(2, WHAT)?;
        let previous = from.proposal_id()?;
        from.key(3, WHAT)?;
        let heads = from.list(limits::MILESTONE_HEADS, "heads", CborReader::event_id)?;
        let mut root = |key| {
            from.key(key, WHAT)?;
            from.digest()
        };
        let (events_root, documents_root, ledger_root) = (root(4)?, root(5)?, root(6)?);
        let (outbox_root, next_committee) = (root(7)?, root(8)?);
        from.key(9, WHAT)?;
        let time = Timestamp(from.uint("time")?);
        if height.0 == 0 {
            return Err(DecodeError::OutOfRange { what: "height" });
        }
        if heads.is_empty() || !heads.is_sorted_by(|a, b| a < b) {
            return Err(DecodeError::OutOfRange { what: "heads" });
        }
        Ok(Self {
            height,
            previous,
            heads,
            events_root,
            documents_root,
            ledger_root,
            outbox_root,
            next_committee,
            time,
        })
    }
}
