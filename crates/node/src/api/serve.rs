//! Connections: accepting, limits, and the end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::routes;
use super::socket::{Socket, SocketTimeouts};
use super::state::{Api, AppState};

/// Headers of a request, at most.
const MAX_HEADERS: usize = 64;
/// Bytes of the request line and the headers, at most.
const HEAD_BYTES: usize = 32 * 1024;
/// The pause after a failed accept. The usual reason is that the process has too many open files, which takes time to change.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The limits of connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct HttpLimits {
    /// Connections at once. Further ones wait in the queue of the system.
    pub(super) connections: usize,
    /// The time for the request line and the headers, which also ends idle connections.
    pub(super) head: Duration,
    /// The time that running requests have when the node stops.
    pub(super) grace: Duration,
    /// The timeouts of each socket.
    pub(super) timeouts: SocketTimeouts,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            head: Duration::from_secs(10),
            grace: Duration::from_secs(5),
            timeouts: SocketTimeouts::default(),
        }
    }
}

/// An error that ends the API.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The listener has no address.
    #[error("the HTTP listener does not work")]
    Listener(#[source] io::Error),
}

/// Serves until `shutdown` resolves, then waits until running requests have ended.
///
/// # Errors
/// [`ApiError::Listener`]. An error on one connection ends that connection only.
pub async fn serve(api: Api, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Result<(), ApiError> {
    serve_within(HttpLimits::default(), api, listener, shutdown).await
}

/// As [`serve`], with other limits.
pub(super) async fn serve_within(
    limits: HttpLimits,
    api: Api,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ApiError> {
    let local = listener.local_addr().map_err(ApiError::Listener)?;
    let app = AppState::start(api, local.ip());
    let router = routes::router(&app);
    let slots = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(ended) = connections.join_next() => report(ended),
            accepted = accept(&listener, &slots) => match accepted {
                Ok((stream, slot)) => {
                    let connection = graceful.watch(connection(limits, stream, router.clone()));
                    connections.spawn(run(connection, slot));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    app.close();
    if tokio::time::timeout(limits.grace, graceful.shutdown()).await.is_err() {
        tracing::info!("some connections did not end in time");
    }
    connections.shutdown().await;
    Ok(())
}

async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _): (_, SocketAddr) = listener.accept().await?;
    // An answer is written at once, so waiting to fill a packet (Nagle) would only delay it.
    stream.set_nodelay(true)?;
    Ok((stream, slot))
}

type Connection = http1::Connection<TokioIo<Socket<TcpStream>>, TowerToHyperService<Router>>;

fn connection(limits: HttpLimits, stream: TcpStream, router: Router) -> Connection {
    http1::Builder::new()
        // Without a timer hyper ignores `header_read_timeout`.
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_headers(MAX_HEADERS)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(Socket::new(stream, limits.timeouts)), TowerToHyperService::new(router))
}

async fn run(connection: impl Future<Output = hyper::Result<()>>, _slot: OwnedSemaphorePermit) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection's task failed");
    }
}
