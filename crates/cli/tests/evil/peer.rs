//! A peer over the node's own network code, which says what it likes and reads only if it wants to.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_event::{Canonical, NetworkId, SecretKey};
use quorate_replica::PeerMessage;
use quorate_transport::{Bytes, Multiaddr, NetEvent, NetHandle, PeerId, TransportConfig, Urgency, start};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::cluster::TOO_LONG;

/// A question that was not answered was dropped on the way, so it is put again.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// One evil peer, connected to all honest nodes. Dropped, it disconnects.
pub(crate) struct EvilPeer {
    pub(crate) handle: NetHandle,
    /// The honest nodes.
    pub(crate) honest: Vec<PeerId>,
    /// How many geneses came from whom, which only answers to questions bring.
    answers: watch::Receiver<BTreeMap<PeerId, u64>>,
    reader: JoinHandle<()>,
}

impl EvilPeer {
    /// Connects to every address with `key`.
    pub(crate) async fn connect(key: &SecretKey, network: NetworkId, addrs: &[Multiaddr]) -> Self {
        let mut config = TransportConfig::new(*key.expose(), *network.as_bytes()).unwrap();
        config.static_peers = addrs.to_vec();
        let (handle, mut events) = start(config).await.unwrap();
        let mut honest = Vec::new();
        while honest.len() < addrs.len() {
            match timeout(TOO_LONG, events.recv()).await.expect("all honest nodes take the connection") {
                Some(NetEvent::Connected { peer }) => honest.push(peer),
                Some(_) => {}
                None => panic!("the evil peer's own network ended"),
            }
        }
        let (answered, answers) = watch::channel(BTreeMap::new());
        let reader = tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let NetEvent::Message { from, bytes, .. } = event else { continue };
                if let Ok(PeerMessage::Genesis(_)) = PeerMessage::from_bytes(&bytes) {
                    answered.send_modify(|answers| *answers.entry(from).or_insert(0) += 1);
                }
            }
        });
        Self { handle, honest, answers, reader }
    }

    pub(crate) fn id(&self) -> PeerId {
        self.handle.peer_id()
    }

    /// Sends frames to one honest node, as fast as it takes them. How many, until it disconnected.
    pub(crate) async fn flood_one(&self, to: PeerId, frames: impl IntoIterator<Item = Bytes>) -> usize {
        let mut sent = 0;
        for frame in frames {
            self.handle.room(&to, frame.len()).await;
            if self.handle.send(to, Urgency::Bulk, frame).is_err() {
                break;
            }
            sent += 1;
        }
        sent
    }

    /// Sends the same frames to all honest nodes, as fast as each takes them, and waits until they were looked at. How many
    /// were sent to all of them together.
    pub(crate) async fn flood(&self, frames: &[Bytes]) -> usize {
        let floods = self.honest.iter().map(|to| self.flood_one(*to, frames.iter().cloned()));
        let sent = libp2p::futures::future::join_all(floods).await.into_iter().sum();
        self.settle().await;
        sent
    }

    /// Waits until all honest nodes that are still connected have looked at what was sent: each answers a question that
    /// was put behind it.
    pub(crate) async fn settle(&self) {
        let question = Bytes::from(PeerMessage::GenesisWanted.to_bytes());
        let mut answers = self.answers.clone();
        for to in &self.honest {
            let of = |answers: &BTreeMap<PeerId, u64>| answers.get(to).copied().unwrap_or_default();
            let before = of(&answers.borrow());
            let asking = async {
                loop {
                    self.handle.room(to, question.len()).await;
                    if self.handle.send(*to, Urgency::Bulk, question.clone()).is_err() {
                        return;
                    }
                    let answer = answers.wait_for(|answers| of(answers) > before);
                    if timeout(ASK_AGAIN, answer).await.is_ok() {
                        return;
                    }
                }
            };
            timeout(TOO_LONG, asking).await.expect("an honest node goes on answering");
        }
    }

    /// Leaves.
    pub(crate) async fn leave(self) {
        self.handle.shutdown().await;
        // It ends with the network that it reads from.
        let _ended = self.reader.await;
    }
}
