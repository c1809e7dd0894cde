//! Follows the steps of agreement at one running node.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::rounds::Rounds;
use super::signals::Stop;
use crate::http::Client;
use crate::output::Printer;
use crate::stream::EventStream;
use crate::wait::Deadline;

/// The steps so far. A thread that lives as long as the process updates them.
#[derive(Clone)]
pub(super) struct StepListener(Arc<Mutex<Rounds>>);

/// Whether each step is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepOutput {
    Kept,
    Printed,
}

impl StepListener {
    /// Follows the first of these nodes that answers; after the end of its stream, the next one.
    pub(super) fn listen(clients: Vec<Client>, rounds: Rounds, steps: StepOutput, stop: Stop, output: Printer) -> Self {
        let handle = Self(Arc::new(Mutex::new(rounds)));
        let listener = handle.clone();
        thread::spawn(move || {
            let mut pause = Deadline::after_ms(u64::MAX);
            for client in clients.iter().cycle() {
                if stop.is_asked() || !listener.read(client, steps, output) {
                    return;
                }
                pause.pause();
            }
        });
        handle
    }

    /// Reads the stream of a node to its end; false if standard output is closed.
    fn read(&self, client: &Client, steps: StepOutput, output: Printer) -> bool {
        let Ok(stream) = client.open("/v1/stream?steps=true", None) else {
            return true;
        };
        for sent in EventStream::new(stream).map_while(Result::ok).filter(|sent| sent.kind == "step") {
            let Ok(step) = serde_json::from_str(&sent.data) else {
                continue;
            };
            let line = self.rounds().add_step(&step);
            if steps == StepOutput::Printed && output.answer(&step, || line).is_err() {
                return false;
            }
        }
        true
    }

    pub(super) fn rounds(&self) -> MutexGuard<'_, Rounds> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
