//! Requests to one node.

use std::io::Read;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, Response, header};
use zeroize::Zeroizing;

/// How long a connection may take: nodes are near, or they are away.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a read may take.
pub const READ: Duration = Duration::from_secs(15);
/// The greatest answer that is read: documents have no limit of their own, memory does.
const ANSWER_BYTES: u64 = 256 << 20;
/// Characters of an answer that is not ours which are shown.
const SHOWN: usize = 200;

/// Why a node did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No answer.
    #[error("{url} does not answer: {source}")]
    Unreachable {
        /// Which node.
        url: String,
        /// What the system said.
        source: Box<ureq::Error>,
    },
    /// It refused.
    #[error("{url} answered {status}: {message}")]
    Refused {
        /// Which node.
        url: String,
        /// The HTTP status.
        status: u16,
        /// A stable word.
        code: String,
        /// A sentence.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// It took the write, and had it not on its disk in time.
    #[error("{url} has it not on its disk yet")]
    Late {
        /// Which node.
        url: String,
    },
    /// An answer that is not JSON, or lacks what ours have.
    #[error("{url} does not answer like a Quorate node: {shown:?}")]
    NotOurs {
        /// Which node.
        url: String,
        /// The beginning of the answer.
        shown: String,
    },
}

impl HttpError {
    /// A stable word for programs.
    pub fn code(&self) -> String {
        match self {
            Self::Unreachable { .. } => "unreachable".to_owned(),
            Self::Refused { code, .. } => code.clone(),
            Self::Late { .. } => "late".to_owned(),
            Self::NotOurs { .. } => "not_a_node".to_owned(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { .. } => {
                Some("start one with `quorate up`, or name the node with --url http://HOST:PORT".to_owned())
            }
            Self::Refused { code, hint, .. } => told_to_people(code).map(str::to_owned).or_else(|| hint.clone()),
            Self::Late { .. } => Some("look at the node's disk, or give it more time".to_owned()),
            Self::NotOurs { .. } => Some("name the node's HTTP port with --url".to_owned()),
        }
    }

    /// Whether the same request may succeed later, or at another node.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Late { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 429 | 500..),
            Self::NotOurs { .. } => false,
        }
    }
}

/// Where a node's hint names a request: the command that makes it.
fn told_to_people(code: &str) -> Option<&'static str> {
    match code {
        "unknown_document" => {
            Some("`quorate docs` lists the documents; one that is not final yet shows with --level merged")
        }
        "unknown_milestone" => Some("`quorate milestones` lists the last ones"),
        "changed" => Some("look at it again; `quorate get DOC --json` shows its digest, for --if-match"),
        _ => None,
    }
}

/// What a node answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON that came with it.
    pub body: Value,
}

/// A request that changes something.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path and the query.
    pub path: &'a str,
    /// The media type of the body.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a [u8],
    /// The digest that the document must have, if it matters.
    pub if_match: Option<&'a str>,
    /// How long the node was asked to wait at most.
    pub timeout_ms: u64,
}

/// One node, as a client sees it. Cheap to clone; connections are kept and shared.
#[derive(Clone)]
pub struct Client {
    url: String,
    token: Option<Zeroizing<String>>,
    agent: Agent,
}

impl Client {
    /// A client of the node at `url`, which shows `token` with each change.
    pub fn new(url: &str, token: Option<Zeroizing<String>>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            // The token goes to the node that was named, and nowhere else.
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("quorate/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { url: url.to_owned(), token, agent: config.new_agent() }
    }

    /// Where the node is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Reads something.
    pub fn get(&self, path: &str) -> Result<Value, HttpError> {
        let request = Request::get(format!("{}{path}", self.url)).body(());
        let response = self.answered(request.map_err(ureq::Error::from).and_then(|request| {
            let configured = self.agent.configure_request(request);
            let request = configured.timeout_global(Some(READ)).build();
            self.agent.run(request)
        }))?;
        Ok(self.accepted(response)?.body)
    }

    /// Changes something, showing the token.
    pub fn change(&self, change: &Change<'_>) -> Result<Answer, HttpError> {
        let mut request = Request::builder()
            .method(change.method)
            .uri(format!("{}{}", self.url, change.path))
            .header(header::CONTENT_TYPE, change.content_type);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.as_str()));
        }
        if let Some(digest) = change.if_match {
            request = request.header(header::IF_MATCH, format!("\"{digest}\""));
        }
        let request = request.body(change.body).map_err(ureq::Error::from);
        let limit = READ.saturating_add(Duration::from_millis(change.timeout_ms));
        let response = self.answered(request.and_then(|request| {
            let configured = self.agent.configure_request(request);
            let request = configured.timeout_global(Some(limit)).build();
            self.agent.run(request)
        }))?;
        self.accepted(response)
    }

    /// Reads something that is text.
    pub fn text(&self, path: &str) -> Result<String, HttpError> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let mut response = self.answered(request.config().timeout_global(Some(READ)).build().call())?;
        let text = response.body_mut().read_to_string();
        text.map_err(|source| HttpError::Unreachable { url: self.url.clone(), source: Box::new(source) })
    }

    /// Whether `path` answers 200, for probes whose body says nothing.
    pub fn is_ok(&self, path: &str) -> bool {
        let request = self.agent.get(format!("{}{path}", self.url));
        let limit = Some(Duration::from_secs(2));
        let answer = request.config().timeout_global(limit).build().call();
        answer.is_ok_and(|response| response.status().as_u16() == 200)
    }

    /// Opens a stream that goes on until either side ends it.
    pub fn open(&self, path: &str, last: Option<&str>) -> Result<impl Read + use<>, HttpError> {
        let mut request = Request::get(format!("{}{path}", self.url)).header(header::ACCEPT, "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let request = request.body(()).map_err(ureq::Error::from);
        let response = self.answered(request.and_then(|request| {
            let configured = self.agent.configure_request(request);
            let request = configured.timeout_recv_response(Some(READ)).build();
            self.agent.run(request)
        }))?;
        if !response.status().is_success() {
            self.accepted(response)?;
            return Err(self.not_ours(""));
        }
        Ok(response.into_body().into_with_config().limit(u64::MAX).reader())
    }

    fn answered(&self, response: Result<Response<ureq::Body>, ureq::Error>) -> Result<Response<ureq::Body>, HttpError> {
        response.map_err(|source| HttpError::Unreachable { url: self.url.clone(), source: Box::new(source) })
    }

    fn accepted(&self, mut response: Response<ureq::Body>) -> Result<Answer, HttpError> {
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES);
        let bytes = body
            .read_to_vec()
            .map_err(|source| HttpError::Unreachable { url: self.url.clone(), source: Box::new(source) })?;
        let body = serde_json::from_slice(&bytes);
        match (response.status().is_success(), body) {
            (true, Ok(body)) => Ok(Answer { status, body }),
            (true, Err(_)) if bytes.is_empty() => Ok(Answer { status, body: Value::Null }),
            (true, Err(_)) => Err(self.not_ours(&String::from_utf8_lossy(&bytes))),
            (false, body) => Err(self.refused(status, body.ok(), &bytes)),
        }
    }

    fn refused(&self, status: u16, problem: Option<Value>, bytes: &[u8]) -> HttpError {
        let problem = problem.unwrap_or_default();
        let text = |key: &str| problem.get(key).and_then(Value::as_str).map(str::to_owned);
        let whole = || String::from_utf8_lossy(bytes).chars().take(SHOWN).collect();
        HttpError::Refused {
            url: self.url.clone(),
            status,
            code: text("code").unwrap_or_else(|| format!("http_{status}")),
            message: text("message").unwrap_or_else(whole),
            hint: text("hint"),
        }
    }

    fn not_ours(&self, text: &str) -> HttpError {
        HttpError::NotOurs { url: self.url.clone(), shown: text.chars().take(SHOWN).collect() }
    }
}

/// One segment of a path, or one value of a query: whatever is not plain is escaped.
pub fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let escape = |byte: u8| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_one_segment() {
        assert_eq!(escaped("a-b.c_d~1"), "a-b.c_d~1");
        assert_eq!(escaped("../a b?c#d%é"), "..%2Fa%20b%3Fc%23d%25%C3%A9");
    }

    #[test]
    fn a_refusal_is_told_in_the_node_s_own_words() {
        let client = Client::new("http://127.0.0.1:1", None);
        let problem = serde_json::json!({"code": "c", "message": "m", "hint": "h"});
        let error = client.refused(409, Some(problem), b"");
        assert_eq!((error.code(), error.hint()), ("c".to_owned(), Some("h".to_owned())));
        assert_eq!(error.to_string(), "http://127.0.0.1:1 answered 409: m");
        assert!(!error.may_pass());
        let error = client.refused(503, None, b"busy");
        assert_eq!(error.code(), "http_503");
        assert!(error.to_string().ends_with("503: busy") && error.may_pass());
    }

    #[test]
    fn what_is_unknown_is_told_with_the_command_that_lists_it() {
        let client = Client::new("http://127.0.0.1:1", None);
        for (code, command) in [
            ("unknown_document", "`quorate docs`"),
            ("unknown_milestone", "`quorate milestones`"),
            ("changed", "`quorate get DOC --json`"),
        ] {
            let problem = serde_json::json!({"code": code, "message": "m", "hint": "GET /v1"});
            let hint = client.refused(404, Some(problem), b"").hint().unwrap();
            assert!(hint.contains(command) && !hint.contains("GET"), "{hint}");
        }
    }

    #[test]
    fn nobody_there_is_told_with_a_way_out() {
        // Port 1 is reserved, and nothing listens there.
        let error = Client::new("http://127.0.0.1:1", None).get("/v1/status").unwrap_err();
        assert_eq!(error.code(), "unreachable");
        assert!(error.hint().unwrap().contains("quorate up") && error.may_pass());
    }
}
