//! The waiting room: verified vertices of which a parent is missing.
//!
//! Whatever is dropped here is not lost: sync asks for it again, of another peer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use quorate_event::{Address, EventId, VerifiedVertex};

use crate::header::VertexHeader;
use crate::insertion::{DropReason, Origin};

/// Waiting vertices of one author, at most: an honest one is a few behind, a liar shall not crowd out the others.
pub const AUTHOR_EVENTS: usize = 256;
/// Bytes of one author's waiting vertices, at most: sixteen of the largest events.
pub const AUTHOR_BYTES: usize = 1024 * 1024;
/// Bytes of waiting vertices that one peer brought, at most: a peer of many authors shall not fill the room alone.
pub const PEER_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of all waiting vertices, at most: what a node can spare.
pub const TOTAL_BYTES: usize = 64 * 1024 * 1024;
/// How long a vertex waits, at most: by then its parents were asked of several peers.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Vertices that proposals cite, at most: four of them with all the heads that one may name. An honest member lacks few.
pub const CITED: usize = 4 * quorate_event::limits::MILESTONE_HEADS;

struct WaitingVertex {
    vertex: VerifiedVertex,
    header: VertexHeader,
    from: Origin,
    since: Duration,
    /// Parents that are not admitted.
    missing: usize,
}

#[derive(Default)]
struct WaitingLoad {
    vertices: usize,
    bytes: usize,
}

/// How much the waiting room holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitingRoomSize {
    /// The vertices in it.
    pub vertices: usize,
    /// Their bytes as they travel.
    pub bytes: usize,
}

#[derive(Default)]
pub(crate) struct WaitingRoom {
    vertices: HashMap<EventId, WaitingVertex>,
    /// By missing parent, who waits for it; the parent may itself wait here.
    waiters: BTreeMap<EventId, BTreeSet<EventId>>,
    ages: BTreeSet<(Duration, EventId)>,
    /// Milestones count as one author, who has no address.
    authors: BTreeMap<Option<Address>, WaitingLoad>,
    peers: BTreeMap<u64, WaitingLoad>,
    all: WaitingLoad,
    /// What is missing and cited by a proposal, which never waits here itself.
    cited: BTreeSet<EventId>,
}

impl WaitingRoom {
    /// The parents of a waiting vertex that are neither admitted nor waiting; none if it does not wait.
    pub(crate) fn missing_of(&self, id: EventId) -> Option<Vec<EventId>> {
        let waiting = self.vertices.get(&id)?;
        let parents = waiting.header.parents.iter().copied();
        let missing = parents.filter(|parent| self.waiters.get(parent).is_some_and(|who| who.contains(&id)));
        Some(missing.filter(|parent| self.is_unknown(*parent)).collect())
    }

    /// Whether a waiting vertex names it as a parent, or a proposal as a head.
    pub(crate) fn is_requested(&self, id: EventId) -> bool {
        self.waiters.contains_key(&id) || self.cited.contains(&id)
    }

    /// A proposal cites these, which are missing.
    pub(crate) fn cite(&mut self, ids: &[EventId]) {
        let room = CITED.saturating_sub(self.cited.len());
        self.cited.extend(ids.iter().take(room));
    }

    /// What proposals cited is of no interest any more.
    pub(crate) fn clear_cited(&mut self) {
        self.cited.clear();
    }

    /// What is waited for and does not wait itself, ascending.
    pub(crate) fn missing(&self) -> impl Iterator<Item = EventId> + '_ {
        let wanted = self.waiters.keys().copied();
        wanted.filter(|parent| self.is_unknown(*parent))
    }

    fn is_unknown(&self, id: EventId) -> bool {
        !self.vertices.contains_key(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.vertices.len()
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.all.bytes
    }

    /// Lets a vertex wait for `missing`, its parents that are not admitted.
    pub(crate) fn add(
        &mut self,
        vertex: VerifiedVertex,
        header: VertexHeader,
        missing: &[EventId],
        from: Origin,
        now: Duration,
    ) -> Result<(), DropReason> {
        let bytes = header.bytes as usize;
        self.check(header.author(), from, bytes)?;
        let id = header.id;
        for parent in missing {
            self.waiters.entry(*parent).or_default().insert(id);
        }
        self.ages.insert((now, id));
        for load in self.loads(header.author(), from) {
            load.vertices = load.vertices.saturating_add(1);
            load.bytes = load.bytes.saturating_add(bytes);
        }
        let waiting = WaitingVertex { vertex, header, from, since: now, missing: missing.len() };
        self.vertices.insert(id, waiting);
        Ok(())
    }

    fn check(&self, author: Option<Address>, from: Origin, bytes: usize) -> Result<(), DropReason> {
        let fits =
            |load: Option<&WaitingLoad>, limit: usize| load.map_or(0, |load| load.bytes).saturating_add(bytes) <= limit;
        let own = self.authors.get(&author);
        if own.is_some_and(|load| load.vertices >= AUTHOR_EVENTS) {
            return Err(DropReason::AuthorEvents);
        }
        if !fits(own, AUTHOR_BYTES) {
            return Err(DropReason::AuthorBytes);
        }
        if let Origin::Peer(peer) = from
            && !fits(self.peers.get(&peer), PEER_BYTES)
        {
            return Err(DropReason::PeerBytes);
        }
        if fits(Some(&self.all), TOTAL_BYTES) { Ok(()) } else { Err(DropReason::TotalBytes) }
    }

    fn loads(&mut self, author: Option<Address>, from: Origin) -> impl Iterator<Item = &mut WaitingLoad> {
        let peer = match from {
            Origin::Local => None,
            Origin::Peer(peer) => Some(self.peers.entry(peer).or_default()),
        };
        let author = self.authors.entry(author).or_default();
        [&mut self.all, author].into_iter().chain(peer)
    }

    /// `parent` was admitted: the vertices that now have all their parents, in the order of their ids.
    pub(crate) fn release(&mut self, parent: EventId) -> Vec<(VerifiedVertex, VertexHeader)> {
        let waiters = self.waiters.remove(&parent).unwrap_or_default();
        let mut complete = Vec::new();
        for id in waiters {
            let Some(waiting) = self.vertices.get_mut(&id) else {
                continue;
            };
            waiting.missing = waiting.missing.saturating_sub(1);
            if waiting.missing == 0
                && let Some(waiting) = self.remove(id)
            {
                complete.push((waiting.vertex, waiting.header));
            }
        }
        complete
    }

    /// `parent` will never be admitted: drops all that waits for it, directly or not, and names it.
    pub(crate) fn discard(&mut self, parent: EventId) -> Vec<EventId> {
        let mut dropped = Vec::new();
        let mut doomed = vec![parent];
        while let Some(parent) = doomed.pop() {
            for id in self.waiters.remove(&parent).unwrap_or_default() {
                if self.remove(id).is_some() {
                    dropped.push(id);
                    doomed.push(id);
                }
            }
        }
        dropped
    }

    /// Drops what has waited for [`PATIENCE`], and names it.
    pub(crate) fn expire(&mut self, now: Duration) -> Vec<EventId> {
        let mut expired = Vec::new();
        while let Some((since, id)) = self.ages.first().copied() {
            if now.saturating_sub(since) < PATIENCE {
                break;
            }
            self.remove(id);
            expired.push(id);
        }
        expired
    }

    fn remove(&mut self, id: EventId) -> Option<WaitingVertex> {
        let waiting = self.vertices.remove(&id)?;
        self.ages.remove(&(waiting.since, id));
        for parent in &waiting.header.parents {
            if let Some(waiters) = self.waiters.get_mut(parent) {
                waiters.remove(&id);
                if waiters.is_empty() {
                    self.waiters.remove(parent);
                }
            }
        }
        let (author, bytes) = (waiting.header.author(), waiting.header.bytes as usize);
        for load in self.loads(author, waiting.from) {
            load.vertices = load.vertices.saturating_sub(1);
            load.bytes = load.bytes.saturating_sub(bytes);
        }
        let is_empty = |load: Option<&WaitingLoad>| load.is_some_and(|load| load.vertices == 0);
        if is_empty(self.authors.get(&author)) {
            self.authors.remove(&author);
        }
        if let Origin::Peer(peer) = waiting.from
            && is_empty(self.peers.get(&peer))
        {
            self.peers.remove(&peer);
        }
        Some(waiting)
    }
}
