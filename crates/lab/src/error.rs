//! Errors of `quorate-lab`, each with its remedy.

use quorate_cli::error::{CliError, CommandFailure};
use quorate_cli::http::HttpError;
use quorate_disk::home::HomeError;
use quorate_event::{CommitteeError, SecretKeyError};
use quorate_simulator::{EmulationError, PlotError};

use crate::bench::catch_up::error::CatchUpError;
use crate::bench::events::error::EventsError;
use crate::bench::trace::error::TraceError;

/// Why a command of `quorate-lab` failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LabError {
    /// An error that `quorate` also has: of a request, a file or a network of processes.
    #[error(transparent)]
    Command(#[from] CliError),
    /// A trace could not be replayed.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// Events could not be submitted.
    #[error(transparent)]
    Events(#[from] EventsError),
    /// The catch-up benchmark failed.
    #[error(transparent)]
    CatchUp(#[from] CatchUpError),
    /// An emulation is impossible or failed.
    #[error(transparent)]
    Emulation(#[from] EmulationError),
    /// The drawings have no data.
    #[error(transparent)]
    Plot(#[from] PlotError),
}

impl CommandFailure for LabError {
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
