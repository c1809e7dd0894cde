//! The options of the commands that read and write documents.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::value::{At, at, digest, url};

#[derive(Debug, Args)]
pub(crate) struct PutArgs {
    /// The document's name
    pub(crate) doc: String,
    /// The value, after a JSON pointer if only what is there is set: /people/7/name. `-` reads the value from standard input
    #[arg(value_name = "[POINTER] JSON", required = true, num_args = 1..=2, allow_negative_numbers = true)]
    pub(crate) what: Vec<String>,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

impl PutArgs {
    /// Where in the document, if not all of it, and the value.
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
    /// For what to wait: this node's disk, or a milestone
    #[arg(long, value_enum, default_value_t = WaitArg::Durable)]
    pub(crate) wait: WaitArg,
    /// For how long
    #[arg(long, default_value_t = 30_000)]
    pub(crate) timeout_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WaitArg {
    Durable,
    Final,
}

/// At which strength a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelArg {
    /// All that the node holds
    Merged,
    /// What its last milestone covers
    Final,
}

#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// The document's name
    pub(crate) doc: String,
    /// Where in it, as a JSON pointer: /people/7/name
    pub(crate) pointer: Option<String>,
    /// How strongly it must be agreed
    #[arg(long, value_enum, default_value_t = LevelArg::Merged)]
    pub(crate) level: LevelArg,
    /// As of then: a milestone's height, an event's id, `merged` or `final`
    #[arg(long, value_name = "AT", value_parser = at, conflicts_with = "level")]
    pub(crate) at: Option<At>,
}

#[derive(Debug, Args)]
pub(crate) struct DocsArgs {
    /// How strongly they must be agreed
    #[arg(long, value_enum, default_value_t = LevelArg::Merged)]
    pub(crate) level: LevelArg,
}

#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// The document's name
    pub(crate) doc: String,
    /// A JSON array of edits, or a patch; `@FILE` reads it from a file, `-` from standard input.
    /// Edits: {"op":"insert","path":"/text","at":5,"text":"hi"} (without `at`, at the end), {"op":"insert","path":"/list","at":0,"values":[1]},
    /// {"op":"remove","path":P,"at":N,"count":M}, {"op":"move","path":"/list","from":2,"to":0}, {"op":"add","path":"/counter","amount":5},
    /// {"op":"make","path":P,"kind":"text"} (or list, object, counter, register), {"op":"set","path":P,"value":V}, {"op":"delete","path":P}
    #[arg(verbatim_doc_comment)]
    pub(crate) edits: String,
    /// It is a JSON Patch (RFC 6902)
    #[arg(long, conflicts_with = "merge_patch")]
    pub(crate) json_patch: bool,
    /// It is a JSON Merge Patch (RFC 7386)
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
    /// The document's name
    pub(crate) doc: String,
    /// The text in it, as a JSON pointer; made if nothing is there
    #[arg(default_value = "/text")]
    pub(crate) pointer: String,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// The document's name
    pub(crate) doc: String,
    /// How strongly it must be agreed: merged shows each change as it comes, final the value whenever it is another one
    #[arg(long, value_enum, default_value_t = LevelArg::Merged)]
    pub(crate) level: LevelArg,
}

#[derive(Debug, Args)]
#[command(override_usage = "quorate import <DOC> <FILE> [OPTIONS] [--url <URL>...]")]
pub(crate) struct ImportArgs {
    /// The document's name
    pub(crate) doc: String,
    /// The JSON file
    pub(crate) file: PathBuf,
    /// Turn the file's array into an object, named by this key of each record, and write record by record
    #[arg(long, value_name = "KEY")]
    pub(crate) array_key: Option<String>,
    /// Write a line of JSON per acknowledged record: its key, its events, the node
    #[arg(long, value_name = "FILE")]
    pub(crate) acks: Option<PathBuf>,
    /// Requests on their way at a time
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) in_flight: u16,
    /// For how long a record is tried again, at one node after another
    #[arg(long, default_value_t = 60_000)]
    pub(crate) timeout_ms: u64,
    /// What follows the first URL after --url, which takes one by itself
    #[arg(value_name = "URL", value_parser = url, hide = true)]
    pub(crate) urls: Vec<String>,
}
