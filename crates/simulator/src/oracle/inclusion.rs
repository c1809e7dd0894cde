//! I12: no liar keeps an event out. One that lies on the disks of all honest members is covered before more than f + 1
//! further heights were led by honest leaders, where f members may fail.
//!
//! A height counts if the leaders of all its views up to the certified one are honest, since a later leader may have to
//! offer a liar's cut again; if its cut had room for one more event; and if it began after the event was everywhere. The
//! last is so two heights above the greatest of which anybody had voted by then. Only events of honest authors are
//! waited for: a liar's may be void.
//!
//! When: upon the first sight of each milestone. Cost: a look at each event that waits; a leader a view.

use quorate_event::{Address, VerifiedMilestone};

use super::reference_model::ProtocolModel;
use super::vertex_table::{VertexNumber, VertexTable};

/// An event that every honest member holds.
struct AwaitedEvent {
    event: VertexNumber,
    /// The first height that counts.
    from: u64,
    /// How many heights left it out.
    passed: u64,
}

/// Those that no milestone covers.
#[derive(Default)]
pub(crate) struct Inclusion {
    waiting: Vec<AwaitedEvent>,
}

impl Inclusion {
    /// An event came to lie on the last honest disk, when `greatest` was the greatest height that was voted in.
    pub(crate) fn ripe(&mut self, event: VertexNumber, greatest: u64) {
        self.waiting.push(AwaitedEvent { event, from: greatest + 2, passed: 0 });
    }

    /// A disk was lost: what lay on it is waited for no longer, for its owner may lead before it is level.
    pub(crate) fn forget(&mut self) {
        self.waiting.clear();
    }

    /// A milestone that covers what `book` says: the events that it should not have left out, and how often that was so.
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

/// Whether nobody but the honest led the height of a milestone, and its cut had room for one event more.
pub(crate) fn could_include(
    milestone: &VerifiedMilestone,
    weight: (u64, u64),
    model: &ProtocolModel,
    is_honest: impl Fn(Address) -> bool,
) -> bool {
    const LARGEST: u64 = quorate_event::limits::EVENT_BYTES as u64;
    let ((events, bytes), limits) = (weight, &model.parameters);
    let proposal = milestone.proposal();
    let room = events < limits.cut_events
        && bytes + LARGEST <= limits.cut_bytes
        && proposal.heads.len() < quorate_event::limits::MILESTONE_HEADS;
    let views = 0..=milestone.certificate().vote.view.0;
    room && views.into_iter().all(|view| is_honest(model.leader(proposal.previous.as_bytes(), proposal.height.0, view)))
}
