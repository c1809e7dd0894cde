//! The machine: its state, and the one door into it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quorate_event::{Address, Height, Timestamp, VoteKind};

use crate::abstinence::Abstinence;
use crate::ballot::{Ballot, Build};
use crate::durable::{DurableVote, Outgoing};
use crate::early::Early;
use crate::input::{Input, Now, Peer, Verdict, Work};
use crate::leader::leader;
use crate::offers::Finding;
use crate::output::{Output, To};
use crate::record::{Record, Ticket};
use crate::timers::{Throttle, half};
use crate::tip::{Config, Tip};
use crate::verify::Verifier;

/// Milestone agreement of one node. Every state change enters by [`Agreement::handle`].
#[derive(Debug)]
pub struct Agreement {
    pub(crate) config: Config,
    pub(crate) tip: Tip,
    pub(crate) ballot: Ballot,
    pub(crate) work: Work,
    /// Since when there was something to do without a pause; `None` when idle.
    pub(crate) awake_since: Option<Duration>,
    /// When each member was last heard; strangers are not listed.
    pub(crate) heard: BTreeMap<Address, Duration>,
    /// The members whose last turn was skipped and that were not heard since it began.
    pub(crate) missed: BTreeSet<Address>,
    /// When our position goes to everybody next.
    pub(crate) next_position: Duration,
    pub(crate) throttle: Throttle,
    pub(crate) early: Early,
    /// Own records of heights that are not reached again yet: the vote log may be ahead of the store.
    later: Vec<Record>,
    /// Where the vote log begins: what was said below it was let go, or lost.
    first_promise: Height,
    pub(crate) abstinence: Option<Abstinence>,
    next_ticket: Ticket,
}

/// One call: what time it is, and what is to be done.
pub(crate) struct Turn {
    pub(crate) now: Now,
    pub(crate) outputs: Vec<Output>,
}

impl Turn {
    pub(crate) fn ask(&mut self, output: Output) {
        self.outputs.push(output);
    }

    pub(crate) fn send(&mut self, to: To, message: Outgoing) {
        self.outputs.push(Output::Send { to, message });
    }
}

impl Agreement {
    /// A machine that keeps every promise of `records`: the vote log, oldest first, of which it takes its own votes
    /// above the tip.
    pub fn new(config: Config, tip: Tip, records: impl IntoIterator<Item = Record>, now: Now) -> Self {
        let mine = |record: &Record| Some(record.vote.signer) == config.me;
        let mut later: Vec<_> = records.into_iter().filter(mine).collect();
        let first_promise = later.iter().map(|record| record.vote.vote.height).min().unwrap_or_default();
        later.retain(|record| record.vote.vote.height > tip.height());
        let height = tip.height().next();
        let mut machine = Self {
            ballot: Ballot::new(height, Address::new([0; 20]), now.elapsed),
            config,
            tip,
            work: Work::None,
            awake_since: None,
            heard: BTreeMap::new(),
            missed: BTreeSet::new(),
            next_position: now.elapsed,
            throttle: Throttle::default(),
            early: Early::default(),
            later,
            first_promise,
            abstinence: config.abstain.then(Abstinence::default),
            next_ticket: Ticket(0),
        };
        machine.begin_height(now);
        machine
    }

    /// Takes one input; whatever is to be done comes back. Call it again with the answers.
    pub fn handle(&mut self, input: Input, now: Now) -> Vec<Output> {
        let mut turn = Turn { now, outputs: Vec::new() };
        match input {
            Input::Tick => {}
            Input::Work(work) => self.set_work(work),
            Input::Built { height, view, proposal } => {
                if (height, view) == (self.ballot.height, self.ballot.view) {
                    self.built(proposal, &mut turn);
                }
            }
            Input::Checked { id, verdict } => self.checked(id, verdict),
            Input::Durable { ticket, record } => self.durable(ticket, &record, &mut turn),
            Input::Received { from, message } => self.received(from, message, &mut turn),
            Input::Connected(peer) => self.connected(peer, &mut turn),
            Input::Applied(tip) => self.applied(tip, &mut turn),
            Input::SkipNow => self.ballot.skip_asked = true,
        }
        while self.apply_a_rule(&mut turn) {}
        self.say_where_we_stand(&mut turn);
        turn.outputs
    }

    /// When to come back with a [`Input::Tick`] if nothing else happens before, on the clock of [`Now::elapsed`].
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

    /// What judges the messages of the height under way. Ask anew after every [`Input::Applied`].
    pub fn verifier(&self) -> Verifier {
        Verifier {
            network: self.config.network,
            height: self.ballot.height,
            previous: self.tip.id(),
            committee: self.tip.committee().clone(),
        }
    }

    /// The last applied milestone.
    pub const fn tip(&self) -> &Tip {
        &self.tip
    }

    /// Where the machine stands, for people.
    pub fn status(&self) -> Status {
        Status {
            height: self.ballot.height,
            view: self.ballot.view,
            leader: self.ballot.leader,
            votes: self.may_vote(),
            abstains: self.abstinence.is_some(),
        }
    }

    /// What is held of the height under way, and of the next.
    pub fn held(&self) -> Held {
        Held {
            views: self.ballot.view.0,
            votes: self.ballot.tally.len(),
            offers: self.ballot.offers.len(),
            certificates: self.ballot.certificates.len(),
            early: self.early.len(),
        }
    }

    /// Whether this node casts votes at this height: a member, not abstaining, and one that knows what it said here.
    pub(crate) fn may_vote(&self) -> bool {
        let committee = self.tip.committee();
        let knows = self.ballot.height >= self.first_promise;
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

    pub(crate) fn issue_ticket(&mut self) -> Ticket {
        let ticket = self.next_ticket;
        self.next_ticket = Ticket(ticket.0.saturating_add(1));
        ticket
    }

    /// Starts the height after the tip, with what was promised there before a crash.
    fn begin_height(&mut self, now: Now) {
        let height = self.tip.height().next();
        self.ballot = Ballot::new(height, Address::new([0; 20]), now.elapsed);
        let (here, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.later).into_iter().partition(|record| record.vote.vote.height <= height);
        self.later = later;
        for record in here.iter().filter(|of| of.vote.vote.height == height) {
            self.ballot.restore(record, self.tip.committee());
        }
        self.ballot.prune();
        // A member with more than two thirds of the stake is a quorum by itself.
        for record in here.iter().filter(|of| of.vote.vote.height == height) {
            self.gather(record.vote.vote);
        }
        let view = self.ballot.view;
        self.ballot.leader = leader(self.tip.committee(), self.tip.id(), height, view);
    }

    fn set_work(&mut self, work: Work) {
        self.work = work;
        if self.ballot.build == Build::Nothing {
            self.ballot.build = Build::Unasked;
        }
    }

    fn checked(&mut self, id: quorate_event::ProposalId, verdict: Verdict) {
        let finding = match verdict {
            Verdict::Valid => Finding::Valid,
            Verdict::Invalid => Finding::Invalid,
            Verdict::NotYet { until } => Finding::Later(until),
        };
        if self.ballot.offers.finding(id) == Some(Finding::Asked) {
            self.ballot.offers.find(id, finding);
        }
    }

    /// A promise is on disk: now it exists for others.
    fn durable(&mut self, ticket: Ticket, record: &Record, turn: &mut Turn) {
        let Some(me) = self.config.me else { return };
        let ballot = &mut self.ballot;
        let kept = |promise: &crate::record::Promise| promise.is_kept_by(record, me);
        if !ballot.pending.get(&ticket).is_some_and(kept) {
            return;
        }
        ballot.pending.remove(&ticket);
        let vote = DurableVote::of(record);
        ballot.keep_word(vote, self.tip.committee());
        let said = record.vote.vote;
        match (&record.offer, said.kind) {
            (Some(offer), VoteKind::Propose) => {
                ballot.offers.insert((**offer).clone(), &ballot.certificates);
                let shown = ballot.certificates.shown(offer);
                turn.send(To::All, Outgoing::proposal((**offer).clone(), shown));
            }
            _ => turn.send(To::All, Outgoing::vote(vote)),
        }
        self.tell_counted(vote.verified(), turn);
        self.gather(said);
    }

    fn applied(&mut self, tip: Tip, turn: &mut Turn) {
        if tip.height() < self.ballot.height {
            return;
        }
        let before = std::mem::replace(&mut self.tip, tip);
        let committee = self.tip.committee();
        self.heard.retain(|member, _| committee.contains(*member));
        self.missed.retain(|member| committee.contains(*member));
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
        let early = self.early.take();
        if !early.is_empty() {
            turn.ask(Output::Verify(early));
        }
    }

    fn connected(&mut self, peer: Peer, turn: &mut Turn) {
        self.throttle.forget(peer);
        let position = self.position();
        turn.send(To::Peer(peer), position);
    }
}

/// Where a machine stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
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
pub struct Held {
    /// Views of the height under way that are over.
    pub views: u64,
    /// Votes: four of each member in each of a few views.
    pub votes: usize,
    /// Offers: one in each of a few views, and certified content of which there are two.
    pub offers: usize,
    /// Certificates: one or two a view that has failed.
    pub certificates: usize,
    /// Messages of the next height: one of each kind of each member.
    pub early: usize,
}

/// The time that a fresh cut gets: now, and always after the previous milestone's.
pub(crate) fn time_after(previous: Timestamp, now: Timestamp) -> Timestamp {
    now.max(Timestamp(previous.0.saturating_add(1)))
}
