//! A channel through which the authors exchange their events, in place of the network between the devices of people who
//! type. The nodes exchange the same events among themselves.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::authors::WrittenEvent;

/// The events of a finished turn, in order.
pub(super) type TurnEvents = Arc<[Arc<WrittenEvent>]>;

/// The finished turns.
pub(super) struct Board {
    state: Mutex<BoardState>,
    changed: Condvar,
}

struct BoardState {
    /// The events of each finished turn.
    said: Vec<Option<TurnEvents>>,
    /// Whether an author failed.
    over: bool,
}

impl Board {
    pub(super) fn new(turns: usize) -> Self {
        Self { state: Mutex::new(BoardState { said: vec![None; turns], over: false }), changed: Condvar::new() }
    }

    /// Publishes the events of a turn.
    pub(super) fn publish(&self, turn: usize, events: TurnEvents) {
        self.lock().said[turn] = Some(events);
        self.changed.notify_all();
    }

    /// Records that an author failed.
    pub(super) fn give_up(&self) {
        self.lock().over = true;
        self.changed.notify_all();
    }

    /// Waits for the events of a turn; `None` if an author failed.
    pub(super) fn wait_for(&self, turn: usize) -> Option<TurnEvents> {
        let mut state = self.lock();
        loop {
            if let Some(said) = &state.said[turn] {
                return Some(Arc::clone(said));
            }
            if state.over {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The events of all finished turns, in causal order.
    pub(super) fn said(&self) -> Vec<TurnEvents> {
        self.lock().said.iter().flatten().map(Arc::clone).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BoardState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
