//! I3: a milestone's certificate proves that a quorum committed it.
//!
//! Checked each time a milestone reaches an honest disk, unless its certificate is the last one that was checked. Cost: three
//! keccaks, and a hash per signature.

use std::collections::BTreeSet;

use quorate_event::{Address, Certificate, VerifiedMilestone, VoteKind};

use super::reference_model::{ProtocolModel, may_be_of};

/// Why a certificate is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFlaw {
    /// It is not a commit of this proposal.
    #[error("it does not commit this proposal at this height")]
    Unbound,
    /// One member is counted twice.
    #[error("{signer:?} signs twice")]
    Twice {
        /// The signer.
        signer: Address,
    },
    /// A signer is not in the committee.
    #[error("{signer:?} is not a member")]
    Stranger {
        /// The signer.
        signer: Address,
    },
    /// A signature is invalid.
    #[error("the signature of {signer:?} is not over this")]
    Signature {
        /// The signer.
        signer: Address,
    },
    /// Two thirds of the stake or less.
    #[error("its signers hold {stake} of {total}")]
    Stake {
        /// The signers' stake.
        stake: u128,
        /// The total stake.
        total: u128,
    },
}

/// Caches the last valid certificate.
#[derive(Default)]
pub(crate) struct CertificateChecker {
    last: Option<Certificate>,
}

impl CertificateChecker {
    pub(crate) fn check(
        &mut self,
        milestone: &VerifiedMilestone,
        model: &ProtocolModel,
    ) -> Result<(), CertificateFlaw> {
        let certificate = milestone.certificate();
        let (proposal, vote) = (milestone.proposal(), certificate.vote);
        let id = model.proposal_id(proposal);
        let is_bound = (vote.kind, vote.height, vote.proposal) == (VoteKind::Commit, proposal.height, id);
        if !is_bound || milestone.id() != id {
            return Err(CertificateFlaw::Unbound);
        }
        if self.last.as_ref() != Some(certificate) {
            judge(certificate, model)?;
            self.last = Some(certificate.clone());
        }
        Ok(())
    }
}

fn judge(certificate: &Certificate, model: &ProtocolModel) -> Result<(), CertificateFlaw> {
    let digest = model.vote_digest(&certificate.vote);
    let (mut counted, mut stake) = (BTreeSet::new(), 0);
    for (signer, signature) in &certificate.signatures {
        let signer = *signer;
        if !counted.insert(signer) {
            return Err(CertificateFlaw::Twice { signer });
        }
        stake += model.stakes.get(&signer).ok_or(CertificateFlaw::Stranger { signer })?;
        if !may_be_of(signature, signer, digest) {
            return Err(CertificateFlaw::Signature { signer });
        }
    }
    if model.is_quorum(stake) { Ok(()) } else { Err(CertificateFlaw::Stake { stake, total: model.total }) }
}
