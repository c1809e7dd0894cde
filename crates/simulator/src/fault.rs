//! What is done to a world from outside, as data: recorded, replayed, and left out one by one.

use std::time::Duration;

use crate::clock::Clock;
use crate::disk::Disks;
use crate::network::Links;
use crate::world::Node;

/// Something that happens to nodes or to what connects them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A node dies at once; what it had not synced is gone.
    Crash(Node),
    /// A node that is down starts on what its disk holds.
    Start(Node),
    /// A node dies and its disk is empty; who starts it says that its votes are lost.
    Wipe(Node),
    /// A node dies and the end of its vote log is gone; who starts it does not say so.
    Forget(Node),
    /// A bit of what a node has on disk flips: in its vote log, but for the last record, or in a stored vertex. It shows
    /// when the node next starts; whoever runs it then does what the error says.
    Rot(Node),
    /// A node's disk is full: every write fails, the process ends, and is started again each second.
    Full(Node),
    /// There is room again.
    Freed(Node),
    /// A copy of a node's disk is made.
    Snapshot(Node),
    /// A node dies and the last copy of its disk is put back, if there is one; who starts it does not say so. From then on
    /// it counts as a liar.
    Rollback(Node),
    /// A node's process stands still; what is sent to it waits.
    Pause(Node),
    /// It goes on.
    Resume(Node),
    /// Nothing that one sends reaches the other.
    Block(Node, Node),
    /// It does again.
    Unblock(Node, Node),
    /// Everything reaches everybody again.
    Heal,
    /// A node's clock differs from the world's.
    Clock(Node, Clock),
    /// All links are like this from now on.
    Links(Links),
    /// All disks are like this from now on.
    Disks(Disks),
}

/// A deed, and when it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// From the world's beginning.
    pub at: Duration,
    /// What.
    pub deed: Deed,
}
