//! The proposals of one height: the first of each view's leader, and what was found of them.

use std::collections::BTreeMap;
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
        offers.find(|offer| offer.vote.vote.proposal == id)
    }

    /// Keeps an offer, unless one of its view is held. Certified content replaces what is not certified: it is needed.
    pub(crate) fn insert(&mut self, offer: Offer, certificates: &Certificates) {
        let view = offer.vote.vote.view;
        let wins = |id| certificates.have_prepared(id);
        let kept = self.offers.get(&view).map(|kept| wins(kept.vote.vote.proposal));
        match kept {
            Some(true) => {}
            Some(false) if !wins(offer.vote.vote.proposal) => {}
            _ => {
                self.offers.insert(view, offer);
            }
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
        self.offers.retain(|view, offer| {
            let id = offer.vote.vote.proposal;
            let needed = latest.is_some_and(|latest| latest.proposal == id);
            in_window(*view, current) || needed
        });
        let offers = &self.offers;
        self.findings.retain(|id, _| {
            let mut kept = offers.values();
            kept.any(|offer| offer.vote.vote.proposal == *id)
        });
    }

    /// Offers held.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.offers.len()
    }
}
