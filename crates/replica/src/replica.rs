//! The replica: its parts, and the one function that changes them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use quorate_agreement::{Agreement, Now};
use quorate_document::Documents;
use quorate_event::{Address, Committee, EventId, Genesis, Height, Lane, NetworkId, SecretKey};
use quorate_graph::Graph;

use crate::authoring::write::Writes;
use crate::committee_rule::{CommitteeRule, FixedCommittee};
use crate::documents::history::Journal;
use crate::documents::roots::LazyRoot;
use crate::evidence::pool::Cases;
use crate::input::Input;
use crate::milestones::agreement::Duties;
use crate::output::Output;
use crate::peers::connected::Peers;
use crate::peers::missing_parents::Wants;
use crate::persistence::Disk;
use crate::state::checkpoint::TrustedMilestone;
use crate::sync::fetch::Fetch;
use crate::sync::future_heights::Ahead;
use crate::sync::respond::Chapter;
use crate::uncovered::backlog::Backlog;
use crate::uncovered::finality::Finality;
use crate::validation::vertex_validator::VertexValidator;

/// Whether intents that wait for the same disk write become one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// They do: one signature, one write for many.
    #[default]
    Shared,
    /// Each is an event of its own.
    Single,
}

/// Who a replica is, and of which network.
#[derive(Debug, Clone)]
pub struct ReplicaConfig {
    /// The network.
    pub genesis: Genesis,
    /// Signs this replica's events and votes.
    pub key: SecretKey,
    /// This installation of the key: drawn at random once, fresh after a restore from a backup.
    pub lane: Lane,
    /// Whether intents share events.
    pub sharing: Sharing,
    /// Whether the vote log was lost while the store was not: this member then says nothing until nothing that it may
    /// have said can matter.
    pub votes_lost: bool,
    /// By which rule one committee follows another; the same for all replicas of the network.
    pub committee_rule: Arc<dyn CommitteeRule>,
}

impl ReplicaConfig {
    /// What a replica starts with that has lost nothing, in a network whose committee never changes.
    pub fn new(genesis: Genesis, key: SecretKey, lane: Lane) -> Self {
        let committee_rule = Arc::new(FixedCommittee);
        Self { genesis, key, lane, sharing: Sharing::Shared, votes_lost: false, committee_rule }
    }
}

/// One party's copy of the shared state, as a pure machine: inputs and the time in, outputs out.
pub struct Replica {
    pub(crate) genesis: Genesis,
    pub(crate) network: NetworkId,
    pub(crate) door: VertexValidator,
    pub(crate) committee_rule: Arc<dyn CommitteeRule>,
    pub(crate) key: SecretKey,
    pub(crate) lane: Lane,
    pub(crate) sharing: Sharing,
    pub(crate) graph: Graph,
    pub(crate) documents: Documents,
    /// At the last milestone.
    pub(crate) finals: LazyRoot,
    /// Of all that is held.
    pub(crate) merged: LazyRoot,
    pub(crate) agreement: Agreement,
    pub(crate) duties: Duties,
    pub(crate) peers: Peers,
    pub(crate) wants: Wants,
    pub(crate) fetch: Fetch,
    pub(crate) ahead: Ahead,
    pub(crate) chapter: Option<Chapter>,
    pub(crate) trusted: Option<TrustedMilestone>,
    pub(crate) backlog: Backlog,
    pub(crate) disk: Disk,
    pub(crate) writes: Writes,
    pub(crate) finality: Finality,
    /// What milestones decided, to be said once they are on disk.
    pub(crate) decided: Vec<Output>,
    /// The documents that each uncovered event edits.
    pub(crate) edited: HashMap<EventId, Vec<Arc<str>>>,
    pub(crate) journal: Journal,
    pub(crate) cases: Cases,
    pub(crate) next_summary: Duration,
    /// Set while the store is replayed: milestones in it were compared with what they derive when they were stored.
    pub(crate) recovering: bool,
    /// Set once a certified milestone contradicts what is derived here: nothing is said or signed any more.
    pub(crate) halted: bool,
}

/// Between two rounds of sync with one peer each.
pub(crate) const SUMMARY_EVERY: Duration = Duration::from_secs(5);

impl Replica {
    /// The one door: everything that changes a replica passes through here.
    pub fn handle(&mut self, input: Input, now: Now) -> Vec<Output> {
        let mut out = Vec::new();
        if self.halted {
            return out;
        }
        match input {
            Input::Tick => self.tell(quorate_agreement::AgreementInput::Tick),
            Input::Connected { peer, address } => self.connected(peer, address, now, &mut out),
            Input::Disconnected { peer } => self.disconnected(peer, now, &mut out),
            Input::Vertices { from, vertices } => {
                self.vertices(from, vertices, now, &mut out);
            }
            Input::FutureMilestones { from, milestones } => self.early(from, milestones, now, &mut out),
            Input::SyncResponse { from, vertices, more } => self.rest(from, vertices, more, now, &mut out),
            Input::Agreement { from, message } => self.heard(from, message),
            Input::Summary { from, summary } => self.asked_for_rest(from, &summary, now, &mut out),
            Input::Want { from, ids } => self.asked_for(from, ids, &mut out),
            Input::Write { request, intent, atomicity } => {
                self.write(request, intent, atomicity, now, &mut out);
            }
            Input::Submit { request, events } => self.submit(request, events, now, &mut out),
            Input::SkipLeader => self.tell(quorate_agreement::AgreementInput::SkipNow),
            Input::Stored(ticket) => self.stored(ticket, now, &mut out),
            Input::Recorded(ticket) => self.recorded(ticket),
        }
        self.settle(now, &mut out);
        out
    }

    /// What follows from the input, whatever it was: work for agreement, open questions, what is due.
    pub(crate) fn settle(&mut self, now: Now, out: &mut Vec<Output>) {
        self.keep_time(now, out);
        self.answer_agreement(now, out);
        while self.take_ahead(now, out) {
            self.answer_agreement(now, out);
        }
        self.write_evidence(now, out);
    }

    /// When [`Input::Tick`] is needed next, if ever.
    pub fn next_wake(&self) -> Option<Duration> {
        if self.halted {
            return None;
        }
        let summary = (!self.peers.is_empty()).then_some(self.next_summary);
        // As of when agreement last looked: what has come due since then is due at once.
        let agreement = Some(self.agreement.next_wake(self.duties.looked));
        [agreement, self.wants.next_due(), self.fetch.next_due(), summary].into_iter().flatten().min()
    }

    /// The committee of the next height.
    pub fn committee(&self) -> &Committee {
        self.door.committees.present()
    }

    /// The committee of a height, as long as it is remembered.
    pub fn committee_of(&self, height: Height) -> Option<&Committee> {
        self.door.committees.of(height)
    }

    /// This replica's author.
    pub fn address(&self) -> Address {
        self.key.address()
    }
}
