//! Hole punching: two peers that meet at a relay try to reach each other directly, and are kept from misusing that.
//!
//! A node learns where it is seen from peers that it dialled from its listening port, or that dialled it. Of two that
//! meet at a relay the one with the lesser id opens a talk, both name where they are seen, and dial at one moment: the packet that leaves
//! through a NAT lets the other's in. What fails is tried again, ever more slowly, in turn with one side dialling alone.
//!
//! ```text
//!  identify ── observed ──> own addresses ──┐
//!  relayed connection ── meeting, when due ─┴─> talk on that connection ── agreed ──> allowed? ──> dial
//! ```
//!
//! Whoever names an address makes this node dial it. So a named address must reach as far as the farthest peer there is,
//! four are dialled at most, and one peer is obeyed once in five seconds, whoever opened the talk and however often it comes anew.

mod attempts;
pub(crate) mod behaviour;
mod coordination;
mod handler;
