//! Retransmission: our position and votes, repeated to all; certificates, proposals and milestones for a peer that lacks them.

use quorate_event::{ProposalId, VerifiedCertificate, VoteKind};

use crate::certificates::LeaderDuty;
use crate::durable::Outgoing;
use crate::input::Peer;
use crate::machine::{Agreement, Turn};
use crate::message::{AgreementMessage, Position};
use crate::output::Recipient;
use crate::tally::in_window;
use crate::timers::{HEARTBEAT, ReplyKind, half};

impl Agreement {
    pub(crate) fn answer_with_milestone(&mut self, peer: Peer, turn: &mut Turn) {
        if !self.may_send(peer, ReplyKind::Answer, turn) {
            return;
        }
        let certified = self.state.certified.as_ref();
        if let Some(milestone) = certified.or(self.tip.milestone()) {
            turn.send(Recipient::Peer(peer), Outgoing::milestone(milestone));
        }
    }

    /// Sends a node of this height what it lacks: certificates to follow, and proposals. Our votes come with our
    /// position.
    pub(crate) fn answer_position(&mut self, peer: Peer, position: &Position, has_committed: bool, turn: &mut Turn) {
        if position.view > self.state.view {
            self.send_position(peer, turn);
        }
        if !self.may_send(peer, ReplyKind::Answer, turn) {
            return;
        }
        let state = &self.state;
        let to = Recipient::Peer(peer);
        let wanted = position.wanted_views.iter();
        let mut certificates: Vec<&VerifiedCertificate> =
            wanted.flat_map(|view| state.certificates.of_view(*view)).collect();
        if position.view < state.view {
            certificates.extend(state.certificates.entry_certificate(state.view));
        }
        let not_ahead = position.view <= state.view;
        if not_ahead && !has_committed {
            certificates.extend(state.certificates.prepare(state.view));
        }
        certificates.extend(state.certificates.commit());
        certificates.dedup();
        for certificate in certificates {
            turn.send(to, Outgoing::certificate(certificate));
        }
        let current = state.proposals.of_view(state.view);
        let unseen = current.filter(|signed| not_ahead && signed.id() != position.proposal);
        let content = state.proposals.content(position.wanted);
        for signed in unseen.into_iter().chain(content) {
            let shown = state.certificates.to_send_with(signed);
            turn.send(to, Outgoing::proposal(signed.clone(), shown));
        }
    }

    /// Sends our position to one peer, so that it sends what we lack.
    pub(crate) fn send_position(&mut self, peer: Peer, turn: &mut Turn) {
        if self.may_send(peer, ReplyKind::Position, turn) {
            let position = self.position();
            turn.send(Recipient::Peer(peer), position);
        }
    }

    /// A quarter of a timer lies between two answers to one peer: less than it takes an honest one to ask again.
    pub(crate) fn may_send(&mut self, peer: Peer, topic: ReplyKind, turn: &Turn) -> bool {
        let pause = half(half(self.base_timer()));
        self.throttle.allows(peer, topic, turn.now.elapsed, pause)
    }

    /// Sends our position to all peers: each half timer while awake, else at the heartbeat.
    pub(crate) fn broadcast_position(&mut self, turn: &mut Turn) {
        let lacking = self.urgently_lacking();
        let urgent = lacking && !self.state.has_requested_early;
        if self.next_position > turn.now.elapsed && !urgent {
            return;
        }
        self.state.has_requested_early = lacking;
        let busy = self.awake_since.is_some() && self.state.certified.is_none();
        let pause = if busy { half(self.base_timer()) } else { HEARTBEAT };
        self.next_position = turn.now.elapsed.saturating_add(pause);
        let position = self.position();
        turn.send(Recipient::All, position);
    }

    /// Whether all wait for something that others hold and we do not: the content of what was decided, or what a leader
    /// must know before it may propose.
    fn urgently_lacking(&self) -> bool {
        let state = &self.state;
        if state.certified.is_some() {
            return false;
        }
        let decided = state.certificates.commit().is_some();
        let leads = self.is_me(state.leader)
            && self.may_vote()
            && !state.has_voted(VoteKind::Propose)
            && match state.certificates.leader_duty(state.view) {
                LeaderDuty::Fresh => false,
                LeaderDuty::Repropose(_, id) => state.proposals.content(id).is_none(),
                LeaderDuty::Unknown => true,
            };
        decided || leads
    }

    /// Whether a message may bring anything new: asked before its signatures are checked, so that a replayed one costs
    /// next to nothing.
    pub fn may_be_news(&self, message: &AgreementMessage) -> bool {
        let state = &self.state;
        let of = match message {
            AgreementMessage::Proposal { signed, .. } => signed.vote.vote,
            AgreementMessage::Vote(vote) => vote.vote,
            AgreementMessage::Certificate(certificate) => certificate.vote,
            AgreementMessage::Position(_) | AgreementMessage::Milestone(_) => return true,
        };
        if of.height != state.height {
            return of.height > state.height;
        }
        let near = in_window(of.view, state.view);
        let known = match message {
            AgreementMessage::Vote(vote) => !near || state.tally.holds(vote),
            AgreementMessage::Certificate(_) => state.certificates.holds(of),
            _ => match state.proposals.of_view(of.view) {
                Some(signed) => signed.vote.vote == of && state.certificates.justifies(signed),
                None => !near && !state.certificates.has_prepared(of.proposal),
            },
        };
        state.certified.is_none() && !known
    }

    pub(crate) fn position(&self) -> Outgoing {
        let state = &self.state;
        let signed = state.proposals.of_view(state.view);
        let id = signed.map_or(ProposalId::NONE, |signed| signed.id());
        let leads = self.is_me(state.leader) && self.may_vote();
        let wanted_views =
            if signed.is_some() || leads { state.certificates.missing_views(state.view, signed) } else { Vec::new() };
        let position = Position {
            height: state.height,
            view: state.view,
            proposal: id,
            wanted: state.wanted(),
            wanted_views,
            votes: Vec::new(),
        };
        Outgoing::position(position, state.durable_votes())
    }
}
