//! The events of one disk write while they are made.

use std::collections::BTreeMap;

use quorate_document::EventDraft;
use quorate_event::VerifiedVertex;

use super::access_set::AccessSet;
use crate::input::Request;
use crate::persistence::HeldOutputs;

/// The event in the making, the finished ones before it, and the outputs that follow once they are on disk.
#[derive(Default)]
pub(super) struct WriteBatch {
    pub(super) draft: EventDraft,
    /// By document: the parts that the intents in the draft read and write.
    pub(super) accessed: BTreeMap<String, AccessSet>,
    /// Requests whose edits are in the draft.
    pub(super) sharing: Vec<Request>,
    pub(super) vertices: Vec<VerifiedVertex>,
    pub(super) held: HeldOutputs,
}
