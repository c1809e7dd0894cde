//! Being asked to end: by a signal, or by the end of whoever started this node.

use tokio::io::AsyncReadExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

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

async fn stdin_ended() {
    let (mut stdin, mut byte) = (tokio::io::stdin(), [0]);
    while matches!(stdin.read(&mut byte).await, Ok(1..)) {}
}
