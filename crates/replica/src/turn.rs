//! One input's way through the replica: the time, the state that the rooms share, and the outputs so far.

use quorate_agreement::{AgreementStatus, Now};
use quorate_event::{EventId, SecretKey, VerifiedVertex};
use quorate_graph::Origin;

use crate::output::Output;
use crate::peers::missing_parents::MissingParents;
use crate::persistence::{HeldOutputs, Persistence};
use crate::state::ReplicatedState;
use crate::state::admission::{Admission, Arrival};

/// The arguments that every room needs while one input is handled.
pub(crate) struct Turn<'a> {
    pub(crate) now: Now,
    /// The outputs so far, in the order in which they are to be done.
    pub(crate) outputs: Vec<Output>,
    /// Signs this replica's events and votes.
    pub(crate) key: &'a SecretKey,
    pub(crate) state: &'a mut ReplicatedState,
    pub(crate) persistence: &'a mut Persistence,
    pub(crate) missing: &'a mut MissingParents,
    /// The height and view of agreement, as of its last input.
    pub(crate) agreement: AgreementStatus,
}

impl Turn<'_> {
    pub(crate) fn output(&mut self, output: Output) {
        self.outputs.push(output);
    }

    /// Brings a vertex into the graph and folds every vertex that became ready. The caller persists the admitted vertices.
    pub(crate) fn admit(&mut self, vertex: VerifiedVertex, from: Origin) -> Admission {
        let AgreementStatus { height, view, .. } = self.agreement;
        let arrival = Arrival { from, at: self.now.elapsed, height, view };
        let admission = self.state.admit(vertex, arrival, &mut self.outputs);
        if let Admission::Admitted(vertices) = &admission {
            for vertex in vertices {
                self.missing.remove(&vertex.id());
            }
        }
        admission
    }

    /// Asks the disk to keep `vertices`. The outputs in `held` follow once it has them.
    pub(crate) fn persist(&mut self, vertices: Vec<VerifiedVertex>, mut held: HeldOutputs) {
        held.others.append(&mut self.state.take_held_back());
        if vertices.is_empty() && held.acknowledge.is_empty() && held.others.is_empty() {
            return;
        }
        let ticket = self.persistence.issue(self.state.admitted(), held);
        self.outputs.push(Output::Persist { ticket, vertices });
    }

    /// Whether `id` is admitted and on this replica's disk.
    pub(crate) fn is_stored(&self, id: EventId) -> bool {
        self.state.graph().order(id).is_some_and(|order| self.persistence.holds(order))
    }
}
