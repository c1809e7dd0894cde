//! The options of the commands that look back at a document: `history`, `diff` and `conflicts`.

use clap::Args;

use super::value::{MomentArg, at};

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// Name of the document
    pub(crate) doc: String,
    /// Most events to list, the latest first
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u64,
    /// List the events before this one of the previous answer
    #[arg(long, value_name = "EVENT")]
    pub(crate) after: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// Name of the document
    pub(crate) doc: String,
    /// The earlier moment: height of a milestone, id of an event, `merged` or `final`
    #[arg(long, value_name = "AT", value_parser = at)]
    pub(crate) from: MomentArg,
    /// The later moment, in the same form
    #[arg(long, value_name = "AT", value_parser = at, default_value = "merged")]
    pub(crate) to: MomentArg,
}

#[derive(Debug, Args)]
pub(crate) struct ConflictsArgs {
    /// Name of the document
    pub(crate) doc: String,
    /// JSON pointer: list the values at this place, the shown value first [default: list the places with several values]
    pub(crate) pointer: Option<String>,
    /// Moment at which the document is read: height of a milestone, id of an event, `merged` or `final`
    #[arg(long, value_name = "AT", value_parser = at, default_value = "merged")]
    pub(crate) at: MomentArg,
}
