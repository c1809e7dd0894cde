//! Bugs planted on purpose, to grade the simulator: each is one of a kind that broke real systems, and a swarm run must
//! find it. Without the cargo feature `planted-bugs`, which nothing shipped enables, there are none, and no code for them.

#[cfg(feature = "planted-bugs")]
static PLANTED: std::sync::OnceLock<String> = std::sync::OnceLock::new();

/// Whether the bug of this name is planted in this process.
#[cfg(feature = "planted-bugs")]
pub fn is_planted(name: &str) -> bool {
    PLANTED.get().is_some_and(|planted| planted == name)
}

/// Whether the bug of this name is planted in this process: never, in this build.
#[cfg(not(feature = "planted-bugs"))]
pub const fn is_planted(_: &str) -> bool {
    false
}

/// Plants a bug for the rest of this process's life; false if another one is planted already.
#[cfg(feature = "planted-bugs")]
pub fn plant(name: &str) -> bool {
    PLANTED.set(name.to_owned()).is_ok() || is_planted(name)
}
