//! The attacks, each with the row of the list of threats that it plays.

use quorate_event::{EventId, ProposalId, VoteKind};
use quorate_node::net::Bytes;
use quorate_replica::AgreementMessage;

use super::field::Field;
use super::forge::{self, Place, REFUSED};
use super::peer::EvilPeer;

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
    /// It did nothing that an honest peer may not do, or nothing by which it could be told apart from one.
    Spared,
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
    pub(crate) run: fn(&Field, &EvilPeer),
}

/// What the peers, their queues and the honest clients' own writes take in the seconds of an attack that nothing is kept of.
const NOTHING_KEPT: u64 = 48;

/// Most harmless first: a member that is banned stays so.
pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        row: "A1",
        name: "a message cut at every offset",
        who: Who::Stranger,
        fate: Fate::Banned,
        budget: NOTHING_KEPT,
        run: |field, peer| {
            let event = forge::event(field.network, &field.member, Place { lane: 1, seq: 1 }, genesis(field), refused());
            let whole = forge::vertices([event.bytes()]);
            let cut: Vec<Bytes> = (0..whole.len()).map(|at| whole.slice(..at)).collect();
            field.runtime.block_on(peer.flood(&cut));
        },
    },
    Attack {
        row: "A4",
        name: "one event again and again",
        who: Who::Member,
        fate: Fate::Spared,
        budget: NOTHING_KEPT,
        run: |field, peer| {
            let payload = forge::write(forge::ALLOWED, 4);
            let event = forge::event(field.network, &field.member, Place { lane: 4, seq: 1 }, genesis(field), payload);
            let copies = forge::vertices(std::iter::repeat_n(event.bytes(), 100));
            let frames = vec![copies; field.many(1_000) / 4];
            field.runtime.block_on(peer.flood(&frames));
        },
    },
    Attack {
        row: "B17",
        name: "votes for heights that are far away",
        who: Who::Member,
        fate: Fate::Spared,
        budget: NOTHING_KEPT,
        run: |field, peer| {
            let far = |number: usize| {
                let height = (1 << 40) + number as u64;
                let vote = forge::vote(field.network, &field.member, VoteKind::Prepare, (height, 0), ProposalId::NONE);
                forge::agreement(AgreementMessage::Vote(vote))
            };
            let frames: Vec<Bytes> = (0..field.many(25_000)).map(far).collect();
            field.runtime.block_on(peer.flood(&frames));
        },
    },
];

fn genesis(field: &Field) -> Vec<EventId> {
    vec![field.network.event_id()]
}

fn refused() -> quorate_event::Payload {
    forge::write(REFUSED, 0)
}
