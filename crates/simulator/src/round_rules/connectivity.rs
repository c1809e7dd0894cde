//! Which processes receive messages from which others.

use std::fmt;

/// A process of a scenario. The honest members are called by the order in which they first lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The honest member that leads first.
    A,
    /// The honest member that leads second.
    B,
    /// The honest member that leads last.
    C,
    /// The first machine of the twin.
    T,
    /// Its second machine, with the same key.
    U,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::T, Self::U];

    /// The other machine of the twin; an honest member stays the same.
    const fn swapped(self) -> Self {
        match self {
            Self::T => Self::U,
            Self::U => Self::T,
            honest => honest,
        }
    }
}

/// Which messages pass while a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connectivity {
    /// Two groups without messages between them: A's group, and the roles whose bits are set. More groups would add nothing,
    /// since at most one group has a quorum.
    Split(u8),
    /// Only one process receives proposals and votes; all receive skips, and positions without such votes.
    Only(Role),
    /// No process receives messages of this one.
    Mute(Role),
    /// This process receives no message.
    Deaf(Role),
}

/// Ways to split five: A's group also holds any proper subset of the other four.
const SPLITS: usize = 15;

impl Connectivity {
    /// All of them; by this order scenarios are numbered.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        // The bit of A is never set: A's group is the one that is not named.
        let splits = (1..=SPLITS as u8).map(|others| Self::Split(others << 1));
        let ones = [Self::Only, Self::Mute, Self::Deaf].into_iter();
        splits.chain(ones.flat_map(|connectivity| Role::ALL.map(connectivity)))
    }

    /// Whether a message of `from` reaches `to`; `is_vote` for proposals and votes that count towards a certificate.
    pub(super) fn connects(self, from: Role, to: Role, is_vote: bool) -> bool {
        match self {
            Self::Split(others) => others >> from as u8 & 1 == others >> to as u8 & 1,
            Self::Only(hearer) => to == hearer || !is_vote,
            Self::Mute(role) => from != role,
            Self::Deaf(role) => to != role,
        }
    }

    /// The same with the twin's machines swapped.
    pub(super) fn swapped(self) -> Self {
        match self {
            Self::Split(others) => {
                let bit = |role: Role| others >> role as u8 & 1;
                let twins = 1 << Role::T as u8 | 1 << Role::U as u8;
                Self::Split(others & !twins | bit(Role::U) << Role::T as u8 | bit(Role::T) << Role::U as u8)
            }
            Self::Only(role) => Self::Only(role.swapped()),
            Self::Mute(role) => Self::Mute(role.swapped()),
            Self::Deaf(role) => Self::Deaf(role.swapped()),
        }
    }
}

impl fmt::Display for Connectivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Split(others) => {
                let group = |side: u8| {
                    let roles = Role::ALL.into_iter().filter(move |role| others >> *role as u8 & 1 == side);
                    roles.map(|role| format!("{role:?}")).collect::<String>()
                };
                write!(f, "{} | {}", group(0), group(1))
            }
            Self::Only(role) => write!(f, "only {role:?} receives votes"),
            Self::Mute(role) => write!(f, "no one receives from {role:?}"),
            Self::Deaf(role) => write!(f, "{role:?} receives nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_there_once_and_swapping_the_twin_s_machines_twice_changes_nothing() {
        let all: Vec<Connectivity> = Connectivity::all().collect();
        assert_eq!(all.len(), SPLITS + 15);
        for connectivity in &all {
            assert_eq!(all.iter().filter(|other| *other == connectivity).count(), 1);
            assert!(all.contains(&connectivity.swapped()));
            assert_eq!(connectivity.swapped().swapped(), *connectivity);
            let hears = |from, to| connectivity.connects(from, to, true);
            let pairs = Role::ALL.into_iter().flat_map(|from| Role::ALL.map(|to| (from, to)));
            let mut pairs = pairs.filter(|(from, to)| from != to);
            assert!(pairs.any(|(from, to)| !hears(from, to)), "{connectivity} hinders somebody");
        }
    }

    #[test]
    fn shapes_say_who_hears_whom() {
        let split = Connectivity::Split(1 << Role::B as u8 | 1 << Role::U as u8);
        assert_eq!(split.to_string(), "ACT | BU");
        assert_eq!(split.swapped().to_string(), "ACU | BT");
        assert!(split.connects(Role::A, Role::T, true) && split.connects(Role::U, Role::B, true));
        assert!(!split.connects(Role::A, Role::B, true) && !split.connects(Role::U, Role::T, false));
        let only = Connectivity::Only(Role::C);
        assert!(only.connects(Role::A, Role::C, true) && !only.connects(Role::C, Role::A, true));
        assert!(only.connects(Role::C, Role::A, false), "skips and positions without votes are heard by all");
        assert!(
            Connectivity::Mute(Role::A).connects(Role::B, Role::A, true)
                && !Connectivity::Mute(Role::A).connects(Role::A, Role::B, false)
        );
        assert!(
            Connectivity::Deaf(Role::A).connects(Role::A, Role::B, true)
                && !Connectivity::Deaf(Role::A).connects(Role::B, Role::A, false)
        );
    }
}
