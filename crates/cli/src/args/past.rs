//! The options of the commands that look back at a document: `history`, `diff` and `conflicts`.

use clap::Args;

use super::value::{At, at};

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// The document's name
    pub(crate) doc: String,
    /// How many events, at most, the latest first
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u64,
    /// Those before this event, which the last answer named
    #[arg(long, value_name = "EVENT")]
    pub(crate) after: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The document's name
    pub(crate) doc: String,
    /// What it was: at a milestone's height, at an event's id, `merged` or `final`
    #[arg(long, value_name = "AT", value_parser = at)]
    pub(crate) from: At,
    /// What it became
    #[arg(long, value_name = "AT", value_parser = at, default_value = "merged")]
    pub(crate) to: At,
}

#[derive(Debug, Args)]
pub(crate) struct ConflictsArgs {
    /// The document's name
    pub(crate) doc: String,
    /// Where in it, as a JSON pointer: the values there, the one that shows first [default: the places that have several]
    pub(crate) pointer: Option<String>,
    /// As of then: a milestone's height, an event's id, `merged` or `final`
    #[arg(long, value_name = "AT", value_parser = at, default_value = "merged")]
    pub(crate) at: At,
}
