//! How long leaders wait from their own proposal until its milestone is certified and on their disk.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli::error::CliError;
use crate::cli::http::Client;
use crate::cli::stream::Events;
use crate::cli::view::{number, text};

/// What the nodes tell of the heights that they lead themselves, in the view in which they end.
#[derive(Debug, Clone, Default)]
pub(super) struct Proposals(Arc<Mutex<Vec<Duration>>>);

impl Proposals {
    /// Listens to all nodes from now on. A listener ends when its node does.
    pub(super) fn watch(clients: &[Client]) -> Result<Self, CliError> {
        let proposals = Self::default();
        for client in clients {
            let me = text(&client.get("/v1/status")?, "/address").to_owned();
            let (stream, heard) = (client.open("/v1/stream?steps=true", None)?, proposals.clone());
            thread::spawn(move || {
                let mut proposed = None;
                for sent in Events::new(stream).map_while(Result::ok).filter(|sent| sent.kind == "step") {
                    let step: Value = serde_json::from_str(&sent.data).unwrap_or_default();
                    let at = (number(&step, "/height"), number(&step, "/view"));
                    match text(&step, "/step") {
                        "pre-prepare" if text(&step, "/who") == me => proposed = Some((at, Instant::now())),
                        "reply" => {
                            let own = proposed.take().filter(|(of, _)| *of == at);
                            heard.taken().extend(own.map(|(_, since)| since.elapsed()));
                        }
                        _ => {}
                    }
                }
            });
        }
        Ok(proposals)
    }

    /// What was heard so far, ascending.
    pub(super) fn times(&self) -> Vec<Duration> {
        let mut times = std::mem::take(&mut *self.taken());
        times.sort_unstable();
        times
    }

    fn taken(&self) -> MutexGuard<'_, Vec<Duration>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
