//! A socket with timeouts: the client must keep reading, and can read an early answer while it still sends.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// The timeouts of a socket.
#[derive(Debug, Clone, Copy)]
pub(super) struct SocketTimeouts {
    /// A client that reads nothing for so long while an answer waits is disconnected.
    pub(super) stall: Duration,
    /// After the answer the node still reads for so long. To close at once would reset the connection, and a client that is
    /// still sending a refused body would not see the answer.
    pub(super) linger: Duration,
    /// A client that has sent nothing for so long after the answer has stopped sending.
    pub(super) quiet: Duration,
}

impl Default for SocketTimeouts {
    fn default() -> Self {
        Self { stall: Duration::from_secs(30), linger: Duration::from_secs(10), quiet: Duration::from_millis(250) }
    }
}

/// A stream with these timeouts.
#[derive(Debug)]
pub(super) struct Socket<S> {
    stream: S,
    timeouts: SocketTimeouts,
    /// Runs while the client does not read.
    stall: Option<Pin<Box<Sleep>>>,
    /// Runs from the end of the answer.
    linger: Option<Pin<Box<Sleep>>>,
    /// Runs while the client sends nothing after the answer.
    quiet: Option<Pin<Box<Sleep>>>,
}

impl<S> Socket<S> {
    pub(super) fn new(stream: S, timeouts: SocketTimeouts) -> Self {
        Self { stream, timeouts, stall: None, linger: None, quiet: None }
    }

    /// Returns the result of a write, or a timeout if the client has not read for too long.
    fn check_stall<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        let limit = self.timeouts.stall;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stall.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.check_stall(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.check_stall(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.check_stall(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The write side is closed first, so that the client sees the end of the answer. Then input is read and discarded.
        if self.linger.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        let limit = self.timeouts.linger;
        let linger = self.linger.get_or_insert_with(|| Box::pin(sleep(limit)));
        if linger.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut discarded = [0; 16 * 1024];
        loop {
            let mut into = ReadBuf::new(&mut discarded);
            let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, &mut into) else {
                let limit = self.timeouts.quiet;
                let quiet = self.quiet.get_or_insert_with(|| Box::pin(sleep(limit)));
                return quiet.as_mut().poll(cx).map(Ok);
            };
            self.quiet = None;
            if read.is_err() || into.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
