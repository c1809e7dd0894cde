//! The leaders of the views of the first height.
//!
//! Leaders are drawn by stake from a hash of the genesis, each member once in four views. So the code searches for a genesis
//! whose name gives the wanted sequence, and production code needs no hook. Stakes differ by one in a million, since members
//! of equal stake lead in one fixed order; any three members are a quorum nevertheless.

use std::sync::LazyLock;

use quorate_event::{Genesis, Height, Parameters, Stake, View};
use quorate_replica::leader;

use crate::node_id::NodeId;
use crate::round_rules::Role;
use crate::world::Setup;

/// Members.
pub(super) const MEMBERS: usize = 4;
/// Ways to order the leaders of the views 4, 5 and 6.
const SECOND_ORDERS: usize = 24;
/// Sequences of leaders of seven views, when honest members may be renamed: the twin leads one of the first four views.
const SEQUENCES: usize = MEMBERS * SECOND_ORDERS;

/// A network whose first height has a wanted sequence of leaders.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    /// The genesis.
    pub(super) genesis: Genesis,
    /// The node of each role of [`Role::ALL`].
    pub(super) nodes: [NodeId; 5],
    /// The leader of each of seven views; [`Role::T`] is the twin.
    pub(super) leaders: [Role; 7],
}

/// How many sequences differ in the first `rounds` views, and by how much their numbers differ.
pub(super) const fn choices(rounds: usize) -> (u64, u64) {
    match rounds {
        0..=4 => (4, 24),
        5 => (16, 6),
        6 => (48, 2),
        _ => (96, 1),
    }
}

/// The network of a sequence.
pub(super) fn cast(sequence: u64) -> &'static Cast {
    &CASTS[sequence as usize % SEQUENCES]
}

static CASTS: LazyLock<Vec<Cast>> = LazyLock::new(|| {
    let mut found: Vec<Option<Cast>> = vec![None; SEQUENCES];
    let setup = setup();
    for name in 0_u64.. {
        let genesis = Genesis { name: format!("twins {name}"), ..setup.genesis() };
        let led = led(&genesis);
        for twin in 0..MEMBERS {
            let (sequence, cast) = cast_as(&genesis, led, twin);
            found[sequence].get_or_insert(cast);
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    found.into_iter().flatten().collect()
});

/// A message takes a millisecond, and what is missing is asked for again after a quarter of a second: views leave time for both.
pub(super) fn parameters() -> Parameters {
    Parameters { min_events: 64, max_wait_ms: 20, view_timer_ms: 600, ..Parameters::default() }
}

/// Four members whose stakes differ by one in a million.
pub(super) fn setup() -> Setup {
    let mut setup = Setup::equal(MEMBERS, parameters());
    for ((_, stake), more) in setup.members.iter_mut().zip(0_u128..) {
        *stake = Stake(1_000_000 + more);
    }
    setup
}

/// The members that lead the first seven views, by index.
fn led(genesis: &Genesis) -> [usize; 7] {
    let previous = genesis.network().proposal_id();
    let setup = setup();
    std::array::from_fn(|view| {
        let leader = leader(&genesis.committee, previous, Height(1), View(view as u64));
        setup.members.iter().position(|(key, _)| key.address() == leader).unwrap_or_default()
    })
}

/// The number of a sequence in which this member is the twin, and who plays what in it.
fn cast_as(genesis: &Genesis, led: [usize; 7], twin: usize) -> (usize, Cast) {
    let mut honest = led[..MEMBERS].iter().copied().filter(|place| *place != twin);
    let [a, b, c] = std::array::from_fn(|_| honest.next().unwrap_or_default());
    let nodes = [a, b, c, twin, MEMBERS].map(NodeId);
    let role = |place: usize| Role::ALL[nodes.iter().position(|node| node.0 == place).unwrap_or_default()];
    let leaders = led.map(role);
    let first = leaders.iter().position(|role| *role == Role::T).unwrap_or_default();
    // The number of each later leader among those of the four that have not led again.
    let mut left = vec![Role::A, Role::B, Role::C, Role::T];
    let second = leaders[MEMBERS..].iter().fold(0, |number, role| {
        let (count, place) = (left.len(), left.iter().position(|left| left == role).unwrap_or_default());
        left.remove(place);
        number * count + place
    });
    (first * SECOND_ORDERS + second, Cast { genesis: genesis.clone(), nodes, leaders })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::round_rules::RoundRule;

    #[test]
    fn every_sequence_has_a_genesis_that_gives_it() {
        for sequence in 0..SEQUENCES {
            let Cast { genesis, nodes, leaders } = cast(sequence as u64);
            let honest = leaders[..4].iter().filter(|role| **role != Role::T);
            assert!(honest.eq(&[Role::A, Role::B, Role::C]));
            assert_eq!(leaders[sequence / SECOND_ORDERS], Role::T);
            let again = led(genesis).map(|place| nodes.iter().position(|node| node.0 == place).unwrap());
            assert_eq!(again.map(|place| Role::ALL[place]), *leaders);
        }
        let mut all: Vec<_> =
            (0..SEQUENCES).map(|sequence| cast(sequence as u64).leaders.map(|role| role as u8)).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 96);
        assert_eq!(RoundRule::count(), 91);
    }

    #[test]
    fn sequences_that_differ_later_are_one_choice() {
        for rounds in 0..=7 {
            let (count, step) = choices(rounds);
            let mut seen: Vec<_> = (0..count)
                .map(|at| cast(at * step).leaders[..rounds.max(4)].iter().map(|role| *role as u8).collect::<Vec<_>>())
                .collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len() as u64, count, "{rounds} rounds");
        }
    }

    #[test]
    fn any_three_members_are_a_quorum_and_no_two() {
        let committee = setup().genesis().committee;
        let stakes: Vec<_> = committee.members().iter().map(|(_, stake)| stake.0).collect();
        assert!(committee.is_quorum(Stake(stakes.iter().sum::<u128>() - stakes.iter().max().unwrap())));
        assert!(!committee.is_quorum(Stake(2 * stakes.iter().max().unwrap())));
    }
}
