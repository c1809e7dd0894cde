//! Where the agents tell each other what they wrote. It carries what a network carries between people who type, except
//! that nothing is lost: the nodes learn it from each other.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::authors::Written;

/// What a turn became: its events, in order.
pub(super) type Said = Arc<[Arc<Written>]>;

/// The turns that are done.
pub(super) struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Of each turn, what it became.
    said: Vec<Option<Said>>,
    /// Whether somebody gave up.
    over: bool,
}

impl Board {
    pub(super) fn new(turns: usize) -> Self {
        Self { state: Mutex::new(State { said: vec![None; turns], over: false }), changed: Condvar::new() }
    }

    /// Tells what a turn became.
    pub(super) fn tell(&self, turn: usize, events: Said) {
        self.lock().said[turn] = Some(events);
        self.changed.notify_all();
    }

    /// Tells that somebody gave up.
    pub(super) fn give_up(&self) {
        self.lock().over = true;
        self.changed.notify_all();
    }

    /// Waits for what a turn becomes; nothing if somebody gives up.
    pub(super) fn wait_for(&self, turn: usize) -> Option<Said> {
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

    /// What the turns became so far, in causal order.
    pub(super) fn said(&self) -> Vec<Said> {
        self.lock().said.iter().flatten().map(Arc::clone).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
