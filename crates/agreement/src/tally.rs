//! Counts votes: one of each kind a member and view, the first (A4, A5).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{
    Address, Committee, Evidence, Height, ProposalId, SignedVote, Stake, VerifiedCertificate, VerifiedVote, View, Vote,
    VoteKind,
};

/// Views before and after ours whose votes are counted. Stragglers of a view just left may still complete a
/// certificate, and members just ahead may wait for us; a member further ahead has certificates that move us to its view. So a
/// member occupies four votes in each of nine views here, whatever it signs.
pub const VIEW_WINDOW: u64 = 4;

/// The votes of one height near the current view.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    votes: BTreeMap<(View, VoteKind), VoteCounts>,
    accused: BTreeSet<(View, Address)>,
}

/// The votes of one kind in one view.
#[derive(Debug, Default)]
struct VoteCounts {
    votes: BTreeMap<Address, VerifiedVote>,
    /// The stake behind each content, kept up to date: adding it up anew upon each of n votes takes n^2 steps.
    stakes: BTreeMap<(Height, ProposalId), Stake>,
}

/// Whether `view` is near enough to `current` to be counted.
pub(crate) fn in_window(view: View, current: View) -> bool {
    view.0.abs_diff(current.0) <= VIEW_WINDOW
}

/// What a vote brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CountOutcome {
    /// Whether it was the first of its kind.
    pub(crate) new: bool,
    /// What it proves together with one counted before.
    pub(crate) evidence: Option<Evidence>,
}

impl Tally {
    /// Counts a vote of a view in the window, by a member of `committee`, which is the same for a whole height.
    pub(crate) fn count(&mut self, vote: VerifiedVote, committee: &Committee) -> CountOutcome {
        let (of, signer) = (vote.vote(), vote.signer());
        let evidence = self.conflict(vote);
        let counts = self.votes.entry((of.view, of.kind)).or_default();
        let Entry::Vacant(first) = counts.votes.entry(signer) else {
            return CountOutcome { new: false, evidence };
        };
        first.insert(vote);
        let stake = committee.stake(signer).unwrap_or_default();
        let sum = counts.stakes.entry((of.height, of.proposal)).or_default();
        *sum = Stake(sum.0.saturating_add(stake.0));
        CountOutcome { new: true, evidence }
    }

    /// The first two votes of a member in a view that exclude each other.
    fn conflict(&mut self, vote: VerifiedVote) -> Option<Evidence> {
        let (view, signer) = (vote.vote().view, vote.signer());
        if self.accused.contains(&(view, signer)) {
            return None;
        }
        let kinds = match vote.vote().kind {
            VoteKind::Propose => [Some(VoteKind::Propose), None],
            VoteKind::Prepare => [Some(VoteKind::Prepare), None],
            VoteKind::Commit | VoteKind::Skip => [Some(VoteKind::Commit), Some(VoteKind::Skip)],
        };
        let of_kind = |kind: &VoteKind| self.votes.get(&(view, *kind))?.votes.get(&signer);
        let before = kinds.iter().flatten().filter_map(of_kind);
        let evidence = before.into_iter().find_map(|before| Evidence::of(*before, vote))?;
        self.accused.insert((view, signer));
        Some(evidence)
    }

    /// The stake behind `vote`.
    pub(crate) fn stake(&self, vote: Vote) -> Stake {
        let counts = self.votes.get(&(vote.view, vote.kind));
        counts.and_then(|counts| counts.stakes.get(&(vote.height, vote.proposal))).copied().unwrap_or_default()
    }

    /// The certificate of `vote`, once a quorum has said the same.
    pub(crate) fn certificate(&self, vote: Vote, committee: &Committee) -> Option<VerifiedCertificate> {
        if !committee.is_quorum(self.stake(vote)) {
            return None;
        }
        VerifiedCertificate::assemble(vote, self.agreeing(vote).copied(), committee)
    }

    fn agreeing(&self, vote: Vote) -> impl Iterator<Item = &VerifiedVote> {
        let votes = self.votes.get(&(vote.view, vote.kind));
        votes.into_iter().flat_map(|counts| counts.votes.values()).filter(move |counted| counted.vote() == vote)
    }

    /// Whether exactly this was counted.
    pub(crate) fn holds(&self, vote: &SignedVote) -> bool {
        let votes = self.votes.get(&(vote.vote.view, vote.vote.kind));
        let first = votes.and_then(|counts| counts.votes.get(&vote.signer));
        first.is_some_and(|first| first.signed() == *vote)
    }

    /// Forgets what lies outside of the window around `current`.
    pub(crate) fn prune(&mut self, current: View) {
        self.votes.retain(|(view, _), _| in_window(*view, current));
        self.accused.retain(|(view, _)| in_window(*view, current));
    }

    /// Votes held.
    pub(crate) fn len(&self) -> usize {
        self.votes.values().map(|counts| counts.votes.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use quorate_event::{NetworkId, SecretKey};

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
            tally.count(signed(0, prepare), &committee);
            tally.count(signed(1, prepare), &committee);
        }
        assert_eq!(tally.stake(prepare), Stake(2));
        assert_eq!(tally.certificate(prepare, &committee), None);
        tally.count(signed(2, prepare), &committee);
        assert!(tally.certificate(prepare, &committee).is_some());
    }

    #[test]
    fn a4_a_quorum_is_more_than_two_thirds_of_very_unequal_stakes() {
        let (mut tally, committee) = (Tally::default(), committee(&[1, 1, 1, 1 << 63]));
        let commit = vote(VoteKind::Commit, 0, 1);
        for small in 0..3 {
            tally.count(signed(small, commit), &committee);
        }
        assert_eq!(tally.certificate(commit, &committee), None);
        tally.count(signed(3, commit), &committee);
        assert!(tally.certificate(commit, &committee).is_some());
    }

    #[test]
    fn a5_a_double_vote_keeps_the_first_and_is_told_once() {
        let (mut tally, committee) = (Tally::default(), committee(&[1, 1, 1]));
        let [first, second] = [1, 2].map(|name| vote(VoteKind::Prepare, 0, name));
        tally.count(signed(0, first), &committee);
        let told = tally.count(signed(0, second), &committee);
        assert!(!told.new);
        let evidence = told.evidence.unwrap();
        assert_eq!(evidence.verify(NETWORK), Ok(SecretKey::simulated(0).address()));
        assert_eq!(tally.count(signed(0, second), &committee).evidence, None);
        assert_eq!(tally.stake(first), Stake(1));
        assert_eq!(tally.stake(second), Stake(0));
    }

    #[test]
    fn a5_commit_and_skip_in_one_view_exclude_each_other_in_either_order() {
        let committee = committee(&[1, 1, 1]);
        let [commit, skip] = [VoteKind::Commit, VoteKind::Skip].map(|kind| vote(kind, 0, 1));
        for [first, second] in [[commit, skip], [skip, commit]] {
            let mut tally = Tally::default();
            assert_eq!(tally.count(signed(0, first), &committee).evidence, None);
            assert!(tally.count(signed(0, second), &committee).evidence.is_some());
        }
        let mut tally = Tally::default();
        tally.count(signed(0, commit), &committee);
        let elsewhere = vote(VoteKind::Skip, 1, 1);
        assert_eq!(tally.count(signed(0, elsewhere), &committee).evidence, None);
    }
}
