//! The attacks, each with its row of [the threats](../../../../docs/threats.md).

use super::field::Field;
use super::peer::EvilPeer;
use super::{floods, identity, ingest, votes};

/// Whose key the evil peer connects with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who {
    /// Nobody's.
    Stranger,
    /// The fifth member's.
    Member,
}

/// What the honest nodes must think of the evil peer in the end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// It is disconnected, and kept away.
    Banned,
    /// Its score is below zero.
    Blamed,
    /// It did nothing that distinguishes it from an honest peer.
    Spared,
}

/// A list of `/v1/evidence`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Evidence {
    Votes,
    Events,
}

/// One thing to try.
pub(crate) struct Attack {
    /// Its row.
    pub(crate) row: &'static str,
    pub(crate) name: &'static str,
    pub(crate) who: Who,
    pub(crate) fate: Fate,
    /// MiB that one process may take more than it had, at most.
    pub(crate) budget: u64,
    /// What evidence names the evil member afterwards.
    pub(crate) leaves: Option<Evidence>,
    pub(crate) run: fn(&Field, &EvilPeer),
}

/// What the peers, their queues and the honest clients' own writes take in the seconds of an attack that nothing is kept of.
const NOTHING_KEPT: u64 = 64;

/// What one peer's messages of full length take in the queues between the network and the replica.
const QUEUES: u64 = 128;

const STRANGER: Attack = Attack {
    row: "",
    name: "",
    who: Who::Stranger,
    fate: Fate::Banned,
    budget: NOTHING_KEPT,
    leaves: None,
    run: |_, _| {},
};
/// The evil peer looks on while others, of keys of their own, do it.
const BYSTANDER: Attack = Attack { fate: Fate::Spared, ..STRANGER };
const MEMBER: Attack = Attack { who: Who::Member, fate: Fate::Spared, ..STRANGER };

/// What a member may send and what leaves evidence come last: from then on, its events are void.
pub(crate) const ATTACKS: &[Attack] = &[
    Attack { row: "T-A1", name: "a message cut at every offset", run: ingest::cut_at_every_offset, ..STRANGER },
    Attack { row: "T-A2", name: "lists that say they are endless", run: ingest::endless_lists, ..STRANGER },
    Attack { row: "T-A3", name: "an event above the limit of its size", run: ingest::oversize, ..STRANGER },
    Attack { row: "T-A4", name: "one event again and again", run: ingest::duplicates, ..MEMBER },
    Attack {
        row: "T-A5",
        name: "a known event under a bad signature",
        run: ingest::known_but_badly_signed,
        ..STRANGER
    },
    Attack { row: "T-A6", name: "another body under a good signature", run: ingest::another_body, ..STRANGER },
    Attack { row: "T-A9", name: "orphans", budget: QUEUES, run: ingest::orphans, ..MEMBER },
    Attack { row: "T-A12", name: "places that contradict what they follow", run: identity::lying_places, ..MEMBER },
    Attack { row: "T-A13", name: "times from the first to the last", run: ingest::absurd_times, ..MEMBER },
    Attack { row: "T-A16", name: "signatures at the edges", run: ingest::edges_of_signatures, ..STRANGER },
    Attack { row: "T-A17", name: "one event under two signatures", run: identity::two_signatures, ..MEMBER },
    Attack { row: "T-A18", name: "an event in another's name", run: ingest::in_anothers_name, ..STRANGER },
    Attack { row: "T-A18", name: "events of one who may not write", run: ingest::no_writer, ..STRANGER },
    Attack { row: "T-A19", name: "an event of another network", run: ingest::another_network, ..STRANGER },
    Attack { row: "T-A20", name: "bytes behind the end and longer integers", run: ingest::not_canonical, ..STRANGER },
    Attack { row: "T-A23", name: "nesting without end", run: ingest::nested, ..STRANGER },
    Attack { row: "T-B4", name: "votes with garbage for signatures", run: votes::garbage, ..STRANGER },
    Attack {
        row: "T-B11",
        name: "certificates that one member made alone",
        run: votes::forged_certificates,
        ..STRANGER
    },
    Attack {
        row: "T-B25",
        name: "history that its milestone does not cover",
        run: identity::forged_history,
        ..STRANGER
    },
    Attack { row: "T-B17", name: "votes for heights that are far away", run: votes::far_heights, ..MEMBER },
    Attack { row: "T-B17", name: "skips of views that are far away", run: votes::far_views, ..MEMBER },
    Attack { row: "T-B18", name: "a leader of views that are far away", run: votes::far_proposals, ..STRANGER },
    Attack { row: "T-B19", name: "a height that nobody has reached", run: votes::claimed_heights, ..MEMBER },
    Attack { row: "T-B21", name: "votes of another network", run: votes::another_network, ..STRANGER },
    Attack { row: "T-C5", name: "gossip that is garbage", run: ingest::bad_gossip, ..STRANGER },
    Attack {
        row: "T-A10",
        name: "asks for everything and reads nothing",
        budget: QUEUES,
        run: floods::asks_and_never_reads,
        ..BYSTANDER
    },
    Attack { row: "T-A10", name: "the longest summaries", budget: QUEUES, run: floods::longest_summaries, ..BYSTANDER },
    Attack { row: "T-A2", name: "a frame without end", run: floods::endless_frame, ..BYSTANDER },
    Attack {
        row: "T-B17",
        name: "urgent messages of no use, as fast as they are taken",
        run: floods::urgent,
        ..BYSTANDER
    },
    Attack { row: "T-C1", name: "connections of many keys", run: floods::connections, ..BYSTANDER },
    Attack { row: "T-C2", name: "streams that nobody uses", run: floods::streams, ..BYSTANDER },
    Attack { row: "T-C3", name: "sockets that say nothing", run: floods::half_open, ..BYSTANDER },
    Attack { row: "T-C4", name: "gossip's own messages, many and absurd", run: floods::gossip_control, ..BYSTANDER },
    Attack { row: "T-C11", name: "addresses of somebody else", run: identity::poisoned_addresses, ..BYSTANDER },
    Attack { row: "T-C12", name: "a handshake sent again", run: identity::replayed_handshake, ..BYSTANDER },
    Attack {
        row: "T-B2",
        name: "votes that exclude each other",
        run: votes::double,
        leaves: Some(Evidence::Votes),
        ..MEMBER
    },
    Attack {
        row: "T-A8",
        name: "a fork of many branches",
        run: ingest::branches,
        leaves: Some(Evidence::Events),
        ..MEMBER
    },
];
