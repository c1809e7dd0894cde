//! The network task, which owns the swarm.

mod discovery;
mod listen;
mod relays;
mod run;
mod swarm_events;

pub(crate) use run::Task;
