//! Starting: the stored vertices pass through the same steps as all others, then agreement takes up its recorded votes.

use quorate_agreement::{Agreement, AgreementConfig, ChainTip, Now, VoteRecord};
use quorate_event::{Canonical, DecodeError, EventId, VerifiedVertex, VertexError, View};
use quorate_graph::Origin;

use crate::config::ReplicaConfig;
use crate::milestones::Milestones;
use crate::milestones::vote_log::VoteLog;
use crate::output::Output;
use crate::persistence::Persistence;
use crate::replica::Replica;
use crate::state::ReplicatedState;
use crate::state::admission::{Admission, Arrival};

/// The reason why the stored data is not a replica of this network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
    /// A stored vertex cannot be read.
    #[error("a stored vertex is damaged ({0}); start with a fresh home and let the network fill it")]
    Vertex(#[from] VertexError),
    /// A stored vertex does not fit those before it.
    #[error("the stored vertex {id} does not fit those before it; is this home of another network?")]
    Misfit {
        /// The vertex.
        id: EventId,
    },
    /// A record of the vote log cannot be read.
    #[error("a record of the vote log is damaged ({0}); this member must not vote before it knows what it promised")]
    Record(#[source] DecodeError),
    /// A stored milestone contradicts the roots that its own cut derives.
    #[error("the stored milestones contradict the stored events; start with a fresh home and let the network fill it")]
    Divergence,
}

impl Replica {
    /// A replica with the content of `stored` (in the order in which it was stored) and `records`, and its first outputs.
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
        let mut state = ReplicatedState::new(&config);
        let mut tip = ChainTip::genesis(&config.genesis);
        // The outputs of the replay were done when the vertices were stored.
        let mut done = Vec::new();
        for vertex in stored {
            let id = vertex.id();
            let milestone = match &vertex {
                VerifiedVertex::Milestone(milestone) => Some(milestone.clone()),
                VerifiedVertex::Event(_) => None,
            };
            let height = state.height().next();
            let arrival = Arrival { from: Origin::Local, at: now.elapsed, height, view: View(0) };
            match state.admit(vertex, arrival, &mut done) {
                Admission::Admitted(_) | Admission::Known => {}
                _ => return Err(RecoveryError::Misfit { id }),
            }
            if let Some(milestone) = milestone {
                let committee = state.committee().clone();
                tip = ChainTip::new(milestone, committee).map_err(|_| RecoveryError::Divergence)?;
            }
            done.clear();
            state.discard_consequences();
        }
        state.finish_recovery();
        let last = records.iter().map(|record| record.vote.vote.height).max();
        let vote_log = VoteLog::recovered(last.unwrap_or_default(), log_bytes);
        let agreement = Agreement::new(agreement_config(&config), tip, records, now);
        let milestones = Milestones::new(agreement, vote_log);
        let persistence = Persistence::recovered(state.admitted());
        let mut replica = Self::assemble(&config, state, persistence, milestones);
        let outputs = replica.start(now);
        Ok((replica, outputs))
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
