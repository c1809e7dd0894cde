//! How long leaders wait from their own proposal until its milestone is certified, and until it is on their disk.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli::error::CliError;
use crate::cli::http::Client;
use crate::cli::stream::Events;
use crate::cli::view::{number, text};

/// The waits of leaders, ascending once they are read.
#[derive(Debug, Clone, Default)]
pub(super) struct Waits {
    /// Until a quorum of commits was counted.
    pub(super) certified: Vec<Duration>,
    /// Until the milestone was on the leader's disk.
    pub(super) stored: Vec<Duration>,
}

/// What the nodes tell of the views that they lead themselves, if the height ends there.
#[derive(Debug, Clone, Default)]
pub(super) struct Proposals(Arc<Mutex<Waits>>);

impl Proposals {
    /// Listens to all nodes from now on. A listener ends when its node does.
    pub(super) fn watch(clients: &[Client]) -> Result<Self, CliError> {
        let proposals = Self::default();
        for client in clients {
            let me = text(&client.get("/v1/status")?, "/address").to_owned();
            let (stream, heard) = (client.open("/v1/stream?steps=true", None)?, proposals.clone());
            thread::spawn(move || {
                let mut own = None;
                for sent in Events::new(stream).map_while(Result::ok).filter(|sent| sent.kind == "step") {
                    heard.hear(&sent.data, &me, &mut own);
                }
            });
        }
        Ok(proposals)
    }

    /// Takes in a step, where `own` is the view that this leader proposed in last, and since when.
    fn hear(&self, step: &str, me: &str, own: &mut Option<(View, Instant)>) {
        let step: Value = serde_json::from_str(step).unwrap_or_default();
        let at = (number(&step, "/height"), number(&step, "/view"));
        let since = own.filter(|(of, _)| *of == at).map(|(_, since)| since.elapsed());
        let stake = |name| text(&step, name).parse::<u128>().unwrap_or_default();
        match text(&step, "/step") {
            "pre-prepare" if text(&step, "/who") == me => *own = Some((at, Instant::now())),
            // The first sum that is a quorum: the vote made it one.
            "commit" if (stake("/quorum")..stake("/quorum") + stake("/stake")).contains(&stake("/sum")) => {
                self.taken().certified.extend(since);
            }
            "reply" => self.taken().stored.extend(since),
            _ => {}
        }
    }

    /// What was heard since this was asked before.
    pub(super) fn waits(&self) -> Waits {
        let mut waits = std::mem::take(&mut *self.taken());
        waits.certified.sort_unstable();
        waits.stored.sort_unstable();
        waits
    }

    fn taken(&self) -> MutexGuard<'_, Waits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A height and a view.
type View = (Option<u64>, Option<u64>);
