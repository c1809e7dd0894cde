//! Performing the outputs of the replica, in order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use quorate_disk::store::{self, Refused, Store, StoreBatch};
use quorate_disk::vote_log::{VoteBatch, VoteLogWriter, VoteWriteMode};
use quorate_event::{Canonical, EventId, Height, VerifiedVertex};
use quorate_replica::{DiskTicket, Notice, Output, PbftStep, Peer, PeerMessage, Recipient, Request};
use quorate_transport::{NetHandle, Urgency};
use tokio::sync::{broadcast, oneshot};

use super::handle::{DurableWrite, NumberedNotice, WriteReply};
use super::outbound::{Outbound, OutboundBulk};
use super::peer_directory::PeerDirectory;
use super::proposal_latency::ProposalLatency;

/// Performs outputs: the handles to disk, network and clients, and the requests that wait for an answer.
pub(super) struct CoreOutputs {
    pub(super) net: NetHandle,
    pub(super) outbound: Outbound,
    pub(super) store: Arc<Store>,
    pub(super) vote_log: VoteLogWriter,
    pub(super) peers: PeerDirectory,
    /// The canonical bytes of the genesis, for nodes that join.
    pub(super) genesis: Vec<u8>,
    pub(super) notices: broadcast::Sender<NumberedNotice>,
    pub(super) steps: broadcast::Sender<PbftStep>,
    pub(super) last_cursor: u64,
    pub(super) write_replies: BTreeMap<Request, WriteReply>,
    pub(super) finality_senders: BTreeMap<Request, oneshot::Sender<Height>>,
    /// When `finality_senders` has this length, the senders without a receiver are removed.
    pub(super) purge_at: usize,
    /// Batches and votes that did not fit into the full queues of the disk threads, to be submitted again in order.
    pub(super) batches: VecDeque<StoreBatch>,
    pub(super) votes: VecDeque<VoteBatch>,
    pub(super) proposal_latency: ProposalLatency,
}

/// The first `purge_at`.
pub(super) const PURGE_AT: usize = 1_024;

/// The reasons for which the core thread must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fatal {
    /// A disk thread has stopped.
    Disk,
    /// The replica contradicts a certified milestone.
    Divergence { height: Height },
    /// A quorum certified another milestone than the operator trusts.
    Contradicted { height: Height, certified: EventId, trusted: EventId },
}

/// The batch with which the store writes `vertices`.
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

impl CoreOutputs {
    pub(super) fn perform_all(&mut self, outputs: Vec<Output>) -> Result<(), Fatal> {
        outputs.into_iter().try_for_each(|output| self.perform(output))
    }

    fn perform(&mut self, output: Output) -> Result<(), Fatal> {
        match output {
            Output::Persist { ticket, vertices } => self.persist(ticket, &vertices)?,
            Output::Record { ticket, bytes, supersedes } => self.record(ticket, bytes, supersedes)?,
            Output::Publish(vertices) => {
                self.outbound
                    .send(OutboundBulk::Gossip(vertices.iter().map(|vertex| Arc::clone(vertex.bytes())).collect()));
            }
            Output::Agreement { to, message } => {
                tracing::trace!(?to, ?message, "sent");
                self.urgent(to, &PeerMessage::Agreement(message));
            }
            Output::Summary { to, summary } => self.bulk(to, PeerMessage::Summary(summary)),
            Output::Want { to, ids } => self.bulk(to, PeerMessage::Want(ids)),
            Output::SendVertices { to, ids } => {
                if let Some(to) = self.peers.id(to) {
                    self.outbound.send(OutboundBulk::Vertices { to, ids });
                }
            }
            Output::SendSyncResponse { to, response } => {
                if let Some(to) = self.peers.id(to) {
                    self.outbound.send(OutboundBulk::SyncResponse { to, response });
                }
            }
            Output::Durable { request, events } => self.durable(request, events),
            Output::Final { request, milestone } => {
                if let Some(waiting) = self.finality_senders.remove(&request) {
                    // A client that no longer waits is no error.
                    let _gone = waiting.send(milestone);
                }
            }
            Output::Refused { request, refusal } => {
                if let Some(answer) = self.write_replies.remove(&request) {
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

    /// Hands the waiting batches and votes to the disk threads until their queues are full.
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

    /// Whether the disk keeps up. If not, the core thread takes no new input from clients and peers.
    pub(super) fn keeps_up(&self) -> bool {
        self.batches.is_empty() && self.votes.is_empty()
    }

    fn urgent(&self, to: Recipient, message: &PeerMessage) {
        let peers = self.peers.resolve(to);
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
        if let Some(to) = self.peers.id(to) {
            self.outbound.send(OutboundBulk::Message(to, message));
        }
    }

    /// Sends the genesis to a joining node, which checks it against the network id that it was given.
    pub(super) fn send_genesis(&self, to: Peer) {
        self.bulk(to, PeerMessage::Genesis(self.genesis.clone()));
    }

    fn durable(&mut self, request: Request, events: Vec<EventId>) {
        let Some(answer) = self.write_replies.remove(&request) else {
            return;
        };
        let (waiting, finality) = oneshot::channel();
        self.finality_senders.insert(request, waiting);
        if self.finality_senders.len() >= self.purge_at {
            self.finality_senders.retain(|_, waiting| !waiting.is_closed());
            self.purge_at = self.finality_senders.len().saturating_mul(2).max(PURGE_AT);
        }
        let _gone = answer.send(Ok(DurableWrite { events, finality }));
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
        self.last_cursor += 1;
        // Without subscribers the notice is dropped.
        let _no_receiver = self.notices.send(NumberedNotice { cursor: self.last_cursor, notice });
    }

    /// Logs a step of agreement, and publishes it if there are subscribers.
    fn step(&mut self, step: PbftStep) {
        self.proposal_latency.observe(&step);
        tracing::debug!(target: "pbft", height = step.height.0, view = step.view.0, who = %step.who, "{}", step.kind);
        if self.steps.receiver_count() > 0 {
            // The last subscriber may have left meanwhile.
            let _no_receiver = self.steps.send(step);
        }
    }

    fn fault(&self, peer: Peer) {
        if let Some(peer) = self.peers.id(peer) {
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
