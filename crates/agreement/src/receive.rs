//! What becomes of a message.

use std::cmp::Ordering;

use quorate_event::{Address, Height, ProposalId, VerifiedCertificate, VerifiedVote, VoteKind};

use crate::input::{Peer, Source};
use crate::machine::{Agreement, Turn};
use crate::message::Offer;
use crate::output::Output;
use crate::tally::in_window;
use crate::timers::Topic;
use crate::verify::{Content, VerifiedMessage};

impl Agreement {
    pub(crate) fn received(&mut self, from: Source, message: VerifiedMessage, turn: &mut Turn) {
        if let Some(author) = from.author {
            self.heard_from(author, turn);
        }
        if let Content::Position(position, _) = &message.content {
            self.note_report(from, position.height);
        }
        match message.height.cmp(&self.ballot.height) {
            Ordering::Less => self.of_finished_height(from.peer, &message, turn),
            Ordering::Equal => self.of_this_height(from, message.content, turn),
            Ordering::Greater => self.of_later_height(from, message, turn),
        }
    }

    /// Notes when a member was heard. Those noted before are members still: see [`Input::Applied`](crate::Input::Applied).
    fn heard_from(&mut self, author: Address, turn: &Turn) {
        self.missed.remove(&author);
        if let Some(heard) = self.heard.get_mut(&author) {
            *heard = turn.now.elapsed;
        } else if self.tip.committee().contains(author) {
            self.heard.insert(author, turn.now.elapsed);
        }
    }

    fn note_report(&mut self, from: Source, works_on: Height) {
        let others = from.author.filter(|author| !self.is_me(*author));
        if let (Some(abstinence), Some(member)) = (&mut self.abstinence, others) {
            let applied = Height(works_on.0.saturating_sub(1));
            abstinence.report(member, applied, self.tip.committee());
        }
    }

    fn of_this_height(&mut self, from: Source, content: Content, turn: &mut Turn) {
        if self.ballot.certified.is_some() {
            if let Content::Position(..) = content {
                self.answer_with_milestone(from.peer, turn);
            }
            return;
        }
        match content {
            Content::Proposal { id, offer, certificates } => {
                self.take_certificates(certificates);
                self.take_offer(from.peer, id, *offer, turn);
            }
            Content::Vote(vote) => self.take_vote(vote, turn),
            Content::Certificate(certificate) => self.take_certificates([certificate]),
            Content::Position(position, votes) => {
                let has_committed = votes.iter().any(|vote| vote.vote().kind == VoteKind::Commit);
                for vote in votes {
                    self.take_vote(vote, turn);
                }
                self.answer(from.peer, &position, has_committed, turn);
            }
            Content::Milestone(milestone) => {
                self.certify(milestone, turn);
            }
            // Judged before this height began: whoever verified it was a moment behind.
            Content::Early(message) => turn.ask(Output::Verify(vec![(from, message)])),
            Content::Elsewhere => {}
        }
    }

    fn take_certificates(&mut self, certificates: impl IntoIterator<Item = VerifiedCertificate>) {
        for certificate in certificates {
            self.ballot.certificates.insert(certificate);
        }
    }

    fn take_vote(&mut self, vote: VerifiedVote, turn: &mut Turn) {
        if !in_window(vote.vote().view, self.ballot.view) || self.is_me(vote.signer()) {
            return;
        }
        let counted = self.ballot.tally.count(vote, self.tip.committee());
        if let Some(evidence) = counted.evidence {
            turn.ask(Output::Evidence(evidence));
        }
        if counted.new {
            self.tell_counted(vote, turn);
            self.gather(vote.vote());
        }
    }

    /// Tells of a vote that was counted, and what stake says the same.
    pub(crate) fn tell_counted(&self, vote: VerifiedVote, turn: &mut Turn) {
        turn.ask(Output::Counted { vote, behind: self.ballot.tally.stake(vote.vote()) });
    }

    /// Keeps an offer near the current view, or one of certified content. Its leader's word is counted like a vote, so
    /// that two of them are found out.
    fn take_offer(&mut self, peer: Peer, id: ProposalId, offer: Offer, turn: &mut Turn) {
        let view = offer.vote.vote.view;
        let near = in_window(view, self.ballot.view);
        if near {
            self.take_vote(VerifiedVote::from_store(offer.vote), turn);
        }
        if !(near || self.ballot.certificates.have_prepared(id)) {
            return;
        }
        if view >= self.ballot.view {
            // It is there, whoever brought its word.
            self.missed.remove(&offer.vote.signer);
        }
        let ballot = &mut self.ballot;
        ballot.offers.insert(offer, &ballot.certificates);
        let unjustified = |offer: &Offer| !ballot.certificates.justify(offer);
        if ballot.offers.of(ballot.view).is_some_and(unjustified) {
            self.show_position(peer, turn);
        }
    }

    /// A message of a finished height. A vote may merely be late; whoever is still there says so with its position, and
    /// gets the milestone.
    fn of_finished_height(&mut self, peer: Peer, message: &VerifiedMessage, turn: &mut Turn) {
        let Content::Position(..) = message.content else {
            return;
        };
        if message.height == self.tip.height() {
            self.answer_with_milestone(peer, turn);
        } else if self.may_send(peer, Topic::Answer, turn) {
            turn.ask(Output::SendMilestones { to: peer, above: Height(message.height.0.saturating_sub(1)) });
        }
    }

    /// A message of a later height proves nothing; it is a reason to ask.
    fn of_later_height(&mut self, from: Source, message: VerifiedMessage, turn: &mut Turn) {
        let next = message.height == self.ballot.height.next();
        if next {
            let member = from.author.filter(|author| self.tip.committee().contains(*author));
            if let (Some(member), Content::Early(early)) = (member, message.content) {
                self.early.keep(member, from, early);
            }
            if self.ballot.certified.is_none() {
                self.show_position(from.peer, turn);
            }
        } else if self.may_send(from.peer, Topic::Fetch, turn) {
            turn.ask(Output::FetchMilestones { from: from.peer, above: self.tip.height() });
        }
    }
}
