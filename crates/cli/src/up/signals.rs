//! Ctrl-C and SIGTERM.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::error::UpError;

/// The exit code of a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Records whether a signal arrived.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Installs the handlers. The first signal is recorded, the second one ends the process at once.
    pub(crate) fn on_signals() -> Result<Self, UpError> {
        let stop = Self::default();
        for signal in [SIGINT, SIGTERM] {
            let at_once = flag::register_conditional_shutdown(signal, INTERRUPTED, stop.0.clone());
            at_once.map_err(UpError::Signals)?;
            flag::register(signal, stop.0.clone()).map_err(UpError::Signals)?;
        }
        Ok(stop)
    }

    /// Whether a signal arrived.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
