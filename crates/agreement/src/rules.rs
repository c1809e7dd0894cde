//! The rules of the protocol, one function each, in the order in which they are tried.

use quorate_event::{Proposal, ProposalId, VerifiedCertificate, VerifiedMilestone, View, Vote, VoteKind};

use crate::ballot::Build;
use crate::certificates::Duty;
use crate::durable::Outgoing;
use crate::leader::leader;
use crate::machine::{Agreement, Turn, time_after};
use crate::message::Offer;
use crate::offers::Finding;
use crate::output::{Output, To};
use crate::record::{Carried, Promise};
use crate::timers::half;

impl Agreement {
    /// Applies the first rule that has something to do. Each such step casts a vote that was not cast, moves to a later
    /// view, asks a question that was not asked or ends the height: so repeating this ends.
    pub(crate) fn apply_a_rule(&mut self, turn: &mut Turn) -> bool {
        if self.ballot.certified.is_some() {
            return false;
        }
        self.wake_or_rest(turn);
        self.decide(turn)
            || self.follow_skips(turn)
            || self.follow_prepares(turn)
            || self.prepare(turn)
            || self.skip(turn)
            || self.propose(turn)
    }

    /// Upon votes of a quorum: their certificate.
    pub(crate) fn gather(&mut self, vote: Vote) {
        let committee = self.tip.committee();
        if vote.kind != VoteKind::Propose
            && !self.ballot.certificates.hold(vote)
            && let Some(certificate) = self.ballot.tally.certificate(vote, committee)
        {
            self.ballot.certificates.insert(certificate);
        }
    }

    /// Upon a quorum of commits in one view: the milestone.
    fn decide(&mut self, turn: &mut Turn) -> bool {
        let Some(commits) = self.ballot.certificates.commit() else {
            return false;
        };
        let content = self.ballot.offers.content(commits.vote().proposal);
        let milestone =
            content.and_then(|offer| VerifiedMilestone::new(offer.proposal.clone(), commits, self.config.network).ok());
        match milestone {
            Some(milestone) => self.certify(milestone, turn),
            None => false,
        }
    }

    /// Ends the height: from here on its milestone is the answer to everything.
    pub(crate) fn certify(&mut self, milestone: VerifiedMilestone, turn: &mut Turn) -> bool {
        self.ballot.certified = Some(milestone.clone());
        turn.ask(Output::Certified(milestone));
        true
    }

    /// Upon a quorum of skips in this view or a later one: enter the view after it.
    fn follow_skips(&mut self, turn: &mut Turn) -> bool {
        let latest = self.ballot.certificates.latest_skip();
        let Some(skips) = latest.filter(|skips| skips.vote().view >= self.ballot.view).cloned() else {
            return false;
        };
        self.note_absence();
        self.enter(skips.vote().view.next(), &skips, turn);
        true
    }

    /// Upon a quorum of prepares: of a later view, go there; of this one, commit and stay until the timer, or leave at
    /// once if this view was skipped.
    fn follow_prepares(&mut self, turn: &mut Turn) -> bool {
        let latest = self.ballot.certificates.latest_prepare();
        let Some(prepares) = latest.filter(|prepares| prepares.vote().view >= self.ballot.view) else {
            return false;
        };
        let (view, id) = (prepares.vote().view, prepares.vote().proposal);
        let skipped = self.ballot.has_said(VoteKind::Skip);
        let next = if view > self.ballot.view {
            Some(view)
        } else if skipped || self.timer_has_passed(turn) && !self.may_commit(id) {
            Some(view.next())
        } else {
            None
        };
        // Cloned only now: it has a quorum's signatures, and is looked at upon every input.
        if let Some(next) = next {
            let prepares = prepares.clone();
            self.enter(next, &prepares, turn);
            return true;
        }
        let commits = self.may_commit(id);
        if commits {
            self.promise(VoteKind::Commit, id, Carried::Nothing, turn);
        }
        commits
    }

    /// Whether a commit would break no promise, and not certify what this node found false.
    fn may_commit(&self, id: ProposalId) -> bool {
        !self.ballot.has_said(VoteKind::Commit)
            && !self.ballot.has_said(VoteKind::Skip)
            && self.may_vote()
            && self.ballot.offers.finding(id) != Some(Finding::Invalid)
    }

    /// Upon the first valid proposal of this view's leader: prepare.
    fn prepare(&mut self, turn: &mut Turn) -> bool {
        let ballot = &self.ballot;
        let speaks = !ballot.has_said(VoteKind::Prepare) && !ballot.has_said(VoteKind::Commit) && self.may_vote();
        let Some(offer) = ballot.offers.of(ballot.view).filter(|_| speaks) else {
            return false;
        };
        let id = offer.vote.vote.proposal;
        if !self.is_in_place(offer) || !self.is_timely(offer, turn) {
            return false;
        }
        match ballot.offers.finding(id) {
            Some(Finding::Asked | Finding::Invalid) => false,
            Some(Finding::Valid) => {
                let own = self.is_me(offer.vote.signer);
                let carried = if own { Carried::Nothing } else { Carried::Offer(Box::new(offer.clone())) };
                self.promise(VoteKind::Prepare, id, carried, turn);
                true
            }
            Some(Finding::Later(until)) if until > turn.now.elapsed => false,
            Some(Finding::Later(_)) | None => {
                turn.ask(Output::Check {
                    height: ballot.height,
                    view: ballot.view,
                    id,
                    proposal: offer.proposal.clone(),
                });
                self.ballot.offers.find(id, Finding::Asked);
                true
            }
        }
    }

    /// Whether an offer continues the chain and shows what justifies it. Certificates that it does not name change
    /// nothing.
    fn is_in_place(&self, offer: &Offer) -> bool {
        let proposal = &offer.proposal;
        proposal.previous == self.tip.id() && proposal.time > self.tip.time() && self.ballot.certificates.justify(offer)
    }

    /// Upon the view's timer, a leader's long silence, skips of more than a third, or the operator: skip, unless
    /// committed.
    fn skip(&mut self, turn: &mut Turn) -> bool {
        let ballot = &self.ballot;
        let has_committed = ballot.has_said(VoteKind::Commit);
        if ballot.has_said(VoteKind::Skip) || has_committed || !self.may_vote() {
            return false;
        }
        let vote = ballot.vote(VoteKind::Skip, ProposalId::NONE);
        let committee = self.tip.committee();
        let many = committee.exceeds_third(ballot.tally.stake(vote));
        let due = self.timer_has_passed(turn) || self.leader_is_silent(turn);
        if !(many || due || ballot.skip_asked) {
            return false;
        }
        self.promise(VoteKind::Skip, ProposalId::NONE, Carried::Nothing, turn);
        true
    }

    /// Upon one's turn: a fresh cut if all earlier views were skipped, and there is work; else what was prepared last.
    fn propose(&mut self, turn: &mut Turn) -> bool {
        let ballot = &self.ballot;
        let speaks = self.is_me(ballot.leader)
            && !ballot.has_said(VoteKind::Propose)
            && !ballot.has_said(VoteKind::Skip)
            && self.may_vote();
        if !speaks {
            return false;
        }
        match ballot.certificates.duty(ballot.view) {
            Duty::Fresh => {
                let asks = ballot.build == Build::Unasked && self.has_work(turn);
                if asks {
                    turn.ask(Output::Build {
                        height: ballot.height,
                        view: ballot.view,
                        time: time_after(self.tip.time(), turn.now.wall),
                    });
                    self.ballot.build = Build::Asked;
                }
                asks
            }
            Duty::Again(prepared, id) => {
                let content = ballot.offers.content(id);
                let Some(proposal) = content.map(|offer| offer.proposal.clone()) else {
                    return false;
                };
                self.offer(id, proposal, Some(prepared), turn);
                true
            }
            Duty::Unknown => false,
        }
    }

    /// The fresh cut that was asked for.
    pub(crate) fn built(&mut self, proposal: Option<Proposal>, turn: &mut Turn) {
        let ballot = &mut self.ballot;
        if ballot.build != Build::Asked {
            return;
        }
        ballot.build = Build::Nothing;
        let follows = |proposal: &Proposal| proposal.height == ballot.height && proposal.previous == self.tip.id();
        let Some(proposal) = proposal.filter(follows) else {
            return;
        };
        let still_mine = ballot.certified.is_none()
            && !ballot.has_said(VoteKind::Propose)
            && !ballot.has_said(VoteKind::Skip)
            && ballot.certificates.duty(ballot.view) == Duty::Fresh;
        if still_mine && self.may_vote() {
            let id = proposal.id(self.config.network);
            self.ballot.offers.find(id, Finding::Valid);
            self.offer(id, proposal, None, turn);
        }
    }

    /// Promises a proposal and, if its roots are known to follow, its prepare: one sync serves both.
    fn offer(&mut self, id: ProposalId, proposal: Proposal, prepared: Option<View>, turn: &mut Turn) {
        self.promise(VoteKind::Propose, id, Carried::Own(Box::new(proposal), prepared), turn);
        let valid = self.ballot.offers.finding(id) == Some(Finding::Valid);
        if valid && !self.ballot.has_said(VoteKind::Prepare) {
            self.promise(VoteKind::Prepare, id, Carried::Nothing, turn);
        }
    }

    /// Asks for a vote to be signed and synced. The first of a view carries the certificate by which the view was
    /// entered: every view that can end then has, on honest disks, the certificate that began it (A7).
    fn promise(&mut self, kind: VoteKind, id: ProposalId, carried: Carried, turn: &mut Turn) {
        let (vote, view) = (self.ballot.vote(kind, id), self.ballot.view);
        let certificates = &self.ballot.certificates;
        let silent = self.ballot.is_silent_here();
        let entry = certificates.entry_to(view).filter(|_| silent);
        let prepares = certificates.prepare(view).filter(|_| kind == VoteKind::Commit);
        let prepares = prepares.filter(|prepares| entry != Some(*prepares));
        let durable = entry.into_iter().chain(prepares);
        let promise = Promise { vote, carried, certificates: durable.map(|of| of.certificate().clone()).collect() };
        let ticket = self.issue_ticket();
        self.ballot.promise(ticket, promise.clone());
        turn.ask(Output::Record { ticket, promise });
    }

    /// Enters `view`, and takes its leader along.
    fn enter(&mut self, view: View, by: &VerifiedCertificate, turn: &mut Turn) {
        let leader = leader(self.tip.committee(), self.tip.id(), self.ballot.height, view);
        self.ballot.enter(view, leader, turn.now.elapsed);
        self.next_position = turn.now.elapsed.saturating_add(half(self.base_timer()));
        if !self.is_me(leader) {
            turn.send(To::Member(leader), Outgoing::certificate(by));
        }
    }
}
