//! Being asked to end: by a signal, or by the end of whoever started this node.

use std::io;
use std::thread;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

use super::error::RunError;

/// Listens for SIGTERM, SIGINT, and the end of standard input where that counts.
pub(super) struct Signals(watch::Receiver<bool>);

impl Signals {
    pub(super) fn new(stdin_watch: bool) -> Result<Self, RunError> {
        let listen = |kind| signal(kind).map_err(RunError::Runtime);
        let (terminate, interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        let (told, asked) = watch::channel(false);
        tokio::spawn(wait(terminate, interrupt, stdin_watch, told));
        Ok(Self(asked))
    }

    /// Resolves once it was asked.
    pub(super) async fn asked(&self) {
        let mut asked = self.0.clone();
        // The task that tells lives until it has told.
        let _told = asked.wait_for(|asked| *asked).await;
    }
}

async fn wait(mut terminate: Signal, mut interrupt: Signal, stdin_watch: bool, told: watch::Sender<bool>) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = stdin_ended(), if stdin_watch => {}
    }
    told.send_replace(true);
}

/// A thread of its own reads: such a read cannot be called off, and the runtime would wait for one of its own for as long
/// as whoever holds the other end waits for this process.
async fn stdin_ended() {
    let (tell, ended) = oneshot::channel();
    thread::spawn(move || {
        // Unreadable is ended, too.
        let _ended = io::copy(&mut io::stdin(), &mut io::sink());
        // Nobody listens to it after a signal.
        let _gone = tell.send(());
    });
    // The thread tells before it ends.
    let _told = ended.await;
}
