//! Synchronization: the vertices that peers lack, and those that are lacking here.
//!
//! A replica sends a summary of its vertices upon a connection and in turn every five seconds. The peer answers with a sync
//! response: the vertices that the sender lacks, as many as one message holds. While a response is incomplete, the next part
//! is requested once this one is applied, from one peer at a time.

mod catch_up;
mod future_heights;
mod range_cache;
mod receive;
mod request;
mod respond;

use std::time::Duration;

use quorate_agreement::Peer;
use quorate_event::{Address, Committee};

use self::catch_up::CatchUp;
use self::future_heights::FutureHeights;
use self::range_cache::MilestoneRangeCache;
use crate::output::Output;
use crate::peers::connected::ConnectedPeers;
use crate::turn::Turn;

/// The time between two periodic summaries, each to one peer.
const SUMMARY_EVERY: Duration = Duration::from_secs(5);

/// The exchange of vertices with the connected peers.
#[derive(Debug)]
pub(crate) struct Synchronizer {
    peers: ConnectedPeers,
    catch_up: CatchUp,
    future: FutureHeights,
    range_cache: Option<MilestoneRangeCache>,
    next_summary: Duration,
}

impl Default for Synchronizer {
    fn default() -> Self {
        Self {
            peers: ConnectedPeers::default(),
            catch_up: CatchUp::default(),
            future: FutureHeights::default(),
            range_cache: None,
            next_summary: Duration::MAX,
        }
    }
}

impl Synchronizer {
    /// A peer can be reached: it gets a summary.
    pub(crate) fn connected(&mut self, peer: Peer, address: Address, turn: &mut Turn<'_>) {
        if self.peers.is_empty() {
            self.next_summary = turn.now.elapsed.saturating_add(SUMMARY_EVERY);
        }
        self.peers.connect(peer, address);
        self.send_summary(peer, turn);
    }

    /// A peer can no longer be reached. If its response was awaited, another peer is asked.
    pub(crate) fn disconnected(&mut self, peer: Peer, turn: &mut Turn<'_>) {
        self.peers.disconnect(peer);
        if self.catch_up.cancel(peer) {
            self.request_next(Some(peer), turn);
        }
    }

    /// Sends the requests that are due, looks for another peer if a response is overdue, and sends the periodic summary.
    pub(crate) fn keep_time(&mut self, turn: &mut Turn<'_>) {
        let now = turn.now.elapsed;
        for (to, ids) in turn.missing.due(now, &mut self.peers) {
            turn.output(Output::Want { to, ids });
        }
        if let Some(overdue) = self.catch_up.take_overdue(now) {
            self.replace_overdue(overdue, turn);
        }
        if now >= self.next_summary {
            self.next_summary = now.saturating_add(SUMMARY_EVERY);
            turn.state.expire_waiting(now);
            if let Some(to) = self.peers.next_in_turn(now) {
                self.send_summary(to, turn);
            }
        }
    }

    /// The time of the next periodic summary or overdue response.
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        let summary = (!self.peers.is_empty()).then_some(self.next_summary);
        [self.catch_up.next_due(), summary].into_iter().flatten().min()
    }

    /// The address of a connected peer.
    pub(crate) fn address_of(&self, peer: Peer) -> Option<Address> {
        self.peers.address(peer)
    }

    /// The members that cannot be reached, without `me`.
    pub(crate) fn away(&self, committee: &Committee, me: Address) -> Vec<Address> {
        self.peers.away(committee, me)
    }
}
