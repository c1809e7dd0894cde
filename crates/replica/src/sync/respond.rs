//! Responses: a peer that sent a summary gets history by the milestones that cover it, then the uncovered vertices.

use quorate_agreement::Peer;
use quorate_event::merkle::RangeProof;
use quorate_event::{EventId, Height};
use quorate_graph::{Graph, PeerHoldings, Summary};

use super::range_cache::MilestoneRangeCache;
use super::{SUMMARY_EVERY, Synchronizer};
use crate::output::Output;
use crate::turn::Turn;
use crate::wire::limits::{VERTICES, VERTICES_BYTES};
use crate::wire::sync_response::{HISTORY_RANGES, HistoryRangeIds, SyncResponseIds};

/// The space that is left in one message.
struct MessageSpace {
    vertices: usize,
    bytes: usize,
}

impl MessageSpace {
    /// Takes the space of one more vertex. The first always fits.
    fn take(&mut self, bytes: usize) -> bool {
        let is_empty = self.bytes == VERTICES_BYTES;
        if self.vertices == 0 || bytes > self.bytes && !is_empty {
            return false;
        }
        self.vertices = self.vertices.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
        true
    }
}

impl Synchronizer {
    /// A peer sent its summary: it gets the vertices that it lacks, one message of them. If it holds a vertex that is lacking
    /// here, it is asked in turn: vertices then spread with the rounds of all replicas, and not with this one's alone.
    pub(crate) fn respond_to_summary(&mut self, from: Peer, summary: &Summary, turn: &mut Turn<'_>) {
        let (now, graph) = (turn.now.elapsed, turn.state.graph());
        let lacking = summary.heads().iter().copied().find(|head| !graph.contains(*head));
        self.peers.set_ahead(from, lacking.is_some());
        let is_free = lacking.is_some() && self.catch_up.is_idle() && self.peers.may_ask(from, now);
        if is_free && self.peers.note_summary(from, now, SUMMARY_EVERY) {
            self.catch_up.begin(from, lacking, now);
            let summary = graph.summary();
            turn.output(Output::Summary { to: from, summary });
        }
        let response = self.response_to(summary, turn);
        if !response.is_empty() {
            turn.output(Output::SendSyncResponse { to: from, response });
        }
    }

    /// A peer named vertices: it gets those that are held, or an empty answer.
    pub(crate) fn respond_to_want(&self, from: Peer, mut ids: Vec<EventId>, turn: &mut Turn<'_>) {
        ids.retain(|id| turn.state.graph().contains(*id));
        turn.output(Output::SendVertices { to: from, ids });
    }

    fn response_to(&mut self, summary: &Summary, turn: &Turn<'_>) -> SyncResponseIds {
        let mut space = MessageSpace { vertices: VERTICES, bytes: VERTICES_BYTES };
        let mut response = SyncResponseIds::default();
        let graph = turn.state.graph();
        let held = graph.holdings_of(summary);
        let (last, _) = graph.last_milestone();
        let mut height = held.height();
        while height < last && response.ranges.len() < HISTORY_RANGES {
            height = height.next();
            let Some((range, is_whole)) = self.range(height, &held, &mut space, turn) else {
                response.more = true;
                return response;
            };
            response.ranges.push(range);
            if !is_whole {
                response.more = true;
                return response;
            }
        }
        response.more = height < last;
        if !response.more {
            add_uncovered(summary, &mut space, &mut response, turn);
        }
        response
    }

    /// The first of the events that a milestone covers and a peer lacks, as many as there is space for, and whether these
    /// are all. None where there is no space, or where none of them is on this disk.
    fn range(
        &mut self,
        height: Height,
        held: &PeerHoldings,
        space: &mut MessageSpace,
        turn: &Turn<'_>,
    ) -> Option<(HistoryRangeIds, bool)> {
        let graph = turn.state.graph();
        let milestone = graph.milestone(height).filter(|id| turn.is_stored(*id))?;
        // A milestone of half a message leaves space for its events.
        let own = bytes_of(milestone, graph).min(VERTICES_BYTES / 2);
        let cache = match self.range_cache.take() {
            Some(cache) if cache.height == height => cache,
            _ => MilestoneRangeCache::of(height, graph)?,
        };
        let order = cache.order.as_slice();
        let first = order.iter().position(|id| !graph.is_held(*id, held)).unwrap_or(order.len());
        let lacking = order.get(first..).unwrap_or_default();
        let fits = space.take(own);
        let taken = lacking.iter().take_while(|id| fits && turn.is_stored(**id) && space.take(bytes_of(**id, graph)));
        let events: Vec<EventId> = taken.copied().collect();
        let is_whole = events.len() == lacking.len();
        let nothing = RangeProof { first: 0, leaves: 0, siblings: Vec::new() };
        let proof = if events.is_empty() {
            Some(nothing)
        } else {
            cache.tree.prove_range(first..first.saturating_add(events.len()))
        };
        self.range_cache = Some(cache);
        let range = HistoryRangeIds { milestone, events, proof: proof? };
        (fits && (is_whole || !range.events.is_empty())).then_some((range, is_whole))
    }
}

/// Adds the vertices that no milestone covers, as many as there is space for.
fn add_uncovered(summary: &Summary, space: &mut MessageSpace, response: &mut SyncResponseIds, turn: &Turn<'_>) {
    let graph = turn.state.graph();
    let uncovered = graph.lacking(summary).filter(|id| graph.covered_at(*id).is_none());
    for id in uncovered.filter(|id| turn.is_stored(*id)) {
        if !space.take(bytes_of(id, graph)) {
            response.more = true;
            return;
        }
        response.vertices.push(id);
    }
}

fn bytes_of(id: EventId, graph: &Graph) -> usize {
    graph.bytes(id).map_or(0, |bytes| bytes as usize)
}
