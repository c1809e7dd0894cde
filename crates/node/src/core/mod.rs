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
pub(crate) use handle::Ask;
pub use handle::{Core, NOTICES, Noticed, REQUESTS, STEPS, Stopped, Written};
pub use outputs::batch_of;
pub use start::{CoreError, Parts, Running, start};
