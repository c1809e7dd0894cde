//! One node, as a client of its HTTP interface sees it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use ureq::http::Request;
use ureq::{Agent, Body};

use super::{TOO_LONG, until};

/// Events that are asked for at a time.
const PAGE: usize = 500;

/// A node's place, whether it runs or not.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) url: String,
    /// HOME/NAME.
    pub(crate) directory: PathBuf,
    port: u16,
    agent: Agent,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Reply {
    /// The ids of the events that a write became.
    pub(crate) fn events(&self) -> Vec<String> {
        let events = self.body["events"].as_array().unwrap_or_else(|| panic!("no events: {self:?}"));
        events.iter().map(|event| event.as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }
}

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// Without, none is shown.
    pub(crate) token: Option<&'a str>,
    pub(crate) content_type: &'a str,
    /// One header more, or none.
    pub(crate) header: Option<(&'a str, &'a str)>,
    pub(crate) body: &'a [u8],
}

impl Default for Asked<'_> {
    fn default() -> Self {
        let content_type = "application/json";
        Self { method: "PUT", path: "/v1/docs/any", token: None, content_type, header: None, body: b"1" }
    }
}

impl Node {
    pub(crate) fn new(name: &str, home: &Path, port: u16) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TOO_LONG))
            .proxy(None)
            // A connection that is kept may lead to a process that is gone.
            .max_idle_connections(0)
            .build();
        Self {
            name: name.to_owned(),
            url: format!("http://127.0.0.1:{port}"),
            directory: home.join(name),
            port,
            agent: config.new_agent(),
        }
    }

    /// The same home, where it answers at another port.
    pub(crate) fn moved_to(&self, port: u16) -> Self {
        Self { url: format!("http://127.0.0.1:{port}"), port, ..self.clone() }
    }

    /// What clients show in order to write.
    pub(crate) fn token(&self) -> String {
        fs::read_to_string(self.directory.join("token")).unwrap().trim().to_owned()
    }

    /// Reads; `None` without an answer.
    pub(crate) fn try_get(&self, path: &str) -> Option<Reply> {
        let response = self.agent.get(format!("{}{path}", self.url)).call();
        read(response.ok()?).ok()
    }

    /// Reads what must be there.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        let reply = self.try_get(path).unwrap_or_else(|| panic!("{} does not answer {path}", self.name));
        assert_eq!(reply.status, 200, "{} {path}: {}", self.name, reply.body);
        reply.body
    }

    /// Asks anything.
    pub(crate) fn ask(&self, asked: &Asked<'_>) -> Result<Reply, ureq::Error> {
        let mut request = Request::builder()
            .method(asked.method)
            .uri(format!("{}{}", self.url, asked.path))
            .header("content-type", asked.content_type);
        if let Some(token) = asked.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some((name, value)) = asked.header {
            request = request.header(name, value);
        }
        let response = match asked.method {
            "GET" => self.agent.run(request.body(())?)?,
            _ => self.agent.run(request.body(asked.body)?)?,
        };
        read(response)
    }

    /// Writes a document, `query` being what follows its name; an error if the answer did not come.
    pub(crate) fn try_put(&self, document: &str, query: &str, value: &Value) -> Result<Reply, ureq::Error> {
        self.ask(&Asked {
            path: &format!("/v1/docs/{document}{query}"),
            token: Some(&self.token()),
            body: value.to_string().as_bytes(),
            ..Asked::default()
        })
    }

    /// Writes a document at a node that runs.
    #[track_caller]
    pub(crate) fn put(&self, document: &str, query: &str, value: &Value) -> Reply {
        let reply = self.try_put(document, query, value);
        reply.unwrap_or_else(|error| panic!("{} does not answer: {error}", self.name))
    }

    /// Writes a document, and waits until that is final.
    #[track_caller]
    pub(crate) fn put_final(&self, document: &str, value: &Value) -> Reply {
        let reply = self.put(document, "?wait=final", value);
        assert_eq!((reply.status, reply.text("level")), (200, "final"), "{}: {}", self.name, reply.body);
        reply
    }

    /// A document's value at a level, if it is known there.
    pub(crate) fn document(&self, document: &str, level: &str) -> Option<Value> {
        let reply = self.try_get(&format!("/v1/docs/{document}?level={level}"))?;
        (reply.status == 200).then(|| reply.body["value"].clone())
    }

    /// Whether it serves.
    pub(crate) fn is_ready(&self) -> bool {
        self.try_get("/readyz").is_some_and(|reply| reply.status == 200)
    }

    /// Whether its process is gone: its port is closed, and its home is not locked.
    pub(crate) fn is_gone(&self) -> bool {
        let silent = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err();
        let lock = File::open(self.directory.join("node.lock"));
        silent && lock.map_or(true, |lock| lock.try_lock().is_ok())
    }

    /// Waits until its process is gone.
    pub(crate) fn wait_until_gone(&self, within: Duration) {
        until(&format!("{} has ended", self.name), within, || self.is_gone().then_some(()));
    }

    /// The height of the last milestone here.
    pub(crate) fn height(&self) -> u64 {
        self.get("/v1/status")["height"].as_u64().unwrap()
    }

    /// The ids of all events here, page by page.
    pub(crate) fn events(&self) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        let mut after = String::new();
        loop {
            let page = self.get(&format!("/v1/events?limit={PAGE}{after}"));
            let events = page["events"].as_array().unwrap();
            ids.extend(events.iter().map(|event| event["id"].as_str().unwrap().to_owned()));
            let next = page["next"].as_str().map(|next| format!("&after={next}"));
            match next {
                Some(next) if !events.is_empty() => after = next,
                _ => return ids,
            }
        }
    }
}

fn read(mut response: ureq::http::Response<Body>) -> Result<Reply, ureq::Error> {
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec()?;
    // Probes answer in plain text.
    let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
    Ok(Reply { status, body: serde_json::from_slice(&body).unwrap_or_else(|_| text()) })
}
