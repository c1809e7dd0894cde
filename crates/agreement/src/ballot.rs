//! All that is known of the height under way, and nothing of any other.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_event::{
    Address, Committee, Height, ProposalId, VerifiedCertificate, VerifiedMilestone, View, Vote, VoteKind,
};

use crate::certificates::Certificates;
use crate::durable::DurableVote;
use crate::message::Offer;
use crate::offers::Offers;
use crate::record::{Promise, Record, Ticket};
use crate::tally::{Tally, in_window};

/// One height: from the milestone before it until its own is applied.
#[derive(Debug)]
pub(crate) struct Ballot {
    pub(crate) height: Height,
    pub(crate) view: View,
    /// When the view was entered.
    pub(crate) entered: Duration,
    pub(crate) leader: Address,
    pub(crate) tally: Tally,
    pub(crate) certificates: Certificates,
    pub(crate) offers: Offers,
    /// Own votes: `None` while their records are being written.
    said: BTreeMap<(View, VoteKind), Option<DurableVote>>,
    /// What is being written: four votes of a view at most.
    pub(crate) pending: BTreeMap<Ticket, Promise>,
    pub(crate) certified: Option<VerifiedMilestone>,
    pub(crate) build: Build,
    pub(crate) skip_asked: bool,
    /// Whether everybody was asked at once for what is lacking, outside of the half timers.
    pub(crate) has_called: bool,
}

/// How far the leader's fresh cut has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    Unasked,
    Asked,
    /// There was nothing to cover: not asked again before the work changes.
    Nothing,
}

impl Ballot {
    /// A height whose leader of view 0 is `leader`.
    pub(crate) fn new(height: Height, leader: Address, now: Duration) -> Self {
        Self {
            height,
            view: View(0),
            entered: now,
            leader,
            tally: Tally::default(),
            certificates: Certificates::default(),
            offers: Offers::default(),
            said: BTreeMap::new(),
            pending: BTreeMap::new(),
            certified: None,
            build: Build::Unasked,
            skip_asked: false,
            has_called: false,
        }
    }

    /// Takes back what this member promised before a crash. The view is the latest that it spoke in (A2).
    pub(crate) fn restore(&mut self, record: &Record, committee: &Committee) {
        for certificate in record.certificates.iter().cloned() {
            let of = certificate.vote;
            let entered = match of.kind {
                VoteKind::Skip => of.view.next(),
                _ => of.view,
            };
            self.view = self.view.max(entered);
            self.certificates.insert(VerifiedCertificate::from_store(certificate));
        }
        if let Some(offer) = &record.offer {
            self.offers.insert(Offer::clone(offer), &self.certificates);
        }
        let said = record.vote.vote;
        self.view = self.view.max(said.view);
        self.keep_word(DurableVote::of(record), committee);
    }

    /// Whether this node has voted at this height, or holds a certificate of it.
    pub(crate) fn is_under_way(&self) -> bool {
        !self.said.is_empty() || !self.certificates.is_empty()
    }

    /// Whether a vote of this kind was promised in the current view.
    pub(crate) fn has_said(&self, kind: VoteKind) -> bool {
        self.said.contains_key(&(self.view, kind))
    }

    /// Whether nothing was promised in the current view.
    pub(crate) fn is_silent_here(&self) -> bool {
        self.own_kinds().next().is_none()
    }

    fn own_kinds(&self) -> impl Iterator<Item = (VoteKind, Option<DurableVote>)> {
        let said = self.said.iter();
        said.filter(|((view, _), _)| *view == self.view).map(|((_, kind), vote)| (*kind, *vote))
    }

    /// The durable votes of the current view.
    pub(crate) fn own_votes(&self) -> impl Iterator<Item = DurableVote> {
        self.own_kinds().filter_map(|(_, vote)| vote)
    }

    /// Notes a promise. Nothing excluded by it is promised afterwards.
    ///
    /// # Panics
    /// When the promise breaks an earlier one (A3): sending nothing at all is better.
    pub(crate) fn promise(&mut self, ticket: Ticket, promise: Promise) {
        let vote = promise.vote();
        let excluded = match vote.kind {
            VoteKind::Commit => Some(VoteKind::Skip),
            VoteKind::Skip => Some(VoteKind::Commit),
            VoteKind::Propose | VoteKind::Prepare => None,
        };
        assert!(!self.has_said(vote.kind), "A3: a vote is cast once in a view");
        assert!(!excluded.is_some_and(|kind| self.has_said(kind)), "A3: commit and skip exclude each other");
        self.said.insert((vote.view, vote.kind), None);
        self.pending.insert(ticket, promise);
    }

    /// Counts an own vote that is on disk.
    pub(crate) fn keep_word(&mut self, vote: DurableVote, committee: &Committee) {
        let of = vote.signed().vote;
        self.said.insert((of.view, of.kind), Some(vote));
        if in_window(of.view, self.view) {
            self.tally.count(vote.verified(), committee);
        }
    }

    /// What a vote of this kind says in the current view.
    pub(crate) const fn vote(&self, kind: VoteKind, proposal: ProposalId) -> Vote {
        Vote { kind, height: self.height, view: self.view, proposal }
    }

    /// Moves to a later view.
    pub(crate) fn enter(&mut self, view: View, leader: Address, now: Duration) {
        self.view = view;
        self.leader = leader;
        self.entered = now;
        self.build = Build::Unasked;
        self.skip_asked = false;
        self.has_called = false;
        self.prune();
    }

    /// Forgets what lies too far from the current view.
    pub(crate) fn prune(&mut self) {
        let view = self.view;
        self.tally.prune(view);
        self.offers.prune(view, &self.certificates);
        self.said.retain(|(said, _), _| in_window(*said, view));
    }

    /// The certified proposal whose content is missing: the decided one, else the latest prepared one.
    pub(crate) fn wanted(&self) -> ProposalId {
        let certified = self.certificates.commit();
        let latest = self.certificates.latest_prepare();
        let ids = certified.into_iter().chain(latest).map(|of| of.vote().proposal);
        let mut lacking = ids.filter(|id| self.offers.content(*id).is_none());
        lacking.next().unwrap_or(ProposalId::NONE)
    }
}
