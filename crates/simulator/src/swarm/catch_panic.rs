//! A panic in a run is a failure of that run (I13): the report holds its message and location, and stderr stays clean.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;
use std::time::Duration;

use quorate_event::{Digest, Height};

use super::report::{RunFailure, RunReport};

thread_local! {
    /// The panic message of this thread's run; nothing while no run is under way.
    static PANIC_MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// Runs `play`; a panic becomes a failed report.
pub(crate) fn catching_panics(play: impl FnOnce() -> RunReport) -> RunReport {
    HOOK.call_once(|| {
        let otherwise = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !note(info) {
                otherwise(info);
            }
        }));
    });
    PANIC_MESSAGE.set(Some(String::new()));
    let played = panic::catch_unwind(AssertUnwindSafe(play));
    let message = PANIC_MESSAGE.take().unwrap_or_default();
    played.unwrap_or_else(|_panic| RunReport {
        trace: Digest::new([0; 32]),
        failure: Some(RunFailure::Panicked { message }),
        height: Height(0),
        elapsed: Duration::ZERO,
        event_count: 0,
        coverage: Default::default(),
    })
}

/// Records the panic of a run; false if no run is under way on this thread.
fn note(info: &PanicHookInfo<'_>) -> bool {
    PANIC_MESSAGE.with_borrow_mut(|words| {
        let Some(words) = words else { return false };
        *words = info.to_string().replace('\n', " ");
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i13_a_run_that_panics_says_where_and_why() {
        let report = catching_panics(|| panic!("overflow in {}", "views"));
        let Some(RunFailure::Panicked { message }) = report.failure else {
            unreachable!("a panic is a failure");
        };
        assert!(message.contains("catch_panic.rs:") && message.ends_with(" overflow in views"), "{message}");
        assert_eq!(RunFailure::Panicked { message }.invariant(), "I13");
    }
}
