//! Votes: EIP-712 signatures over (kind, height, view, proposal).

use crate::address::Address;
use crate::cbor::{Canonical, CborReader, CborWriter, DecodeError, FORMAT_VERSION};
use crate::eip712::{typed_data, word};
use crate::hash::keccak256;
use crate::id::{NetworkId, ProposalId};
use crate::signature::{SecretKey, Signature, SignatureError};

const VOTE_TYPE: &[u8] = b"Vote(uint8 kind,uint64 height,uint64 view,bytes32 proposal)";

/// The place of a milestone in its chain; the genesis is height 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Height(pub u64);

/// A leader's turn within a height, from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct View(pub u64);

impl Height {
    /// The next height. Saturates at the last, which no chain reaches.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl View {
    /// The next view. Saturates at the last, which no height reaches.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What a signature of a member says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VoteKind {
    /// The leader's own: "this is what I propose in this view".
    Propose,
    /// "I hold all of it, and its roots follow."
    Prepare,
    /// "I have seen a quorum of prepares."
    Commit,
    /// "Nothing came of this view for me." Names no proposal.
    Skip,
}

/// What a member signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vote {
    /// Which of the statements.
    pub kind: VoteKind,
    /// At which height.
    pub height: Height,
    /// In which view.
    pub view: View,
    /// On what: [`ProposalId::NONE`] for a skip.
    pub proposal: ProposalId,
}

impl VoteKind {
    const fn code(self) -> u64 {
        match self {
            Self::Propose => 0,
            Self::Prepare => 1,
            Self::Commit => 2,
            Self::Skip => 3,
        }
    }

    fn from_code(code: u64) -> Result<Self, DecodeError> {
        match code {
            0 => Ok(Self::Propose),
            1 => Ok(Self::Prepare),
            2 => Ok(Self::Commit),
            3 => Ok(Self::Skip),
            _ => Err(DecodeError::OutOfRange { what: "vote kind" }),
        }
    }
}

impl Vote {
    /// The EIP-712 digest that is signed.
    pub fn digest(&self, network: NetworkId) -> [u8; 32] {
        let struct_hash = keccak256(&[
            &keccak256(&[VOTE_TYPE]),
            &word(self.kind.code()),
            &word(self.height.0),
            &word(self.view.0),
            self.proposal.as_bytes(),
        ]);
        typed_data(network, struct_hash)
    }

    /// Signs it.
    pub fn sign(self, network: NetworkId, key: &SecretKey) -> SignedVote {
        SignedVote { vote: self, signer: key.address(), signature: key.sign_digest(self.digest(network)) }
    }
}

/// A vote with an unverified signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignedVote {
    /// What is said.
    pub vote: Vote,
    /// Who says so.
    pub signer: Address,
    /// The proof.
    pub signature: Signature,
}

impl SignedVote {
    /// Checks the signature, v included, as a contract would. Says nothing of stake.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn verify(self, network: NetworkId) -> Result<VerifiedVote, SignatureError> {
        self.signature.check_recovering(self.signer, self.vote.digest(network))?;
        Ok(VerifiedVote(self))
    }
}

/// A vote whose signature is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifiedVote(SignedVote);

impl VerifiedVote {
    /// A vote that we made or checked before we stored it.
    pub const fn from_store(vote: SignedVote) -> Self {
        Self(vote)
    }

    /// What is said.
    pub const fn vote(&self) -> Vote {
        self.0.vote
    }

    /// Who says so.
    pub const fn signer(&self) -> Address {
        self.0.signer
    }

    /// With the signature, to be sent on.
    pub const fn signed(&self) -> SignedVote {
        self.0
    }
}

impl Canonical for Vote {
    fn encode(&self, to: &mut CborWriter) {
        to.map(5).key(0).uint(FORMAT_VERSION);
        to.key(1).uint(self.kind.code());
        to.key(2).uint(self.height.0);
        to.key(3).uint(self.view.0);
        to.key(4).bytes(self.proposal.as_bytes());
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.map(5, "vote")?;
        from.key(0, "vote")?;
        from.version()?;
        from.key(1, "vote")?;
        let kind = VoteKind::from_code(from.uint("vote kind")?)?;
        from.key(2, "vote")?;
        let height = Height(from.uint("height")?);
        from.key(3, "vote")?;
        let view = View(from.uint("view")?);
        from.key(4, "vote")?;
        let proposal = from.proposal_id()?;
        if (kind == VoteKind::Skip) != (proposal == ProposalId::NONE) {
            return Err(DecodeError::OutOfRange { what: "what a vote names" });
        }
        Ok(Self { kind, height, view, proposal })
    }
}

impl Canonical for SignedVote {
    fn encode(&self, to: &mut CborWriter) {
        self.vote.encode(to.array(3));
        to.bytes(self.signer.as_bytes());
        self.signature.encode(to);
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(3, "signed vote")?;
        Ok(Self { vote: Vote::decode(from)?, signer: from.address()?, signature: Signature::decode(from)? })
    }
}
