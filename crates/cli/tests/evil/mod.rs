//! What the evil peer is made of.
//!
//! | module | what it holds |
//! |---|---|
//! | `field` | four honest processes, what is checked of them after each attack |
//! | `honest` | clients that write at all four, and how long that takes |
//! | `memory` | how much a process uses, and used at most |
//! | `peer` | a peer that speaks the node's own network code and says what it likes |
//! | `forge` | events, votes and messages that no honest node makes |
//! | `ingest`, `votes` | what is said: events, and words of agreement |
//! | `identity` | who somebody is, where an event stands, what was certified |
//! | `wire` | a connection below that code: streams opened by hand, and whatever bytes |
//! | `floods` | what is done with such connections, and with sockets |
//! | `attacks` | the attacks, in a table |

mod attacks;
mod field;
mod floods;
mod forge;
mod honest;
mod identity;
mod ingest;
mod memory;
mod peer;
mod votes;
mod wire;

pub(crate) use attacks::ATTACKS;
pub(crate) use field::Field;
