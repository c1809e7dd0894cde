//! From the replica to the network: what must be loaded from the store first, or waits for room, has a task of its own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quorate_event::{Canonical, EventId, KeyRing, NetworkId, SignedEvent};
use quorate_replica::{PeerMessage, SyncResponseIds, VERTICES, VERTICES_BYTES};
use quorate_transport::PeerId;
use tokio::sync::mpsc;

use quorate_disk::store::{Store, StoredVertex, UNCHECKED};
use quorate_transport::{MAX_BULK_QUEUE_BYTES, MAX_GOSSIP_BYTES, NetHandle, Urgency};

/// Answers and gossip that wait: beyond it they are dropped, and sync asks again.
const WAITING: usize = 1_024;
/// What a list of vertices adds to their bytes, at most.
const ENVELOPE: usize = 16;

/// Something to send that is not urgent.
pub(super) enum Bulk {
    /// A message as it stands.
    Message(PeerId, PeerMessage),
    /// Vertices to be loaded from the store.
    Vertices { to: PeerId, ids: Vec<EventId> },
    /// What a peer lacks, to be loaded from the store.
    SyncResponse { to: PeerId, rest: SyncResponseIds },
    /// Vertices of our own, for everybody.
    Gossip(Vec<Arc<[u8]>>),
}

/// Where bulk is handed in without waiting.
#[derive(Clone)]
pub(super) struct Outbound {
    queue: mpsc::Sender<Bulk>,
    answers: Answers,
}

impl Outbound {
    /// Starts the task that sends.
    pub(super) fn start(net: NetHandle, store: Arc<Store>, network: NetworkId) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let answers = Answers::default();
        tokio::spawn(run(waiting, net, store, network, answers.clone()));
        Self { queue, answers }
    }

    /// Whether what a peer lacks is on its way to it: it is asked for again only by whoever does not wait for it.
    pub(super) fn is_answering(&self, peer: &PeerId) -> bool {
        self.answers.open().contains(&(*peer, Question::SyncResponse))
    }

    /// Hands in something to send.
    pub(super) fn send(&self, bulk: Bulk) {
        if self.queue.try_send(bulk).is_err() {
            tracing::debug!("a message was dropped: the network is behind");
        }
    }
}

async fn run(
    mut waiting: mpsc::Receiver<Bulk>,
    net: NetHandle,
    store: Arc<Store>,
    network: NetworkId,
    answers: Answers,
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
            Bulk::Message(to, message) => send(&net, to, &message),
            Bulk::Gossip(mut vertices) => {
                // What else of our own waits by now shares the message.
                while vertices.len() < VERTICES {
                    match waiting.try_recv() {
                        Ok(Bulk::Gossip(more)) => vertices.extend(more),
                        other => {
                            next = other.ok();
                            break;
                        }
                    }
                }
                gossip(&net, vertices).await;
            }
            // A peer that reads slowly delays its own answers only.
            Bulk::Vertices { to, ids } => {
                if let Some(answering) = answers.begin(to, Question::Want) {
                    tokio::spawn(send_wanted(net.clone(), Arc::clone(&store), network, answering, ids));
                }
            }
            Bulk::SyncResponse { to, rest } => {
                if let Some(answering) = answers.begin(to, Question::SyncResponse) {
                    tokio::spawn(send_sync_response(net.clone(), Arc::clone(&store), answering, rest));
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
        if !chunk.is_empty() && size + bytes.len() + ENVELOPE > MAX_GOSSIP_BYTES - ENVELOPE {
            publish(net, std::mem::take(&mut chunk)).await;
            size = 0;
        }
        size += bytes.len() + ENVELOPE;
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
struct Answers(Arc<Mutex<BTreeSet<(PeerId, Question)>>>);

/// What a peer asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    SyncResponse,
    Want,
}

/// An answer under way: dropped when its last message is handed to the network.
struct Answering(Answers, (PeerId, Question));

impl Answers {
    fn open(&self) -> MutexGuard<'_, BTreeSet<(PeerId, Question)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One answer of a kind to a peer at a time: others are dropped, since who wants them asks again.
    fn begin(&self, to: PeerId, question: Question) -> Option<Answering> {
        let is_first = self.open().insert((to, question));
        is_first.then(|| Answering(self.clone(), (to, question)))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.open().remove(&self.1);
    }
}

/// Loads and sends one message, once all that was sent to the peer before has left.
async fn send_sync_response(net: NetHandle, store: Arc<Store>, answering: Answering, rest: SyncResponseIds) {
    let (to, _) = answering.1;
    net.room(&to, MAX_BULK_QUEUE_BYTES).await;
    let load = |id: &EventId| store.get(id.as_bytes()).map(|record| record.map(|record| record.bytes));
    let Ok(Some(rest)) = tokio::task::block_in_place(|| rest.load(load)) else {
        return;
    };
    drop(answering);
    send(&net, to, &PeerMessage::SyncResponse(rest));
}

/// Loads and sends in chunks what was wanted by name: there is no proof with it, so only with a good signature.
async fn send_wanted(net: NetHandle, store: Arc<Store>, network: NetworkId, answering: Answering, ids: Vec<EventId>) {
    let (to, _) = answering.1;
    let mut keys = KeyRing::default();
    let (mut chunk, mut size) = (Vec::new(), 0);
    for id in ids {
        let record = tokio::task::block_in_place(|| store.get(id.as_bytes()));
        let Ok(record) = record else { return };
        let proven = record.and_then(|record| proven(record, network, &mut keys));
        size += proven.as_ref().map_or(0, Vec::len) + ENVELOPE;
        chunk.extend(proven);
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
pub(crate) fn proven(record: StoredVertex, network: NetworkId, keys: &mut KeyRing) -> Option<Vec<u8>> {
    if record.flags & UNCHECKED != 0 {
        SignedEvent::decode(&record.bytes, network).ok()?.verify(keys).ok()?;
    }
    Some(record.bytes)
}
