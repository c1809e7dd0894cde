//! Clients that write at all honest nodes, all the time, and know what the documents must hold.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Node, now, since};

/// Keys of each client's document: it is written over and over, so that it does not grow.
const KEYS: u64 = 32;

/// State that the clients share with their observer.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    /// Held by every client while it writes.
    pause: RwLock<()>,
    /// How long writes took, and the sum of them.
    took: Mutex<Vec<Duration>>,
    /// Document by document, what was acknowledged as final.
    written: Mutex<BTreeMap<String, BTreeMap<String, u64>>>,
}

/// One client a node. Dropped, they end.
pub(crate) struct Honest {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

impl Honest {
    pub(crate) fn start(nodes: &[Node]) -> Self {
        let shared = Arc::new(Shared::default());
        let client = |node: &Node| {
            let (node, shared) = (node.clone(), Arc::clone(&shared));
            thread::spawn(move || write(&node, &shared))
        };
        Self { clients: nodes.iter().map(client).collect(), shared }
    }

    /// How long each write took since the last call.
    pub(crate) fn take(&self) -> Vec<Duration> {
        std::mem::take(&mut self.shared.took.lock().unwrap())
    }

    /// Writes since the last [`take`](Self::take).
    pub(crate) fn count(&self) -> usize {
        assert!(self.clients.iter().all(|client| !client.is_finished()), "a client ended");
        self.shared.took.lock().unwrap().len()
    }

    /// Compares what was written, document by document, while no client writes.
    pub(crate) fn paused<T>(&self, look: impl FnOnce(&BTreeMap<String, Value>) -> T) -> T {
        let _nobody_writes = self.shared.pause.write().unwrap();
        let written = self.shared.written.lock().unwrap();
        look(&written.iter().map(|(name, keys)| (name.clone(), json!(keys))).collect())
    }
}

impl Drop for Honest {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for client in self.clients.drain(..) {
            let ended = client.join();
            assert!(ended.is_ok() || thread::panicking(), "a client failed");
        }
    }
}

fn write(node: &Node, shared: &Shared) {
    let document = format!("honest-{}", node.name);
    for number in 0.. {
        let _writing = shared.pause.read().unwrap();
        if shared.stop.load(Ordering::Relaxed) {
            break;
        }
        let key = format!("k{}", number % KEYS);
        let start = now();
        // The first one makes the object.
        let reply = match number {
            0 => node.put(&document, "?wait=final&timeout_ms=60000", &json!({ &key: number })),
            _ => node.put(&document, &format!("?wait=final&timeout_ms=60000&pointer=/{key}"), &json!(number)),
        };
        assert_eq!((reply.status, reply.text("level")), (200, "final"), "{}: {}", node.name, reply.body);
        shared.took.lock().unwrap().push(since(start));
        shared.written.lock().unwrap().entry(document.clone()).or_default().insert(key, number);
    }
}

/// The time that `percent` of them do not exceed.
pub(crate) fn percentile(took: &mut [Duration], percent: usize) -> Duration {
    took.sort_unstable();
    let at = (took.len() * percent).div_ceil(100).saturating_sub(1);
    took.get(at).copied().unwrap_or_default()
}
