//! What the files of a dead member hold.

use std::collections::BTreeMap;
use std::fs;

use quorate_disk::store::{Cursor, Store};
use quorate_event::vote_log::{self, Scan};
use quorate_event::{Address, NetworkId, VerifiedVertex};

use super::witness::Place;
use crate::cluster::{Ground, Node};

/// A member's events and votes, as a start would find them.
pub(crate) struct Image {
    /// All events, and the places of those that it wrote itself.
    pub(crate) events: BTreeMap<String, Option<Place>>,
    pub(crate) votes: Scan,
}

impl Image {
    /// Reads copies: opening a store repairs it, and that is the next start's to do.
    pub(crate) fn of(ground: &Ground, node: &Node, network: NetworkId, author: Address) -> Self {
        let copy = ground.path("image.redb");
        fs::copy(node.directory.join("store.redb"), &copy).unwrap();
        let store = Store::open(&copy, |_| {}).unwrap();
        let place = |vertex: &VerifiedVertex| match vertex {
            VerifiedVertex::Event(event) if event.body().author == author => {
                Some((event.body().lane.0, event.body().seq.0))
            }
            _ => None,
        };
        let vertices = store.replay(Cursor::START).unwrap().map(|record| {
            let vertex = VerifiedVertex::from_store(&record.unwrap().bytes, network).unwrap();
            (vertex.id().to_string(), place(&vertex))
        });
        let events = vertices.collect();
        let log = fs::read(node.directory.join("votes.log")).unwrap();
        let votes = vote_log::scan(&log, *network.as_bytes()).unwrap();
        Self { events, votes }
    }

    /// Whether every record that was durable is there, or the log was begun anew above it.
    pub(crate) fn holds_votes(&self, durable: &[u8], network: NetworkId) -> bool {
        let durable = vote_log::scan(durable, *network.as_bytes()).unwrap();
        let first = self.votes.header.first_sequence;
        match first == durable.header.first_sequence {
            true => self.votes.payloads.starts_with(&durable.payloads),
            false => first >= durable.next_sequence,
        }
    }
}
