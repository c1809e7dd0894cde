//! Being requested to end: by a signal, or by the end of whoever started this node.

use std::io;
use std::thread;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

use super::error::RunError;

/// Listens for SIGTERM, SIGINT, and the end of standard input where that counts.
pub(super) struct ShutdownSignals(watch::Receiver<bool>);

impl ShutdownSignals {
    pub(super) fn new(stdin_watch: bool) -> Result<Self, RunError> {
        let listen = |kind| signal(kind).map_err(RunError::Runtime);
        let (terminate, interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        let (sender, requested) = watch::channel(false);
        tokio::spawn(wait(terminate, interrupt, stdin_watch, sender));
        Ok(Self(requested))
    }

    /// Resolves once it was requested.
    pub(super) async fn requested(&self) {
        let mut requested = self.0.clone();
        // The task that tells lives until it has sender.
        let _ended = requested.wait_for(|requested| *requested).await;
    }
}

async fn wait(mut terminate: Signal, mut interrupt: Signal, stdin_watch: bool, sender: watch::Sender<bool>) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = stdin_ended(), if stdin_watch => {}
    }
    sender.send_replace(true);
}

/// A thread of its own reads: such a read cannot be called off, and the runtime would wait for one of its own for as long
/// as whoever holds the other end waits for this process.
async fn stdin_ended() {
    let (sender, ended) = oneshot::channel();
    thread::spawn(move || {
        // Unreadable is ended, too.
        let _ended = io::copy(&mut io::stdin(), &mut io::sink());
        // Nobody listens to it after a signal.
        let _gone = sender.send(());
    });
    // The thread tells before it ends.
    let _ended = ended.await;
}
