//! The certificates of one height, and what they oblige a leader to (A3, A6).
//!
//! A certificate needs a quorum, so a height has at most two for each view, and grows only as fast as views fail.

use std::collections::BTreeMap;

use quorate_event::{ProposalId, VerifiedCertificate, View, Vote, VoteKind};

use crate::message::{SHOWN_CERTIFICATES, SignedProposal, WANTED_VIEWS};

/// What a leader may offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeaderDuty {
    /// All earlier views were skipped: a fresh cut.
    Fresh,
    /// This content again, prepared in this view, which is the latest that was not skipped.
    Repropose(View, ProposalId),
    /// Unknown as long as certificates are missing.
    Unknown,
}

/// The certificates of one height.
#[derive(Debug, Default)]
pub(crate) struct HeightCertificates {
    skips: BTreeMap<View, VerifiedCertificate>,
    prepares: BTreeMap<View, VerifiedCertificate>,
    commit: Option<VerifiedCertificate>,
}

impl HeightCertificates {
    /// Keeps a certificate of this height; the first of its kind and view.
    pub(crate) fn insert(&mut self, certificate: VerifiedCertificate) {
        let view = certificate.vote().view;
        match certificate.vote().kind {
            VoteKind::Skip => {
                self.skips.entry(view).or_insert(certificate);
            }
            VoteKind::Prepare => {
                self.prepares.entry(view).or_insert(certificate);
            }
            VoteKind::Commit => {
                self.commit.get_or_insert(certificate);
            }
            VoteKind::Propose => {}
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.skips.is_empty() && self.prepares.is_empty() && self.commit.is_none()
    }

    /// Certificates held.
    pub(crate) fn len(&self) -> usize {
        self.skips.len().saturating_add(self.prepares.len()).saturating_add(usize::from(self.commit.is_some()))
    }

    pub(crate) const fn commit(&self) -> Option<&VerifiedCertificate> {
        self.commit.as_ref()
    }

    pub(crate) fn prepare(&self, view: View) -> Option<&VerifiedCertificate> {
        self.prepares.get(&view)
    }

    pub(crate) fn skip(&self, view: View) -> Option<&VerifiedCertificate> {
        self.skips.get(&view)
    }

    pub(crate) fn latest_skip(&self) -> Option<&VerifiedCertificate> {
        self.skips.last_key_value().map(|(_, skip)| skip)
    }

    pub(crate) fn latest_prepare(&self) -> Option<&VerifiedCertificate> {
        self.prepares.last_key_value().map(|(_, prepare)| prepare)
    }

    /// Whether some view prepared this.
    pub(crate) fn has_prepared(&self, id: ProposalId) -> bool {
        let prepared = self.prepares.values().rev();
        prepared.chain(&self.commit).any(|certificate| certificate.vote().proposal == id)
    }

    /// Whether this view prepared or committed this.
    pub(crate) fn certifies(&self, view: View, id: ProposalId) -> bool {
        let of_view = self.prepares.get(&view).into_iter().chain(&self.commit).map(VerifiedCertificate::vote);
        of_view.into_iter().any(|vote| vote.view == view && vote.proposal == id)
    }

    /// By what `view` may be entered.
    pub(crate) fn entry_certificate(&self, view: View) -> Option<&VerifiedCertificate> {
        let before = view.0.checked_sub(1).map(View);
        before.and_then(|before| self.skip(before).or_else(|| self.prepare(before))).or_else(|| self.prepare(view))
    }

    /// What the leader of `view` may offer, by the certificates held.
    pub(crate) fn leader_duty(&self, view: View) -> LeaderDuty {
        let Some(unskipped) = self.latest_unskipped(view) else {
            return LeaderDuty::Fresh;
        };
        match self.prepares.range(unskipped..view).next_back() {
            Some((prepared, certificate)) => LeaderDuty::Repropose(*prepared, certificate.vote().proposal),
            None => LeaderDuty::Unknown,
        }
    }

    /// The latest view before `view` of which no skip certificate is held.
    fn latest_unskipped(&self, view: View) -> Option<View> {
        let mut expected = view.0.checked_sub(1)?;
        for skipped in self.skips.range(..view).rev().map(|(skipped, _)| skipped.0) {
            if skipped != expected {
                return Some(View(expected));
            }
            expected = expected.checked_sub(1)?;
        }
        Some(View(expected))
    }

    /// Whether the certificates that this offer names are all held.
    pub(crate) fn justifies(&self, signed: &SignedProposal) -> bool {
        let view = signed.view();
        let (from, prepared) = match signed.prepared {
            None => (View(0), true),
            Some(prepared) => {
                let named = self.prepare(prepared);
                let id = signed.id();
                let same = named.is_some_and(|named| named.vote().proposal == id);
                (prepared.next(), same)
            }
        };
        let between = view.0.saturating_sub(from.0);
        prepared && self.skips.range(from..view.max(from)).count() as u64 == between
    }

    /// The latest views of whose certificates the leader of `view`, or a voter upon `signed`, still lacks one.
    pub(crate) fn missing_views(&self, view: View, signed: Option<&SignedProposal>) -> Vec<View> {
        let prepared = signed.and_then(|signed| signed.prepared);
        let unprepared = prepared.filter(|prepared| self.prepare(*prepared).is_none());
        let from = prepared.map_or(0, |prepared| prepared.next().0);
        // The latest first: it is the one that decides what a leader may offer.
        let unskipped = (from..view.0).rev().map(View).filter(|view| self.skip(*view).is_none());
        // Without an offer either kind will do: see `duty`.
        let unskipped = unskipped.filter(|view| signed.is_some() || self.prepare(*view).is_none());
        unprepared.into_iter().chain(unskipped).take(WANTED_VIEWS).collect()
    }

    /// What travels with an offer: the prepare certificate that it names and the latest skips.
    pub(crate) fn to_send_with<'a>(
        &'a self,
        signed: &SignedProposal,
    ) -> impl Iterator<Item = &'a VerifiedCertificate> + use<'a> {
        let prepare = signed.prepared.and_then(|view| self.prepare(view));
        let from = signed.prepared.map_or(View(0), View::next);
        let view = signed.view();
        let skips = self.skips.range(from..view.max(from)).rev();
        prepare.into_iter().chain(skips.map(|(_, skip)| skip)).take(SHOWN_CERTIFICATES)
    }

    /// Whether one of this kind and view is held.
    pub(crate) fn holds(&self, vote: Vote) -> bool {
        match vote.kind {
            VoteKind::Skip => self.skips.contains_key(&vote.view),
            VoteKind::Prepare => self.prepares.contains_key(&vote.view),
            VoteKind::Commit => self.commit.is_some(),
            VoteKind::Propose => false,
        }
    }

    /// Those of one view.
    pub(crate) fn of_view(&self, view: View) -> impl Iterator<Item = &VerifiedCertificate> {
        self.skip(view).into_iter().chain(self.prepare(view))
    }
}

#[cfg(test)]
mod tests {
    use quorate_event::{Certificate, Digest, EventId, Height, NetworkId, Proposal, SecretKey, Timestamp};

    use super::*;
    use crate::proposals::Proposals;

    const NETWORK: NetworkId = NetworkId::new([1; 32]);

    fn proposal(name: u8) -> Proposal {
        let root = Digest::new([0; 32]);
        Proposal {
            height: Height(1),
            previous: NETWORK.proposal_id(),
            heads: vec![EventId::new([name; 32])],
            events_root: root,
            documents_root: root,
            ledger_root: root,
            outbox_root: root,
            next_committee: root,
            time: Timestamp(1),
        }
    }

    fn vote(kind: VoteKind, view: u64, name: u8) -> Vote {
        let proposal = match kind {
            VoteKind::Skip => ProposalId::NONE,
            _ => proposal(name).id(NETWORK),
        };
        Vote { kind, height: Height(1), view: View(view), proposal }
    }

    /// "s0 pa1": a skip certificate of view 0, a prepare certificate of content a in view 1.
    fn draw(text: &str) -> HeightCertificates {
        let mut certificates = HeightCertificates::default();
        for word in text.split_whitespace() {
            let (kind, name, view) = match word.as_bytes() {
                [b's', view] => (VoteKind::Skip, 0, view),
                [b'p', name, view] => (VoteKind::Prepare, *name, view),
                _ => panic!("{word}"),
            };
            let certificate = Certificate::assemble(vote(kind, u64::from(view - b'0'), name), []);
            certificates.insert(VerifiedCertificate::from_store(certificate));
        }
        certificates
    }

    fn offer(name: u8, view: u64, prepared: Option<u64>) -> SignedProposal {
        let key = SecretKey::simulated(0);
        SignedProposal {
            proposal: proposal(name),
            prepared: prepared.map(View),
            vote: vote(VoteKind::Propose, view, name).sign(NETWORK, &key),
        }
    }

    #[test]
    fn a6_a_leader_offers_again_what_may_have_been_committed() {
        let again = |view, name| LeaderDuty::Repropose(View(view), proposal(name).id(NETWORK));
        for (held, view, duty) in [
            ("", 0, LeaderDuty::Fresh),
            ("", 1, LeaderDuty::Unknown),
            ("s0", 1, LeaderDuty::Fresh),
            ("pa0", 1, again(0, b'a')),
            ("pa0 s1", 2, again(0, b'a')),
            ("s1", 2, LeaderDuty::Unknown),
            ("pa0", 2, LeaderDuty::Unknown),
            ("pa0 s0 s1", 2, LeaderDuty::Fresh),
            ("s0 pa1 s2", 3, again(1, b'a')),
            ("pa0 pb1 s2", 3, again(1, b'b')),
            ("s0 s2", 3, LeaderDuty::Unknown),
        ] {
            assert_eq!(draw(held).leader_duty(View(view)), duty, "{held:?} in view {view}");
        }
    }

    /// Seed 111 of profile agreement: of a leader's two offers the one that its view prepared gave way to the one that an
    /// earlier view had prepared, everywhere, and a certified height waited for its content for ever.
    #[test]
    fn a8_of_two_offers_the_one_that_its_own_view_certifies_stays() {
        let id = |name| proposal(name).id(NETWORK);
        let (before, after) = (draw("pa1 s1"), draw("pa1 s1 pb2"));
        let mut proposals = Proposals::default();
        proposals.insert(offer(b'b', 2, None), &before);
        proposals.insert(offer(b'a', 2, Some(1)), &before);
        assert_eq!(proposals.of_view(View(2)).map(|signed| &signed.proposal), Some(&proposal(b'b')));
        assert!(proposals.content(id(b'a')).is_some(), "an earlier view prepared it: somebody may need it");
        proposals.prune(View(9), &after);
        assert!(proposals.content(id(b'b')).is_some() && proposals.content(id(b'a')).is_none());

        let mut proposals = Proposals::default();
        proposals.insert(offer(b'a', 2, Some(1)), &before);
        proposals.insert(offer(b'b', 2, None), &after);
        assert_eq!(proposals.of_view(View(2)).map(|signed| &signed.proposal), Some(&proposal(b'b')));
        assert!(proposals.content(id(b'a')).is_some());
    }

    #[test]
    fn a6_an_offer_counts_only_with_all_the_certificates_that_it_names() {
        for (held, signed, justified) in [
            ("", offer(b'a', 0, None), true),
            ("", offer(b'a', 1, None), false),
            ("s0", offer(b'a', 1, None), true),
            ("s1", offer(b'a', 2, None), false),
            ("pa0", offer(b'a', 1, None), false),
            ("pa0", offer(b'a', 1, Some(0)), true),
            ("pa0", offer(b'b', 1, Some(0)), false),
            ("pa0", offer(b'a', 2, Some(0)), false),
            ("pa0 s1", offer(b'a', 2, Some(0)), true),
            ("pa0 s0 s1", offer(b'a', 2, Some(0)), true),
            ("s0 s1", offer(b'a', 2, Some(0)), false),
            ("pa0 s2", offer(b'a', 3, Some(0)), false),
        ] {
            let certificates = draw(held);
            assert_eq!(certificates.justifies(&signed), justified, "{held:?}");
            let lacking = certificates.missing_views(signed.view(), Some(&signed));
            let wrong_content = held.starts_with("pa0") && signed.proposal == proposal(b'b');
            assert_eq!(lacking.is_empty(), justified || wrong_content, "{held:?}");
        }
    }
}
