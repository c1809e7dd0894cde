//! Counts votes: one of each kind a member and view, the first (A4, A5).

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{
    Address, Committee, Evidence, SignedVote, Stake, VerifiedCertificate, VerifiedVote, View, Vote, VoteKind,
};

/// Views before and after ours whose votes are counted. Stragglers of a view just left may still complete a
/// certificate, and those just ahead may wait for us; whoever is further away has certificates that move us. So a
/// member occupies four votes in each of nine views here, whatever it signs.
pub const VIEW_WINDOW: u64 = 4;

/// The votes of one height near the current view.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    votes: BTreeMap<(View, VoteKind), BTreeMap<Address, VerifiedVote>>,
    accused: BTreeSet<(View, Address)>,
}

/// Whether `view` is near enough to `current` to be counted.
pub(crate) const fn in_window(view: View, current: View) -> bool {
    view.0.abs_diff(current.0) <= VIEW_WINDOW
}

/// What a vote brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Whether it was the first of its kind.
    pub(crate) new: bool,
    /// What it proves together with one counted before.
    pub(crate) evidence: Option<Evidence>,
}

impl Tally {
    /// Counts a member's vote of a view in the window.
    pub(crate) fn count(&mut self, vote: VerifiedVote) -> Counted {
        let (of, signer) = (vote.vote(), vote.signer());
        let evidence = self.conflict(vote);
        let votes = self.votes.entry((of.view, of.kind)).or_default();
        let new = !votes.contains_key(&signer);
        votes.entry(signer).or_insert(vote);
        Counted { new, evidence }
    }

    /// The first two votes of a member in a view that exclude each other.
    fn conflict(&mut self, vote: VerifiedVote) -> Option<Evidence> {
        let (view, signer) = (vote.vote().view, vote.signer());
        if self.accused.contains(&(view, signer)) {
            return None;
        }
        let kinds = [VoteKind::Propose, VoteKind::Prepare, VoteKind::Commit, VoteKind::Skip];
        let before = kinds.iter().filter_map(|kind| self.votes.get(&(view, *kind))?.get(&signer));
        let evidence = before.into_iter().find_map(|before| Evidence::of(*before, vote))?;
        self.accused.insert((view, signer));
        Some(evidence)
    }

    /// The stake behind `vote`.
    pub(crate) fn stake(&self, vote: Vote, committee: &Committee) -> Stake {
        committee.stake_of(self.agreeing(vote).map(|agreeing| agreeing.signer()))
    }

    /// The certificate of `vote`, once a quorum has said the same.
    pub(crate) fn certificate(&self, vote: Vote, committee: &Committee) -> Option<VerifiedCertificate> {
        if !committee.is_quorum(self.stake(vote, committee)) {
            return None;
        }
        VerifiedCertificate::assemble(vote, self.agreeing(vote).copied(), committee)
    }

    fn agreeing(&self, vote: Vote) -> impl Iterator<Item = &VerifiedVote> {
        let votes = self.votes.get(&(vote.view, vote.kind));
        votes.into_iter().flat_map(BTreeMap::values).filter(move |counted| counted.vote() == vote)
    }

    /// Whether exactly this was counted.
    pub(crate) fn holds(&self, vote: &SignedVote) -> bool {
        let votes = self.votes.get(&(vote.vote.view, vote.vote.kind));
        let first = votes.and_then(|votes| votes.get(&vote.signer));
        first.is_some_and(|first| first.signed() == *vote)
    }

    /// Forgets what lies outside of the window around `current`.
    pub(crate) fn prune(&mut self, current: View) {
        self.votes.retain(|(view, _), _| in_window(*view, current));
        self.accused.retain(|(view, _)| in_window(*view, current));
    }

    /// Votes held.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.votes.values().map(BTreeMap::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use quorate_event::{Height, NetworkId, ProposalId, SecretKey};

    use super::*;

    const NETWORK: NetworkId = NetworkId::new([1; 32]);

    fn vote(kind: VoteKind, view: u64, name: u8) -> Vote {
        let proposal = match kind {
            VoteKind::Skip => ProposalId::NONE,
            _ => ProposalId::new([name; 32]),
        };
        Vote { kind, height: Height(1), view: View(view), proposal }
    }

    fn signed(member: u64, vote: Vote) -> VerifiedVote {
        let key = SecretKey::simulated(member);
        vote.sign(NETWORK, &key).verify(NETWORK).unwrap()
    }

    fn committee(stakes: &[u128]) -> Committee {
        let keys = (0_u64..).map(|member| SecretKey::simulated(member).address());
        Committee::new(keys.zip(stakes.iter().copied().map(Stake)).collect()).unwrap()
    }

    #[test]
    fn a4_a_replayed_vote_counts_once() {
        let (mut tally, committee) = (Tally::default(), committee(&[1, 1, 1, 1]));
        let prepare = vote(VoteKind::Prepare, 0, 1);
        for _ in 0..1_000 {
            tally.count(signed(0, prepare));
            tally.count(signed(1, prepare));
        }
        assert_eq!(tally.stake(prepare, &committee), Stake(2));
        assert_eq!(tally.certificate(prepare, &committee), None);
        tally.count(signed(2, prepare));
        assert!(tally.certificate(prepare, &committee).is_some());
    }

    #[test]
    fn a4_a_quorum_is_more_than_two_thirds_of_very_unequal_stakes() {
        let (mut tally, committee) = (Tally::default(), committee(&[1, 1, 1, 1 << 63]));
        let commit = vote(VoteKind::Commit, 0, 1);
        for small in 0..3 {
            tally.count(signed(small, commit));
        }
        assert_eq!(tally.certificate(commit, &committee), None);
        tally.count(signed(3, commit));
        assert!(tally.certificate(commit, &committee).is_some());
    }

    #[test]
    fn a5_a_double_vote_keeps_the_first_and_is_told_once() {
        let (mut tally, committee) = (Tally::default(), committee(&[1, 1, 1]));
        let [first, second] = [1, 2].map(|name| vote(VoteKind::Prepare, 0, name));
        tally.count(signed(0, first));
        let told = tally.count(signed(0, second));
        assert!(!told.new);
        let evidence = told.evidence.unwrap();
        assert_eq!(evidence.verify(NETWORK), Ok(SecretKey::simulated(0).address()));
        assert_eq!(tally.count(signed(0, second)).evidence, None);
        assert_eq!(tally.stake(first, &committee), Stake(1));
        assert_eq!(tally.stake(second, &committee), Stake(0));
    }

    #[test]
    fn a5_commit_and_skip_in_one_view_exclude_each_other_in_either_order() {
        let [commit, skip] = [VoteKind::Commit, VoteKind::Skip].map(|kind| vote(kind, 0, 1));
        for [first, second] in [[commit, skip], [skip, commit]] {
            let mut tally = Tally::default();
            assert_eq!(tally.count(signed(0, first)).evidence, None);
            assert!(tally.count(signed(0, second)).evidence.is_some());
        }
        let mut tally = Tally::default();
        tally.count(signed(0, commit));
        let elsewhere = vote(VoteKind::Skip, 1, 1);
        assert_eq!(tally.count(signed(0, elsewhere)).evidence, None);
    }
}
