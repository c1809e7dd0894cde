//! Bugs planted on purpose, to grade the simulator: each is one of a kind that broke real systems, and a swarm run must
//! find it. Without the cargo feature `planted-bugs`, which nothing shipped enables, there are none, and no code for them.

#[cfg(feature = "planted-bugs")]
static PLANTED: std::sync::RwLock<Option<&'static str>> = std::sync::RwLock::new(None);

/// Whether the bug of this name is planted in this process.
#[cfg(feature = "planted-bugs")]
pub fn is_planted(name: &str) -> bool {
    PLANTED.read().is_ok_and(|planted| *planted == Some(name))
}

/// Whether the bug of this name is planted in this process: never, in this build.
#[cfg(not(feature = "planted-bugs"))]
pub const fn is_planted(_: &str) -> bool {
    false
}

/// Plants a bug in this process, in place of the one that was.
#[cfg(feature = "planted-bugs")]
pub fn plant(name: &'static str) {
    if let Ok(mut planted) = PLANTED.write() {
        *planted = Some(name);
    }
}
