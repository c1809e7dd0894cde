//! All that is known of the height under way, and nothing of any other.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_event::{
    Address, Committee, Height, ProposalId, VerifiedCertificate, VerifiedMilestone, View, Vote, VoteKind,
};

use crate::certificates::HeightCertificates;
use crate::durable::DurableVote;
use crate::message::SignedProposal;
use crate::proposals::Proposals;
use crate::tally::{Tally, in_window};
use crate::vote_record::{PendingVote, VoteRecord, VoteTicket};

/// One height: from the milestone before it until its own is applied.
#[derive(Debug)]
pub(crate) struct HeightState {
    pub(crate) height: Height,
    pub(crate) view: View,
    /// When the view was entered.
    pub(crate) entered: Duration,
    pub(crate) leader: Address,
    pub(crate) tally: Tally,
    pub(crate) certificates: HeightCertificates,
    pub(crate) proposals: Proposals,
    /// Own votes: `None` while their records are being written.
    own_votes: BTreeMap<(View, VoteKind), Option<DurableVote>>,
    /// What is being written: four votes of a view at most.
    pub(crate) pending: BTreeMap<VoteTicket, PendingVote>,
    pub(crate) certified: Option<VerifiedMilestone>,
    pub(crate) build: BuildStatus,
    pub(crate) skip_asked: bool,
    /// Whether everybody was asked at once for what is lacking, outside of the half timers.
    pub(crate) has_requested_early: bool,
}

/// How far the leader's fresh cut has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuildStatus {
    NotRequested,
    Requested,
    /// There was nothing to cover: not asked again before the work changes.
    NothingToCover,
}

impl HeightState {
    /// A height whose leader of view 0 is `leader`.
    pub(crate) fn new(height: Height, leader: Address, now: Duration) -> Self {
        Self {
            height,
            view: View(0),
            entered: now,
            leader,
            tally: Tally::default(),
            certificates: HeightCertificates::default(),
            proposals: Proposals::default(),
            own_votes: BTreeMap::new(),
            pending: BTreeMap::new(),
            certified: None,
            build: BuildStatus::NotRequested,
            skip_asked: false,
            has_requested_early: false,
        }
    }

    /// Restores a vote of this member from before a crash. The view becomes the latest one that it voted in (A2).
    pub(crate) fn restore(&mut self, record: &VoteRecord, committee: &Committee) {
        for certificate in record.certificates.iter().cloned() {
            let of = certificate.vote;
            let entered = match of.kind {
                VoteKind::Skip => of.view.next(),
                _ => of.view,
            };
            self.view = self.view.max(entered);
            self.certificates.insert(VerifiedCertificate::from_store(certificate));
        }
        if let Some(signed) = &record.proposal {
            self.proposals.insert(SignedProposal::clone(signed), &self.certificates);
        }
        let said = record.vote.vote;
        self.view = self.view.max(said.view);
        self.mark_durable(DurableVote::of(record), committee);
    }

    /// Whether this node has voted at this height, or holds a certificate of it.
    pub(crate) fn is_under_way(&self) -> bool {
        !self.own_votes.is_empty() || !self.certificates.is_empty()
    }

    /// Whether a vote of this kind was cast in the current view, durable or not.
    pub(crate) fn has_voted(&self, kind: VoteKind) -> bool {
        self.own_votes.contains_key(&(self.view, kind))
    }

    /// Whether no vote was cast in the current view.
    pub(crate) fn has_not_voted(&self) -> bool {
        self.own_kinds().next().is_none()
    }

    fn own_kinds(&self) -> impl Iterator<Item = (VoteKind, Option<DurableVote>)> {
        let said = self.own_votes.iter();
        said.filter(|((view, _), _)| *view == self.view).map(|((_, kind), vote)| (*kind, *vote))
    }

    /// The durable votes of the current view.
    pub(crate) fn durable_votes(&self) -> impl Iterator<Item = DurableVote> {
        self.own_kinds().filter_map(|(_, vote)| vote)
    }

    /// Notes a vote whose record is being written. No vote that it excludes is cast afterwards.
    ///
    /// # Panics
    /// When the vote contradicts an earlier one (A3): a node that stops is better than one that equivocates.
    pub(crate) fn mark_pending(&mut self, ticket: VoteTicket, pending: PendingVote) {
        let vote = pending.vote();
        let excluded = match vote.kind {
            VoteKind::Commit => Some(VoteKind::Skip),
            VoteKind::Skip => Some(VoteKind::Commit),
            VoteKind::Propose | VoteKind::Prepare => None,
        };
        assert!(!self.has_voted(vote.kind), "A3: a vote is cast once in a view");
        assert!(!excluded.is_some_and(|kind| self.has_voted(kind)), "A3: commit and skip exclude each other");
        self.own_votes.insert((vote.view, vote.kind), None);
        self.pending.insert(ticket, pending);
    }

    /// Counts an own vote that is on disk.
    pub(crate) fn mark_durable(&mut self, vote: DurableVote, committee: &Committee) {
        let of = vote.signed().vote;
        self.own_votes.insert((of.view, of.kind), Some(vote));
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
        self.build = BuildStatus::NotRequested;
        self.skip_asked = false;
        self.has_requested_early = false;
        self.prune();
    }

    /// Forgets what lies too far from the current view.
    pub(crate) fn prune(&mut self) {
        let view = self.view;
        self.tally.prune(view);
        self.proposals.prune(view, &self.certificates);
        self.own_votes.retain(|(said, _), _| in_window(*said, view));
    }

    /// The certified proposal whose content is missing: the decided one, else the latest prepared one.
    pub(crate) fn wanted(&self) -> ProposalId {
        let certified = self.certificates.commit();
        let latest = self.certificates.latest_prepare();
        let ids = certified.into_iter().chain(latest).map(|of| of.vote().proposal);
        let mut lacking = ids.filter(|id| self.proposals.content(*id).is_none());
        lacking.next().unwrap_or(ProposalId::NONE)
    }
}
