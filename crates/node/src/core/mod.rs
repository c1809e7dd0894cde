//! The core: one thread that owns the replica, and the adapters between it and network, disk, clock and clients.
//!
//! ```text
//!  network events --> inbound: decode and verify on workers --+
//!  HTTP ----------> handle: CoreRequest ----------------------+--> thread: Replica::handle --> outputs: CoreOutputs
//!  store and vote log: reports -------------------------------+        ^                          |
//!  clock: timers ---------------------------------------------+        |                          +--> store, vote log
//!                                                                      |                          +--> outbound: network
//!                                             the end of a disk write is the next input           +--> clients, streams
//! ```
//!
//! The core takes no protocol decision. It brings inputs to the replica in order of their urgency, and performs its outputs in
//! order.
//!
//! A vote becomes durable in three steps: `Output::Record` hands it to the vote log (`outputs`); the vote log syncs its file
//! and reports (`disk::vote_log`); the report becomes `Input::Recorded` (`thread`), upon which the replica returns the vote as
//! `Output::Agreement`, to be sent.
//!
//! | module | content |
//! |---|---|
//! | `handle` | [`CoreHandle`], by which the API sends requests |
//! | `thread` | the loop, and the priorities of its inputs |
//! | `inbound`, `quota` | messages of peers: quotas, decoding, signature checks |
//! | `outputs`, `outbound` | performing outputs; messages that are loaded from the store before they are sent |
//! | `start` | recovery, and the start of all threads |
//! | `peer_directory`, `clock`, `proposal_latency` | names of connections, time, metrics of own proposals |

mod clock;
mod handle;
mod inbound;
mod outbound;
mod outputs;
mod peer_directory;
mod proposal_latency;
mod quota;
mod start;
mod thread;

#[cfg(test)]
pub(crate) use handle::CoreRequest;
pub use handle::{CoreHandle, DurableWrite, NOTICE_QUEUE, NumberedNotice, REQUEST_QUEUE, STEP_QUEUE, Stopped};
pub use outputs::batch_of;
pub use start::{CoreConfig, CoreError, RunningCore, start};
