//! Faults as data: recorded, replayed, and left out one by one when a failing run is shrunk.
//!
//! The enum also holds the ends of faults ([`Fault::Start`], [`Fault::Resume`], [`Fault::HealLinks`] …), since a run is one
//! list of both, by time.

use std::time::Duration;

use crate::clock::ClockSkew;
use crate::disk::DiskModel;
use crate::network::LinkModel;
use crate::node_id::NodeId;

/// A fault that is injected into a world, or the end of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A node's process ends at once. Writes that were not synced are lost.
    Crash(NodeId),
    /// A node that is down starts with the contents of its disk.
    Start(NodeId),
    /// A node's process ends and its disk is empty. Its operator declares the votes as lost at the next start.
    WipeDisk(NodeId),
    /// A node's process ends and the end of its vote log is gone. Its operator does not declare this: the node may contradict
    /// its earlier votes.
    TruncateVoteLog(NodeId),
    /// One bit flips on a node's disk: in the vote log, but not in its last record, or in a stored vertex. The node notices at
    /// its next start; its operator then moves away the file that the error names.
    FlipBit(NodeId),
    /// A node's disk is full: each write fails and ends the process, which is started again each second.
    FillDisk(NodeId),
    /// A full disk has room again.
    FreeDisk(NodeId),
    /// A node's operator copies the disk.
    BackUpDisk(NodeId),
    /// A node's process ends and the last copy of its disk, if there is one, replaces the disk. The operator does not declare
    /// this: the node counts as Byzantine from then on.
    RestoreDisk(NodeId),
    /// A node's process is suspended. Messages to it wait.
    Pause(NodeId),
    /// A suspended process continues.
    Resume(NodeId),
    /// Messages from the first node do not reach the second.
    Block(NodeId, NodeId),
    /// Messages from the first node reach the second again.
    Unblock(NodeId, NodeId),
    /// No link is blocked.
    HealLinks,
    /// A node's clock differs from the world's by this from now on.
    SetClock(NodeId, ClockSkew),
    /// All links behave like this from now on.
    SetLinks(LinkModel),
    /// All disks behave like this from now on.
    SetDisks(DiskModel),
}

/// A fault and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledFault {
    /// Since the world's beginning.
    pub at: Duration,
    /// The fault.
    pub fault: Fault,
}
