//! Starting: what the store holds goes through the same steps as everything else, then agreement takes up its promises.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use quorate_agreement::{Agreement, AgreementConfig, ChainTip, Now, VoteRecord};
use quorate_document::Documents;
use quorate_event::{Canonical, DecodeError, EventId, VerifiedVertex, VertexError};
use quorate_graph::{Graph, Origin};

use crate::evidence::pool::Cases;
use crate::milestones::agreement::Duties;
use crate::output::Output;
use crate::replica::{Replica, ReplicaConfig};
use crate::state::admission::Admission;
use crate::validation::vertex_validator::VertexValidator;

/// Why what is stored is not a replica of this network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
    /// A stored vertex cannot be read.
    #[error("a stored vertex is damaged ({0}); start with a fresh home and let the network fill it")]
    Vertex(#[from] VertexError),
    /// A stored vertex does not fit those before it.
    #[error("the stored vertex {id} does not fit those before it; is this home of another network?")]
    Misfit {
        /// Which.
        id: EventId,
    },
    /// A record of the vote log cannot be read.
    #[error("a record of the vote log is damaged ({0}); this member must not vote before it knows what it promised")]
    Record(#[source] DecodeError),
    /// A stored milestone contradicts what its own cut derives.
    #[error("the stored milestones contradict the stored events; start with a fresh home and let the network fill it")]
    Divergence,
}

impl Replica {
    /// A replica that holds what `stored` (in the order in which it was stored) and `records` say, and what it wants done
    /// first.
    ///
    /// # Errors
    /// When they are not of this network, or damaged.
    pub fn recover(
        config: ReplicaConfig,
        stored: impl IntoIterator<Item = VerifiedVertex>,
        records: &[Vec<u8>],
        now: Now,
    ) -> Result<(Self, Vec<Output>), RecoveryError> {
        let log_bytes = records.iter().fold(0_usize, |sum, bytes| sum.saturating_add(bytes.len()));
        let records: Result<Vec<VoteRecord>, DecodeError> =
            records.iter().map(|bytes| VoteRecord::from_bytes(bytes)).collect();
        let records = records.map_err(RecoveryError::Record)?;
        let mut replica = Self::empty(&config, now);
        let mut tip = ChainTip::genesis(&config.genesis);
        // What follows from the replay is done already: it is on disk.
        let mut done = Vec::new();
        for vertex in stored {
            let id = vertex.id();
            let milestone = match &vertex {
                VerifiedVertex::Milestone(milestone) => Some(milestone.clone()),
                VerifiedVertex::Event(_) => None,
            };
            match replica.admit(vertex, Origin::Local, now, &mut done) {
                Admission::Admitted(_) | Admission::Known => {}
                _ => return Err(RecoveryError::Misfit { id }),
            }
            if let Some(milestone) = milestone {
                let committee = replica.committee().clone();
                tip = ChainTip::new(milestone, committee).map_err(|_| RecoveryError::Divergence)?;
            }
            done.clear();
            replica.decided.clear();
            replica.duties.forget();
        }
        replica.disk.recovered(replica.admitted());
        let last = records.iter().map(|record| record.vote.vote.height).max();
        replica.duties.continue_log(last.unwrap_or_default(), log_bytes);
        replica.agreement = Agreement::new(agreement_config(&config), tip, records, now);
        replica.recovering = false;
        let mut out = Vec::new();
        replica.settle(now, &mut out);
        Ok((replica, out))
    }

    /// A replica that holds the genesis.
    fn empty(config: &ReplicaConfig, now: Now) -> Self {
        let network = config.genesis.network();
        let tip = ChainTip::genesis(&config.genesis);
        Self {
            network,
            graph: Graph::new(network.event_id()),
            documents: Documents::default(),
            finals: crate::documents::roots::LazyRoot::default(),
            merged: crate::documents::roots::LazyRoot::default(),
            agreement: Agreement::new(agreement_config(config), tip, Vec::new(), now),
            duties: Duties::default(),
            peers: crate::peers::connected::Peers::default(),
            wants: crate::peers::missing_parents::Wants::default(),
            fetch: crate::sync::fetch::Fetch::default(),
            ahead: crate::sync::future_heights::Ahead::default(),
            chapter: None,
            trusted: None,
            backlog: crate::uncovered::backlog::Backlog::default(),
            disk: crate::persistence::Disk::default(),
            writes: crate::authoring::write::Writes::default(),
            finality: crate::uncovered::finality::Finality::default(),
            decided: Vec::new(),
            edited: HashMap::new(),
            journal: crate::documents::history::Journal::default(),
            cases: Cases::default(),
            next_summary: Duration::MAX,
            recovering: true,
            halted: false,
            door: VertexValidator::new(&config.genesis, config.committee_rule.may_change()),
            committee_rule: Arc::clone(&config.committee_rule),
            genesis: config.genesis.clone(),
            key: config.key.clone(),
            lane: config.lane,
            sharing: config.sharing,
        }
    }
}

fn agreement_config(config: &ReplicaConfig) -> AgreementConfig {
    AgreementConfig {
        network: config.genesis.network(),
        me: Some(config.key.address()),
        parameters: config.genesis.parameters,
        abstain: config.votes_lost,
    }
}
