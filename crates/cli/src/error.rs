//! Errors of commands, each with its remedy.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use quorate_disk::home::HomeError;
use quorate_event::{CommitteeError, GenesisError, SecretKeyError};
use quorate_node::genesis_file::GenesisFileError;
use quorate_node::run::RunError;
use quorate_scenario::ScenarioError;

use super::http::HttpError;
use super::import::error::ImportError;
use super::network_file::NetworkFileError;
use super::up::error::UpError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A genesis file cannot be used.
    #[error(transparent)]
    GenesisFile(#[from] GenesisFileError),
    /// The options describe no valid genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The options describe no valid committee.
    #[error(transparent)]
    Committee(#[from] CommitteeError),
    /// The bytes are not a key.
    #[error(transparent)]
    Key(#[from] SecretKeyError),
    /// The number of stakes is not that of the members.
    #[error("{stakes} stakes for {members} members")]
    Stakes {
        /// The number of stakes.
        stakes: usize,
        /// The number of members.
        members: usize,
    },
    /// The network file of `up` cannot be read.
    #[error(transparent)]
    NetworkFile(#[from] NetworkFileError),
    /// A scenario cannot be played.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A request to a node failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// No token was found for the node.
    #[error("no token for {url}")]
    NoToken {
        /// The URL of the node.
        url: String,
        /// The searched directory.
        home: PathBuf,
    },
    /// The file does not hold a token.
    #[error("{} does not hold a token: 64 hex digits and a newline", path.display())]
    Token {
        /// Which.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file does not hold a key.
    #[error("{} does not hold a key: 64 hex digits", path.display())]
    KeyFile {
        /// Which.
        path: PathBuf,
    },
    /// The value is not JSON.
    #[error("the value is not JSON")]
    Value {
        /// The place and the reason.
        source: serde_json::Error,
    },
    /// The edits or the patch are not JSON.
    #[error("the edits are not JSON")]
    Edits {
        /// The place and the reason.
        source: serde_json::Error,
    },
    /// The edits or the JSON Patch are not an array.
    #[error("the edits are not an array")]
    NotAList,
    /// The document has no value at the pointer.
    #[error("document {document:?} has nothing at {pointer:?}")]
    NothingThere {
        /// The document.
        document: String,
        /// The pointer.
        pointer: String,
    },
    /// Several URLs were given for one node.
    #[error("{count} URLs were given; only `import` takes several")]
    Urls {
        /// The number of URLs.
        count: usize,
    },
    /// No node of `up` has this number.
    #[error("there is no node {number}; {} has {count}", home.display())]
    NoNode {
        /// The given number.
        number: usize,
        /// The number of nodes.
        count: usize,
        /// Where.
        home: PathBuf,
    },
    /// An import did not finish.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A network did not start, or did not meet the expectations of its scenario.
    #[error(transparent)]
    Up(#[from] UpError),
    /// The node in this process did not start, or failed.
    #[error(transparent)]
    Run(Box<RunError>),
    /// Standard output was closed by its reader. Not a failure.
    #[error("standard output is closed")]
    ReaderGone,
    /// Standard output cannot be written.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
}

/// An error that [`Printer`](crate::output::Printer) can show.
pub trait CommandFailure: Error + Sized {
    /// The stable error code for programs.
    fn code(&self) -> String;

    /// The remedy, if the message does not name it.
    fn hint(&self) -> Option<String>;

    /// Whether standard output is closed, which is not a failure.
    fn is_reader_gone(&self) -> bool;

    /// The message, followed by the messages of its sources that it does not contain.
    fn text(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            let below = error.to_string();
            if !text.contains(&below) {
                text.push_str(": ");
                text.push_str(&below);
            }
            source = error.source();
        }
        text
    }
}

impl CommandFailure for CliError {
    fn is_reader_gone(&self) -> bool {
        matches!(self, Self::ReaderGone)
    }

    fn code(&self) -> String {
        let code = match self {
            Self::Http(error) => return error.code(),
            Self::Up(error) => return error.code().to_owned(),
            Self::Home(_) => "home",
            Self::GenesisFile(_) | Self::Genesis(_) | Self::Committee(_) => "genesis",
            Self::Stakes { .. } | Self::Urls { .. } => "usage",
            Self::Key(_) | Self::KeyFile { .. } => "key",
            Self::NetworkFile(_) => "network_file",
            Self::Scenario(_) => "scenario",
            Self::NoToken { .. } | Self::Token { .. } => "token",
            Self::File { .. } => "file",
            Self::Value { .. } | Self::Edits { .. } | Self::NotAList => "json",
            Self::NothingThere { .. } => "not_found",
            Self::NoNode { .. } => "node",
            Self::Import(_) => "import",
            Self::Run(_) => "run",
            Self::ReaderGone | Self::Output(_) => "output",
        };
        code.to_owned()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Http(error) => return error.hint(),
            Self::Up(error) => return error.hint(),
            Self::Import(error) => return error.hint(),
            Self::Stakes { .. } => "pass --stake with one number for each member, or one number for all".to_owned(),
            Self::NoToken { home, .. } => format!(
                "pass --token-file FILE, set QUORATE_TOKEN, or name the node's home; looked in {}",
                home.display()
            ),
            Self::Token { .. } => "pass --token-file with the file `token` in the home of the node".to_owned(),
            Self::File { .. } => "check the path and its permissions".to_owned(),
            Self::KeyFile { .. } => "a key is 32 bytes in hex, without 0x".to_owned(),
            Self::Value { .. } => "a text needs its own quotes: quorate put greeting '\"hello\"'".to_owned(),
            Self::Edits { .. } => "put it in single quotes, or into a file: quorate edit DOC @FILE".to_owned(),
            Self::NotAList => {
                r#"write [{"op":"insert","path":"/text","text":"hi"}]; a merge patch needs --merge-patch"#.to_owned()
            }
            Self::NothingThere { document, .. } => format!("see the whole document: quorate get {document}"),
            Self::Urls { .. } => "pass one --url".to_owned(),
            Self::NoNode { .. } => "pass --node 0 for all nodes, 1 for the first one".to_owned(),
            Self::Scenario(_) => "see the examples in scenarios/".to_owned(),
            _ => return None,
        };
        Some(hint)
    }
}

/// Adds the path of the file to a system error.
pub fn file_error(path: &std::path::Path) -> impl FnOnce(io::Error) -> CliError + '_ {
    |source| CliError::File { path: path.to_path_buf(), source }
}
