//! I6: the derived state of a replica can be thrown away and rebuilt from its disk, in the order of the disk or in any other
//! order with parents first.
//!
//! Checked at the end. Cost: two replicas that read everything; the second verifies each milestone as if a peer had sent it. If an
//! equivocator has a third event at one position of a lane, the second order is not tried: which two events are kept depends
//! on their arrival.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{EventId, Height, VerifiedVertex};
use quorate_replica::{Input, Now, Output, Peer, Replica, ReplicaConfig, Status};

use crate::host::reread;

/// The state that must not depend on the order of inputs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VisibleState {
    pub(crate) height: Height,
    pub(crate) vertices: usize,
    pub(crate) heads: Vec<EventId>,
    pub(crate) merged: quorate_event::Digest,
    pub(crate) finalised: quorate_event::Digest,
}

impl From<Status> for VisibleState {
    fn from(status: Status) -> Self {
        let Status { height, events, mut heads, merged, finalised, .. } = status;
        heads.sort_unstable();
        Self { height, vertices: events, heads, merged, finalised }
    }
}

/// Rebuilt from a disk, as after a crash, without votes.
pub(crate) fn from_disk(
    config: ReplicaConfig,
    stored: &[VerifiedVertex],
    records: &[Vec<u8>],
    now: Now,
) -> Option<VisibleState> {
    let config = ReplicaConfig { votes_lost: true, ..config };
    let network = config.genesis.network();
    let read = stored.iter().map(|vertex| reread(vertex, network));
    let read = read.collect::<Result<Vec<_>, _>>().ok()?;
    Replica::recover(config, read, records, now).ok().map(|(replica, _)| replica.status().into())
}

/// Rebuilt from a peer that sends everything in another order.
pub(crate) fn from_peer(config: ReplicaConfig, stored: &[VerifiedVertex], now: Now) -> Option<VisibleState> {
    let config = ReplicaConfig { votes_lost: true, ..config };
    let order = in_another_order(stored);
    let mut replica = Replica::recover(config, [], &[], now).ok()?.0;
    for vertices in order.chunks(MESSAGE) {
        let (from, vertices) = (Peer(u64::MAX), vertices.to_vec());
        let mut outputs = replica.handle(Input::Vertices { from, vertices }, now);
        while let Some(output) = outputs.pop() {
            match output {
                Output::Persist { ticket, .. } => outputs.extend(replica.handle(Input::Stored(ticket), now)),
                Output::Halt { .. } => return None,
                _ => {}
            }
        }
    }
    Some(replica.status().into())
}

/// Vertices in one message.
const MESSAGE: usize = 64;

/// Parents first, otherwise by a hash that is independent of the time of writing.
fn in_another_order(stored: &[VerifiedVertex]) -> Vec<VerifiedVertex> {
    let places: BTreeMap<EventId, usize> = stored.iter().enumerate().map(|(at, vertex)| (vertex.id(), at)).collect();
    let mut waits = vec![0_usize; stored.len()];
    let mut children = BTreeMap::<usize, Vec<usize>>::new();
    for (at, vertex) in stored.iter().enumerate() {
        let parents: BTreeSet<usize> =
            vertex.parents().iter().filter_map(|parent| places.get(parent)).copied().collect();
        waits[at] = parents.len();
        for parent in parents {
            children.entry(parent).or_default().push(at);
        }
    }
    let rank = |at: usize| (blake3::hash(stored[at].id().as_bytes()).as_bytes().to_owned(), at);
    let mut free: BTreeSet<_> = (0..stored.len()).filter(|at| waits[*at] == 0).map(rank).collect();
    let mut order = Vec::with_capacity(stored.len());
    while let Some((_, at)) = free.pop_last() {
        order.push(stored[at].clone());
        for child in children.remove(&at).unwrap_or_default() {
            waits[child] -= 1;
            if waits[child] == 0 {
                free.insert(rank(child));
            }
        }
    }
    order
}
