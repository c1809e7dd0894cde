//! Doing what the replica asks for, in order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use quorate_disk::store::{self, Refused, Store, StoreBatch};
use quorate_disk::vote_log::{VoteBatch, VoteLogWriter, VoteWriteMode};
use quorate_event::{Canonical, EventId, Height, VerifiedVertex};
use quorate_replica::{DiskTicket, Notice, Output, PbftStep, Peer, PeerMessage, Recipient, Request};
use quorate_transport::{NetHandle, Urgency};
use tokio::sync::{broadcast, oneshot};

use super::connected_peers::Names;
use super::handle::{Answer, Noticed, Written};
use super::outbound::{Bulk, Outbound};
use super::proposal_latency::Proposals;

/// Everything outside of the replica that its outputs reach.
pub(super) struct World {
    pub(super) net: NetHandle,
    pub(super) outbound: Outbound,
    pub(super) store: Arc<Store>,
    pub(super) vote_log: VoteLogWriter,
    pub(super) names: Names,
    /// The network's genesis, as it is hashed.
    pub(super) genesis: Vec<u8>,
    pub(super) notices: broadcast::Sender<Noticed>,
    pub(super) steps: broadcast::Sender<PbftStep>,
    pub(super) noticed: u64,
    pub(super) answers: BTreeMap<Request, Answer>,
    pub(super) finalities: BTreeMap<Request, oneshot::Sender<Height>>,
    /// At so many of them those are forgotten that nobody waits for any more.
    pub(super) forget_at: usize,
    /// What the full queues of the disk threads gave back, to be submitted again in order.
    pub(super) batches: VecDeque<StoreBatch>,
    pub(super) votes: VecDeque<VoteBatch>,
    pub(super) proposals: Proposals,
}

/// Answers that are kept before anybody looks whether they are still waited for.
pub(super) const FORGET_AT: usize = 1_024;

/// The core has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fatal {
    /// A disk thread has stopped.
    Disk,
    /// The replica contradicts a certified milestone.
    Divergence { height: Height },
    /// A quorum certified another milestone than the operator trusts.
    Contradicted { height: Height, certified: EventId, trusted: EventId },
}

/// What the store is to write.
pub fn batch_of(ticket: DiskTicket, vertices: &[VerifiedVertex]) -> StoreBatch {
    let mut batch = StoreBatch::new(store::WriteTicket(ticket.0));
    for vertex in vertices {
        let id = *vertex.id().as_bytes();
        let flags = if vertex.is_unchecked() { store::UNCHECKED } else { 0 };
        batch.events.push(store::VertexRecord { id, flags, bytes: Arc::clone(vertex.bytes()) });
        if let VerifiedVertex::Milestone(milestone) = vertex {
            batch.milestones.push(store::MilestoneRecord { height: milestone.height().0, id });
        }
    }
    batch
}

impl World {
    pub(super) fn do_all(&mut self, outputs: Vec<Output>) -> Result<(), Fatal> {
        outputs.into_iter().try_for_each(|output| self.do_one(output))
    }

    fn do_one(&mut self, output: Output) -> Result<(), Fatal> {
        match output {
            Output::Persist { ticket, vertices } => self.persist(ticket, &vertices)?,
            Output::Record { ticket, bytes, supersedes } => self.record(ticket, bytes, supersedes)?,
            Output::Publish(vertices) => {
                self.outbound.send(Bulk::Gossip(vertices.iter().map(|vertex| Arc::clone(vertex.bytes())).collect()));
            }
            Output::Agreement { to, message } => {
                tracing::trace!(?to, ?message, "says");
                self.urgent(to, &PeerMessage::Agreement(message));
            }
            Output::Summary { to, summary } => self.bulk(to, PeerMessage::Summary(summary)),
            Output::Want { to, ids } => self.bulk(to, PeerMessage::Want(ids)),
            Output::SendVertices { to, ids } => {
                if let Some(to) = self.names.id(to) {
                    self.outbound.send(Bulk::Vertices { to, ids });
                }
            }
            Output::SendSyncResponse { to, response: rest } => {
                if let Some(to) = self.names.id(to) {
                    self.outbound.send(Bulk::SyncResponse { to, rest });
                }
            }
            Output::Durable { request, events } => self.durable(request, events),
            Output::Final { request, milestone } => {
                if let Some(waiting) = self.finalities.remove(&request) {
                    // A client that no longer waits is no error.
                    let _gone = waiting.send(milestone);
                }
            }
            Output::Refused { request, refusal } => {
                if let Some(answer) = self.answers.remove(&request) {
                    let _gone = answer.send(Err(refusal));
                }
            }
            Output::Notice(notice) => self.notice(notice),
            Output::Step(step) => self.step(step),
            Output::Fault { peer } => self.fault(peer),
            Output::Halt { height } => return Err(Fatal::Divergence { height }),
            Output::Contradicted { height, certified, trusted } => {
                return Err(Fatal::Contradicted { height, certified, trusted });
            }
        }
        Ok(())
    }

    fn persist(&mut self, ticket: DiskTicket, vertices: &[VerifiedVertex]) -> Result<(), Fatal> {
        self.batches.push_back(batch_of(ticket, vertices));
        self.resubmit()
    }

    fn record(&mut self, ticket: DiskTicket, bytes: Vec<u8>, supersedes: bool) -> Result<(), Fatal> {
        let mode = if supersedes { VoteWriteMode::Rewrite } else { VoteWriteMode::Append };
        self.votes.push_back(VoteBatch { ticket: store::WriteTicket(ticket.0), records: vec![bytes], mode });
        self.resubmit()
    }

    /// Hands the disk threads what they can take.
    pub(super) fn resubmit(&mut self) -> Result<(), Fatal> {
        while let Some(batch) = self.batches.pop_front() {
            match self.store.try_submit(batch) {
                Ok(()) => {}
                Err(Refused::Full(batch)) => {
                    self.batches.push_front(batch);
                    break;
                }
                Err(Refused::TooLarge { .. } | Refused::Stopped) => return Err(Fatal::Disk),
            }
        }
        while let Some(votes) = self.votes.pop_front() {
            match self.vote_log.try_submit(votes) {
                Ok(()) => {}
                Err(Refused::Full(votes)) => {
                    self.votes.push_front(votes);
                    break;
                }
                Err(Refused::TooLarge { .. } | Refused::Stopped) => return Err(Fatal::Disk),
            }
        }
        Ok(())
    }

    /// Whether the disk keeps up: if not, nothing new is taken in.
    pub(super) fn keeps_up(&self) -> bool {
        self.batches.is_empty() && self.votes.is_empty()
    }

    fn urgent(&self, to: Recipient, message: &PeerMessage) {
        let peers = self.names.resolve(to);
        if peers.is_empty() {
            return;
        }
        let bytes = quorate_transport::Bytes::from(message.to_bytes());
        for peer in peers {
            if let Err(error) = self.net.send(peer, Urgency::Urgent, bytes.clone()) {
                tracing::debug!(%peer, %error, "not sent");
            }
        }
    }

    fn bulk(&self, to: Peer, message: PeerMessage) {
        if let Some(to) = self.names.id(to) {
            self.outbound.send(Bulk::Message(to, message));
        }
    }

    /// A joiner knows the network's id; the genesis proves itself to it.
    pub(super) fn send_genesis(&self, to: Peer) {
        self.bulk(to, PeerMessage::Genesis(self.genesis.clone()));
    }

    fn durable(&mut self, request: Request, events: Vec<EventId>) {
        let Some(answer) = self.answers.remove(&request) else {
            return;
        };
        let (waiting, finality) = oneshot::channel();
        self.finalities.insert(request, waiting);
        if self.finalities.len() >= self.forget_at {
            self.finalities.retain(|_, waiting| !waiting.is_closed());
            self.forget_at = self.finalities.len().saturating_mul(2).max(FORGET_AT);
        }
        let _gone = answer.send(Ok(Written { events, finality }));
    }

    fn notice(&mut self, notice: Notice) {
        match &notice {
            Notice::Milestone { height, id, covered, signers } => {
                tracing::info!(height = height.0, ?id, covered, signers, "milestone");
            }
            Notice::Evidence { culprit } => {
                tracing::warn!(%culprit, "evidence of a key that signed twice")
            }
            Notice::Changed { .. } | Notice::Admitted { .. } => {}
        }
        self.noticed += 1;
        // Nobody may be listening.
        let _nobody = self.notices.send(Noticed { cursor: self.noticed, notice });
    }

    /// Nothing is written or sent where nobody watches.
    fn step(&mut self, step: PbftStep) {
        self.proposals.hear(&step);
        tracing::debug!(target: "pbft", height = step.height.0, view = step.view.0, who = %step.who, "{}", step.kind);
        if self.steps.receiver_count() > 0 {
            // The last one may leave meanwhile.
            let _nobody = self.steps.send(step);
        }
    }

    fn fault(&self, peer: Peer) {
        if let Some(peer) = self.names.id(peer) {
            self.penalise(peer);
        }
    }

    pub(super) fn penalise(&self, peer: quorate_transport::PeerId) {
        let net = self.net.clone();
        tokio::spawn(async move {
            if net.penalise(peer).await.is_err() {
                tracing::debug!(%peer, "not penalised: the network has ended");
            }
        });
    }
}
