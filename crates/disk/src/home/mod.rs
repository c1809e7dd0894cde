//! The directory of a node: `HOME/NAME`, by default `~/.quorate/NAME`.
//!
//! | file | contents | readers |
//! |---|---|---|
//! | `key` | the signing key, 64 hex digits and a newline | the owner alone, else the node does not start |
//! | `token` | the token that a client needs to write, 256 bits in hex | the owner alone, else the node does not start |
//! | `genesis.json` | the genesis that was accepted, never replaced | the owner |
//! | `store.redb` | all admitted events and milestones | the owner |
//! | `votes.log` | every own vote | the owner |
//! | `../_last_signed/ADDRESS-NETWORK` | the number of votes that the key has signed; not part of a backup of the home | the owner |
//! | `anchors` | the last good peers, dialled first after a restart; a damaged one is ignored | the owner |
//! | `node.lock` | locked while a node runs here | the owner |
//!
//! [`Layout`] names and reads the files, also beside a running node. [`Home`] holds the lock, and only it
//! writes. Secrets print as `…` and are wiped when they are dropped.

mod error;
mod layout;
mod locked;
mod private;
mod secret;

pub use error::HomeError;
pub use layout::Layout;
pub use locked::Home;
pub use secret::{Secret, Token};

#[cfg(test)]
mod tests;
