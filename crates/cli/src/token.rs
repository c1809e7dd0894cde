//! The choice of the node and of its token.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use quorate_disk::home::{Layout, Secret, Token};
use zeroize::Zeroizing;

use super::args::Global;
use super::error::{CliError, file_error};
use super::http::Client;
use super::network_file::NetworkFile;

/// The default node.
pub const DEFAULT_URL: &str = "http://127.0.0.1:8080";
/// The environment variable with the token, if no file is given.
const TOKEN_VARIABLE: &str = "QUORATE_TOKEN";

/// The options that choose nodes and tokens.
#[derive(Debug)]
pub struct ClientOptions {
    urls: Vec<String>,
    home: PathBuf,
    /// Whether --home was given.
    home_named: bool,
    token_file: Option<PathBuf>,
    /// Whether the environment variable is ignored.
    own_tokens: bool,
}

impl ClientOptions {
    /// From the options that every command takes.
    ///
    /// # Errors
    /// When the given token file cannot be read.
    pub fn new(global: &Global) -> Result<Self, CliError> {
        let home = match &global.home {
            Some(home) => home.clone(),
            None => Layout::default_root()?,
        };
        Ok(Self {
            urls: global.url.clone(),
            home,
            home_named: global.home.is_some(),
            token_file: global.token_file.clone(),
            own_tokens: false,
        })
    }

    /// For the nodes of one home, each with its own token; the environment variable is ignored.
    pub fn of_home(home: &Path) -> Self {
        Self { urls: Vec::new(), home: home.to_path_buf(), home_named: true, token_file: None, own_tokens: true }
    }

    /// The directory of the homes.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Whether --home was given.
    pub const fn home_is_named(&self) -> bool {
        self.home_named
    }

    /// The network file in the home, if there is one.
    pub fn network(&self) -> Result<Option<NetworkFile>, CliError> {
        Ok(NetworkFile::load(&self.home)?)
    }

    /// The URL of the only node.
    pub fn url(&self) -> Result<&str, CliError> {
        match &self.urls[..] {
            [] => Ok(DEFAULT_URL),
            [url] => Ok(url),
            urls => Err(CliError::Urls { count: urls.len() }),
        }
    }

    /// All given URLs together with `more`, or the default URL.
    pub fn urls(&self, more: &[String]) -> Vec<String> {
        let mut urls: Vec<String> = self.urls.iter().chain(more).cloned().collect();
        if urls.is_empty() {
            urls.push(DEFAULT_URL.to_owned());
        }
        urls
    }

    /// Whether a URL was given.
    pub const fn names_nodes(&self) -> bool {
        !self.urls.is_empty()
    }

    /// A client without a token.
    pub fn reader(&self) -> Result<Client, CliError> {
        Ok(Client::new(self.url()?, None))
    }

    /// A client with a token.
    pub fn writer(&self) -> Result<Client, CliError> {
        self.writer_at(self.url()?)
    }

    /// A client with a token for `url`.
    pub fn writer_at(&self, url: &str) -> Result<Client, CliError> {
        Ok(Client::new(url, Some(self.token(url)?)))
    }

    /// The token for `url`: from the given file, the environment variable, the home of the node that `up` runs at this URL,
    /// or the only home below --home.
    fn token(&self, url: &str) -> Result<Zeroizing<String>, CliError> {
        if let Some(path) = &self.token_file {
            let text = Zeroizing::new(fs::read(path).map_err(file_error(path))?);
            return checked(&text).ok_or_else(|| CliError::Token { path: path.clone() });
        }
        let variable = env::var(TOKEN_VARIABLE).ok().filter(|_| !self.own_tokens);
        if let Some(token) = variable {
            let path = || PathBuf::from(format!("${TOKEN_VARIABLE}"));
            let token = Zeroizing::new(token);
            return checked(token.as_bytes()).ok_or_else(|| CliError::Token { path: path() });
        }
        let name = match self.network()? {
            Some(network) => network.by_url(url).map(|node| node.name.clone()),
            None => only_node(&self.home),
        };
        let Some(name) = name else {
            return Err(CliError::NoToken { url: url.to_owned(), home: self.home.clone() });
        };
        Ok(Layout::new(&self.home, &name)?.token()?.to_hex())
    }
}

fn checked(text: &[u8]) -> Option<Zeroizing<String>> {
    Secret::from_hex(text).map(|secret| Token::new(secret).to_hex())
}

/// The name of the only directory below `home` that holds a token.
fn only_node(home: &Path) -> Option<String> {
    let entries = fs::read_dir(home).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let has_token = |name: &String| {
        let layout = Layout::new(home, name);
        layout.is_ok_and(|layout| layout.token_file().exists())
    };
    let mut nodes = names.filter(has_token);
    let first = nodes.next()?;
    nodes.next().is_none().then_some(first)
}
