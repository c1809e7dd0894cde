//! The state that all handlers share.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::registry::Registry;
use quorate_disk::home::Token;
use quorate_disk::store::{Cursor, Store, StoredVertex};
use quorate_event::{Genesis, KeyRing, NetworkId, SignedEvent, VerifiedEvent};
use quorate_replica::Replica;
use tokio::sync::{RwLock, Semaphore, watch};

use super::body::BodyBudget;
use super::metrics::Metrics;
use super::peers::PeersView;
use super::problem::Problem;
use super::stream::change_cache::ChangeCache;
use super::stream::notice_log::NoticeLog;
use crate::core::CoreHandle;

/// Streams that are open at once, at most. Each holds a connection for as long as its client likes.
pub(super) const MAX_STREAMS: usize = 128;
/// Pages of events that are read at once, at most. Each holds 8 MiB of events, and their JSON.
const MAX_PAGES: usize = 4;
/// A read that takes longer shows that the node is overloaded, and the client gets an error.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// The parts of a node that the API serves.
pub struct Api {
    /// The handle to the core thread.
    pub core: CoreHandle,
    /// The store, for reading.
    pub store: Arc<Store>,
    /// The peers.
    pub peers: PeersView,
    /// The token that a client needs to write.
    pub token: Token,
    /// The genesis of the network.
    pub genesis: Genesis,
    /// The name of the node.
    pub name: String,
    /// The libp2p id of the node.
    pub peer_id: String,
    /// Names and addresses without ports that a `Host` header may name besides loopback.
    pub hosts: Vec<String>,
    /// The metrics of the caller. The API adds its own and serves all of them.
    pub registry: Registry,
}

/// Whether reading requires the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadAccess {
    /// No, since only programs on this machine can connect.
    Open,
    /// Yes, since other machines can connect.
    WithToken,
}

/// The state that all handlers share.
pub(super) struct AppState {
    pub(super) core: CoreHandle,
    pub(super) store: Arc<Store>,
    pub(super) peers: PeersView,
    pub(super) token: Token,
    pub(super) genesis: Genesis,
    pub(super) network: NetworkId,
    pub(super) name: String,
    pub(super) peer_id: String,
    pub(super) hosts: Vec<String>,
    pub(super) read_access: ReadAccess,
    pub(super) metrics: Metrics,
    pub(super) notice_log: Arc<NoticeLog>,
    pub(super) changes: ChangeCache,
    pub(super) streams: Arc<Semaphore>,
    pub(super) bodies: BodyBudget,
    /// Held exclusively by a conditional write, so that no other client writes between its check and its write.
    pub(super) write_lock: RwLock<()>,
    pages: Semaphore,
    keys: Mutex<KeyRing>,
    closing: watch::Sender<bool>,
}

impl AppState {
    /// Makes the state, and starts the task that records notices. Must be called within tokio.
    pub(super) fn start(api: Api, local: IpAddr) -> Arc<Self> {
        let Api { core, store, peers, token, genesis, name, peer_id, mut hosts, registry } = api;
        let read_access = if local.is_loopback() { ReadAccess::Open } else { ReadAccess::WithToken };
        if !local.is_unspecified() {
            hosts.push(local.to_string());
        }
        let notice_log = Arc::new(NoticeLog::default());
        tokio::spawn(Arc::clone(&notice_log).record(core.notices()));
        Arc::new(Self {
            metrics: Metrics::new(registry, &store),
            network: genesis.network(),
            core,
            store,
            peers,
            token,
            genesis,
            name,
            peer_id,
            hosts,
            read_access,
            notice_log,
            changes: ChangeCache::default(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            bodies: BodyBudget::default(),
            write_lock: RwLock::new(()),
            pages: Semaphore::new(MAX_PAGES),
            keys: Mutex::new(KeyRing::default()),
            closing: watch::Sender::new(false),
        })
    }

    /// Runs `read` on the core thread, between two inputs of the replica.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Replica) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let answer = tokio::time::timeout(READ_TIMEOUT, self.core.read(read)).await;
        Ok(answer.map_err(|_| Problem::NoAnswer)??)
    }

    /// Runs `load` on a thread that may wait for the disk.
    pub(super) async fn load<T: Send + 'static, E: Into<Problem> + Send + 'static>(
        &self,
        load: impl FnOnce(&Store) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = Arc::clone(&self.store);
        let loaded = tokio::task::spawn_blocking(move || load(&store)).await;
        loaded.map_err(|_| Problem::Damaged)?.map_err(Into::into)
    }

    /// As [`Self::load`], for large reads: few of them run at a time.
    pub(super) async fn load_bounded<T: Send + 'static>(
        &self,
        load: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        // The semaphore is never closed.
        let _permit = self.pages.acquire().await.map_err(|_| Problem::NoAnswer)?;
        self.load(load).await
    }

    /// Reads a page of events, and calls `render` with it. Few pages are held in memory at a time.
    pub(super) async fn page<T>(
        &self,
        after: Cursor,
        limit: usize,
        render: impl AsyncFnOnce(Vec<StoredVertex>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        // The semaphore is never closed.
        let _permit = self.pages.acquire().await.map_err(|_| Problem::NoAnswer)?;
        let records = self.load(move |store| store.page(after, limit)).await?;
        render(records).await
    }

    /// Checks that each event was signed by its author for this network.
    pub(super) fn verify(&self, events: &[&[u8]]) -> Result<Vec<VerifiedEvent>, Problem> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let verified = events.iter().map(|bytes| Ok(SignedEvent::decode(bytes, self.network)?.verify(&mut keys)?));
        verified.collect()
    }

    /// Ends all streams and all waiting writes, so that connections can end.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Resolves when the server is closing.
    pub(super) async fn closed(&self) {
        let mut closing = self.closing.subscribe();
        // The sender lives as long as `self`, so the wait ends for no other reason.
        let _closed = closing.wait_for(|closing| *closing).await;
    }
}
