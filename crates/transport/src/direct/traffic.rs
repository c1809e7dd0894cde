//! The bytes on a connection, which distinguish a peer on a slow link from one that hangs.
//!
//! On a slow link the answer to a ping waits behind bulk, in either direction. So a peer that sends bytes is alive, and a
//! peer that was sent bulk has as much more time as a link of the least rate needs for it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use libp2p::futures::AsyncRead;

/// Counters of the bytes on one connection.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    received: AtomicU64,
    bulk: AtomicU64,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TrafficCount {
    /// Bytes from the peer.
    pub(crate) received: u64,
    /// Bytes of bulk that were handed to the stream to the peer.
    pub(crate) bulk: u64,
}

impl Traffic {
    /// Counts bulk that is sent.
    pub(crate) fn count_bulk(&self, bytes: usize) {
        self.bulk.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn count_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn count(&self) -> TrafficCount {
        TrafficCount { received: self.received.load(Ordering::Relaxed), bulk: self.bulk.load(Ordering::Relaxed) }
    }
}

/// A stream whose bytes are counted as they are read.
pub(crate) struct CountedStream<S> {
    pub(crate) stream: S,
    pub(crate) traffic: Arc<Traffic>,
}

impl<S: AsyncRead + Unpin> AsyncRead for CountedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Poll::Ready(Ok(len)) = &read {
            self.traffic.count_received(*len);
        }
        read
    }
}
