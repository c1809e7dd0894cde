//! What passes between two processes, by the rounds' rules.
//!
//! Where a process stands is told by what it says. Votes and offers belong to their own view. Everything else belongs to
//! the later view of its two ends; where both have finished the height, to the latest view that anybody is in. A position
//! repeats votes: there they belong to the later view of the ends, and commits to their own one too. A message passes if
//! all that is in it does.
//!
//! Where no group has a quorum nobody gets on, and later rounds would be out of reach. So two view timers after somebody
//! came there a view's rule holds for commits and milestones only: what was hidden stays hidden, and all others move on.

use std::time::Duration;

use quorate_event::{Height, SignedVote, VoteKind};
use quorate_replica::{AgreementMessage, PeerMessage};

use super::connectivity::Role;
use super::round_rule::{Phase, RoundRule};
use super::scenario::parameters;
use crate::node_id::NodeId;
use crate::packet::Packet;

/// The height that the rules are about.
const HEIGHT: Height = Height(1);

/// Where a process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RoundProgress {
    /// In a view of the height.
    In(usize),
    /// Beyond it.
    Past,
}

/// The rules, and how far everybody is.
pub(crate) struct MessageFilter {
    rounds: Vec<RoundRule>,
    nodes: [NodeId; 5],
    stands: [RoundProgress; 5],
    /// When somebody came to each view first.
    begun: Vec<Option<Duration>>,
}

impl MessageFilter {
    pub(super) fn new(rounds: Vec<RoundRule>, nodes: [NodeId; 5]) -> Self {
        let mut begun = vec![None; rounds.len()];
        if let Some(first) = begun.first_mut() {
            *first = Some(Duration::ZERO);
        }
        Self { rounds, nodes, stands: [RoundProgress::In(0); 5], begun }
    }

    /// Whether no honest member is in one of the rounds any more.
    pub(super) fn is_over(&self) -> bool {
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

    /// The view that traffic between two belongs to.
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

    /// What a message says of where its sender stands.
    fn note(&mut self, now: Duration, from: Role, message: &AgreementMessage) {
        let (height, view) = match message {
            AgreementMessage::Vote(SignedVote { vote, .. }) => (vote.height, vote.view.0),
            AgreementMessage::Position(position) => (position.height, position.view.0),
            AgreementMessage::Certificate(certificate) => {
                let vote = certificate.vote;
                (vote.height, vote.view.0 + u64::from(vote.kind == VoteKind::Skip))
            }
            AgreementMessage::Milestone(_) => (HEIGHT.next(), 0),
            // An offer may be another's, handed on, or be made before its view.
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
        let is_over = phase != Phase::Commit && now >= begun + long();
        phase < *first || is_over || connectivity.connects(from, to, phase != Phase::ViewChange)
    }
}

/// After what time a rule holds for commits only.
fn long() -> Duration {
    Duration::from_millis(2 * parameters().view_timer_ms + parameters().max_wait_ms)
}

/// What is in a message, each with the view that it belongs to, where that is not its own.
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
