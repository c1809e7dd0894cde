//! The bugs that can be planted, by the rows of [the threats](../../../../docs/threats.md) that they stand for.

use super::case::Profile;
use super::trial::Series;

/// A bug that can be planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plant {
    /// What it is called.
    pub name: &'static str,
    /// What goes wrong.
    pub what: &'static str,
    /// Where it shows.
    pub profile: Series,
}

const fn plant(name: &'static str, what: &'static str) -> Plant {
    plant_in(Series::Swarm(Profile::Agreement), name, what)
}

const fn plant_in(profile: Series, name: &'static str, what: &'static str) -> Plant {
    Plant { name, what, profile }
}

/// All of them. Each has one place in production code, where [`is_planted`](quorate_event::is_planted) asks for its name;
/// two, where one guards the other.
pub const PLANTS: [Plant; 32] = [
    plant("acknowledged early", "a write is acknowledged before it is on disk (T-D1)"),
    plant("any signature", "a signature of anybody counts (T-A5, T-B4)"),
    plant("checksum unread", "the vote log is believed whatever its checksums say (T-D4, T-B9)"),
    plant_in(
        Series::Swarm(Profile::Full),
        "committee forgotten",
        "a member that restarts knows the genesis's committee alone (T-B22)",
    ),
    plant("commit after skip", "a member commits in a view that it skipped (T-B12)"),
    plant_in(
        Series::Swarm(Profile::Full),
        "first come wins",
        "of concurrent writes the one that came first stays (T-A25)",
    ),
    plant("first vote erased", "a second vote takes the first one away, and nothing is said of it (T-B3)"),
    plant_in(Series::Swarm(Profile::Full), "fork unseen", "who continues a lane twice is not named (T-A7)"),
    plant_in(
        Series::Swarm(Profile::Full),
        "genesis certifies",
        "milestones are checked with the genesis's committee at every height (T-B21)",
    ),
    plant("log begun too soon", "each record of the vote log replaces all earlier ones (T-B9)"),
    plant("milestone unstored", "a milestone is applied and not stored (T-D1)"),
    plant("no rounds of sync", "nobody says by itself what it holds (T-C9)"),
    plant_in(Series::Twins, "offer unjustified", "an offer needs no certificates (T-B11)"),
    plant_in(Series::Twins, "parents unasked", "a missing parent is never asked for (T-A9)"),
    plant("positions unanswered", "whoever lags behind in a height gets nothing (T-B14)"),
    plant("prepare unchecked", "a cut is voted for before it is judged (T-B26)"),
    plant("published early", "an event leaves before it is on disk (T-D1)"),
    plant("quorum of half", "half of the stake is a quorum (T-B23)"),
    plant("second offer wins", "a leader's second offer replaces its first (T-B3)"),
    plant("signer counted twice", "a certificate may hold one signature several times (T-B2)"),
    plant("skip after commit", "a member skips a view in which it committed (T-B12)"),
    plant("sync stops short", "half of what a peer lacks is sent (T-A10)"),
    plant_in(
        Series::Swarm(Profile::Full),
        "ties by arrival",
        "what was typed at one place stands in the order of arrival (T-A25)",
    ),
    plant("tear refused", "a vote log whose end was torn by a crash passes for damaged (T-D3)"),
    plant("time judged", "an event whose clock is half a minute ahead is refused (T-A13)"),
    plant("timer stops", "from the third failed view on there is no timer (T-B10)"),
    plant("tip forgotten", "a member that restarts begins at the genesis (T-B29)"),
    plant("unsynced cut", "a cut is voted for that is not on disk (T-D2)"),
    plant("vote before disk", "a vote leaves before its record is on disk (T-B6)"),
    plant("votes forgotten", "a member that restarts forgets its votes (T-B5)"),
    plant("window without end", "votes and offers of any view are kept (T-B17)"),
    plant("work forgotten", "a member that restarts does not tell agreement what waits (T-B29)"),
];
