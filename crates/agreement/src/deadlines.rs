//! When something is due. Nothing in here changes what is said, only when.

use std::time::Duration;

use quorate_event::VoteKind;

use crate::input::{Now, Work};
use crate::machine::{Agreement, Turn};
use crate::message::SignedProposal;
use crate::proposals::CheckState;
use crate::timers::{HEARTBEAT, half, view_timer};

/// How far a fresh proposal's time may lie ahead of our clock.
pub const FUTURE_TOLERANCE_MS: u64 = 1_000;
/// How far a fresh proposal's time may lie behind our clock.
pub const PAST_TOLERANCE_MS: u64 = 10_000;

impl Agreement {
    /// Whether a fresh offer's time is near ours. An offer made again is not judged by clocks: it was, by a quorum.
    pub(crate) fn is_timely(&self, signed: &SignedProposal, turn: &Turn) -> bool {
        let (time, now) = (signed.proposal.time.0, turn.now.wall.0);
        signed.prepared.is_some()
            || time <= now.saturating_add(FUTURE_TOLERANCE_MS) && time >= now.saturating_sub(PAST_TOLERANCE_MS)
    }

    /// When an offer that is ahead of our clock, or whose check was put off, is to be looked at again.
    pub(crate) fn next_judgement(&self, now: Now) -> Option<Duration> {
        let state = &self.state;
        let signed = state.proposals.of_view(state.view)?;
        if state.has_voted(VoteKind::Prepare) || !self.may_vote() {
            return None;
        }
        let tolerated = now.wall.0.saturating_add(FUTURE_TOLERANCE_MS);
        let ahead = signed.proposal.time.0.saturating_sub(tolerated);
        match state.proposals.check_state(signed.id()) {
            Some(CheckState::Deferred(until)) => Some(until),
            _ if ahead > 0 && signed.prepared.is_none() => {
                Some(now.elapsed.saturating_add(Duration::from_millis(ahead)))
            }
            _ => None,
        }
    }

    pub(crate) fn has_work(&self, turn: &Turn) -> bool {
        match self.work {
            Work::None => false,
            Work::At(at) => at <= turn.now.elapsed,
            Work::Now => true,
        }
    }

    /// Timers run while there is work or the height is under way, and never otherwise.
    pub(crate) fn start_or_stop_timers(&mut self, turn: &Turn) {
        if !self.has_work(turn) && !self.state.is_under_way() {
            if self.awake_since.take().is_some() {
                self.next_position = turn.now.elapsed.saturating_add(HEARTBEAT);
            }
        } else if self.awake_since.is_none() {
            self.awake_since = Some(turn.now.elapsed);
            let soon = turn.now.elapsed.saturating_add(half(self.base_timer()));
            self.next_position = self.next_position.min(soon);
        }
    }

    pub(crate) fn timer_has_passed(&self, turn: &Turn) -> bool {
        let deadline = self.view_deadline();
        deadline.is_some_and(|deadline| deadline <= turn.now.elapsed)
    }

    fn view_deadline(&self) -> Option<Duration> {
        let start = self.awake_since?.max(self.state.entered);
        Some(start.saturating_add(view_timer(self.base_timer(), self.state.view)))
    }

    pub(crate) fn leader_is_silent(&self, turn: &Turn) -> bool {
        let deadline = self.silence_deadline();
        deadline.is_some_and(|deadline| deadline <= turn.now.elapsed)
    }

    /// Two timers after the leader was last heard; at once if its last turn was skipped, it was not heard since, and no
    /// peer relayed its proposal. Silence while there was no work does not count.
    fn silence_deadline(&self) -> Option<Duration> {
        let leader = self.state.leader;
        if self.is_me(leader) {
            return None;
        }
        let awake = self.awake_since?;
        if self.absent_leaders.contains(&leader) && self.state.proposals.of_view(self.state.view).is_none() {
            return Some(awake);
        }
        let heard = self.last_heard.get(&leader).copied().unwrap_or_default();
        let timer = view_timer(self.base_timer(), self.state.view);
        let two = timer.saturating_add(timer);
        Some(heard.max(awake).saturating_add(two))
    }

    /// The view is over by skips: whether its leader was there is remembered until its next turn.
    pub(crate) fn note_leader_absence(&mut self) {
        let leader = self.state.leader;
        let since = self.awake_since.unwrap_or_default().max(self.state.entered);
        let was_heard = self.last_heard.get(&leader).is_some_and(|heard| *heard >= since);
        if !was_heard && !self.is_me(leader) {
            self.absent_leaders.insert(leader);
        }
    }

    /// When the view's timer or the leader's silence will matter next.
    pub(crate) fn next_view_event(&self, now: Now) -> Option<Duration> {
        if self.state.certified.is_some() {
            return None;
        }
        let times = [self.view_deadline(), self.silence_deadline()];
        let ahead = times.into_iter().flatten();
        ahead.filter(|time| *time > now.elapsed).min()
    }
}
