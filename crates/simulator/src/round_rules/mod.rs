//! Rules that say which messages pass between five processes in each view of the first height.
//!
//! Profile twins plays scenarios made of such rules; the world asks [`MessageFilter`] about each message while a scenario's
//! rounds last.

mod connectivity;
mod message_filter;
mod round_rule;

pub use connectivity::{Connectivity, Role};
pub(crate) use message_filter::MessageFilter;
pub use round_rule::{Phase, RoundRule};
