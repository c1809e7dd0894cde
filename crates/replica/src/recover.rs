//! Starting: what the store holds goes through the same steps as everything else, then agreement takes up its promises.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use quorate_agreement::{Agreement, AgreementConfig, ChainTip, Now, VoteRecord};
use quorate_document::Documents;
use quorate_event::{Canonical, DecodeError, EventId, VerifiedVertex, VertexError};
use quorate_graph::{Graph, Origin};

use crate::admit::Admission;
use crate::agree::Duties;
use crate::cases::Cases;
use crate::door::Doorkeeper;
use crate::output::Output;
use crate::replica::{Config, Replica};

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
        config: Config,
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
    fn empty(config: &Config, now: Now) -> Self {
        let network = config.genesis.network();
        let tip = ChainTip::genesis(&config.genesis);
        Self {
            network,
            graph: Graph::new(network.event_id()),
            documents: Documents::default(),
            finals: crate::finals::LazyRoot::default(),
            merged: crate::finals::LazyRoot::default(),
            agreement: Agreement::new(agreement_config(config), tip, Vec::new(), now),
            duties: Duties::default(),
            peers: crate::peers::Peers::default(),
            wants: crate::wants::Wants::default(),
            fetch: crate::fetch::Fetch::default(),
            ahead: crate::ahead::Ahead::default(),
            chapter: None,
            trusted: None,
            backlog: crate::work::Backlog::default(),
            disk: crate::disk::Disk::default(),
            writes: crate::write::Writes::default(),
            finality: crate::finality::Finality::default(),
            decided: Vec::new(),
            edited: HashMap::new(),
            journal: crate::history::Journal::default(),
            cases: Cases::default(),
            next_summary: Duration::MAX,
            recovering: true,
            halted: false,
            door: Doorkeeper::new(&config.genesis, config.succession.may_change()),
            succession: Arc::clone(&config.succession),
            genesis: config.genesis.clone(),
            key: config.key.clone(),
            lane: config.lane,
            sharing: config.sharing,
        }
    }
}

fn agreement_config(config: &Config) -> AgreementConfig {
    AgreementConfig {
        network: config.genesis.network(),
        me: Some(config.key.address()),
        parameters: config.genesis.parameters,
        abstain: config.votes_lost,
    }
}
