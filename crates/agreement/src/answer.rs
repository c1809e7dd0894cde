//! Nothing is said only once: what we tell of ourselves, and what we send to those who lack something.

use quorate_event::{ProposalId, VerifiedCertificate, VoteKind};

use crate::certificates::Duty;
use crate::durable::Outgoing;
use crate::input::Peer;
use crate::machine::{Agreement, Turn};
use crate::message::{Message, Position};
use crate::output::To;
use crate::tally::in_window;
use crate::timers::{HEARTBEAT, Topic, half};

impl Agreement {
    pub(crate) fn answer_with_milestone(&mut self, peer: Peer, turn: &mut Turn) {
        if !self.may_send(peer, Topic::Answer, turn) {
            return;
        }
        let certified = self.ballot.certified.as_ref();
        if let Some(milestone) = certified.or(self.tip.milestone()) {
            turn.send(To::Peer(peer), Outgoing::milestone(milestone));
        }
    }

    /// Sends a node of this height what it lacks: certificates to follow, and proposals. Our votes come with our
    /// position.
    pub(crate) fn answer(&mut self, peer: Peer, position: &Position, has_committed: bool, turn: &mut Turn) {
        if position.view > self.ballot.view {
            self.show_position(peer, turn);
        }
        if !self.may_send(peer, Topic::Answer, turn) {
            return;
        }
        let ballot = &self.ballot;
        let to = To::Peer(peer);
        let wanted = position.wanted_views.iter();
        let mut certificates: Vec<&VerifiedCertificate> =
            wanted.flat_map(|view| ballot.certificates.of(*view)).collect();
        if position.view < ballot.view {
            certificates.extend(ballot.certificates.entry_to(ballot.view));
        }
        let not_ahead = position.view <= ballot.view;
        if not_ahead && !has_committed {
            certificates.extend(ballot.certificates.prepare(ballot.view));
        }
        certificates.extend(ballot.certificates.commit());
        certificates.dedup();
        for certificate in certificates {
            turn.send(to, Outgoing::certificate(certificate));
        }
        let current = ballot.offers.of(ballot.view);
        let unseen = current.filter(|offer| not_ahead && offer.vote.vote.proposal != position.proposal);
        let content = ballot.offers.content(position.wanted);
        for offer in unseen.into_iter().chain(content) {
            let shown = ballot.certificates.shown(offer);
            turn.send(to, Outgoing::proposal(offer.clone(), shown));
        }
    }

    /// Tells one peer where we stand, so that it sends what we lack.
    pub(crate) fn show_position(&mut self, peer: Peer, turn: &mut Turn) {
        if self.may_send(peer, Topic::Position, turn) {
            let position = self.position();
            turn.send(To::Peer(peer), position);
        }
    }

    /// A quarter of a timer lies between two answers to one peer: less than it takes an honest one to ask again.
    pub(crate) fn may_send(&mut self, peer: Peer, topic: Topic, turn: &Turn) -> bool {
        let pause = half(half(self.base_timer()));
        self.throttle.allows(peer, topic, turn.now.elapsed, pause)
    }

    /// Tells everybody where we stand: each half timer while awake, else at the heartbeat.
    pub(crate) fn say_where_we_stand(&mut self, turn: &mut Turn) {
        let lacking = self.urgently_lacking();
        let urgent = lacking && !self.ballot.has_called;
        if self.next_position > turn.now.elapsed && !urgent {
            return;
        }
        self.ballot.has_called = lacking;
        let busy = self.awake_since.is_some() && self.ballot.certified.is_none();
        let pause = if busy { half(self.base_timer()) } else { HEARTBEAT };
        self.next_position = turn.now.elapsed.saturating_add(pause);
        let position = self.position();
        turn.send(To::All, position);
    }

    /// Whether all wait for something that others hold and we do not: the content of what was decided, or what a leader
    /// must know before it may propose.
    fn urgently_lacking(&self) -> bool {
        let ballot = &self.ballot;
        if ballot.certified.is_some() {
            return false;
        }
        let decided = ballot.certificates.commit().is_some();
        let leads = self.is_me(ballot.leader)
            && self.may_vote()
            && !ballot.has_said(VoteKind::Propose)
            && match ballot.certificates.duty(ballot.view) {
                Duty::Fresh => false,
                Duty::Again(_, id) => ballot.offers.content(id).is_none(),
                Duty::Unknown => true,
            };
        decided || leads
    }

    /// Whether a message may bring anything new: asked before its signatures are checked, so that a replayed one costs
    /// next to nothing.
    pub fn may_be_news(&self, message: &Message) -> bool {
        let ballot = &self.ballot;
        let of = match message {
            Message::Proposal { offer, .. } => offer.vote.vote,
            Message::Vote(vote) => vote.vote,
            Message::Certificate(certificate) => certificate.vote,
            Message::Position(_) | Message::Milestone(_) => return true,
        };
        if of.height != ballot.height {
            return of.height > ballot.height;
        }
        let near = in_window(of.view, ballot.view);
        let known = match message {
            Message::Vote(vote) => !near || ballot.tally.holds(vote),
            Message::Certificate(_) => ballot.certificates.hold(of),
            _ => match ballot.offers.of(of.view) {
                Some(offer) => offer.vote.vote == of && ballot.certificates.justify(offer),
                None => !near && !ballot.certificates.have_prepared(of.proposal),
            },
        };
        ballot.certified.is_none() && !known
    }

    pub(crate) fn position(&self) -> Outgoing {
        let ballot = &self.ballot;
        let offer = ballot.offers.of(ballot.view);
        let id = offer.map_or(ProposalId::NONE, |offer| offer.vote.vote.proposal);
        let leads = self.is_me(ballot.leader) && self.may_vote();
        let wanted_views =
            if offer.is_some() || leads { ballot.certificates.lacking(ballot.view, offer) } else { Vec::new() };
        let position = Position {
            height: ballot.height,
            view: ballot.view,
            proposal: id,
            wanted: ballot.wanted(),
            wanted_views,
            votes: Vec::new(),
        };
        Outgoing::position(position, ballot.own_votes())
    }
}
