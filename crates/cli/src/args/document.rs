//! The options of the commands that read and write documents.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::value::{MomentArg, at, digest, url};

#[derive(Debug, Args)]
pub(crate) struct PutArgs {
    /// Name of the document
    pub(crate) doc: String,
    /// The value, after a JSON pointer to set only one place: /people/7/name. `-` reads the value from standard input
    #[arg(value_name = "[POINTER] JSON", required = true, num_args = 1..=2, allow_negative_numbers = true)]
    pub(crate) what: Vec<String>,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

impl PutArgs {
    /// The pointer, if one is given, and the value.
    pub(crate) fn pointer_and_value(&self) -> (Option<&str>, &str) {
        match &self.what[..] {
            [pointer, value, ..] => (Some(pointer), value),
            [value] => (None, value),
            [] => (None, ""),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct WaitArgs {
    /// The level to wait for: durable on the disk of the node, or final in a milestone
    #[arg(long, value_enum, default_value_t = WaitArg::Durable)]
    pub(crate) wait: WaitArg,
    /// How long to wait
    #[arg(long, default_value_t = 30_000)]
    pub(crate) timeout_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WaitArg {
    Durable,
    Final,
}

/// The level at which a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelArg {
    /// All events of the node
    Merged,
    /// The events that its last milestone covers
    Final,
}

#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// Name of the document
    pub(crate) doc: String,
    /// JSON pointer to a place in the document: /people/7/name
    pub(crate) pointer: Option<String>,
    /// Level at which the document is read
    #[arg(long, value_enum, default_value_t = LevelArg::Merged)]
    pub(crate) level: LevelArg,
    /// Moment at which the document is read: height of a milestone, id of an event, `merged` or `final`
    #[arg(long, value_name = "AT", value_parser = at, conflicts_with = "level")]
    pub(crate) at: Option<MomentArg>,
}

#[derive(Debug, Args)]
pub(crate) struct DocsArgs {
    /// Level at which the documents are read
    #[arg(long, value_enum, default_value_t = LevelArg::Merged)]
    pub(crate) level: LevelArg,
}

#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// Name of the document
    pub(crate) doc: String,
    /// A JSON array of edits, or a patch; `@FILE` reads it from a file, `-` from standard input.
    /// Edits: {"op":"insert","path":"/text","at":5,"text":"hi"} (without `at`, at the end), {"op":"insert","path":"/list","at":0,"values":[1]},
    /// {"op":"remove","path":P,"at":N,"count":M}, {"op":"move","path":"/list","from":2,"to":0}, {"op":"add","path":"/counter","amount":5},
    /// {"op":"make","path":P,"kind":"text"} (or list, object, counter, register), {"op":"set","path":P,"value":V}, {"op":"delete","path":P}
    #[arg(verbatim_doc_comment)]
    pub(crate) edits: String,
    /// EDITS is a JSON Patch (RFC 6902)
    #[arg(long, conflicts_with = "merge_patch")]
    pub(crate) json_patch: bool,
    /// EDITS is a JSON Merge Patch (RFC 7386)
    #[arg(long)]
    pub(crate) merge_patch: bool,
    /// Write only if the document has this digest, as `quorate docs` and `quorate get --json` show it
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    pub(crate) if_match: Option<String>,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TypeArgs {
    /// Name of the document
    pub(crate) doc: String,
    /// JSON pointer to the text; the text is created if nothing is there
    #[arg(default_value = "/text")]
    pub(crate) pointer: String,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// Name of the document
    pub(crate) doc: String,
    /// Level: merged shows each change as it arrives, final shows the value whenever it differs
    #[arg(long, value_enum, default_value_t = LevelArg::Merged)]
    pub(crate) level: LevelArg,
}

#[derive(Debug, Args)]
#[command(override_usage = "quorate import <DOC> <FILE> [OPTIONS] [--url <URL>...]")]
pub(crate) struct ImportArgs {
    /// Name of the document
    pub(crate) doc: String,
    /// Path of the JSON file
    pub(crate) file: PathBuf,
    /// Write the records of the array in the file one by one, each under the value of this key
    #[arg(long, value_name = "KEY")]
    pub(crate) array_key: Option<String>,
    /// Write one line of JSON for each acknowledged record: key, events, node
    #[arg(long, value_name = "FILE")]
    pub(crate) acks: Option<PathBuf>,
    /// Number of concurrent requests
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) in_flight: u16,
    /// How long to wait a record is tried again, at one node after another
    #[arg(long, default_value_t = 60_000)]
    pub(crate) timeout_ms: u64,
    /// Further URLs after the first one of --url
    #[arg(value_name = "URL", value_parser = url, hide = true)]
    pub(crate) urls: Vec<String>,
}
