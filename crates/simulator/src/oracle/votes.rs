//! I7 and I8: who signed what.
//!
//! I7: no honest key signs two statements that exclude each other, in all its lives: two of one kind on different
//! proposals, or a commit and a skip, in one view of a height. When: upon every message of agreement that leaves an honest
//! host; what a position carries and an offer that is passed on count as well. Cost: a look-up a vote; a signature is
//! recomputed where the words are new and the voice is another's. Nor does a vote leave that its signer's vote log does not
//! hold: a crash would take it back, and the next life may say something else. When: upon the first time that a replica says
//! it. Cost: a search for its signature among the log's last records.
//!
//! I8: whoever continued a lane twice is named by every honest node that holds both events. When: in the end. And where two milestones of one height are certified, members with more than a third of the stake have signed such
//! pairs, none of them honest. When: in the end. Where somebody lies, certificates on their way are read too: each signer
//! costs a look-up.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{Address, Certificate, SignedVote, Vote, VoteKind};
use quorate_replica::AgreementMessage;

use super::reference_model::{ProtocolModel, may_be_of};

/// What one member said in one view, by kind: the beginning of the proposal's name.
type VotesInView = [Option<[u8; 16]>; 4];

/// All votes that were ever seen.
#[derive(Default)]
pub(crate) struct VoteRegister {
    said: BTreeMap<(Address, u64, u64), VotesInView>,
    culprits: BTreeSet<Address>,
    /// The greatest height that anybody spoke of in a vote of its own.
    pub(crate) greatest: u64,
}

impl VoteRegister {
    /// Notes a vote with a good signature. What its signer said before that excludes it, if anything.
    pub(crate) fn note(&mut self, signed: &SignedVote, model: &ProtocolModel) -> Option<VoteKind> {
        let SignedVote { vote, signer, signature } = signed;
        let (place, name) = (place(signed), name(vote));
        if self.knows(signed) || !may_be_of(signature, *signer, model.vote_digest(vote)) {
            return None;
        }
        let said = self.said.entry(place).or_default();
        let excluded = excluded(said, vote.kind);
        said[slot(vote.kind)].get_or_insert(name);
        if excluded.is_some() {
            self.culprits.insert(*signer);
        }
        excluded
    }

    /// Whether its signer was noted to say this.
    pub(super) fn knows(&self, signed: &SignedVote) -> bool {
        let said = self.said.get(&place(signed));
        said.is_some_and(|said| said[slot(signed.vote.kind)] == Some(name(&signed.vote)))
    }

    /// Notes what the signers of a certificate said.
    pub(crate) fn note_certificate(&mut self, certificate: &Certificate, model: &ProtocolModel) {
        for (signer, signature) in &certificate.signatures {
            let signed = SignedVote { vote: certificate.vote, signer: *signer, signature: *signature };
            self.note(&signed, model);
        }
    }

    /// Who signed statements that exclude each other.
    pub(crate) const fn culprits(&self) -> &BTreeSet<Address> {
        &self.culprits
    }
}

const fn place(signed: &SignedVote) -> (Address, u64, u64) {
    (signed.signer, signed.vote.height.0, signed.vote.view.0)
}

const fn slot(kind: VoteKind) -> usize {
    match kind {
        VoteKind::Propose => 0,
        VoteKind::Prepare => 1,
        VoteKind::Commit => 2,
        VoteKind::Skip => 3,
    }
}

fn name(vote: &Vote) -> [u8; 16] {
    let mut name = [0; 16];
    name.copy_from_slice(&vote.proposal.as_bytes()[..16]);
    name
}

/// What of this was said excludes one more word of this kind, which was not said before.
fn excluded(said: &VotesInView, kind: VoteKind) -> Option<VoteKind> {
    let opposite = match kind {
        VoteKind::Commit => Some(VoteKind::Skip),
        VoteKind::Skip => Some(VoteKind::Commit),
        VoteKind::Propose | VoteKind::Prepare => None,
    };
    let kinds = [Some(kind), opposite].into_iter().flatten();
    kinds.into_iter().find(|kind| said[slot(*kind)].is_some())
}

/// The votes that a message carries by itself.
pub(crate) fn votes_of(message: &AgreementMessage) -> &[SignedVote] {
    match message {
        AgreementMessage::Proposal { signed: offer, .. } => std::slice::from_ref(&offer.vote),
        AgreementMessage::Vote(vote) => std::slice::from_ref(vote),
        AgreementMessage::Position(position) => &position.votes,
        AgreementMessage::Certificate(_) | AgreementMessage::Milestone(_) => &[],
    }
}

/// The certificates that it shows.
pub(crate) fn certificates_of(message: &AgreementMessage) -> &[Certificate] {
    match message {
        AgreementMessage::Proposal { certificates, .. } => certificates,
        AgreementMessage::Certificate(certificate) => std::slice::from_ref(certificate),
        _ => &[],
    }
}
