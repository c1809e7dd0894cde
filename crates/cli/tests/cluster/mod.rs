//! Real processes of the binary `quorate`: started in a directory and on ports of their own, asked over HTTP, terminated,
//! killed, started again.
//!
//! | module | what it holds |
//! |---|---|
//! | `ground` | a directory and ports for one test; commands that run to their end |
//! | `network` | what `quorate up` runs, and nodes that come back one by one |
//! | `node` | one node, as a client of its HTTP interface sees it |
//! | `ports` | which ports are free |
//! | `process` | one process, which does not outlive its owner |
//!
//! Nothing here sleeps to let something happen: [`until`] looks again and again, and its limit is a failure. What the
//! processes said is shown when a test fails.

#![allow(dead_code, unused_imports, reason = "each theme uses its own part")]

mod ground;
mod network;
mod node;
mod ports;
mod process;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use ground::{Ended, Ground};
pub(crate) use network::Network;
pub(crate) use node::{Asked, Node, Reply};
pub(crate) use process::Process;

/// Far above what any step takes; reaching it is a failure, not a means to wait.
pub(crate) const TOO_LONG: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Looks until there is something to see, and fails after `within`.
pub(crate) fn until<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let mut seen = None;
    let came = ends(
        || {
            seen = look();
            seen.is_some()
        },
        within,
    );
    assert!(came, "after {within:?} still not: {what}");
    seen.unwrap()
}

/// Looks until it is so, and whether it was in time. The first look comes at once.
pub(crate) fn ends(mut look: impl FnMut() -> bool, within: Duration) -> bool {
    let start = now();
    while !look() {
        if since(start) >= within {
            return false;
        }
        thread::sleep(LOOK);
    }
    true
}

#[expect(clippy::disallowed_methods, reason = "a test waits for processes, whose time is real")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a test waits for processes, whose time is real")]
pub(crate) fn since(start: Instant) -> Duration {
    start.elapsed()
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What `quorate up` calls node `number`, from 1.
pub(crate) fn name(number: usize) -> String {
    format!("n{number}")
}
