//! Exit codes.

/// How a command ended, if it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The command did all that it should.
    Done,
    /// The answer is incomplete, or shows a problem.
    Degraded,
    /// A check failed, and the output already shows it.
    Failed,
}

impl Exit {
    /// The exit code of the process.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Degraded => 1,
            Self::Failed => 2,
        }
    }
}
