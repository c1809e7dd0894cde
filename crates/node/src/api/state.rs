//! What the caller hands in, and what all handlers share.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::registry::Registry;
use quorate_disk::home::Token;
use quorate_disk::store::{Cursor, Record, Store};
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

/// Streams that are open at once: each holds a connection for as long as its reader likes.
pub(super) const MAX_STREAMS: usize = 128;
/// Pages of events that are read at once: each holds 8 MiB of events, and their JSON.
const MAX_PAGES: usize = 4;
/// A read that takes longer than this means a node in trouble, and whoever asks should hear so.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// What the API adapts. Everything in it is the caller's to make.
pub struct Api {
    /// The core thread.
    pub core: CoreHandle,
    /// The store, for reading.
    pub store: Arc<Store>,
    /// The peers.
    pub peers: PeersView,
    /// What a client shows to write.
    pub token: Token,
    /// How the network began.
    pub genesis: Genesis,
    /// The node's name.
    pub name: String,
    /// The node's libp2p id.
    pub peer_id: String,
    /// Names and addresses, without ports, under which the node is reached besides loopback.
    pub hosts: Vec<String>,
    /// Where the caller has registered its own metrics; the API adds its own and serves all of them.
    pub registry: Registry,
}

/// Whether a reader must show the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadAccess {
    /// It need not: only programs on this machine can ask.
    Open,
    /// It must.
    WithToken,
}

/// What all handlers share.
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
    /// A conditional write holds it alone, so that no other client writes between its check and its write.
    pub(super) write_lock: RwLock<()>,
    pages: Semaphore,
    keys: Mutex<KeyRing>,
    closing: watch::Sender<bool>,
}

impl AppState {
    /// Puts together what handlers share, and begins to remember what happens. Must be called within tokio.
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

    /// Reads something of the replica.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Replica) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let answer = tokio::time::timeout(READ_TIMEOUT, self.core.read(read)).await;
        Ok(answer.map_err(|_| Problem::NoAnswer)??)
    }

    /// Reads something of the store, on a thread that may wait for the disk.
    pub(super) async fn load<T: Send + 'static, E: Into<Problem> + Send + 'static>(
        &self,
        load: impl FnOnce(&Store) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem> {
        let store = Arc::clone(&self.store);
        let loaded = tokio::task::spawn_blocking(move || load(&store)).await;
        loaded.map_err(|_| Problem::Damaged)?.map_err(Into::into)
    }

    /// Reads much of the store, while few others do.
    pub(super) async fn load_bounded<T: Send + 'static>(
        &self,
        load: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        // The semaphore is never closed.
        let _permit = self.pages.acquire().await.map_err(|_| Problem::NoAnswer)?;
        self.load(load).await
    }

    /// Reads a page of events, and hands it to `render` while few others are held.
    pub(super) async fn page<T>(
        &self,
        after: Cursor,
        limit: usize,
        render: impl AsyncFnOnce(Vec<Record>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        // The semaphore is never closed.
        let _permit = self.pages.acquire().await.map_err(|_| Problem::NoAnswer)?;
        let records = self.load(move |store| store.page(after, limit)).await?;
        render(records).await
    }

    /// Checks that each of a client's events was signed by its author for this network.
    pub(super) fn verify(&self, events: &[&[u8]]) -> Result<Vec<VerifiedEvent>, Problem> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let verified = events.iter().map(|bytes| Ok(SignedEvent::decode(bytes, self.network)?.verify(&mut keys)?));
        verified.collect()
    }

    /// Ends streams and waits, so that connections can end.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Resolves when the server is closing.
    pub(super) async fn closed(&self) {
        let mut closing = self.closing.subscribe();
        // The sender lives as long as `self`, so this ends for no other reason.
        let _closed = closing.wait_for(|closing| *closing).await;
    }
}
