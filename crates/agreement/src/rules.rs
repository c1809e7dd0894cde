//! The rules of the protocol, one function each, in the order in which they are tried.

use quorate_event::{Proposal, ProposalId, VerifiedCertificate, VerifiedMilestone, View, Vote, VoteKind};

use crate::certificates::LeaderDuty;
use crate::durable::Outgoing;
use crate::height_state::BuildStatus;
use crate::leader::leader;
use crate::machine::{Agreement, Turn, time_after};
use crate::message::SignedProposal;
use crate::output::{AgreementOutput, Recipient};
use crate::proposals::CheckState;
use crate::timers::half;
use crate::vote_record::{CarriedProposal, PendingVote};

impl Agreement {
    /// Applies the first rule that has something to do. Each such step casts a vote that was not cast, moves to a later
    /// view, asks a question that was not asked or ends the height: so repeating this ends.
    pub(crate) fn apply_a_rule(&mut self, turn: &mut Turn) -> bool {
        if self.state.certified.is_some() {
            return false;
        }
        self.start_or_stop_timers(turn);
        self.decide(turn)
            || self.enter_after_skips(turn)
            || self.act_on_prepares(turn)
            || self.prepare(turn)
            || self.skip(turn)
            || self.propose(turn)
    }

    /// Upon votes of a quorum: their certificate.
    pub(crate) fn assemble(&mut self, vote: Vote) {
        let committee = self.tip.committee();
        if vote.kind != VoteKind::Propose
            && !self.state.certificates.holds(vote)
            && let Some(certificate) = self.state.tally.certificate(vote, committee)
        {
            self.state.certificates.insert(certificate);
        }
    }

    /// Upon a quorum of commits in one view: the milestone.
    fn decide(&mut self, turn: &mut Turn) -> bool {
        let Some(commits) = self.state.certificates.commit() else {
            return false;
        };
        let content = self.state.proposals.content(commits.vote().proposal);
        let milestone = content
            .and_then(|signed| VerifiedMilestone::new(signed.proposal.clone(), commits, self.config.network).ok());
        match milestone {
            Some(milestone) => self.certify(milestone, turn),
            None => false,
        }
    }

    /// Ends the height: from here on its milestone is the answer to everything.
    pub(crate) fn certify(&mut self, milestone: VerifiedMilestone, turn: &mut Turn) -> bool {
        self.state.certified = Some(milestone.clone());
        turn.output(AgreementOutput::Certified(milestone));
        true
    }

    /// Upon a quorum of skips in this view or a later one: enter the view after it.
    fn enter_after_skips(&mut self, turn: &mut Turn) -> bool {
        let latest = self.state.certificates.latest_skip();
        let Some(skips) = latest.filter(|skips| skips.vote().view >= self.state.view).cloned() else {
            return false;
        };
        self.note_leader_absence();
        self.enter(skips.vote().view.next(), &skips, turn);
        true
    }

    /// Upon a quorum of prepares: of a later view, go there; of this one, commit and stay until the timer, or leave at
    /// once if this view was skipped.
    fn act_on_prepares(&mut self, turn: &mut Turn) -> bool {
        let latest = self.state.certificates.latest_prepare();
        let Some(prepares) = latest.filter(|prepares| prepares.vote().view >= self.state.view) else {
            return false;
        };
        let (view, id) = (prepares.vote().view, prepares.vote().proposal);
        let skipped = self.state.has_voted(VoteKind::Skip);
        let next = if view > self.state.view {
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
            self.cast(VoteKind::Commit, id, CarriedProposal::None, turn);
        }
        commits
    }

    /// Whether a commit contradicts no vote of this view, and this node did not find the proposal invalid.
    fn may_commit(&self, id: ProposalId) -> bool {
        !self.state.has_voted(VoteKind::Commit)
            && !self.state.has_voted(VoteKind::Skip)
            && self.may_vote()
            && self.state.proposals.check_state(id) != Some(CheckState::Invalid)
    }

    /// Upon the first valid proposal of this view's leader: prepare.
    fn prepare(&mut self, turn: &mut Turn) -> bool {
        let state = &self.state;
        let speaks = !state.has_voted(VoteKind::Prepare) && !state.has_voted(VoteKind::Commit) && self.may_vote();
        let Some(signed) = state.proposals.of_view(state.view).filter(|_| speaks) else {
            return false;
        };
        let id = signed.id();
        if !self.is_in_place(signed) || !self.is_timely(signed, turn) {
            return false;
        }
        match state.proposals.check_state(id) {
            Some(CheckState::Requested | CheckState::Invalid) => false,
            Some(CheckState::Valid) => {
                let own = self.is_me(signed.vote.signer);
                let carried =
                    if own { CarriedProposal::None } else { CarriedProposal::OfLeader(Box::new(signed.clone())) };
                self.cast(VoteKind::Prepare, id, carried, turn);
                true
            }
            Some(CheckState::Deferred(until)) if until > turn.now.elapsed => false,
            Some(CheckState::Deferred(_)) | None => {
                turn.output(AgreementOutput::Check {
                    height: state.height,
                    view: state.view,
                    id,
                    proposal: signed.proposal.clone(),
                });
                self.state.proposals.record_verdict(id, CheckState::Requested);
                true
            }
        }
    }

    /// Whether an offer continues the chain and shows what justifies it. Certificates that it does not name change
    /// nothing.
    fn is_in_place(&self, signed: &SignedProposal) -> bool {
        let proposal = &signed.proposal;
        proposal.previous == self.tip.id()
            && proposal.time > self.tip.time()
            && self.state.certificates.justifies(signed)
    }

    /// Upon the view's timer, a leader's long silence, skips of more than a third, or the operator: skip, unless
    /// committed.
    fn skip(&mut self, turn: &mut Turn) -> bool {
        let state = &self.state;
        let has_committed = state.has_voted(VoteKind::Commit);
        if state.has_voted(VoteKind::Skip) || has_committed || !self.may_vote() {
            return false;
        }
        let vote = state.vote(VoteKind::Skip, ProposalId::NONE);
        let committee = self.tip.committee();
        let many = committee.exceeds_third(state.tally.stake(vote));
        let due = self.timer_has_passed(turn) || self.leader_is_silent(turn);
        if !(many || due || state.skip_asked) {
            return false;
        }
        self.cast(VoteKind::Skip, ProposalId::NONE, CarriedProposal::None, turn);
        true
    }

    /// Upon one's turn: a fresh cut if all earlier views were skipped, and there is work; else what was prepared last.
    fn propose(&mut self, turn: &mut Turn) -> bool {
        let state = &self.state;
        let speaks = self.is_me(state.leader)
            && !state.has_voted(VoteKind::Propose)
            && !state.has_voted(VoteKind::Skip)
            && self.may_vote();
        if !speaks {
            return false;
        }
        match state.certificates.leader_duty(state.view) {
            LeaderDuty::Fresh => {
                let asks = state.build == BuildStatus::NotRequested && self.has_work(turn);
                if asks {
                    turn.output(AgreementOutput::Build {
                        height: state.height,
                        view: state.view,
                        time: time_after(self.tip.time(), turn.now.wall),
                    });
                    self.state.build = BuildStatus::Requested;
                }
                asks
            }
            LeaderDuty::Repropose(prepared, id) => {
                let content = state.proposals.content(id);
                let Some(proposal) = content.map(|signed| signed.proposal.clone()) else {
                    return false;
                };
                self.cast_proposal(id, proposal, Some(prepared), turn);
                true
            }
            LeaderDuty::Unknown => false,
        }
    }

    /// The fresh cut that was asked for.
    pub(crate) fn built(&mut self, proposal: Option<Proposal>, turn: &mut Turn) {
        let state = &mut self.state;
        if state.build != BuildStatus::Requested {
            return;
        }
        state.build = BuildStatus::NothingToCover;
        let follows = |proposal: &Proposal| proposal.height == state.height && proposal.previous == self.tip.id();
        let Some(proposal) = proposal.filter(follows) else {
            return;
        };
        let still_mine = state.certified.is_none()
            && !state.has_voted(VoteKind::Propose)
            && !state.has_voted(VoteKind::Skip)
            && state.certificates.leader_duty(state.view) == LeaderDuty::Fresh;
        if still_mine && self.may_vote() {
            let id = proposal.id(self.config.network);
            self.state.proposals.record_verdict(id, CheckState::Valid);
            self.cast_proposal(id, proposal, None, turn);
        }
    }

    /// Promises a proposal and, if its roots are known to follow, its prepare: one sync serves both.
    fn cast_proposal(&mut self, id: ProposalId, proposal: Proposal, prepared: Option<View>, turn: &mut Turn) {
        self.cast(VoteKind::Propose, id, CarriedProposal::Own(Box::new(proposal), prepared), turn);
        let valid = self.state.proposals.check_state(id) == Some(CheckState::Valid);
        if valid && !self.state.has_voted(VoteKind::Prepare) {
            self.cast(VoteKind::Prepare, id, CarriedProposal::None, turn);
        }
    }

    /// Asks for a vote to be signed and synced. The first of a view carries the certificate by which the view was
    /// entered: every view that can end then has, on honest disks, the certificate that began it (A7).
    fn cast(&mut self, kind: VoteKind, id: ProposalId, carried: CarriedProposal, turn: &mut Turn) {
        let (vote, view) = (self.state.vote(kind, id), self.state.view);
        let certificates = &self.state.certificates;
        let silent = self.state.has_not_voted();
        let entry = certificates.entry_certificate(view).filter(|_| silent);
        let prepares = certificates.prepare(view).filter(|_| kind == VoteKind::Commit);
        let prepares = prepares.filter(|prepares| entry != Some(*prepares));
        let durable = entry.into_iter().chain(prepares);
        let pending = PendingVote { vote, carried, certificates: durable.map(|of| of.certificate().clone()).collect() };
        let ticket = self.issue_ticket();
        self.state.mark_pending(ticket, pending.clone());
        turn.output(AgreementOutput::PersistVote { ticket, pending });
    }

    /// Enters `view`, and takes its leader along.
    fn enter(&mut self, view: View, by: &VerifiedCertificate, turn: &mut Turn) {
        let leader = leader(self.tip.committee(), self.tip.id(), self.state.height, view);
        self.state.enter(view, leader, turn.now.elapsed);
        self.next_position = turn.now.elapsed.saturating_add(half(self.base_timer()));
        if !self.is_me(leader) {
            turn.send(Recipient::Member(leader), Outgoing::certificate(by));
        }
    }
}
