//! The committees of all heights up to the next one, and all past members.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quorate_event::{Address, Committee, Digest, Height, ProposalId};

/// Committees that are remembered, at most: peers no longer send milestones below the oldest of them.
const REMEMBERED: usize = 64;

/// One committee, from the first height that it certifies on.
#[derive(Debug, Clone)]
struct CommitteeTerm {
    from: Height,
    committee: Arc<Committee>,
    digest: Digest,
}

impl CommitteeTerm {
    fn new(from: Height, committee: Committee) -> Self {
        Self { from, digest: committee.digest(), committee: Arc::new(committee) }
    }
}

/// The committees as far as they are known. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Committees {
    /// The next height.
    next: Height,
    /// The greatest height with a known committee: the greatest of all, where the committee never changes.
    known: Height,
    /// Heights whose committee follows from a certified milestone that is not applied here: that milestone, below each.
    announced: BTreeMap<Height, ProposalId>,
    present: CommitteeTerm,
    /// Ascending; changes are certified, so that no peer makes it grow.
    past: Arc<Vec<CommitteeTerm>>,
    /// All present and past members; certified changes alone add to them.
    ever: Arc<BTreeSet<Address>>,
}

impl Committees {
    pub(crate) fn new(genesis: &Committee, may_change: bool) -> Self {
        let ever = genesis.members().iter().map(|(member, _)| *member).collect();
        let present = CommitteeTerm::new(Height(1), genesis.clone());
        let known = if may_change { Height(1) } else { Height(u64::MAX) };
        Self { next: Height(1), known, announced: BTreeMap::new(), present, past: Arc::default(), ever: Arc::new(ever) }
    }

    /// The greatest height with a known committee.
    pub(crate) const fn known(&self) -> Height {
        self.known
    }

    /// Whether the committee never changes.
    pub(crate) fn are_fixed(&self) -> bool {
        self.known == Height(u64::MAX)
    }

    /// The committee of the next height.
    pub(crate) fn present(&self) -> &Committee {
        &self.present.committee
    }

    /// The digest of that committee.
    pub(crate) const fn digest(&self) -> Digest {
        self.present.digest
    }

    /// The committee of a height; none if the height is too far ahead, or below the remembered ones.
    pub(crate) fn of(&self, height: Height) -> Option<&Committee> {
        let mut terms = std::iter::once(&self.present).chain(self.past.iter().rev());
        let term = terms.find(|term| term.from <= height).filter(|_| height <= self.known);
        term.map(|term| &*term.committee)
    }

    /// Whether `author` is or was a member.
    pub(crate) fn ever_had(&self, author: Address) -> bool {
        self.ever.contains(&author)
    }

    /// The next height has its milestone: this is the committee of the one after it.
    pub(crate) fn follow(&mut self, committee: &Committee) {
        self.next = self.next.next();
        self.known = self.known.max(self.next);
        if *committee == *self.present.committee {
            return;
        }
        let ended = std::mem::replace(&mut self.present, CommitteeTerm::new(self.next, committee.clone()));
        let past = Arc::make_mut(&mut self.past);
        past.push(ended);
        if past.len() > REMEMBERED {
            past.remove(0);
        }
        Arc::make_mut(&mut self.ever).extend(committee.members().iter().map(|(member, _)| *member));
    }

    /// The milestone of `height` is certified, and names this committee for the next height. If it is the present committee,
    /// the next height has a known committee as well, above this milestone and no other.
    pub(crate) fn announce(&mut self, height: Height, id: ProposalId, named: Digest) {
        if height == self.known && named == self.present.digest && !self.are_fixed() {
            self.known = self.known.next();
            self.announced.insert(self.known, id);
        }
    }

    /// Whether the committee of `height` is known for a milestone above `previous`: a certified milestone names it for those
    /// that build on it.
    pub(crate) fn is_known_above(&self, height: Height, previous: ProposalId) -> bool {
        self.announced.get(&height).is_none_or(|below| *below == previous)
    }
}

#[cfg(test)]
mod tests {
    use quorate_event::Stake;

    use super::*;

    fn committee(members: std::ops::Range<u8>) -> Committee {
        Committee::new(members.map(|name| (Address::new([name; 20]), Stake(1))).collect()).unwrap()
    }

    #[test]
    fn each_height_has_the_committee_that_was_named_before_it() {
        let [first, second] = [committee(0..4), committee(1..5)];
        let mut committees = Committees::new(&first, true);
        for committee in [&first, &second, &second, &first] {
            committees.follow(committee);
        }
        let of = |height| committees.of(Height(height)).cloned();
        assert_eq!((of(1), of(2)), (Some(first.clone()), Some(first.clone())));
        assert_eq!((of(3), of(4)), (Some(second.clone()), Some(second)));
        assert_eq!((of(5), of(6)), (Some(first), None), "the committee after the next is not known");
    }

    #[test]
    fn a_member_that_left_was_one_and_a_stranger_was_none() {
        let mut committees = Committees::new(&committee(0..4), true);
        committees.follow(&committee(1..5));
        let had = |name| committees.ever_had(Address::new([name; 20]));
        assert_eq!([had(0), had(4), had(5)], [true, true, false]);
    }

    #[test]
    fn a_certified_milestone_announces_the_next_committee_only_if_it_stays() {
        let [first, second] = [committee(0..4), committee(1..5)];
        let mut committees = Committees::new(&first, true);
        let id = |name| ProposalId::new([name; 32]);
        committees.announce(Height(2), id(2), first.digest());
        assert_eq!(committees.known(), Height(1), "another height's milestone announces nothing");
        committees.announce(Height(1), id(1), first.digest());
        assert_eq!(committees.of(Height(2)), Some(&first));
        assert!(committees.is_known_above(Height(2), id(1)) && !committees.is_known_above(Height(2), id(9)));
        assert!(committees.is_known_above(Height(1), id(9)), "the graph holds what is below the next height");
        committees.announce(Height(2), id(2), second.digest());
        assert_eq!(committees.of(Height(3)), None);
    }

    #[test]
    fn where_the_committee_is_fixed_all_heights_are_known() {
        let first = committee(0..4);
        let mut committees = Committees::new(&first, false);
        committees.follow(&first);
        assert_eq!(committees.of(Height(u64::MAX)), Some(&first));
    }

    #[test]
    fn the_number_of_remembered_committees_is_bounded() {
        let mut committees = Committees::new(&committee(0..4), true);
        for turn in 0..200_u8 {
            committees.follow(&committee(turn..turn + 4));
        }
        assert_eq!(committees.past.len(), REMEMBERED);
        assert_eq!(committees.of(Height(2)), None);
        assert!(committees.of(Height(201)).is_some());
    }
}
