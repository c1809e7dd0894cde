//! The filter of messages between two processes, by the rules of the rounds.
//!
//! The filter derives the view of each process from the messages that it sends. Votes and proposals belong to their own view. All
//! other messages belong to the later view of sender and receiver; if both have finished the height, to the latest view of any
//! process. A position repeats votes: these belong to the later view of the two ends, and commits to their own view as well. A
//! message passes if all its parts pass.
//!
//! If no group has a quorum, no process can leave the view, and later rounds would never be reached. So two view timers after the
//! first process came to a view, its rule holds for commits and milestones only: decisions stay hidden, and all processes move on.

use std::time::Duration;

use quorate_event::{Height, SignedVote, VoteKind};
use quorate_replica::{AgreementMessage, PeerMessage};

use super::connectivity::Role;
use super::round_rule::{Phase, RoundRule};
use crate::node_id::NodeId;
use crate::packet::Packet;

/// The height that the rules apply to.
const HEIGHT: Height = Height(1);

/// The progress of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RoundProgress {
    /// It is in this view of the height.
    In(usize),
    /// It has finished the height.
    Past,
}

/// The rules and the progress of each process.
pub(crate) struct MessageFilter {
    rounds: Vec<RoundRule>,
    nodes: [NodeId; 5],
    stands: [RoundProgress; 5],
    /// The time at which the first process came to each view.
    begun: Vec<Option<Duration>>,
    /// After this time a view's rule holds for commits and milestones only.
    rule_duration: Duration,
}

impl MessageFilter {
    pub(crate) fn new(rounds: Vec<RoundRule>, nodes: [NodeId; 5], rule_duration: Duration) -> Self {
        let mut begun = vec![None; rounds.len()];
        if let Some(first) = begun.first_mut() {
            *first = Some(Duration::ZERO);
        }
        Self { rounds, nodes, stands: [RoundProgress::In(0); 5], begun, rule_duration }
    }

    /// Whether no honest member is in one of the rounds any more.
    pub(crate) fn is_over(&self) -> bool {
        let mut honest = self.stands[..Role::T as usize].iter();
        honest.all(|stand| *stand >= RoundProgress::In(self.rounds.len()))
    }

    /// Whether a message of `from` reaches `to`.
    pub(crate) fn passes(&mut self, now: Duration, from: NodeId, to: NodeId, packet: &Packet) -> bool {
        let (Some(from), Some(to)) = (self.role(from), self.role(to)) else {
            return true;
        };
        let Some(message) = packet.message() else {
            return true;
        };
        if let PeerMessage::Agreement(message) = message {
            self.note(now, from, message);
        }
        let Some(here) = self.here(from, to) else {
            return true;
        };
        pieces(message, here).into_iter().all(|(view, phase)| self.allows(now, from, to, view, phase))
    }

    fn role(&self, node: NodeId) -> Option<Role> {
        self.nodes.iter().position(|of| *of == node).map(|at| Role::ALL[at])
    }

    /// The view that other messages between two processes belong to.
    fn here(&self, from: Role, to: Role) -> Option<usize> {
        let views = |stands: &[RoundProgress]| {
            let views = stands.iter().filter_map(|stand| match stand {
                RoundProgress::In(view) => Some(*view),
                RoundProgress::Past => None,
            });
            views.max()
        };
        views(&[self.stands[from as usize], self.stands[to as usize]]).or_else(|| views(&self.stands))
    }

    /// Updates the sender's progress from a message.
    fn note(&mut self, now: Duration, from: Role, message: &AgreementMessage) {
        let (height, view) = match message {
            AgreementMessage::Vote(SignedVote { vote, .. }) => (vote.height, vote.view.0),
            AgreementMessage::Position(position) => (position.height, position.view.0),
            AgreementMessage::Certificate(certificate) => {
                let vote = certificate.vote;
                (vote.height, vote.view.0 + u64::from(vote.kind == VoteKind::Skip))
            }
            AgreementMessage::Milestone(_) => (HEIGHT.next(), 0),
            // A proposal may be forwarded for another leader, or be sent before its view.
            AgreementMessage::Proposal { .. } => return,
        };
        let stand = if height > HEIGHT { RoundProgress::Past } else { RoundProgress::In(view as usize) };
        let before = &mut self.stands[from as usize];
        if stand > *before {
            *before = stand;
            if let RoundProgress::In(view) = stand {
                for begun in self.begun.iter_mut().take(view + 1) {
                    begun.get_or_insert(now);
                }
            }
        }
    }

    fn allows(&self, now: Duration, from: Role, to: Role, view: usize, phase: Phase) -> bool {
        let Some(RoundRule::From(first, connectivity)) = self.rounds.get(view) else {
            return true;
        };
        let begun = self.begun[view].unwrap_or(now);
        let is_over = phase != Phase::Commit && now >= begun + self.rule_duration;
        phase < *first || is_over || connectivity.connects(from, to, phase != Phase::ViewChange)
    }
}

/// The parts of a message, each with its view and phase; `here` is the view of parts without their own.
fn pieces(message: &PeerMessage, here: usize) -> Vec<(usize, Phase)> {
    let message = match message {
        PeerMessage::Agreement(message) => message,
        PeerMessage::Vertices(vertices) if vertices.iter().any(|bytes| is_milestone(bytes)) => {
            return vec![(here, Phase::Commit)];
        }
        PeerMessage::SyncResponse(rest) if !rest.ranges.is_empty() => return vec![(here, Phase::Commit)],
        _ => return vec![(here, Phase::Offer)],
    };
    let own = |vote: &SignedVote| (view_of(vote).unwrap_or(here), phase_of(vote));
    match message {
        AgreementMessage::Proposal { signed: offer, .. } => vec![own(&offer.vote)],
        AgreementMessage::Vote(vote) => vec![own(vote)],
        AgreementMessage::Milestone(_) => vec![(here, Phase::Commit)],
        AgreementMessage::Certificate(certificate) if certificate.vote.kind == VoteKind::Commit => {
            vec![(here, Phase::Commit)]
        }
        AgreementMessage::Certificate(_) => vec![(here, Phase::ViewChange)],
        AgreementMessage::Position(position) => {
            let votes = position.votes.iter();
            let commits = votes.clone().map(own).filter(|(_, phase)| *phase == Phase::Commit);
            let repeated = votes.map(|vote| (here, phase_of(vote)));
            std::iter::once((here, Phase::ViewChange)).chain(repeated).chain(commits).collect()
        }
    }
}

/// Whether a vertex's bytes, `[version, kind, ...]`, are not an event's.
const fn is_milestone(bytes: &[u8]) -> bool {
    !matches!(bytes, [_, _, 0, ..])
}

fn view_of(vote: &SignedVote) -> Option<usize> {
    (vote.vote.height == HEIGHT).then_some(vote.vote.view.0 as usize)
}

const fn phase_of(vote: &SignedVote) -> Phase {
    match vote.vote.kind {
        VoteKind::Propose => Phase::Offer,
        VoteKind::Prepare => Phase::Prepare,
        VoteKind::Commit => Phase::Commit,
        VoteKind::Skip => Phase::ViewChange,
    }
}
