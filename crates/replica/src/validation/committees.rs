//! The committees of the heights up to the next one: who certifies which milestone, and who was ever a member.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quorate_event::{Address, Committee, Digest, Height, ProposalId};

/// Committees that are remembered, at most: of milestones below the oldest of them nobody tells any more.
const REMEMBERED: usize = 64;

/// One committee, from the first height that it certifies on.
#[derive(Debug, Clone)]
struct Reign {
    from: Height,
    committee: Arc<Committee>,
    digest: Digest,
}

impl Reign {
    fn new(from: Height, committee: Committee) -> Self {
        Self { from, digest: committee.digest(), committee: Arc::new(committee) }
    }
}

/// The committees as far as they are known. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Committees {
    /// The next height.
    next: Height,
    /// The greatest height of which it is known who certifies it: all, where that never changes.
    known: Height,
    /// Of heights that only certified milestones tell of, and that are not applied here: the milestone below each.
    learnt: BTreeMap<Height, ProposalId>,
    present: Reign,
    /// Ascending; changes are certified, so that no peer makes it grow.
    past: Arc<Vec<Reign>>,
    /// Whoever is or was a member; it grows with certified changes alone.
    ever: Arc<BTreeSet<Address>>,
}

impl Committees {
    pub(crate) fn new(genesis: &Committee, may_change: bool) -> Self {
        let ever = genesis.members().iter().map(|(member, _)| *member).collect();
        let present = Reign::new(Height(1), genesis.clone());
        let known = if may_change { Height(1) } else { Height(u64::MAX) };
        Self { next: Height(1), known, learnt: BTreeMap::new(), present, past: Arc::default(), ever: Arc::new(ever) }
    }

    /// The greatest height of which it is known who certifies it.
    pub(crate) const fn known(&self) -> Height {
        self.known
    }

    /// Whether nobody ever joins or leaves.
    pub(crate) fn are_fixed(&self) -> bool {
        self.known == Height(u64::MAX)
    }

    /// Who certifies the next height.
    pub(crate) fn present(&self) -> &Committee {
        &self.present.committee
    }

    /// The name of that committee.
    pub(crate) const fn digest(&self) -> Digest {
        self.present.digest
    }

    /// Who certifies a height; nothing of one that is too far ahead, or below what is remembered.
    pub(crate) fn of(&self, height: Height) -> Option<&Committee> {
        let mut reigns = std::iter::once(&self.present).chain(self.past.iter().rev());
        let reign = reigns.find(|reign| reign.from <= height).filter(|_| height <= self.known);
        reign.map(|reign| &*reign.committee)
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
        let ended = std::mem::replace(&mut self.present, Reign::new(self.next, committee.clone()));
        let past = Arc::make_mut(&mut self.past);
        past.push(ended);
        if past.len() > REMEMBERED {
            past.remove(0);
        }
        Arc::make_mut(&mut self.ever).extend(committee.members().iter().map(|(member, _)| *member));
    }

    /// The milestone of `height` is certified, and names this committee for the one after it. If that is the present one,
    /// it is known who certifies that height as well, above this milestone and no other.
    pub(crate) fn learn(&mut self, height: Height, id: ProposalId, named: Digest) {
        if height == self.known && named == self.present.digest && !self.are_fixed() {
            self.known = self.known.next();
            self.learnt.insert(self.known, id);
        }
    }

    /// Whether it is known who certifies a milestone of `height` above `previous`: what a certified milestone names is
    /// said of those that build on it.
    pub(crate) fn know_whose(&self, height: Height, previous: ProposalId) -> bool {
        self.learnt.get(&height).is_none_or(|below| *below == previous)
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
        assert_eq!((of(5), of(6)), (Some(first), None), "nobody knows who comes after the next");
    }

    #[test]
    fn a_member_that_left_was_one_and_a_stranger_was_none() {
        let mut committees = Committees::new(&committee(0..4), true);
        committees.follow(&committee(1..5));
        let had = |name| committees.ever_had(Address::new([name; 20]));
        assert_eq!([had(0), had(4), had(5)], [true, true, false]);
    }

    #[test]
    fn a_certified_milestone_tells_who_is_next_only_if_nobody_changes() {
        let [first, second] = [committee(0..4), committee(1..5)];
        let mut committees = Committees::new(&first, true);
        let id = |name| ProposalId::new([name; 32]);
        committees.learn(Height(2), id(2), first.digest());
        assert_eq!(committees.known(), Height(1), "another height's milestone tells nothing");
        committees.learn(Height(1), id(1), first.digest());
        assert_eq!(committees.of(Height(2)), Some(&first));
        assert!(committees.know_whose(Height(2), id(1)) && !committees.know_whose(Height(2), id(9)));
        assert!(committees.know_whose(Height(1), id(9)), "the graph holds what is below the next height");
        committees.learn(Height(2), id(2), second.digest());
        assert_eq!(committees.of(Height(3)), None);
    }

    #[test]
    fn where_nobody_joins_or_leaves_all_heights_are_known() {
        let first = committee(0..4);
        let mut committees = Committees::new(&first, false);
        committees.follow(&first);
        assert_eq!(committees.of(Height(u64::MAX)), Some(&first));
    }

    #[test]
    fn only_so_many_committees_are_remembered() {
        let mut committees = Committees::new(&committee(0..4), true);
        for turn in 0..200_u8 {
            committees.follow(&committee(turn..turn + 4));
        }
        assert_eq!(committees.past.len(), REMEMBERED);
        assert_eq!(committees.of(Height(2)), None);
        assert!(committees.of(Height(201)).is_some());
    }
}
