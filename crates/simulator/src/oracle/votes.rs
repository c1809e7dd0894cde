//! I7 and I8: who signed what.
//!
//! I7: an honest key never signs two statements that exclude each other, across all restarts of its node: two votes of one kind on
//! different proposals, or a commit and a skip, in one view of a height. Checked upon each message of agreement that leaves an
//! honest node, including votes in positions and forwarded proposals. Cost: a lookup per vote; signatures are verified for new
//! votes of other signers. Also, a vote leaves a node only if the signer's vote log holds it: otherwise a crash would lose it, and
//! the restarted node could contradict it. Checked upon the first time that a replica sends a vote. Cost: a search for its
//! signature among the last records of the log.
//!
//! I8: an author that continued a lane twice is named by every honest node that holds both events. If two milestones of one height
//! are certified, Byzantine members with more than a third of the stake have signed contradicting votes. Both are checked at the
//! end. With adversaries, certificates in messages are read too, a lookup per signer.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{Address, Certificate, SignedVote, Vote, VoteKind};
use quorate_replica::AgreementMessage;

use super::reference_model::{ProtocolModel, may_be_of};

/// The votes of one member in one view, by kind: the first half of the proposal id.
type VotesInView = [Option<[u8; 16]>; 4];

/// All votes seen so far.
#[derive(Default)]
pub(crate) struct VoteRegister {
    said: BTreeMap<(Address, u64, u64), VotesInView>,
    culprits: BTreeSet<Address>,
    /// The greatest height in a vote of an honest signer.
    pub(crate) greatest: u64,
}

impl VoteRegister {
    /// Records a vote if its signature is valid. Returns the kind of an earlier vote that excludes it, if any.
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

    /// Whether this vote is recorded.
    pub(super) fn knows(&self, signed: &SignedVote) -> bool {
        let said = self.said.get(&place(signed));
        said.is_some_and(|said| said[slot(signed.vote.kind)] == Some(name(&signed.vote)))
    }

    /// Records the votes of a certificate.
    pub(crate) fn note_certificate(&mut self, certificate: &Certificate, model: &ProtocolModel) {
        for (signer, signature) in &certificate.signatures {
            let signed = SignedVote { vote: certificate.vote, signer: *signer, signature: *signature };
            self.note(&signed, model);
        }
    }

    /// The signers of statements that exclude each other.
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

/// The kind of a recorded vote that excludes a new vote of this kind.
fn excluded(said: &VotesInView, kind: VoteKind) -> Option<VoteKind> {
    let opposite = match kind {
        VoteKind::Commit => Some(VoteKind::Skip),
        VoteKind::Skip => Some(VoteKind::Commit),
        VoteKind::Propose | VoteKind::Prepare => None,
    };
    let kinds = [Some(kind), opposite].into_iter().flatten();
    kinds.into_iter().find(|kind| said[slot(*kind)].is_some())
}

/// The single votes in a message.
pub(crate) fn votes_of(message: &AgreementMessage) -> &[SignedVote] {
    match message {
        AgreementMessage::Proposal { signed: offer, .. } => std::slice::from_ref(&offer.vote),
        AgreementMessage::Vote(vote) => std::slice::from_ref(vote),
        AgreementMessage::Position(position) => &position.votes,
        AgreementMessage::Certificate(_) | AgreementMessage::Milestone(_) => &[],
    }
}

/// The certificates in a message.
pub(crate) fn certificates_of(message: &AgreementMessage) -> &[Certificate] {
    match message {
        AgreementMessage::Proposal { certificates, .. } => certificates,
        AgreementMessage::Certificate(certificate) => std::slice::from_ref(certificate),
        _ => &[],
    }
}
