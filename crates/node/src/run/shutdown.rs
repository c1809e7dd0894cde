//! Requests to shut down: a signal, or the end of the process that started this node.

use std::io;
use std::thread;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

use super::error::RunError;

/// Waits for SIGTERM, SIGINT, and with `--stdin-watch` for the end of standard input.
pub(super) struct ShutdownSignals(watch::Receiver<bool>);

impl ShutdownSignals {
    pub(super) fn new(stdin_watch: bool) -> Result<Self, RunError> {
        let listen = |kind| signal(kind).map_err(RunError::Runtime);
        let (terminate, interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        let (sender, requested) = watch::channel(false);
        tokio::spawn(wait(terminate, interrupt, stdin_watch, sender));
        Ok(Self(requested))
    }

    /// Resolves once a shutdown is requested.
    pub(super) async fn requested(&self) {
        let mut requested = self.0.clone();
        // The task with the sender lives until it has sent, so this waits for nothing else.
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

/// Reads standard input to its end, on a thread of its own. Such a read cannot be cancelled, and a runtime waits at its end for
/// its own threads: a parent that waits for this process while it holds the pipe would wait for ever.
async fn stdin_ended() {
    let (sender, ended) = oneshot::channel();
    thread::spawn(move || {
        // An unreadable input counts as ended.
        let _ended = io::copy(&mut io::stdin(), &mut io::sink());
        // After a signal there is no receiver any more.
        let _gone = sender.send(());
    });
    // The thread sends before it ends, so there is always a result.
    let _ended = ended.await;
}
