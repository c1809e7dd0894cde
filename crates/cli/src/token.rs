//! Which node is asked, and which token it is shown.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use quorate_disk::home::{Layout, Secret, Token};
use zeroize::Zeroizing;

use super::args::Global;
use super::error::{CliError, file_error};
use super::http::Client;
use super::network_file::NetworkFile;

/// The node that is asked where none is named.
pub const DEFAULT_URL: &str = "http://127.0.0.1:8080";
/// What holds a token where no file is named.
const TOKEN_VARIABLE: &str = "QUORATE_TOKEN";

/// What the options say of nodes and tokens.
#[derive(Debug)]
pub struct Access {
    urls: Vec<String>,
    home: PathBuf,
    /// Whether --home was given.
    home_named: bool,
    token_file: Option<PathBuf>,
    /// Whether the environment's token is passed over.
    own_tokens: bool,
}

impl Access {
    /// As the options that every command takes say it.
    ///
    /// # Errors
    /// When a token is named that cannot be read.
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

    /// For the nodes of one home, each shown its own token whatever the environment holds.
    pub fn of_home(home: &Path) -> Self {
        Self { urls: Vec::new(), home: home.to_path_buf(), home_named: true, token_file: None, own_tokens: true }
    }

    /// Where nodes live.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Whether somebody said where nodes live.
    pub const fn home_is_named(&self) -> bool {
        self.home_named
    }

    /// What `up` left in the home.
    pub fn network(&self) -> Result<Option<NetworkFile>, CliError> {
        Ok(NetworkFile::load(&self.home)?)
    }

    /// The one node that is asked.
    pub fn url(&self) -> Result<&str, CliError> {
        match &self.urls[..] {
            [] => Ok(DEFAULT_URL),
            [url] => Ok(url),
            urls => Err(CliError::Urls { count: urls.len() }),
        }
    }

    /// All nodes that are named, with `more` of them; the default one where none is.
    pub fn urls(&self, more: &[String]) -> Vec<String> {
        let mut urls: Vec<String> = self.urls.iter().chain(more).cloned().collect();
        if urls.is_empty() {
            urls.push(DEFAULT_URL.to_owned());
        }
        urls
    }

    /// Whether somebody said which nodes are meant.
    pub const fn names_nodes(&self) -> bool {
        !self.urls.is_empty()
    }

    /// A client that reads.
    pub fn reader(&self) -> Result<Client, CliError> {
        Ok(Client::new(self.url()?, None))
    }

    /// A client that writes.
    pub fn writer(&self) -> Result<Client, CliError> {
        self.writer_at(self.url()?)
    }

    /// A client that writes at `url`.
    pub fn writer_at(&self, url: &str) -> Result<Client, CliError> {
        Ok(Client::new(url, Some(self.token(url)?)))
    }

    /// The token for `url`: of the named file, of the environment, of the node that `up` runs there, or of the only
    /// node that lives here.
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
