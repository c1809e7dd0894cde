//! What goes wrong, and what to do about it.

use quorate_cli::error::{CliError, Failure};
use quorate_cli::http::HttpError;
use quorate_disk::home::HomeError;
use quorate_event::{CommitteeError, SecretKeyError};
use quorate_simulator::{EmulationError, PlotError};

use crate::bench::{CatchUpError, EventsError, TraceError};

/// Why a command of `quorate-lab` failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LabError {
    /// A step that `quorate` has as well: a request, a file, a network of processes.
    #[error(transparent)]
    Command(#[from] CliError),
    /// A trace was not typed.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// Events could not be handed in.
    #[error(transparent)]
    Events(#[from] EventsError),
    /// History was not taken.
    #[error(transparent)]
    CatchUp(#[from] CatchUpError),
    /// A request cannot be emulated, or did not end well.
    #[error(transparent)]
    Emulation(#[from] EmulationError),
    /// There is nothing to draw.
    #[error(transparent)]
    Plot(#[from] PlotError),
}

impl Failure for LabError {
    fn code(&self) -> String {
        let code = match self {
            Self::Command(error) => return error.code(),
            Self::Trace(_) => "trace",
            Self::Events(_) => "events",
            Self::CatchUp(_) => "catch_up",
            Self::Emulation(_) => "emulation",
            Self::Plot(_) => "plot",
        };
        code.to_owned()
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Command(error) => error.hint(),
            Self::Trace(error) => error.hint(),
            _ => None,
        }
    }

    fn is_reader_gone(&self) -> bool {
        matches!(self, Self::Command(error) if error.is_reader_gone())
    }
}

impl From<HttpError> for LabError {
    fn from(error: HttpError) -> Self {
        Self::Command(error.into())
    }
}

impl From<HomeError> for LabError {
    fn from(error: HomeError) -> Self {
        Self::Command(error.into())
    }
}

impl From<SecretKeyError> for LabError {
    fn from(error: SecretKeyError) -> Self {
        Self::Command(error.into())
    }
}

impl From<CommitteeError> for LabError {
    fn from(error: CommitteeError) -> Self {
        Self::Command(error.into())
    }
}
