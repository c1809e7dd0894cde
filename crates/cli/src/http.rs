//! Requests to one node.

use std::io::Read;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{Request, Response, header};
use zeroize::Zeroizing;

/// Timeout of a connection attempt: nodes are near or offline.
const CONNECT: Duration = Duration::from_secs(3);
/// Timeout of a read.
pub const READ: Duration = Duration::from_secs(15);
/// Most bytes of an answer. Documents have no size limit, but the memory of this process has.
const ANSWER_BYTES: u64 = 256 << 20;
/// Characters shown of an answer that does not come from a Quorate node.
const SHOWN: usize = 200;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No answer.
    #[error("{url} does not answer: {source}")]
    Unreachable {
        /// Which node.
        url: String,
        /// The error of the system.
        source: Box<ureq::Error>,
    },
    /// The node refused the request.
    #[error("{url} answered {status}: {message}")]
    Refused {
        /// Which node.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The stable error code.
        code: String,
        /// The message.
        message: String,
        /// The remedy.
        hint: Option<String>,
    },
    /// The node accepted the write, but did not store it in time.
    #[error("{url} has not stored the write yet")]
    Late {
        /// Which node.
        url: String,
    },
    /// The answer is not JSON, or lacks a field.
    #[error("the answer of {url} is not that of a Quorate node: {shown:?}")]
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

    /// The remedy.
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

/// For codes whose hint names an HTTP request: the command of this program instead.
fn told_to_people(code: &str) -> Option<&'static str> {
    match code {
        "unknown_document" => {
            Some("`quorate docs` lists the documents; --level merged also shows documents that are not final yet")
        }
        "unknown_milestone" => Some("`quorate milestones` lists the last ones"),
        "changed" => Some("read the document again: `quorate get DOC --json` shows the digest for --if-match"),
        _ => None,
    }
}

/// The answer of a node.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: Value,
}

/// A request that writes.
#[derive(Debug, Clone, Copy, Default)]
pub struct WriteRequest<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path and the query.
    pub path: &'a str,
    /// The media type of the body.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a [u8],
    /// The digest that the document must have, if any.
    pub if_match: Option<&'a str>,
    /// The longest wait that was requested of the node.
    pub timeout_ms: u64,
}

/// A client of one node. Clones are cheap and share their connections.
#[derive(Clone)]
pub struct Client {
    url: String,
    token: Option<Zeroizing<String>>,
    agent: Agent,
}

impl Client {
    /// A client of the node at `url` that sends `token` with each write.
    pub fn new(url: &str, token: Option<Zeroizing<String>>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            // A redirect would send the token to another host.
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("quorate/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { url: url.to_owned(), token, agent: config.new_agent() }
    }

    /// The URL of the node.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a read request.
    pub fn get(&self, path: &str) -> Result<Value, HttpError> {
        let request = Request::get(format!("{}{path}", self.url)).body(());
        let response = self.answered(request.map_err(ureq::Error::from).and_then(|request| {
            let configured = self.agent.configure_request(request);
            let request = configured.timeout_global(Some(READ)).build();
            self.agent.run(request)
        }))?;
        Ok(self.accepted(response)?.body)
    }

    /// Sends a write request with the token.
    pub fn change(&self, change: &WriteRequest<'_>) -> Result<HttpAnswer, HttpError> {
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

    /// Reads a text.
    pub fn text(&self, path: &str) -> Result<String, HttpError> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let mut response = self.answered(request.config().timeout_global(Some(READ)).build().call())?;
        let text = response.body_mut().read_to_string();
        text.map_err(|source| HttpError::Unreachable { url: self.url.clone(), source: Box::new(source) })
    }

    /// Whether `path` answers 200, for probes without a body.
    pub fn is_ok(&self, path: &str) -> bool {
        let request = self.agent.get(format!("{}{path}", self.url));
        let limit = Some(Duration::from_secs(2));
        let answer = request.config().timeout_global(limit).build().call();
        answer.is_ok_and(|response| response.status().as_u16() == 200)
    }

    /// Opens a stream without an end.
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

    fn accepted(&self, mut response: Response<ureq::Body>) -> Result<HttpAnswer, HttpError> {
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES);
        let bytes = body
            .read_to_vec()
            .map_err(|source| HttpError::Unreachable { url: self.url.clone(), source: Box::new(source) })?;
        let body = serde_json::from_slice(&bytes);
        match (response.status().is_success(), body) {
            (true, Ok(body)) => Ok(HttpAnswer { status, body }),
            (true, Err(_)) if bytes.is_empty() => Ok(HttpAnswer { status, body: Value::Null }),
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

/// Percent-encodes a segment of a path or a value of a query.
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
