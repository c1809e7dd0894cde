//! Requests: summaries, and the choice of the peer to ask for the next part.

use std::time::Duration;

use quorate_agreement::Peer;

use super::Synchronizer;
use super::catch_up::Overdue;
use crate::output::Output;
use crate::turn::Turn;

impl Synchronizer {
    /// Sends a peer our summary, which asks for the vertices that are lacking here.
    pub(super) fn send_summary(&mut self, to: Peer, turn: &mut Turn<'_>) {
        self.peers.note_summary(to, turn.now.elapsed, Duration::ZERO);
        turn.output(Output::Summary { to, summary: turn.state.graph().summary() });
    }

    /// Asks a peer for its next sync response.
    pub(super) fn request(&mut self, peer: Peer, turn: &mut Turn<'_>) {
        self.catch_up.begin(peer, None, turn.now.elapsed);
        self.send_summary(peer, turn);
    }

    /// Asks the next peer after `after` that reported vertices which are not held here, if there is one.
    pub(super) fn request_next(&mut self, after: Option<Peer>, turn: &mut Turn<'_>) {
        if let Some(next) = self.peers.next_ahead(after, turn.now.elapsed) {
            self.request(next, turn);
        }
    }

    /// A response did not arrive in time. Another peer is asked at once, unless the response is of no use any more.
    pub(super) fn replace_overdue(&mut self, overdue: Overdue, turn: &mut Turn<'_>) {
        let Overdue { peer, named } = overdue;
        let now = turn.now.elapsed;
        if named.is_some_and(|id| turn.state.graph().contains(id)) {
            self.peers.set_ahead(peer, false);
            return self.request_next(Some(peer), turn);
        }
        self.peers.note_silence(peer, now);
        self.request_next(Some(peer), turn);
        let other = self.peers.after(Some(peer), now).filter(|other| self.catch_up.is_idle() && *other != peer);
        if let Some(to) = other {
            // This peer reported nothing that is lacking here, so that it owes no response.
            self.send_summary(to, turn);
        }
    }
}
