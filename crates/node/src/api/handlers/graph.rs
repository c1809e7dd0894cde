//! The whole graph as a streamed answer. One page is in memory at a time, however long the history.

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::{Stream, stream};
use quorate_disk::store::Cursor;
use quorate_event::VerifiedVertex;
use quorate_replica::VertexStatus;
use serde_json::{Value, json};

use super::events;
use crate::api::json::vertex;
use crate::api::problem::Problem;
use crate::api::query::Query;
use crate::api::reply::with_type;
use crate::api::state::AppState;

/// Vertices that are read and written together.
const CHUNK: usize = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Dot,
}

/// The part that is written next. Nodes come before edges, since graph tools expect it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Head,
    Nodes,
    Between,
    Edges,
    Tail,
    Done,
}

/// `GET /v1/graph`
pub(crate) async fn export(
    State(app): State<Arc<AppState>>,
    Extension(query): Extension<Query>,
) -> Result<Response, Problem> {
    let formats = [("json", Format::Json), ("dot", Format::Dot)];
    let format = query.choice("format", &formats, "`json` or `dot`")?;
    let media_type = match format {
        Format::Json => "application/json",
        Format::Dot => "text/vnd.graphviz; charset=utf-8",
    };
    // Vertices that are admitted during the export are left out, so that every edge has its node.
    let last = app.load(|store| store.len()).await?;
    let export = Export { app, format, part: Part::Head, after: Cursor::START, last: Cursor(last), first: true };
    Ok(with_type(StatusCode::OK, media_type, Body::from_stream(export.into_stream())))
}

/// A vertex and its placement in the graph.
type Placed = (VerifiedVertex, Option<VertexStatus>);

struct Export {
    app: Arc<AppState>,
    format: Format,
    part: Part,
    after: Cursor,
    last: Cursor,
    /// Whether the next item is the first of its part, and needs no comma before it.
    first: bool,
}

impl Export {
    /// An error cuts the chunked body off, which every HTTP client reports.
    fn into_stream(self) -> impl Stream<Item = Result<Bytes, Problem>> {
        stream::try_unfold(self, |mut export| async move {
            let text = export.next().await?;
            Ok(text.map(|text| (Bytes::from(text), export)))
        })
    }

    async fn next(&mut self) -> Result<Option<String>, Problem> {
        let part = self.part;
        match part {
            Part::Head => {
                self.part = Part::Nodes;
                Ok(Some(self.head()))
            }
            Part::Between => {
                (self.part, self.after, self.first) = (Part::Edges, Cursor::START, true);
                Ok(Some(self.pick("\n],\"edges\":[", "")))
            }
            Part::Tail => {
                self.part = Part::Done;
                Ok(Some(self.pick("\n]}\n", "}\n")))
            }
            Part::Done => Ok(None),
            Part::Nodes | Part::Edges => self.chunk(part).await.map(Some),
        }
    }

    async fn chunk(&mut self, part: Part) -> Result<String, Problem> {
        let page = self.page().await?;
        if page.is_empty() {
            self.part = if part == Part::Nodes { Part::Between } else { Part::Tail };
        }
        let mut text = String::new();
        for placed in &page {
            let items = if part == Part::Nodes { vec![self.node(placed)] } else { self.edges(placed) };
            for item in items {
                self.write(&mut text, &item);
            }
        }
        Ok(text)
    }

    async fn page(&mut self) -> Result<Vec<Placed>, Problem> {
        let (app, last) = (Arc::clone(&self.app), self.last);
        let mut after = self.after;
        let render = async |mut records: Vec<_>| {
            records.retain(|record: &quorate_disk::store::StoredVertex| record.cursor <= last);
            after = records.last().map_or(after, |record| record.cursor);
            let placed = events::place(&app, &records).await?;
            Ok(placed.into_iter().map(|(_, vertex, place)| (vertex, place)).collect())
        };
        let page = app.page(self.after, CHUNK, render).await;
        self.after = after;
        page
    }

    fn head(&mut self) -> String {
        let network = self.app.network;
        let genesis = match self.format {
            Format::Json => json!({
                "id": network.to_string(), "kind": "genesis", "author": null, "lane": null, "seq": null, "depth": 0,
                "time_ms": self.app.genesis.time.0, "covered_at": 0, "void": false,
            })
            .to_string(),
            Format::Dot => format!("\"{network}\" [label=\"M0\" shape=box]"),
        };
        let network = format!("{{\"network\":\"{network}\",\"nodes\":[");
        let mut text = self.pick(&network, "digraph quorate {\nrankdir=BT\n");
        self.write(&mut text, &genesis);
        text
    }

    fn node(&self, (found, place): &Placed) -> String {
        let label = match found {
            VerifiedVertex::Event(event) => {
                let body = event.body();
                format!("{:?} {}/{}", body.author, body.lane.0, body.seq.0)
            }
            VerifiedVertex::Milestone(milestone) => format!("M:{}", milestone.height().0),
        };
        match self.format {
            Format::Json => {
                let mut node = vertex::describe(0, found, place.as_ref());
                if let Value::Object(fields) = &mut node {
                    for elsewhere in ["cursor", "parents", "payload"] {
                        fields.remove(elsewhere);
                    }
                    fields.insert("label".to_owned(), json!(label));
                }
                node.to_string()
            }
            Format::Dot => {
                let shape = if vertex::kind(found) == "milestone" { " shape=box" } else { "" };
                format!("\"{}\" [label=\"{label}\"{shape}]", found.id())
            }
        }
    }

    /// The edges from a vertex to each of its parents.
    fn edges(&self, (found, _): &Placed) -> Vec<String> {
        let from = found.id();
        let edge = |to| match self.format {
            Format::Json => json!({ "from": from.to_string(), "to": format!("{to}") }).to_string(),
            Format::Dot => format!("\"{from}\" -> \"{to}\""),
        };
        found.parents().into_iter().map(edge).collect()
    }

    fn write(&mut self, text: &mut String, item: &str) {
        let comma = if self.format == Format::Json && !self.first { ",\n" } else { "\n" };
        self.first = false;
        text.push_str(comma);
        text.push_str(item);
    }

    fn pick(&self, json: &str, dot: &str) -> String {
        match self.format {
            Format::Json => json.to_owned(),
            Format::Dot => format!("\n{dot}"),
        }
    }
}
