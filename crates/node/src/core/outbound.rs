//! From the replica to the network, all but urgent messages. A task of its own sends them, since some must be loaded from
//! the store first and others wait until a slow peer has room.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quorate_event::{Canonical, EventId, KeyRing, NetworkId, SignedEvent};
use quorate_replica::{PeerMessage, SyncResponseIds, VERTICES, VERTICES_BYTES};
use quorate_transport::PeerId;
use tokio::sync::mpsc;

use quorate_disk::store::{Store, StoredVertex, UNCHECKED};
use quorate_transport::{MAX_BULK_QUEUE_BYTES, MAX_GOSSIP_BYTES, NetHandle, Urgency};

/// Answers and gossip that wait. Messages beyond it are dropped, and sync repeats them.
const OUTBOUND_QUEUE: usize = 1_024;
/// Bytes that the encoding of a list adds to each vertex, at most.
const VERTEX_OVERHEAD: usize = 16;

/// Something to send that is not urgent.
pub(super) enum OutboundBulk {
    /// A complete message.
    Message(PeerId, PeerMessage),
    /// Vertices to be loaded from the store.
    Vertices { to: PeerId, ids: Vec<EventId> },
    /// The vertices that a peer lacks, to be loaded from the store.
    SyncResponse { to: PeerId, response: SyncResponseIds },
    /// New vertices of this node, for all peers.
    Gossip(Vec<Arc<[u8]>>),
}

/// The queue of the sending task. Sending never waits.
#[derive(Clone)]
pub(super) struct Outbound {
    queue: mpsc::Sender<OutboundBulk>,
    answers: PendingAnswers,
}

impl Outbound {
    /// Starts the task that sends.
    pub(super) fn start(net: NetHandle, store: Arc<Store>, network: NetworkId) -> Self {
        let (queue, waiting) = mpsc::channel(OUTBOUND_QUEUE);
        let answers = PendingAnswers::default();
        tokio::spawn(run(waiting, net, store, network, answers.clone()));
        Self { queue, answers }
    }

    /// Whether a sync response to `peer` is under way. A second request meanwhile needs no second response.
    pub(super) fn is_answering(&self, peer: &PeerId) -> bool {
        self.answers.open().contains(&(*peer, AnswerKind::SyncResponse))
    }

    /// Queues a message, or drops it if the queue is full.
    pub(super) fn send(&self, bulk: OutboundBulk) {
        if self.queue.try_send(bulk).is_err() {
            tracing::debug!("a message was dropped: the network is behind");
        }
    }
}

async fn run(
    mut waiting: mpsc::Receiver<OutboundBulk>,
    net: NetHandle,
    store: Arc<Store>,
    network: NetworkId,
    answers: PendingAnswers,
) {
    let mut next = None;
    loop {
        let bulk = match next.take() {
            Some(bulk) => bulk,
            None => match waiting.recv().await {
                Some(bulk) => bulk,
                None => return,
            },
        };
        match bulk {
            OutboundBulk::Message(to, message) => send(&net, to, &message),
            OutboundBulk::Gossip(mut vertices) => {
                // Under load other vertices wait in the queue by now: one message carries all of them.
                while vertices.len() < VERTICES {
                    match waiting.try_recv() {
                        Ok(OutboundBulk::Gossip(more)) => vertices.extend(more),
                        other => {
                            next = other.ok();
                            break;
                        }
                    }
                }
                gossip(&net, vertices).await;
            }
            // A peer that reads slowly delays its own answers only.
            OutboundBulk::Vertices { to, ids } => {
                if let Some(answering) = answers.begin(to, AnswerKind::Vertices) {
                    tokio::spawn(send_wanted(net.clone(), Arc::clone(&store), network, answering, ids));
                }
            }
            OutboundBulk::SyncResponse { to, response } => {
                if let Some(answering) = answers.begin(to, AnswerKind::SyncResponse) {
                    tokio::spawn(send_sync_response(net.clone(), Arc::clone(&store), answering, response));
                }
            }
        }
    }
}

fn send(net: &NetHandle, to: PeerId, message: &PeerMessage) {
    if let Err(error) = net.send(to, Urgency::Bulk, message.to_bytes()) {
        tracing::debug!(%to, %error, "not sent");
    }
}

async fn gossip(net: &NetHandle, vertices: Vec<Arc<[u8]>>) {
    let mut chunk = Vec::new();
    let mut size = 0;
    for bytes in vertices {
        if !chunk.is_empty() && size + bytes.len() + VERTEX_OVERHEAD > MAX_GOSSIP_BYTES - VERTEX_OVERHEAD {
            publish(net, std::mem::take(&mut chunk)).await;
            size = 0;
        }
        size += bytes.len() + VERTEX_OVERHEAD;
        chunk.push(bytes.to_vec());
    }
    if !chunk.is_empty() {
        publish(net, chunk).await;
    }
}

async fn publish(net: &NetHandle, vertices: Vec<Vec<u8>>) {
    let message = PeerMessage::Vertices(vertices);
    if let Err(error) = net.gossip(message.to_bytes()).await {
        tracing::debug!(%error, "not gossiped; sync will bring it");
    }
}

/// The answers under way, by peer and kind.
#[derive(Clone, Default)]
struct PendingAnswers(Arc<Mutex<BTreeSet<(PeerId, AnswerKind)>>>);

/// The kind of an answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum AnswerKind {
    SyncResponse,
    Vertices,
}

/// Marks an answer as under way until it is dropped, before its last message is handed to the network.
struct AnswerGuard(PendingAnswers, (PeerId, AnswerKind));

impl PendingAnswers {
    fn open(&self) -> MutexGuard<'_, BTreeSet<(PeerId, AnswerKind)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an answer; `None` if one of the same kind to the same peer is under way. The peer repeats its request.
    fn begin(&self, to: PeerId, kind: AnswerKind) -> Option<AnswerGuard> {
        let is_first = self.open().insert((to, kind));
        is_first.then(|| AnswerGuard(self.clone(), (to, kind)))
    }
}

impl Drop for AnswerGuard {
    fn drop(&mut self) {
        self.0.open().remove(&self.1);
    }
}

/// Loads and sends one sync response, once all earlier bulk messages to the peer have left.
async fn send_sync_response(net: NetHandle, store: Arc<Store>, answering: AnswerGuard, response: SyncResponseIds) {
    let (to, _) = answering.1;
    net.room(&to, MAX_BULK_QUEUE_BYTES).await;
    let load = |id: &EventId| store.get(id.as_bytes()).map(|record| record.map(|record| record.bytes));
    let Ok(Some(response)) = tokio::task::block_in_place(|| response.load(load)) else {
        return;
    };
    drop(answering);
    send(&net, to, &PeerMessage::SyncResponse(response));
}

/// Loads and sends in chunks the vertices that a peer requested by id. No milestone comes with them to vouch for them, so
/// only vertices with a valid signature are sent.
async fn send_wanted(net: NetHandle, store: Arc<Store>, network: NetworkId, answering: AnswerGuard, ids: Vec<EventId>) {
    let (to, _) = answering.1;
    let mut keys = KeyRing::default();
    let (mut chunk, mut size) = (Vec::new(), 0);
    for id in ids {
        let record = tokio::task::block_in_place(|| store.get(id.as_bytes()));
        let Ok(record) = record else { return };
        let provable_bytes = record.and_then(|record| provable_bytes(record, network, &mut keys));
        size += provable_bytes.as_ref().map_or(0, Vec::len) + VERTEX_OVERHEAD;
        chunk.extend(provable_bytes);
        if size >= VERTICES_BYTES {
            let message = PeerMessage::Vertices(std::mem::take(&mut chunk)).to_bytes();
            size = 0;
            net.room(&to, message.len()).await;
            if net.send(to, Urgency::Bulk, message).is_err() {
                return;
            }
        }
    }
    let message = PeerMessage::Vertices(chunk);
    net.room(&to, VERTICES_BYTES).await;
    drop(answering);
    send(&net, to, &message);
}

/// The bytes of a vertex whose signature is valid. A vertex that entered because a milestone covers it may have a signature
/// that was never checked, and a peer would penalise this node for an invalid one.
pub(crate) fn provable_bytes(record: StoredVertex, network: NetworkId, keys: &mut KeyRing) -> Option<Vec<u8>> {
    if record.flags & UNCHECKED != 0 {
        SignedEvent::decode(&record.bytes, network).ok()?.verify(keys).ok()?;
    }
    Some(record.bytes)
}
