//! The core: one thread that owns the replica, and what stands between it and the world.
//!
//! ```text
//!  net events --> inbound: decode, verify on worker threads --+
//!  HTTP ------> handle: asks ---------------------------------+--> thread: Replica::handle --> outputs
//!  store, vote log: reports ----------------------------------+        |                          |
//!  clock ------------------------------------------------------+        +<-- timers                +--> store, vote log,
//!                                                                                                     net, clients, listeners
//! ```
//!
//! Nothing here decides: inputs are brought to the replica in order, its outputs are done in order.

mod clock;
mod connected_peers;
mod handle;
mod inbound;
mod outbound;
mod outputs;
mod proposal_latency;
mod quota;
mod start;
mod thread;

#[cfg(test)]
pub(crate) use handle::CoreRequest;
pub use handle::{CoreHandle, DurableWrite, NOTICE_QUEUE, NumberedNotice, REQUEST_QUEUE, STEP_QUEUE, Stopped};
pub use outputs::batch_of;
pub use start::{CoreConfig, CoreError, RunningCore, start};
