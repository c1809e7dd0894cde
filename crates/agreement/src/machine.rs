//! The machine: its state, and the one door into it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quorate_event::{Address, Height, Timestamp, VoteKind};

use crate::abstinence::Abstinence;
use crate::chain_tip::{AgreementConfig, ChainTip};
use crate::durable::{DurableVote, Outgoing};
use crate::future_height::FutureHeightBuffer;
use crate::height_state::{BuildStatus, HeightState};
use crate::input::{AgreementInput, Now, Peer, ProposalVerdict, Work};
use crate::leader::leader;
use crate::output::{AgreementOutput, Recipient};
use crate::proposals::CheckState;
use crate::timers::{PeerThrottle, half};
use crate::verify::Verifier;
use crate::vote_record::{VoteRecord, VoteTicket};

/// Milestone agreement of one node. Every state change enters by [`Agreement::handle`].
#[derive(Debug)]
pub struct Agreement {
    pub(crate) config: AgreementConfig,
    pub(crate) tip: ChainTip,
    pub(crate) state: HeightState,
    pub(crate) work: Work,
    /// Since when there was something to do without a pause; `None` when idle.
    pub(crate) awake_since: Option<Duration>,
    /// When each member was last heard; strangers are not listed.
    pub(crate) last_heard: BTreeMap<Address, Duration>,
    /// The members whose last turn was skipped and that were not heard since it began.
    pub(crate) absent_leaders: BTreeSet<Address>,
    /// When our position goes to everybody next.
    pub(crate) next_position: Duration,
    pub(crate) throttle: PeerThrottle,
    pub(crate) future: FutureHeightBuffer,
    /// Own records of heights that are not reached again yet: the vote log may be ahead of the store.
    records_above: Vec<VoteRecord>,
    /// Where the vote log begins: what was said below it was let go, or lost.
    first_logged_height: Height,
    pub(crate) abstinence: Option<Abstinence>,
    next_ticket: VoteTicket,
}

/// One call: what time it is, and what is to be done.
pub(crate) struct Turn {
    pub(crate) now: Now,
    pub(crate) outputs: Vec<AgreementOutput>,
}

impl Turn {
    pub(crate) fn output(&mut self, output: AgreementOutput) {
        self.outputs.push(output);
    }

    pub(crate) fn send(&mut self, to: Recipient, message: Outgoing) {
        self.outputs.push(AgreementOutput::Send { to, message });
    }
}

impl Agreement {
    /// A machine that contradicts no vote in `records`, which is the vote log, oldest first; it uses its own votes
    /// above the tip.
    pub fn new(
        config: AgreementConfig,
        tip: ChainTip,
        records: impl IntoIterator<Item = VoteRecord>,
        now: Now,
    ) -> Self {
        let mine = |record: &VoteRecord| Some(record.vote.signer) == config.me;
        let mut later: Vec<_> = records.into_iter().filter(mine).collect();
        let first_logged_height = later.iter().map(|record| record.vote.vote.height).min().unwrap_or_default();
        later.retain(|record| record.vote.vote.height > tip.height());
        let height = tip.height().next();
        let mut machine = Self {
            state: HeightState::new(height, Address::new([0; 20]), now.elapsed),
            config,
            tip,
            work: Work::None,
            awake_since: None,
            last_heard: BTreeMap::new(),
            absent_leaders: BTreeSet::new(),
            next_position: now.elapsed,
            throttle: PeerThrottle::default(),
            future: FutureHeightBuffer::default(),
            records_above: later,
            first_logged_height,
            abstinence: config.abstain.then(Abstinence::default),
            next_ticket: VoteTicket(0),
        };
        machine.begin_height(now);
        machine
    }

    /// Takes one input; whatever is to be done comes back. Call it again with the answers.
    pub fn handle(&mut self, input: AgreementInput, now: Now) -> Vec<AgreementOutput> {
        let mut turn = Turn { now, outputs: Vec::new() };
        match input {
            AgreementInput::Tick => {}
            AgreementInput::Work(work) => self.set_work(work),
            AgreementInput::Built { height, view, proposal } => {
                if (height, view) == (self.state.height, self.state.view) {
                    self.built(proposal, &mut turn);
                }
            }
            AgreementInput::Checked { id, verdict } => self.checked(id, verdict),
            AgreementInput::Durable { ticket, record } => self.durable(ticket, &record, &mut turn),
            AgreementInput::Received { from, message } => self.received(from, message, &mut turn),
            AgreementInput::Connected(peer) => self.connected(peer, &mut turn),
            AgreementInput::Applied(tip) => self.applied(tip, &mut turn),
            AgreementInput::SkipNow => self.state.skip_asked = true,
        }
        while self.apply_a_rule(&mut turn) {}
        self.broadcast_position(&mut turn);
        turn.outputs
    }

    /// When to come back with a [`AgreementInput::Tick`] if nothing else happens before, on the clock of [`Now::elapsed`].
    pub fn next_wake(&self, now: Now) -> Duration {
        let times = [
            self.next_view_event(now),
            self.next_judgement(now),
            match self.work {
                Work::At(at) => Some(at),
                Work::None | Work::Now => None,
            },
        ];
        let soonest = times.into_iter().flatten().filter(|time| *time > now.elapsed).min();
        soonest.map_or(self.next_position, |time| time.min(self.next_position))
    }

    /// What judges the messages of the height under way. Ask anew after every [`AgreementInput::Applied`].
    pub fn verifier(&self) -> Verifier {
        Verifier {
            network: self.config.network,
            height: self.state.height,
            previous: self.tip.id(),
            committee: self.tip.committee().clone(),
        }
    }

    /// The last applied milestone.
    pub const fn tip(&self) -> &ChainTip {
        &self.tip
    }

    /// Where the machine stands, for people.
    pub fn status(&self) -> AgreementStatus {
        AgreementStatus {
            height: self.state.height,
            view: self.state.view,
            leader: self.state.leader,
            votes: self.may_vote(),
            abstains: self.abstinence.is_some(),
        }
    }

    /// What is held of the height under way, and of the next.
    pub fn buffer_sizes(&self) -> BufferSizes {
        BufferSizes {
            views: self.state.view.0,
            votes: self.state.tally.len(),
            proposals: self.state.proposals.len(),
            certificates: self.state.certificates.len(),
            future_height: self.future.len(),
        }
    }

    /// Whether this node casts votes at this height: a member, not abstaining, and one that knows what it said here.
    pub(crate) fn may_vote(&self) -> bool {
        let committee = self.tip.committee();
        let knows = self.state.height >= self.first_logged_height;
        knows && self.abstinence.is_none() && self.config.me.is_some_and(|me| committee.contains(me))
    }

    /// Whether `member` is this node.
    pub(crate) fn is_me(&self, member: Address) -> bool {
        self.config.me == Some(member)
    }

    /// The genesis's view timer.
    pub(crate) const fn base_timer(&self) -> Duration {
        Duration::from_millis(self.config.parameters.view_timer_ms)
    }

    pub(crate) fn issue_ticket(&mut self) -> VoteTicket {
        let ticket = self.next_ticket;
        self.next_ticket = VoteTicket(ticket.0.saturating_add(1));
        ticket
    }

    /// Starts the height after the tip, with the votes that were cast there before a crash.
    fn begin_height(&mut self, now: Now) {
        let height = self.tip.height().next();
        self.state = HeightState::new(height, Address::new([0; 20]), now.elapsed);
        let (here, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.records_above).into_iter().partition(|record| record.vote.vote.height <= height);
        self.records_above = later;
        for record in here.iter().filter(|of| of.vote.vote.height == height) {
            self.state.restore(record, self.tip.committee());
        }
        self.state.prune();
        // A member with more than two thirds of the stake is a quorum by itself.
        for record in here.iter().filter(|of| of.vote.vote.height == height) {
            self.assemble(record.vote.vote);
        }
        let view = self.state.view;
        self.state.leader = leader(self.tip.committee(), self.tip.id(), height, view);
    }

    fn set_work(&mut self, work: Work) {
        self.work = work;
        if self.state.build == BuildStatus::NothingToCover {
            self.state.build = BuildStatus::NotRequested;
        }
    }

    fn checked(&mut self, id: quorate_event::ProposalId, verdict: ProposalVerdict) {
        let check = match verdict {
            ProposalVerdict::Valid => CheckState::Valid,
            ProposalVerdict::Invalid => CheckState::Invalid,
            ProposalVerdict::NotYet { until } => CheckState::Deferred(until),
        };
        if self.state.proposals.check_state(id) == Some(CheckState::Requested) {
            self.state.proposals.record_verdict(id, check);
        }
    }

    /// A vote is on disk: from now on it may be sent.
    fn durable(&mut self, ticket: VoteTicket, record: &VoteRecord, turn: &mut Turn) {
        let Some(me) = self.config.me else { return };
        let state = &mut self.state;
        let kept = |pending: &crate::vote_record::PendingVote| pending.is_fulfilled_by(record, me);
        if !state.pending.get(&ticket).is_some_and(kept) {
            return;
        }
        state.pending.remove(&ticket);
        let vote = DurableVote::of(record);
        state.mark_durable(vote, self.tip.committee());
        let said = record.vote.vote;
        match (&record.proposal, said.kind) {
            (Some(signed), VoteKind::Propose) => {
                state.proposals.insert((**signed).clone(), &state.certificates);
                let shown = state.certificates.to_send_with(signed);
                turn.send(Recipient::All, Outgoing::proposal((**signed).clone(), shown));
            }
            _ => turn.send(Recipient::All, Outgoing::vote(vote)),
        }
        self.report_counted(vote.verified(), turn);
        self.assemble(said);
    }

    fn applied(&mut self, tip: ChainTip, turn: &mut Turn) {
        if tip.height() < self.state.height {
            return;
        }
        let before = std::mem::replace(&mut self.tip, tip);
        let committee = self.tip.committee();
        self.last_heard.retain(|member, _| committee.contains(*member));
        self.absent_leaders.retain(|member| committee.contains(*member));
        if let Some(abstinence) = self.abstinence.as_mut().filter(|_| committee != before.committee()) {
            // What those say who certify nothing any more bounds nothing.
            abstinence.begin_anew(committee);
        }
        let over = |abstinence: &Abstinence| abstinence.is_over(self.tip.height());
        if self.abstinence.as_ref().is_some_and(over) {
            self.abstinence = None;
        }
        self.begin_height(turn.now);
        self.next_position = turn.now.elapsed.saturating_add(half(self.base_timer()));
        let early = self.future.take();
        if !early.is_empty() {
            turn.output(AgreementOutput::Verify(early));
        }
    }

    fn connected(&mut self, peer: Peer, turn: &mut Turn) {
        self.throttle.reset(peer);
        let position = self.position();
        turn.send(Recipient::Peer(peer), position);
    }
}

/// Where a machine stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgreementStatus {
    /// The height under way or to come.
    pub height: Height,
    /// The view of it.
    pub view: quorate_event::View,
    /// Who leads that view.
    pub leader: Address,
    /// Whether this node votes at this height.
    pub votes: bool,
    /// Whether it lost its vote log and says nothing yet.
    pub abstains: bool,
}

/// How much a machine holds of what others sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BufferSizes {
    /// Views of the height under way that are over.
    pub views: u64,
    /// Votes: four of each member in each of a few views.
    pub votes: usize,
    /// Offers: one in each of a few views, and certified content of which there are two.
    pub proposals: usize,
    /// Certificates: one or two a view that has failed.
    pub certificates: usize,
    /// Messages of the next height: one of each kind of each member.
    pub future_height: usize,
}

/// The time that a fresh cut gets: now, and always after the previous milestone's.
pub(crate) fn time_after(previous: Timestamp, now: Timestamp) -> Timestamp {
    now.max(Timestamp(previous.0.saturating_add(1)))
}
