//! Explains stakes in words: the quorum, the members without which the network stalls, and whether the running ones suffice.

use quorate_event::{Address, Committee, Stake};

use super::plan::Plan;

/// The members of a network by their nodes' names.
#[derive(Debug, Clone)]
pub(super) struct Stakes {
    committee: Committee,
    members: Vec<Member>,
}

#[derive(Debug, Clone)]
struct Member {
    name: String,
    address: Address,
    stake: Stake,
}

impl Stakes {
    pub(super) fn of(plan: &Plan) -> Self {
        let committee = plan.genesis.committee.clone();
        let members = plan.nodes.iter().map(|node| {
            let address = node.key.address();
            Member { name: node.name.clone(), address, stake: committee.stake(address).unwrap_or_default() }
        });
        Self { members: members.collect(), committee }
    }

    /// A node by its address, with its stake.
    pub(super) fn named(&self, address: &str) -> String {
        let found = address.parse().ok().and_then(|address| self.members.iter().find(|m| m.address == address));
        found.map_or_else(|| address.to_owned(), Member::label)
    }

    /// The number of members, their stakes and the quorum.
    pub(super) fn formation(&self) -> String {
        let (members, total) = (self.members.len(), self.committee.total().0);
        let each: Vec<String> = self.members.iter().map(Member::label).collect();
        let quorum = self.committee.quorum().0;
        format!("{members} members with {total}: {}; a quorum is {quorum}, more than two thirds", each.join(", "))
    }

    /// Warnings about members whose loss would stall the network.
    pub(super) fn warnings(&self) -> Vec<String> {
        if self.members.len() < 2 {
            return Vec::new();
        }
        let alone = self.members.iter().find(|member| self.committee.is_quorum(member.stake));
        let alone = alone.map(|member| {
            format!("{} is a quorum alone: it can certify any milestone without the others", member.label())
        });
        alone.into_iter().chain(self.indispensable()).collect()
    }

    /// Members whose loss stalls the network: those with a third of the stake or more.
    fn indispensable(&self) -> Option<String> {
        let total = self.committee.total();
        let rest = |member: &Member| Stake(total.0.saturating_sub(member.stake.0));
        let stalls = |member: &&Member| !self.committee.is_quorum(rest(member));
        let members: Vec<&Member> = self.members.iter().filter(stalls).collect();
        let quorum = self.committee.quorum().0;
        match members[..] {
            [] => None,
            [one] => {
                let share = if self.committee.exceeds_third(one.stake) { "over a third" } else { "a third" };
                let (label, rest) = (one.label(), rest(one).0);
                Some(format!(
                    "losing {label} stalls the network: it holds {share} of {}, and the other {rest} are no quorum of {quorum}",
                    total.0
                ))
            }
            [..] => {
                let labels: Vec<String> = members.iter().map(|member| member.label()).collect();
                Some(format!(
                    "losing any of {} stalls the network: each holds a third of {} or more",
                    labels.join(", "),
                    total.0
                ))
            }
        }
    }

    /// Whether the running nodes, given in order, can certify milestones.
    pub(super) fn standing(&self, present: &[bool]) -> QuorumState {
        let (here, away): (Vec<_>, Vec<_>) = self.members.iter().zip(present).partition(|(_, is_present)| **is_present);
        let names =
            |of: &[(&Member, &bool)]| of.iter().map(|(member, _)| member.label()).collect::<Vec<_>>().join(", ");
        let sum = self.committee.stake_of(here.iter().map(|(member, _)| member.address));
        let goes_on = self.committee.is_quorum(sum);
        let (sum, total, quorum) = (sum.0, self.committee.total().0, self.committee.quorum().0);
        let sentence = match (away.is_empty(), goes_on) {
            (true, _) => format!("all members run, with {total}"),
            (false, true) => {
                format!(
                    "without {} the stake is {sum} of {total}, and a quorum is {quorum}: the network goes on",
                    names(&away)
                )
            }
            (false, false) => format!(
                "without {} the stake is {sum} of {total}, and a quorum is {quorum}: nothing becomes final; writes are kept",
                names(&away)
            ),
        };
        QuorumState { goes_on, sentence }
    }
}

impl Member {
    fn label(&self) -> String {
        format!("{} ({})", self.name, self.stake.0)
    }
}

/// The state of the network with the running members.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct QuorumState {
    /// Whether milestones can be made.
    pub(super) goes_on: bool,
    /// The sentence that explains it.
    pub(super) sentence: String,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Nodes n1, n2 … with these stakes.
    pub(in super::super) fn stakes(stakes: &[u128]) -> Stakes {
        let members = stakes.iter().zip(1_u8..).map(|(stake, name)| Member {
            name: format!("n{name}"),
            address: Address::new([name; 20]),
            stake: Stake(*stake),
        });
        let members: Vec<Member> = members.collect();
        let committee = Committee::new(members.iter().map(|member| (member.address, member.stake)).collect());
        Stakes { committee: committee.unwrap(), members }
    }

    #[test]
    fn formation_names_stakes_and_quorum() {
        assert_eq!(
            stakes(&[150, 200, 80, 120]).formation(),
            "4 members with 550: n1 (150), n2 (200), n3 (80), n4 (120); a quorum is 367, more than two thirds"
        );
    }

    #[test]
    fn whoever_holds_a_third_is_warned_of_and_nobody_else() {
        let warnings = |all: &[u128]| stakes(all).warnings();
        let two =
            "losing n2 (200) stalls the network: it holds over a third of 550, and the other 350 are no quorum of 367";
        assert_eq!(warnings(&[150, 200, 80, 120]), [two]);
        assert_eq!(warnings(&[100; 4]), Vec::<String>::new());
        assert_eq!(warnings(&[5]), Vec::<String>::new());
        let each = "losing any of n1 (100), n2 (100), n3 (100) stalls the network: each holds a third of 300 or more";
        assert_eq!(warnings(&[100; 3]), [each]);
        // 600 of 900 are two thirds and no more: it cannot decide alone, and 700 of 1,000 can.
        assert_eq!(warnings(&[600, 100, 100, 100]).len(), 1);
        let alone = warnings(&[700, 100, 100, 100]);
        assert_eq!(
            (alone.len(), &alone[0][..]),
            (2, "n1 (700) is a quorum alone: it can certify any milestone without the others")
        );
    }

    #[test]
    fn those_that_are_left_go_on_or_not() {
        let all = stakes(&[600, 100, 100, 100]);
        let standing = |present: [bool; 4]| all.standing(&present);
        assert_eq!(
            standing([true; 4]),
            QuorumState { goes_on: true, sentence: "all members run, with 900".to_owned() }
        );
        let without = "without n4 (100) the stake is 800 of 900, and a quorum is 601: the network goes on";
        assert_eq!(standing([true, true, true, false]).sentence, without);
        let stalled = standing([false, true, true, true]);
        assert!(!stalled.goes_on);
        assert!(stalled.sentence.starts_with("without n1 (600) the stake is 300 of 900, and a quorum is 601: nothing"));
        assert!(!standing([true, false, false, false]).goes_on);
    }
}
