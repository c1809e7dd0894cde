//! What goes wrong, and what to do about it.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use quorate_disk::home::HomeError;
use quorate_event::{CommitteeError, GenesisError, SecretKeyError};
use quorate_node::genesis_file::GenesisFileError;
use quorate_node::run::RunError;
use quorate_scenario::ScenarioError;

use super::http::HttpError;
use super::import::ImportError;
use super::network_file::NetworkFileError;
use super::up::UpError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A genesis file cannot be used.
    #[error(transparent)]
    GenesisFile(#[from] GenesisFileError),
    /// What was asked for founds no network.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// What was asked for is no committee.
    #[error(transparent)]
    Committee(#[from] CommitteeError),
    /// Bytes that are no key.
    #[error(transparent)]
    Key(#[from] SecretKeyError),
    /// Not as many stakes as members.
    #[error("{stakes} stakes for {members} members")]
    Stakes {
        /// How many stakes.
        stakes: usize,
        /// How many members.
        members: usize,
    },
    /// What `up` left cannot be read.
    #[error(transparent)]
    NetworkFile(#[from] NetworkFileError),
    /// A scenario cannot be played.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A node did not do what it was asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Nothing was found to show to the node.
    #[error("no token for {url}")]
    NoToken {
        /// Which node.
        url: String,
        /// Where tokens would be.
        home: PathBuf,
    },
    /// A token file that holds something else.
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
        /// What the system said.
        source: io::Error,
    },
    /// A key file that holds something else.
    #[error("{} does not hold a key: 64 hex digits", path.display())]
    KeyFile {
        /// Which.
        path: PathBuf,
    },
    /// A value that is not JSON.
    #[error("the value is not JSON")]
    Value {
        /// Where, and what was expected.
        source: serde_json::Error,
    },
    /// Edits or a patch that are not JSON.
    #[error("the edits are not JSON")]
    Edits {
        /// Where, and what was expected.
        source: serde_json::Error,
    },
    /// Edits, or a JSON Patch, that are no array.
    #[error("the edits are not an array")]
    NotAList,
    /// The value at a pointer is asked for, and there is none.
    #[error("document {document:?} has nothing at {pointer:?}")]
    NothingThere {
        /// The document.
        document: String,
        /// The pointer.
        pointer: String,
    },
    /// Several nodes where one is meant.
    #[error("{count} URLs; only `import` takes several")]
    Urls {
        /// How many.
        count: usize,
    },
    /// A node of `up` by a number that none has.
    #[error("there is no node {number}; {} has {count}", home.display())]
    NoNode {
        /// The number asked for.
        number: usize,
        /// How many there are.
        count: usize,
        /// Where.
        home: PathBuf,
    },
    /// An import did not finish.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A network did not come up, or did not do what its scenario says.
    #[error(transparent)]
    Up(#[from] UpError),
    /// The node in this process did not start, or could not go on.
    #[error(transparent)]
    Run(Box<RunError>),
    /// Whoever read the output stopped reading. Not a failure.
    #[error("nobody reads")]
    ReaderGone,
    /// Standard output cannot be written.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
}

/// The error of a command, as [`Output`](crate::output::Output) shows it.
pub trait Failure: Error + Sized {
    /// A stable word for programs.
    fn code(&self) -> String;

    /// What to do about it, where the message does not say so.
    fn hint(&self) -> Option<String>;

    /// Whether the reader of the output stopped reading, which is no failure.
    fn is_reader_gone(&self) -> bool;

    /// The message, with the messages of its sources where it does not contain them.
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

impl Failure for CliError {
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
            Self::Stakes { .. } => "give --stake one number for each member, or one for all".to_owned(),
            Self::NoToken { home, .. } => format!(
                "pass --token-file FILE, set QUORATE_TOKEN, or name the node's home; looked in {}",
                home.display()
            ),
            Self::Token { .. } => "pass the file `token` of the node's home".to_owned(),
            Self::File { .. } => "check the path and its permissions".to_owned(),
            Self::KeyFile { .. } => "a key is 32 bytes in hex, without 0x".to_owned(),
            Self::Value { .. } => "a text needs its own quotes: quorate put greeting '\"hello\"'".to_owned(),
            Self::Edits { .. } => "put it in single quotes, or into a file: quorate edit DOC @FILE".to_owned(),
            Self::NotAList => {
                r#"write [{"op":"insert","path":"/text","text":"hi"}]; a merge patch needs --merge-patch"#.to_owned()
            }
            Self::NothingThere { document, .. } => format!("see the whole: quorate get {document}"),
            Self::Urls { .. } => "give one --url".to_owned(),
            Self::NoNode { .. } => "0 is all nodes, 1 the first".to_owned(),
            Self::Scenario(_) => "see the files in scenarios/ for how one is written".to_owned(),
            _ => return None,
        };
        Some(hint)
    }
}

/// Says which file a system error is about.
pub fn file_error(path: &std::path::Path) -> impl FnOnce(io::Error) -> CliError + '_ {
    |source| CliError::File { path: path.to_path_buf(), source }
}
