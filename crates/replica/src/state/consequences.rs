//! The consequences of admitted vertices for agreement and the disk.

use quorate_agreement::{ChainTip, Work};

use crate::output::Output;

/// A milestone that was applied.
#[derive(Debug)]
pub(crate) struct AppliedMilestone {
    /// The work that is left above it.
    pub(crate) work: Work,
    /// The milestone with the next height's committee; none where it names another one than the rule gives.
    pub(crate) tip: Option<ChainTip>,
}

/// The consequences that other rooms have not taken up yet.
#[derive(Debug, Default)]
pub(crate) struct Consequences {
    /// In the order in which they were applied.
    pub(crate) applied: Vec<AppliedMilestone>,
    /// Whether a vertex was admitted: a cut that lacked it may be complete.
    pub(crate) has_progress: bool,
    /// Outputs about milestones that must wait until these are on disk.
    pub(crate) held_back: Vec<Output>,
}
