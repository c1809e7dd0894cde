//! What follows from a cut: the roots that a proposal names, and whether a proposal names them rightly.

use std::collections::{BTreeSet, HashSet};

use quorate_document::DocumentView;
use quorate_event::{Committee, EventId, Height, Proposal, ProposalId, Timestamp, merkle};
use quorate_graph::CutError;

use crate::committee_rule::FinalDocuments;
use crate::documents::roots::Delta;
use crate::replica::Replica;
use crate::views::{Final, FinalWith, PastIn};

/// Why a proposal cannot be judged, or is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Vertices of the cut are not held.
    Missing(Vec<EventId>),
    /// No honest leader proposes this.
    Wrong,
}

impl From<CutError> for Misfit {
    fn from(error: CutError) -> Self {
        match error {
            CutError::Missing { ids } => Self::Missing(ids),
            _ => Self::Wrong,
        }
    }
}

impl Replica {
    /// What a milestone after the last one would change if its cut were `heads`.
    pub(crate) fn derive(&self, height: Height, previous: ProposalId, heads: &[EventId]) -> Result<Delta, Misfit> {
        let (last_height, last) = self.graph.last_milestone();
        if (height, previous.event_id()) != (last_height.next(), last) {
            return Err(Misfit::Wrong);
        }
        let newly = self.graph.newly_covered(last, heads)?;
        let ordered = self.graph.linearise(&newly, last, height, heads);
        let events_root = merkle::root(&ordered.iter().map(|id| *id.as_bytes()).collect::<Vec<_>>());
        let newly: HashSet<EventId> = newly.into_iter().collect();
        let touched = ordered.iter().filter_map(|id| self.edited.get(id)).flatten();
        let touched: BTreeSet<&str> = touched.map(|name| &**name).collect();
        let (graph, past) = (&self.graph, PastIn(&self.graph));
        let last = self.finals.derive(&self.documents, &Final(graph), &past);
        let settled = FinalWith::new(graph, &newly);
        let documents = last.derive(&self.documents, touched, &settled, &past);
        let committee = self.committee_after(&settled);
        Ok(Delta { ordered, events_root, documents, committee })
    }

    /// The committee that follows once `settled` is final.
    pub(crate) fn committee_after(&self, settled: &impl DocumentView) -> Committee {
        let read = |name: &str| {
            let document = self.documents.get(name).filter(|document| document.known(settled))?;
            Some(document.value(settled, &PastIn(&self.graph)))
        };
        let next = self.committee_rule.next(self.committee(), &FinalDocuments::new(&read));
        next.unwrap_or_else(|| self.committee().clone())
    }

    /// The proposal of a cut.
    pub(crate) fn proposal_of(&self, height: Height, heads: Vec<EventId>, delta: &Delta, time: Timestamp) -> Proposal {
        let empty = merkle::root::<[u8; 32]>(&[]);
        Proposal {
            height,
            previous: self.last_proposal(),
            heads,
            events_root: delta.events_root,
            documents_root: delta.documents.root(),
            ledger_root: empty,
            outbox_root: empty,
            next_committee: delta.committee.digest(),
            time,
        }
    }

    /// Whether the roots that `proposal` names are those that follow.
    pub(crate) fn follows(&self, proposal: &Proposal, delta: &Delta) -> bool {
        self.proposal_of(proposal.height, proposal.heads.clone(), delta, proposal.time) == *proposal
    }

    /// The last milestone, as a proposal names it.
    pub(crate) fn last_proposal(&self) -> ProposalId {
        ProposalId::new(*self.graph.last_milestone().1.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use quorate_agreement::Now;
    use quorate_event::{Genesis, Lane, Pace, Parameters, SecretKey, Stake, Writers};
    use serde_json::json;

    use super::*;
    use crate::input::{Atomicity, DiskTicket, Input, Intent, Request};
    use crate::output::Output;
    use crate::reading::look::{ConsistencyLevel, Moment};
    use crate::replica::ReplicaConfig;

    const NOW: Now = Now { elapsed: Duration::from_secs(1), wall: Timestamp(2_000) };

    fn alone() -> Replica {
        let key = SecretKey::simulated(1);
        let genesis = Genesis {
            name: "alone".to_owned(),
            time: Timestamp(1_000),
            committee: Committee::new(vec![(key.address(), Stake(1))]).unwrap(),
            writers: Writers::Members,
            parameters: Parameters { pace: Pace::Manual, ..Parameters::default() },
            demo: true,
        };
        let config = ReplicaConfig::new(genesis, key, Lane(1));
        Replica::recover(config, [], &[], NOW).unwrap().0
    }

    fn put(replica: &mut Replica, number: u64) -> EventId {
        let intent = Intent::Put { document: "d".to_owned(), value: json!({ "n": number }) };
        replica.handle(Input::Write { request: Request(number), intent, atomicity: Atomicity::Split }, NOW);
        let stored = replica.handle(Input::Stored(DiskTicket(number)), NOW);
        let durable = stored.iter().find_map(|output| match output {
            Output::Durable { events, .. } => events.first().copied(),
            _ => None,
        });
        durable.unwrap()
    }

    #[test]
    fn a_cut_shows_what_it_covers_and_nothing_that_was_written_since() {
        let mut replica = alone();
        let events: Vec<EventId> = (1..=3).map(|number| put(&mut replica, number)).collect();
        for event in &events {
            let delta = replica.derive(Height(1), replica.network.proposal_id(), &[*event]).unwrap();
            let then = replica.document_at("d", Moment::Event(*event)).unwrap().unwrap();
            assert_eq!(delta.documents.digest("d"), Some(then.digest));
        }
        assert_eq!(replica.document("d", ConsistencyLevel::Final), None);
        assert_eq!(replica.digests(ConsistencyLevel::Final).digest("d"), None);
    }
}
