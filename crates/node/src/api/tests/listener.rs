//! A client that listens to a stream.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::fixture::{Node, request};

/// An open stream, read event by event.
pub(super) struct Listener {
    body: BodyDataStream,
    text: String,
}

/// One event: its name, its place, its data.
pub(super) type StreamEvent = (String, String, String);

impl Listener {
    pub(super) async fn open(node: &Node, uri: &str, last: Option<&str>) -> Self {
        let mut builder = request("GET", uri);
        if let Some(last) = last {
            builder = builder.header("last-event-id", last);
        }
        let request = builder.body(Body::empty()).unwrap();
        let response = TowerToHyperService::new(node.router.clone()).call(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next event; nothing if the stream ends.
    pub(super) async fn next(&mut self) -> Option<StreamEvent> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    line.unwrap_or_default().to_owned()
                };
                let told = (field("event"), field("id"), field("data"));
                self.text = rest.to_owned();
                return Some(told);
            }
            let chunk =
                tokio::time::timeout(Duration::from_secs(5), self.body.next()).await.expect("an event in time")?;
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    }

    pub(super) async fn until(&mut self, name: &str) -> StreamEvent {
        loop {
            let told = self.next().await.unwrap();
            if told.0 == name {
                return told;
            }
        }
    }

    /// Lets the node handle all notices, and checks that none of them becomes an event.
    pub(super) async fn quiet(&mut self, node: &Node) {
        let turns = async {
            for _ in 0..64 {
                node.get("/v1/status").await;
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            told = self.next() => panic!("{told:?}"),
            () = turns => {}
        }
    }
}
