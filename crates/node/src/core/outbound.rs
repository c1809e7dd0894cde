//! From the replica to the network: what must be loaded from the store first, or waits for room, has a task of its own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quorate_event::{Canonical, EventId, KeyRing, NetworkId, SignedEvent};
use quorate_replica::{PeerMessage, RestIds, VERTICES, VERTICES_BYTES};
use quorate_transport::PeerId;
use tokio::sync::mpsc;

use quorate_disk::store::{Record, Store, UNCHECKED};
use quorate_transport::{MAX_BULK_QUEUE_BYTES, MAX_GOSSIP_BYTES, NetHandle, Urgency};

/// Answers and gossip that wait: beyond it they are dropped, and sync asks again.
const OUTBOUND_QUEUE: usize = 1_024;
/// What a list of vertices adds to their bytes, at most.
const VERTEX_OVERHEAD: usize = 16;

/// Something to send that is not urgent.
pub(super) enum OutboundBulk {
    /// A message as it stands.
    Message(PeerId, PeerMessage),
    /// Vertices to be loaded from the store.
    Vertices { to: PeerId, ids: Vec<EventId> },
    /// What a peer lacks, to be loaded from the store.
    Rest { to: PeerId, rest: RestIds },
    /// Vertices of our own, for everybody.
    Gossip(Vec<Arc<[u8]>>),
}

/// Where bulk is handed in without waiting.
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

    /// Whether what a peer lacks is on its way to it: it is asked for again only by whoever does not wait for it.
    pub(super) fn is_answering(&self, peer: &PeerId) -> bool {
        self.answers.open().contains(&(*peer, AnswerKind::SyncResponse))
    }

    /// Hands in something to send.
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
                // What else of our own waits by now shares the message.
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
            OutboundBulk::Rest { to, rest } => {
                if let Some(answering) = answers.begin(to, AnswerKind::SyncResponse) {
                    tokio::spawn(send_rest(net.clone(), Arc::clone(&store), answering, rest));
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

/// Which peers are being answered what.
#[derive(Clone, Default)]
struct PendingAnswers(Arc<Mutex<BTreeSet<(PeerId, AnswerKind)>>>);

/// What a peer asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum AnswerKind {
    SyncResponse,
    Vertices,
}

/// An answer under way: dropped when its last message is handed to the network.
struct AnswerGuard(PendingAnswers, (PeerId, AnswerKind));

impl PendingAnswers {
    fn open(&self) -> MutexGuard<'_, BTreeSet<(PeerId, AnswerKind)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One answer of a kind to a peer at a time: others are dropped, since who wants them asks again.
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

/// Loads and sends one message, once all that was sent to the peer before has left.
async fn send_rest(net: NetHandle, store: Arc<Store>, answering: AnswerGuard, rest: RestIds) {
    let (to, _) = answering.1;
    net.room(&to, MAX_BULK_QUEUE_BYTES).await;
    let load = |id: &EventId| store.get(id.as_bytes()).map(|record| record.map(|record| record.bytes));
    let Ok(Some(rest)) = tokio::task::block_in_place(|| rest.load(load)) else {
        return;
    };
    drop(answering);
    send(&net, to, &PeerMessage::Rest(rest));
}

/// Loads and sends in chunks what was wanted by name: there is no proof with it, so only with a good signature.
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

/// The bytes of a vertex that anybody can check by itself. One that a milestone vouched for here may have come with a
/// signature that does not count; whoever passed it on would be taken for a liar.
pub(crate) fn provable_bytes(record: Record, network: NetworkId, keys: &mut KeyRing) -> Option<Vec<u8>> {
    if record.flags & UNCHECKED != 0 {
        SignedEvent::decode(&record.bytes, network).ok()?.verify(keys).ok()?;
    }
    Some(record.bytes)
}
