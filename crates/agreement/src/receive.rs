//! What becomes of a message.

use std::cmp::Ordering;

use quorate_event::{Address, Height, ProposalId, VerifiedCertificate, VerifiedVote, VoteKind};

use crate::input::{MessageSource, Peer};
use crate::machine::{Agreement, Turn};
use crate::message::SignedProposal;
use crate::output::AgreementOutput;
use crate::tally::in_window;
use crate::timers::ReplyKind;
use crate::verify::{VerifiedContent, VerifiedMessage};

impl Agreement {
    pub(crate) fn received(&mut self, from: MessageSource, message: VerifiedMessage, turn: &mut Turn) {
        if let Some(author) = from.author {
            self.heard_from(author, turn);
        }
        if let VerifiedContent::Position(position, _) = &message.content {
            self.note_report(from, position.height);
        }
        match message.height.cmp(&self.state.height) {
            Ordering::Less => self.of_finished_height(from.peer, &message, turn),
            Ordering::Equal => self.of_this_height(from, message.content, turn),
            Ordering::Greater => self.of_later_height(from, message, turn),
        }
    }

    /// Notes when a member was heard. Those noted before are members still: see [`AgreementInput::Applied`](crate::AgreementInput::Applied).
    fn heard_from(&mut self, author: Address, turn: &Turn) {
        self.absent_leaders.remove(&author);
        if let Some(heard) = self.last_heard.get_mut(&author) {
            *heard = turn.now.elapsed;
        } else if self.tip.committee().contains(author) {
            self.last_heard.insert(author, turn.now.elapsed);
        }
    }

    fn note_report(&mut self, from: MessageSource, works_on: Height) {
        let others = from.author.filter(|author| !self.is_me(*author));
        if let (Some(abstinence), Some(member)) = (&mut self.abstinence, others) {
            let applied = Height(works_on.0.saturating_sub(1));
            abstinence.report(member, applied, self.tip.committee());
        }
    }

    fn of_this_height(&mut self, from: MessageSource, content: VerifiedContent, turn: &mut Turn) {
        if self.state.certified.is_some() {
            if let VerifiedContent::Position(..) = content {
                self.answer_with_milestone(from.peer, turn);
            }
            return;
        }
        match content {
            VerifiedContent::Proposal { id, signed, certificates } => {
                self.take_certificates(certificates);
                self.take_proposal(from.peer, id, *signed, turn);
            }
            VerifiedContent::Vote(vote) => self.take_vote(vote, turn),
            VerifiedContent::Certificate(certificate) => self.take_certificates([certificate]),
            VerifiedContent::Position(position, votes) => {
                let has_committed = votes.iter().any(|vote| vote.vote().kind == VoteKind::Commit);
                for vote in votes {
                    self.take_vote(vote, turn);
                }
                self.answer_position(from.peer, &position, has_committed, turn);
            }
            VerifiedContent::Milestone(milestone) => {
                self.certify(milestone, turn);
            }
            // It was verified before this height began, by a worker with the verifier of the height below.
            VerifiedContent::NextHeight(message) => turn.output(AgreementOutput::Verify(vec![(from, message)])),
            VerifiedContent::OtherHeight => {}
        }
    }

    fn take_certificates(&mut self, certificates: impl IntoIterator<Item = VerifiedCertificate>) {
        for certificate in certificates {
            self.state.certificates.insert(certificate);
        }
    }

    fn take_vote(&mut self, vote: VerifiedVote, turn: &mut Turn) {
        if !in_window(vote.vote().view, self.state.view) || self.is_me(vote.signer()) {
            return;
        }
        let counted = self.state.tally.count(vote, self.tip.committee());
        if let Some(evidence) = counted.evidence {
            turn.output(AgreementOutput::Evidence(evidence));
        }
        if counted.new {
            self.report_counted(vote, turn);
            self.assemble(vote.vote());
        }
    }

    /// Reports a counted vote, and the stake of all votes with the same content.
    pub(crate) fn report_counted(&self, vote: VerifiedVote, turn: &mut Turn) {
        turn.output(AgreementOutput::Counted { vote, behind: self.state.tally.stake(vote.vote()) });
    }

    /// Keeps an offer near the current view, or one of certified content. Its leader's word is counted like a vote, so
    /// that two of them are found out.
    fn take_proposal(&mut self, peer: Peer, id: ProposalId, signed: SignedProposal, turn: &mut Turn) {
        let view = signed.view();
        let near = in_window(view, self.state.view);
        if near {
            self.take_vote(VerifiedVote::from_store(signed.vote), turn);
        }
        if !(near || self.state.certificates.has_prepared(id)) {
            return;
        }
        if view >= self.state.view {
            // The leader is alive: this is its signature, whichever peer relayed it.
            self.absent_leaders.remove(&signed.vote.signer);
        }
        let state = &mut self.state;
        state.proposals.insert(signed, &state.certificates);
        let unjustified = |signed: &SignedProposal| !state.certificates.justifies(signed);
        if state.proposals.of_view(state.view).is_some_and(unjustified) {
            self.send_position(peer, turn);
        }
    }

    /// A message of a finished height. A vote may merely be late. A member that still works on that
    /// height sends its position, and gets the milestone.
    fn of_finished_height(&mut self, peer: Peer, message: &VerifiedMessage, turn: &mut Turn) {
        let VerifiedContent::Position(..) = message.content else {
            return;
        };
        if message.height == self.tip.height() {
            self.answer_with_milestone(peer, turn);
        } else if self.may_send(peer, ReplyKind::Answer, turn) {
            turn.output(AgreementOutput::SendMilestones {
                to: peer,
                above: Height(message.height.0.saturating_sub(1)),
            });
        }
    }

    /// A message of a later height proves nothing; it is a reason to ask.
    fn of_later_height(&mut self, from: MessageSource, message: VerifiedMessage, turn: &mut Turn) {
        let next = message.height == self.state.height.next();
        if next {
            let member = from.author.filter(|author| self.tip.committee().contains(*author));
            if let (Some(member), VerifiedContent::NextHeight(early)) = (member, message.content) {
                self.future.keep(member, from, early);
            }
            if self.state.certified.is_none() {
                self.send_position(from.peer, turn);
            }
        } else if self.may_send(from.peer, ReplyKind::Fetch, turn) {
            turn.output(AgreementOutput::FetchMilestones { from: from.peer, above: self.tip.height() });
        }
    }
}
