//! What a peer lacks, chosen: history by the milestones that cover it, then what no milestone covers yet.

use quorate_event::merkle::{MerkleTree, RangeProof};
use quorate_event::{EventId, Height};
use quorate_graph::{PeerHoldings, Summary};

use crate::replica::Replica;
use crate::wire::peer_message::{VERTICES, VERTICES_BYTES};
use crate::wire::sync_response::{HISTORY_RANGES, HistoryRangeIds, SyncResponseIds};

/// A milestone's order with the tree over it: kept for the next message, since a peer that catches up asks for a
/// large milestone more than once.
#[derive(Debug)]
pub(crate) struct Chapter {
    height: Height,
    order: Vec<EventId>,
    tree: MerkleTree,
}

/// What still fits one message.
struct Room {
    vertices: usize,
    bytes: usize,
}

impl Room {
    /// One vertex more. The first always fits.
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

impl Replica {
    /// A message's worth of what the sender of a summary lacks.
    pub(crate) fn rest_for(&mut self, summary: &Summary) -> SyncResponseIds {
        let mut room = Room { vertices: VERTICES, bytes: VERTICES_BYTES };
        let mut rest = SyncResponseIds::default();
        let held = self.graph.holdings_of(summary);
        let (last, _) = self.graph.last_milestone();
        let mut height = held.height();
        while height < last && rest.ranges.len() < HISTORY_RANGES {
            height = height.next();
            let Some((range, is_whole)) = self.range(height, &held, &mut room) else {
                rest.more = true;
                return rest;
            };
            rest.ranges.push(range);
            if !is_whole {
                rest.more = true;
                return rest;
            }
        }
        rest.more = height < last;
        if !rest.more {
            self.add_uncovered(summary, &mut room, &mut rest);
        }
        rest
    }

    fn add_uncovered(&self, summary: &Summary, room: &mut Room, rest: &mut SyncResponseIds) {
        let uncovered = self.graph.lacking(summary).filter(|id| self.graph.covered_at(*id).is_none());
        for id in uncovered.filter(|id| self.is_stored(*id)) {
            if !room.take(self.bytes_of(id)) {
                rest.more = true;
                return;
            }
            rest.vertices.push(id);
        }
    }

    /// The first of what a milestone covers and a peer lacks, as much as there is room for; and whether that is all. None
    /// where there is no room, or not all of it is on this disk.
    fn range(&mut self, height: Height, held: &PeerHoldings, room: &mut Room) -> Option<(HistoryRangeIds, bool)> {
        let milestone = self.graph.milestone(height).filter(|id| self.is_stored(*id))?;
        // A milestone of half a message leaves room for its events.
        let own = self.bytes_of(milestone).min(VERTICES_BYTES / 2);
        let chapter = match self.chapter.take() {
            Some(chapter) if chapter.height == height => chapter,
            _ => self.chapter_of(height)?,
        };
        let order = chapter.order.as_slice();
        let first = order.iter().position(|id| !self.graph.is_held(*id, held)).unwrap_or(order.len());
        let lacks = order.get(first..).unwrap_or_default();
        let fits = room.take(own);
        let taken = lacks.iter().take_while(|id| fits && self.is_stored(**id) && room.take(self.bytes_of(**id)));
        let events: Vec<EventId> = taken.copied().collect();
        let is_whole = events.len() == lacks.len();
        let nothing = RangeProof { first: 0, leaves: 0, siblings: Vec::new() };
        let proof = if events.is_empty() {
            Some(nothing)
        } else {
            chapter.tree.prove_range(first..first.saturating_add(events.len()))
        };
        self.chapter = Some(chapter);
        let range = HistoryRangeIds { milestone, events, proof: proof? };
        (fits && (is_whole || !range.events.is_empty())).then_some((range, is_whole))
    }

    fn chapter_of(&self, height: Height) -> Option<Chapter> {
        let order = self.graph.covered_by(height)?;
        let ids: Vec<[u8; 32]> = order.iter().map(|id| *id.as_bytes()).collect();
        Some(Chapter { height, order, tree: MerkleTree::of(&ids) })
    }

    fn bytes_of(&self, id: EventId) -> usize {
        self.graph.bytes(id).map_or(0, |bytes| bytes as usize)
    }
}
