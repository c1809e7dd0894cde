//! From the replica to the network: what must be loaded from the store first, or waits for room, has a task of its own.

use std::sync::Arc;

use libp2p::PeerId;
use quorate_event::{Canonical, EventId};
use quorate_replica::{PeerMessage, VERTICES, VERTICES_BYTES};
use tokio::sync::mpsc;

use crate::net::{MAX_GOSSIP_BYTES, NetHandle, Urgency};
use crate::store::Store;

/// Answers and gossip that wait: beyond it they are dropped, and sync asks again.
const WAITING: usize = 1_024;
/// What a list of vertices adds to their bytes, at most.
const ENVELOPE: usize = 16;

/// Something to send that is not urgent.
pub(super) enum Bulk {
    /// A message as it stands.
    Message(PeerId, PeerMessage),
    /// Vertices to be loaded from the store.
    Vertices { to: PeerId, ids: Vec<EventId>, more: bool },
    /// Vertices of our own, for everybody.
    Gossip(Vec<Arc<[u8]>>),
}

/// Where bulk is handed in without waiting.
#[derive(Clone)]
pub(super) struct Outbound {
    queue: mpsc::Sender<Bulk>,
}

impl Outbound {
    /// Starts the task that sends.
    pub(super) fn start(net: NetHandle, store: Arc<Store>) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        tokio::spawn(run(waiting, net, store));
        Self { queue }
    }

    /// Hands in something to send.
    pub(super) fn send(&self, bulk: Bulk) {
        if self.queue.try_send(bulk).is_err() {
            tracing::debug!("a message was dropped: the network is behind");
        }
    }
}

async fn run(mut waiting: mpsc::Receiver<Bulk>, net: NetHandle, store: Arc<Store>) {
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
            Bulk::Vertices { to, ids, more } => {
                let (net, store) = (net.clone(), Arc::clone(&store));
                // A peer that reads slowly delays its own answers only.
                tokio::spawn(answer(net, store, to, ids, more));
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
    let message = PeerMessage::Vertices { vertices, more: false };
    if let Err(error) = net.gossip(message.to_bytes()).await {
        tracing::debug!(%error, "not gossiped; sync will bring it");
    }
}

/// Loads and sends in chunks; only the last one says whether there is more.
async fn answer(net: NetHandle, store: Arc<Store>, to: PeerId, ids: Vec<EventId>, more: bool) {
    let (mut chunk, mut size) = (Vec::new(), 0);
    let mut ids = ids.into_iter().peekable();
    while let Some(id) = ids.next() {
        let record = tokio::task::block_in_place(|| store.get(id.as_bytes()));
        let Ok(record) = record else { return };
        if let Some(record) = record {
            size += record.bytes.len() + ENVELOPE;
            chunk.push(record.bytes);
        }
        let last = ids.peek().is_none();
        if last || size >= VERTICES_BYTES {
            let vertices = std::mem::take(&mut chunk);
            let message = PeerMessage::Vertices { vertices, more: more && last }.to_bytes();
            net.room(&to, message.len()).await;
            if net.send(to, Urgency::Bulk, message).is_err() {
                return;
            }
            size = 0;
        }
    }
}
