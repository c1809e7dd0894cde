//! The proposals of one height: the first of each view's leader, and what was found of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use quorate_event::{ProposalId, View};

use crate::certificates::HeightCertificates;
use crate::message::SignedProposal;
use crate::tally::in_window;

/// What is known of a proposal's content. A verdict binds for the height: it is a function of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckState {
    /// Asked; no answer yet.
    Requested,
    /// To be asked again then.
    Deferred(Duration),
    Valid,
    Invalid,
}

/// The proposals of one height, one a view.
#[derive(Debug, Default)]
pub(crate) struct Proposals {
    proposals: BTreeMap<View, SignedProposal>,
    /// Certified content whose view holds another offer: its leader made two.
    aside: BTreeMap<ProposalId, SignedProposal>,
    checks: BTreeMap<ProposalId, CheckState>,
}

impl Proposals {
    /// The first offer of `view`.
    pub(crate) fn of_view(&self, view: View) -> Option<&SignedProposal> {
        self.proposals.get(&view)
    }

    /// An offer of this content, the latest.
    pub(crate) fn content(&self, id: ProposalId) -> Option<&SignedProposal> {
        let mut proposals = self.proposals.values().rev();
        proposals.find(|signed| signed.id() == id).or_else(|| self.aside.get(&id))
    }

    /// Keeps an offer, unless one of its view is held. Of two, what its own view certified stays: a certificate of another
    /// view says nothing about who has seen this one. Other certified content is kept beside, since somebody may need it.
    pub(crate) fn insert(&mut self, signed: SignedProposal, certificates: &HeightCertificates) {
        let (view, id) = (signed.view(), signed.id());
        let second = match self.proposals.entry(view) {
            Entry::Vacant(vacant) => {
                vacant.insert(signed);
                return;
            }
            Entry::Occupied(first) if first.get().id() == id => return,
            Entry::Occupied(mut first) if certificates.certifies(view, id) => first.insert(signed),
            Entry::Occupied(_) => signed,
        };
        let id = second.id();
        if certificates.has_prepared(id) {
            self.aside.entry(id).or_insert(second);
        }
    }

    pub(crate) fn check_state(&self, id: ProposalId) -> Option<CheckState> {
        self.checks.get(&id).copied()
    }

    pub(crate) fn record_verdict(&mut self, id: ProposalId, check: CheckState) {
        self.checks.insert(id, check);
    }

    /// Forgets views outside of the window, except for certified content.
    pub(crate) fn prune(&mut self, current: View, certificates: &HeightCertificates) {
        let latest = certificates.latest_prepare().map(|latest| latest.vote());
        let needed = |id| latest.is_some_and(|latest| latest.proposal == id);
        self.proposals.retain(|view, signed| in_window(*view, current) || needed(signed.id()));
        self.aside.retain(|id, signed| in_window(signed.view(), current) || needed(*id));
        let (proposals, aside) = (&self.proposals, &self.aside);
        self.checks.retain(|id, _| {
            let mut kept = proposals.values().chain(aside.values());
            kept.any(|signed| signed.id() == *id)
        });
    }

    /// Offers held.
    pub(crate) fn len(&self) -> usize {
        self.proposals.len().saturating_add(self.aside.len())
    }
}
