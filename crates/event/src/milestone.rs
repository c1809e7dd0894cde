//! Milestones: a proposal with its commit certificate, and a vertex of the graph.

use std::fmt;
use std::sync::Arc;

use crate::cbor::{Canonical, CborReader, CborWriter, DecodeError, FORMAT_VERSION};
use crate::certificate::{Certificate, CertificateError, VerifiedCertificate};
use crate::committee::Committee;
use crate::event::{SignedEvent, VerifiedEvent};
use crate::id::{NetworkId, ProposalId};
use crate::limits;
use crate::merkle::{self, RangeProof};
use crate::proposal::Proposal;
use crate::vote::{Height, VoteKind};

/// The vertex kind of a milestone.
pub(crate) const KIND_MILESTONE: u64 = 1;

/// A proposal with an unverified certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    proposal: Proposal,
    certificate: Certificate,
    id: ProposalId,
}

impl Milestone {
    /// Joins a proposal with the certificate that commits it.
    ///
    /// # Errors
    /// When the certificate commits something else.
    pub fn new(proposal: Proposal, certificate: Certificate, network: NetworkId) -> Result<Self, DecodeError> {
        let id = proposal.id(network);
        let vote = certificate.vote;
        if (vote.kind, vote.height, vote.proposal) != (VoteKind::Commit, proposal.height, id) {
            return Err(DecodeError::OutOfRange { what: "what a milestone's certificate commits" });
        }
        Ok(Self { proposal, certificate, id })
    }

    /// Reads a milestone; its id is recomputed.
    ///
    /// # Errors
    /// When the bytes are not a canonical milestone within the format's limits.
    pub fn decode(bytes: &[u8], network: NetworkId) -> Result<Self, DecodeError> {
        if bytes.len() > limits::MILESTONE_BYTES {
            let (found, limit) = (bytes.len() as u64, limits::MILESTONE_BYTES as u64);
            return Err(DecodeError::TooLarge { what: "milestone", found, limit });
        }
        let mut reader = CborReader::new(bytes);
        reader.array(4, "milestone")?;
        reader.version()?;
        if reader.uint("vertex kind")? != KIND_MILESTONE {
            return Err(DecodeError::OutOfRange { what: "vertex kind" });
        }
        let (proposal, certificate) = (Proposal::decode(&mut reader)?, Certificate::decode(&mut reader)?);
        let milestone = Self::new(proposal, certificate, network)?;
        if milestone.to_bytes() == bytes { Ok(milestone) } else { Err(DecodeError::NotCanonical) }
    }

    /// The milestone as it travels and is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = CborWriter::default();
        writer.array(4).uint(FORMAT_VERSION).uint(KIND_MILESTONE);
        self.proposal.encode(&mut writer);
        self.certificate.encode(&mut writer);
        writer.into_bytes()
    }

    /// Checks the certificate against the committee of the milestone's height.
    ///
    /// # Errors
    /// Why the certificate proves nothing.
    pub fn verify(self, network: NetworkId, committee: &Committee) -> Result<VerifiedMilestone, CertificateError> {
        self.certificate.clone().verify(network, committee)?;
        Ok(VerifiedMilestone::from_checked(self))
    }

    /// The name of the milestone.
    pub const fn id(&self) -> ProposalId {
        self.id
    }

    /// What is certified.
    pub const fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// By whom.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// A milestone whose certificate is good. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedMilestone(Arc<(Milestone, Arc<[u8]>)>);

impl VerifiedMilestone {
    fn from_checked(milestone: Milestone) -> Self {
        let bytes = milestone.to_bytes().into();
        Self(Arc::new((milestone, bytes)))
    }

    /// The milestone that a verified certificate makes of `proposal`.
    ///
    /// # Errors
    /// When the certificate commits something else.
    pub fn new(proposal: Proposal, commits: &VerifiedCertificate, network: NetworkId) -> Result<Self, DecodeError> {
        Milestone::new(proposal, commits.certificate().clone(), network).map(Self::from_checked)
    }

    /// A milestone that we stored ourselves: its certificate was checked before it was stored.
    ///
    /// # Errors
    /// When the bytes are not a milestone: the store is damaged.
    pub fn from_store(bytes: &[u8], network: NetworkId) -> Result<Self, DecodeError> {
        Milestone::decode(bytes, network).map(Self::from_checked)
    }

    /// `events`, without a look at their signatures, if `proof` shows that this milestone newly covers all of them. Members
    /// prepare a cut only when they hold all of it, so a quorum has checked a signature under each of these ids.
    pub fn vouch_for(&self, events: Vec<SignedEvent>, proof: &RangeProof) -> Option<Vec<VerifiedEvent>> {
        let ids: Vec<[u8; 32]> = events.iter().map(|event| *event.id().as_bytes()).collect();
        let covers = merkle::verify_range(self.proposal().events_root, &ids, proof);
        covers.then(|| events.into_iter().map(VerifiedEvent::covered).collect())
    }

    /// The name of the milestone.
    pub fn id(&self) -> ProposalId {
        self.0.0.id
    }

    /// Its place in the chain.
    pub fn height(&self) -> Height {
        self.0.0.proposal.height
    }

    /// What is certified.
    pub fn proposal(&self) -> &Proposal {
        &self.0.0.proposal
    }

    /// By whom.
    pub fn certificate(&self) -> &Certificate {
        &self.0.0.certificate
    }

    /// The milestone as it travels and is stored.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.0.1
    }
}

impl fmt::Debug for VerifiedMilestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "M:{} {:?}", self.height().0, self.id())
    }
}
