//! Where a node lives: `HOME/NAME`, by default `~/.quorate/NAME`.
//!
//! | file | what | who may read it |
//! |---|---|---|
//! | `key` | the signing key, 64 hex digits and a newline | the owner alone, else the node does not start |
//! | `token` | what a client shows to write, 256 bits in hex | the owner alone, else the node does not start |
//! | `genesis.json` | the genesis that was accepted, never replaced | the owner |
//! | `store.redb` | everything admitted | the owner |
//! | `votes.log` | every own vote | the owner |
//! | `../_last_signed/ADDRESS-NETWORK` | how far the key has signed, apart from what a backup of the home puts back | the owner |
//! | `anchors` | the last good peers, dialled first after a restart; a damaged one is ignored | the owner |
//! | `node.lock` | locked while a node runs here | the owner |
//!
//! [`Layout`] names the files and reads them, as the commands beside a running node do. [`Home`] holds the lock as well,
//! and only it writes. Secrets print as `…` and are wiped when they are dropped.

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
