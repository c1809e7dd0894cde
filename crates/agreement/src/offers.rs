//! The proposals of one height: the first of each view's leader, and what was found of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use quorate_event::{ProposalId, View};

use crate::certificates::Certificates;
use crate::message::Offer;
use crate::tally::in_window;

/// What is known of a proposal's content. A verdict binds for the height: it is a function of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Asked; no answer yet.
    Asked,
    /// To be asked again then.
    Later(Duration),
    Valid,
    Invalid,
}

/// The proposals of one height, one a view.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    offers: BTreeMap<View, Offer>,
    /// Certified content whose view holds another offer: its leader made two.
    aside: BTreeMap<ProposalId, Offer>,
    findings: BTreeMap<ProposalId, Finding>,
}

impl Offers {
    /// The first offer of `view`.
    pub(crate) fn of(&self, view: View) -> Option<&Offer> {
        self.offers.get(&view)
    }

    /// An offer of this content, the latest.
    pub(crate) fn content(&self, id: ProposalId) -> Option<&Offer> {
        let mut offers = self.offers.values().rev();
        offers.find(|offer| offer.vote.vote.proposal == id).or_else(|| self.aside.get(&id))
    }

    /// Keeps an offer, unless one of its view is held. Of two, what its own view certified stays: a certificate of another
    /// view says nothing about who has seen this one. Other certified content is kept beside, since somebody may need it.
    pub(crate) fn insert(&mut self, offer: Offer, certificates: &Certificates) {
        let (view, id) = (offer.vote.vote.view, offer.vote.vote.proposal);
        let second = match self.offers.entry(view) {
            Entry::Vacant(vacant) => {
                vacant.insert(offer);
                return;
            }
            Entry::Occupied(first) if first.get().vote.vote.proposal == id => return,
            Entry::Occupied(mut first) if certificates.certify(view, id) => first.insert(offer),
            Entry::Occupied(_) => offer,
        };
        let id = second.vote.vote.proposal;
        if certificates.have_prepared(id) {
            self.aside.entry(id).or_insert(second);
        }
    }

    pub(crate) fn finding(&self, id: ProposalId) -> Option<Finding> {
        self.findings.get(&id).copied()
    }

    pub(crate) fn find(&mut self, id: ProposalId, finding: Finding) {
        self.findings.insert(id, finding);
    }

    /// Forgets views outside of the window, except for certified content.
    pub(crate) fn prune(&mut self, current: View, certificates: &Certificates) {
        let latest = certificates.latest_prepare().map(|latest| latest.vote());
        let needed = |id| latest.is_some_and(|latest| latest.proposal == id);
        self.offers.retain(|view, offer| in_window(*view, current) || needed(offer.vote.vote.proposal));
        self.aside.retain(|id, offer| in_window(offer.vote.vote.view, current) || needed(*id));
        let (offers, aside) = (&self.offers, &self.aside);
        self.findings.retain(|id, _| {
            let mut kept = offers.values().chain(aside.values());
            kept.any(|offer| offer.vote.vote.proposal == *id)
        });
    }

    /// Offers held.
    pub(crate) fn len(&self) -> usize {
        self.offers.len().saturating_add(self.aside.len())
    }
}
