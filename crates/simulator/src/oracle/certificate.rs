//! I3: a milestone's certificate proves that a quorum committed it.
//!
//! When: each time a milestone reaches an honest disk, unless the same certificate was the last that was looked at. Cost:
//! three keccaks, and a hash a signature.

use std::collections::BTreeSet;

use quorate_event::{Address, Certificate, VerifiedMilestone, VoteKind};

use super::reference_model::{ProtocolModel, may_be_of};

/// Why a certificate proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFlaw {
    /// It commits something else.
    #[error("it does not commit this proposal at this height")]
    Unbound,
    /// One member is counted twice.
    #[error("{signer:?} signs twice")]
    Twice {
        /// Who.
        signer: Address,
    },
    /// Somebody outside of the committee is counted.
    #[error("{signer:?} is not a member")]
    Stranger {
        /// Who.
        signer: Address,
    },
    /// A signature is not its signer's, or not over this.
    #[error("the signature of {signer:?} is not over this")]
    Signature {
        /// Whose.
        signer: Address,
    },
    /// Two thirds or less.
    #[error("its signers hold {stake} of {total}")]
    Stake {
        /// What they hold.
        stake: u128,
        /// What there is.
        total: u128,
    },
}

/// Remembers the last good certificate.
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
