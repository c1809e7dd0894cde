//! Certificates: a quorum of one kind of vote in one view.

use crate::address::Address;
use crate::cbor::{Canonical, CborReader, CborWriter, DecodeError};
use crate::committee::Committee;
use crate::id::NetworkId;
use crate::limits;
use crate::signature::{Signature, SignatureError};
use crate::vote::{VerifiedVote, Vote, VoteKind};

/// Votes of one content by distinct members. Says nothing until it is verified against its height's committee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// What all of them signed.
    pub vote: Vote,
    /// Who signed and how, ascending by address, each once.
    pub signatures: Vec<(Address, Signature)>,
}

/// Why a certificate proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not a quorum of the stake.
    #[error("its signers hold {stake} of a total stake of {total}: not more than two thirds")]
    NoQuorum {
        /// The distinct members' stake.
        stake: u128,
        /// The committee's.
        total: u128,
    },
    /// Somebody outside of the committee signed.
    #[error("{signer:?} is not a member")]
    Stranger {
        /// Who.
        signer: Address,
    },
    /// A leader's word is no vote.
    #[error("a proposal's signature is not a vote")]
    Kind,
    /// One of the signatures does not count.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl Certificate {
    /// The certificate that `votes` make, if they agree in content: ascending by signer, each once.
    pub fn assemble(vote: Vote, votes: impl IntoIterator<Item = VerifiedVote>) -> Self {
        let mut signatures: Vec<_> = votes
            .into_iter()
            .filter(|signed| signed.vote() == vote)
            .map(|signed| (signed.signer(), signed.signed().signature))
            .collect();
        signatures.sort_unstable();
        signatures.dedup_by_key(|(signer, _)| *signer);
        Self { vote, signatures }
    }

    /// Checks that a quorum of `committee` signed.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn verify(self, network: NetworkId, committee: &Committee) -> Result<VerifiedCertificate, CertificateError> {
        if self.vote.kind == VoteKind::Propose {
            return Err(CertificateError::Kind);
        }
        if let Some((signer, _)) = self.signatures.iter().find(|(signer, _)| !committee.contains(*signer)) {
            return Err(CertificateError::Stranger { signer: *signer });
        }
        let stake = committee.stake_of(self.signatures.iter().map(|(signer, _)| *signer));
        if !committee.is_quorum(stake) {
            return Err(CertificateError::NoQuorum { stake: stake.0, total: committee.total().0 });
        }
        let digest = self.vote.digest(network);
        for (signer, signature) in &self.signatures {
            signature.check_recovering(*signer, digest)?;
        }
        Ok(VerifiedCertificate(self))
    }
}

/// A certificate that a quorum of its height's committee signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCertificate(Certificate);

impl VerifiedCertificate {
    /// Assembles a certificate of verified votes, if they are a quorum of `committee`.
    pub fn assemble(vote: Vote, votes: impl IntoIterator<Item = VerifiedVote>, committee: &Committee) -> Option<Self> {
        let votes = votes.into_iter().filter(|signed| committee.contains(signed.signer()));
        let certificate = Certificate::assemble(vote, votes);
        let stake = committee.stake_of(certificate.signatures.iter().map(|(signer, _)| *signer));
        committee.is_quorum(stake).then_some(Self(certificate))
    }

    /// A certificate that we made or checked before we stored it.
    pub const fn from_store(certificate: Certificate) -> Self {
        Self(certificate)
    }

    /// What its signers say.
    pub const fn vote(&self) -> Vote {
        self.0.vote
    }

    /// With the signatures, to be sent on.
    pub const fn certificate(&self) -> &Certificate {
        &self.0
    }

    /// Who signed, ascending.
    pub fn signers(&self) -> impl Iterator<Item = Address> + '_ {
        self.0.signatures.iter().map(|(signer, _)| *signer)
    }
}

impl Canonical for Certificate {
    fn encode(&self, to: &mut CborWriter) {
        self.vote.encode(to.array(2));
        to.list(&self.signatures, |to, (signer, signature)| {
            to.array(2).bytes(signer.as_bytes());
            signature.encode(to);
        });
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(2, "certificate")?;
        let vote = Vote::decode(from)?;
        let signatures = from.list(limits::COMMITTEE_MEMBERS, "signatures", |from| {
            from.array(2, "signature of a certificate")?;
            Ok((from.address()?, Signature::decode(from)?))
        })?;
        if !signatures.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Err(DecodeError::OutOfRange { what: "order of signers" });
        }
        Ok(Self { vote, signatures })
    }
}
