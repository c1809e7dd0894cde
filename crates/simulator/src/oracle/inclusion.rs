//! I12: Byzantine leaders cannot keep an event out. An event on the disks of all honest members is covered before more than
//! f + 1 further heights with honest leaders, where f members may be faulty.
//!
//! A height counts if the leaders of all its views up to the certified one are honest, since a later leader may have to propose
//! a Byzantine leader's cut again; if its cut had room for one more event; and if it began after the last member got the event.
//! The latter holds two heights above the greatest height of any vote at that time. Only events of honest authors count: those
//! of Byzantine authors may be void.
//!
//! Checked upon the first sight of each milestone. Cost: a look at each awaited event; a leader per view.

use quorate_event::{Address, VerifiedMilestone};

use super::cut::CutSize;
use super::reference_model::ProtocolModel;
use super::vertex_table::{VertexNumber, VertexTable};

/// An event that every honest member holds.
struct AwaitedEvent {
    event: VertexNumber,
    /// The first height that counts.
    from: u64,
    /// Number of counted heights that left it out.
    passed: u64,
}

/// The awaited events.
#[derive(Default)]
pub(crate) struct Inclusion {
    waiting: Vec<AwaitedEvent>,
}

impl Inclusion {
    /// An event reached the last honest disk, when `greatest` was the greatest height of any vote.
    pub(crate) fn ripe(&mut self, event: VertexNumber, greatest: u64) {
        self.waiting.push(AwaitedEvent { event, from: greatest + 2, passed: 0 });
    }

    /// A disk was lost: its events are no longer awaited, since its owner may lead before it has caught up.
    pub(crate) fn forget(&mut self) {
        self.waiting.clear();
    }

    /// Processes a milestone whose cut is marked in `vertices`. Returns the events left out too often, with the count.
    pub(crate) fn covered(
        &mut self,
        height: u64,
        could: bool,
        vertices: &VertexTable,
        faults: u64,
    ) -> Vec<(VertexNumber, u64)> {
        self.waiting.retain(|waiting| vertices.record(waiting.event).covered.is_none());
        let mut left_out = Vec::new();
        for waiting in self.waiting.iter_mut().filter(|waiting| could && height >= waiting.from) {
            waiting.passed += 1;
            if waiting.passed == faults + 1 {
                left_out.push((waiting.event, waiting.passed));
            }
        }
        left_out
    }
}

/// Whether all leaders of a milestone's height were honest, and its cut had room for one more event.
pub(crate) fn could_include(
    milestone: &VerifiedMilestone,
    size: CutSize,
    model: &ProtocolModel,
    is_honest: impl Fn(Address) -> bool,
) -> bool {
    const LARGEST: u64 = quorate_event::limits::EVENT_BYTES as u64;
    let (CutSize { events, bytes }, limits) = (size, &model.parameters);
    let proposal = milestone.proposal();
    let room = events < limits.cut_events
        && bytes + LARGEST <= limits.cut_bytes
        && proposal.heads.len() < quorate_event::limits::MILESTONE_HEADS;
    let views = 0..=milestone.certificate().vote.view.0;
    room && views.into_iter().all(|view| is_honest(model.leader(proposal.previous.as_bytes(), proposal.height.0, view)))
}
