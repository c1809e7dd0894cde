//! The options of the commands that read and write documents.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::value::url;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LevelArg {
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
}

#[derive(Debug, Args)]
pub(crate) struct DocsArgs {
    /// How strongly they must be agreed
    #[arg(long, value_enum, default_value_t = LevelArg::Merged)]
    pub(crate) level: LevelArg,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// The document's name
    pub(crate) doc: String,
    /// How strongly it must be agreed
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
