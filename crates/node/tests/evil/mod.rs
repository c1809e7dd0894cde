//! What the evil peer is made of.
//!
//! | module | what it holds |
//! |---|---|
//! | `field` | four honest processes, what is checked of them after each attack |
//! | `honest` | clients that write at all four, and how long that takes |
//! | `memory` | how much a process uses, and used at most |
//! | `peer` | a peer that speaks the node's own network code and says what it likes |
//! | `forge` | events, votes and messages that no honest node makes |
//! | `attacks` | the attacks, in a table |

mod attacks;
mod field;
mod forge;
mod honest;
mod memory;
mod peer;

pub(crate) use attacks::ATTACKS;
pub(crate) use field::Field;
