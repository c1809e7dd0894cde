//! The one order of what a milestone newly covers.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use quorate_event::{EventId, Height, keccak256};

use crate::column::VertexIndex;
use crate::graph::Graph;

impl Graph {
    /// The events that the applied milestone of a height newly covers, in its order; none where there is none.
    pub fn covered_by(&self, height: Height) -> Option<Vec<EventId>> {
        let milestone = self.dag.find(self.milestone(height)?)?;
        let covered = self.dag.covered(milestone);
        let (previous, heads) = self.dag.parents(milestone).split_first()?;
        let (mut newly, mut seen) = (Vec::new(), HashSet::new());
        let mut stack = heads.to_vec();
        while let Some(at) = stack.pop() {
            if self.dag.covered(at) == covered && !self.is_milestone(at) && seen.insert(at) {
                newly.push(self.dag.id(at));
                stack.extend(self.dag.parents(at));
            }
        }
        Some(self.linearise(&newly, self.dag.id(*previous), height, &self.ids_of(heads)))
    }

    /// The order of the events `newly` covered at `height`: among those whose newly covered parents are all taken,
    /// repeatedly the one with the least keccak256(seed ‖ id), where seed = keccak256(`previous` ‖ be64 `height` ‖
    /// keccak256(`heads`, ascending)). Ids that are not admitted are left out.
    ///
    /// A leader cannot place one event without choosing another cut.
    pub fn linearise(&self, newly: &[EventId], previous: EventId, height: Height, heads: &[EventId]) -> Vec<EventId> {
        let seed = seed(previous, height, heads);
        let rank = |at: VertexIndex| {
            let id = self.dag.id(at);
            Reverse((keccak256(&[&seed, id.as_bytes()]), id, at))
        };
        let members: Vec<VertexIndex> = newly.iter().filter_map(|id| self.dag.find(*id)).collect();
        let mut untaken: HashMap<VertexIndex, usize> = members.iter().map(|at| (*at, 0)).collect();
        for at in &members {
            let parents = self.dag.parents(*at).iter();
            let inner = parents.filter(|parent| untaken.contains_key(parent)).count();
            untaken.insert(*at, inner);
        }
        let free = members.iter().filter(|at| untaken.get(at) == Some(&0));
        let mut free: BinaryHeap<_> = free.map(|at| rank(*at)).collect();
        let mut order = Vec::with_capacity(members.len());
        while let Some(Reverse((_, id, at))) = free.pop() {
            order.push(id);
            for child in self.dag.children(at) {
                let Some(left) = untaken.get_mut(&child) else {
                    continue;
                };
                *left = left.saturating_sub(1);
                if *left == 0 {
                    free.push(rank(child));
                }
            }
        }
        order
    }
}

fn seed(previous: EventId, height: Height, heads: &[EventId]) -> [u8; 32] {
    let mut ascending = heads.to_vec();
    ascending.sort_unstable();
    let heads: Vec<&[u8]> = ascending.iter().map(|head| head.as_bytes().as_slice()).collect();
    keccak256(&[previous.as_bytes(), &height.0.to_be_bytes(), &keccak256(&heads)])
}
