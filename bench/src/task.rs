//! A measuring process: one task at one peer.

use std::error::Error;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

#[cfg(feature = "ours")]
use crate::peers::ours;
use crate::peers::{BytesPeer, TextPeer, automerge::Automerge, cola::Cola, diamond_types::DiamondTypes};
use crate::peers::{JsonPeer, loro::Loro, yrs::Yrs};
use crate::report::note;
#[cfg(feature = "ours")]
use crate::signed;
use crate::trace::Trace;
use crate::{hostile, json, text};

/// The greatest memory of a process; it is stopped if a library needs more.
const ADDRESS_SPACE: u64 = 8 << 30;
const PATIENCE: Duration = Duration::from_secs(45);
/// The number of edits that are signed one by one.
#[cfg(feature = "ours")]
const SIGNED_EDITS: usize = 20_000;

/// Peers by the name that the table shows. Ours comes first: ratios are to it.
pub const PEERS: &[&str] = &[
    #[cfg(feature = "ours")]
    "ours, fold alone",
    #[cfg(feature = "ours")]
    "ours, with everything",
    "diamond-types",
    "loro",
    "yrs",
    "automerge",
    "cola",
];

/// Runs the task that the arguments name, and prints the measurements.
pub fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [peer, task, about] = arguments else { return Err("a task is PEER TASK ABOUT".into()) };
    let limits = Rlimit { current: Some(ADDRESS_SPACE), maximum: getrlimit(Resource::As).maximum };
    setrlimit(Resource::As, limits)?;
    let (done, finished) = sync_channel::<()>(1);
    std::thread::spawn(move || {
        if finished.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            note("failed", format!("gave up after {} s", PATIENCE.as_secs()));
            std::process::exit(2);
        }
    });
    let result = match peer.as_str() {
        #[cfg(feature = "ours")]
        "ours, fold alone" => any::<ours::FoldAlone>(task, about).or_else(|| structured::<ours::FoldAlone>(task)),
        #[cfg(feature = "ours")]
        "ours, with everything" => bytes::<ours::Everything>(task, about)
            .or_else(|| structured::<ours::Everything>(task))
            .or_else(|| signed_one_by_one(task, about)),
        "diamond-types" => bytes::<DiamondTypes>(task, about),
        "loro" => bytes::<Loro>(task, about).or_else(|| structured::<Loro>(task)),
        "yrs" => bytes::<Yrs>(task, about).or_else(|| structured::<Yrs>(task)),
        "automerge" => bytes::<Automerge>(task, about).or_else(|| structured::<Automerge>(task)),
        "cola" => any::<Cola>(task, about),
        _ => None,
    };
    drop(done);
    result.unwrap_or(Ok(()))
}

type Done = Option<Result<(), Box<dyn Error>>>;

fn any<P: TextPeer>(task: &str, about: &str) -> Done {
    match task {
        "trace" => Some(Trace::read(about).and_then(|trace| text::trace::<P>(&trace))),
        "backdated" => Some(text::backdated::<P>(about.parse().unwrap_or(usize::MAX))),
        _ => None,
    }
}

fn bytes<P: BytesPeer>(task: &str, about: &str) -> Done {
    match task {
        "mutations" => Some(hostile::mutations::<P>(about.parse().unwrap_or(0))),
        "equivocation" => Some(hostile::equivocation::<P>()),
        _ => any::<P>(task, about),
    }
}

#[cfg(feature = "ours")]
fn signed_one_by_one(task: &str, about: &str) -> Done {
    (task == "signed").then(|| signed::one_event_each(&Trace::read(about)?, SIGNED_EDITS))
}

fn structured<P: JsonPeer>(task: &str) -> Done {
    (task == "json").then(json::json::<P>)
}
