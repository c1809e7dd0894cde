//! A member that lost its vote log says nothing until nothing it may have said can matter (A9).
//!
//! Its last vote was at a height k, so that milestone k - 1 was certified. Those who certified it and those who report
//! now share an honest member, since each hold more than two thirds; that one committed at k - 1 and so reports k - 2
//! or more. Two heights beyond the greatest report therefore include k.
//!
//! That holds of reports by the committee that certified k - 1, and those of an earlier one end no earlier than its last
//! milestone. So what the reports come to is found anew with each committee, by those of its members alone. When they
//! reported does not matter: it was after the log was lost.

use std::collections::BTreeMap;

use quorate_event::{Address, Committee, Height};

/// The reports that end the abstinence.
#[derive(Debug, Default)]
pub(crate) struct Abstinence {
    /// One a member.
    reports: BTreeMap<Address, Height>,
    until: Option<Height>,
}

impl Abstinence {
    /// `member`, not we ourselves, says that it has applied `height`.
    pub(crate) fn report(&mut self, member: Address, height: Height, committee: &Committee) {
        if self.until.is_some() || !committee.contains(member) {
            return;
        }
        let report = self.reports.entry(member).or_insert(height);
        *report = height.max(*report);
        self.conclude(committee);
    }

    /// The committee is another one now.
    pub(crate) fn begin_anew(&mut self, committee: &Committee) {
        self.reports.retain(|member, _| committee.contains(*member));
        self.until = None;
        self.conclude(committee);
    }

    fn conclude(&mut self, committee: &Committee) {
        if committee.is_quorum(committee.stake_of(self.reports.keys().copied())) {
            let greatest = self.reports.values().max().copied();
            self.until = greatest.map(|greatest| greatest.next().next());
        }
    }

    /// Whether votes may be cast again, once `applied` is certified.
    pub(crate) fn is_over(&self, applied: Height) -> bool {
        self.until.is_some_and(|until| applied >= until)
    }
}

#[cfg(test)]
mod tests {
    use quorate_event::{SecretKey, Stake};

    use super::*;

    #[test]
    fn a9_it_lasts_two_heights_beyond_the_greatest_report_of_enough_stake() {
        let [me, a, b, c, stranger] = [0, 1, 2, 3, 4].map(|key| SecretKey::simulated(key).address());
        let members = [me, a, b, c].map(|member| (member, Stake(100)));
        let committee = Committee::new(members.to_vec()).unwrap();
        let mut abstinence = Abstinence::default();
        for (member, height) in [(stranger, 90), (a, 7), (a, 6), (b, 5)] {
            abstinence.report(member, Height(height), &committee);
            assert!(!abstinence.is_over(Height(u64::MAX)), "two of four are no quorum");
        }
        abstinence.report(c, Height(3), &committee);
        assert!(!abstinence.is_over(Height(8)));
        assert!(abstinence.is_over(Height(9)));
        // Another committee, of which one has not reported: what the others said still counts, and is not enough.
        let other = Committee::new([me, a, b, stranger].map(|member| (member, Stake(100))).to_vec()).unwrap();
        abstinence.begin_anew(&other);
        assert!(!abstinence.is_over(Height(u64::MAX)));
        abstinence.report(stranger, Height(4), &other);
        assert!(abstinence.is_over(Height(9)) && !abstinence.is_over(Height(8)));
        // What is claimed afterwards changes nothing.
        abstinence.report(b, Height(1_000), &other);
        assert!(abstinence.is_over(Height(9)));
    }
}
