//! The history of a document: its events out of the store, with the outcome of each edit by the replica.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use quorate_event::{Edit, EventId};
use quorate_replica::{DocumentEvent, IgnoredRun};
use serde_json::{Value, json};

use crate::api::json::container_paths::{ContainerPaths, EventEdits, member};
use crate::api::json::edits;
use crate::api::problem::Problem;
use crate::api::query::{DocumentName, Query};
use crate::api::reply::json;
use crate::api::state::AppState;

/// Events on a page by default.
const DEFAULT_PAGE: usize = 20;
/// A page ends after this many bytes of events. Its JSON is several times larger, and is built in memory.
const PAGE_BYTES: usize = 1 << 20;

/// `GET /v1/docs/{name}/history`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    DocumentName(name): DocumentName,
    Extension(query): Extension<Query>,
) -> Result<Response, Problem> {
    let limit = query.limit(DEFAULT_PAGE)?;
    let wrong = Problem::BadParameter { name: "after", expected: "an event, as `next` gave it" };
    let after = query.text("after").map(|text| text.parse::<EventId>().map_err(|_| wrong)).transpose()?;
    let document = name.clone();
    let wrote = app.read(move |replica| replica.history(&document, after, limit.saturating_add(1))).await??;
    if wrote.is_empty() && after.is_none() {
        return Err(Problem::UnknownDocument { name });
    }
    let (network, document) = (app.network, name.clone());
    let page = app
        .load_bounded(move |store| HistoryPage::read(ContainerPaths::new(store, network, &document), &wrote, limit))
        .await?;
    Ok(json(StatusCode::OK, &json!({ "name": name, "events": page.events, "next": page.next })))
}

/// A page of events, the latest first.
#[derive(Debug, Default)]
struct HistoryPage {
    events: Vec<Value>,
    /// The id of the last event, if others follow.
    next: Option<String>,
}

impl HistoryPage {
    /// Reads at most `limit` of the events. Events that are not on the disk yet are left out.
    fn read(mut paths: ContainerPaths<'_>, wrote: &[DocumentEvent], limit: usize) -> Result<Self, Problem> {
        let mut page = Self::default();
        let mut bytes = 0;
        let mut last = None;
        for (count, wrote) in wrote.iter().enumerate() {
            if count == limit || bytes >= PAGE_BYTES {
                page.next = last.map(|last: EventId| last.to_string());
                break;
            }
            last = Some(wrote.event);
            let Some(said) = paths.event(wrote.event)? else { continue };
            bytes += said.event.bytes().len();
            page.events.push(describe(&said, wrote, &mut paths)?);
        }
        Ok(page)
    }
}

fn describe(said: &EventEdits, wrote: &DocumentEvent, paths: &mut ContainerPaths<'_>) -> Result<Value, Problem> {
    let (body, place) = (said.event.body(), &wrote.place);
    let mut outcomes = Outcomes { ignored: wrote.ignored.as_deref(), next: 0 };
    let changes = said.edits().iter().map(|edit| describe_edit(wrote.event, edit, &mut outcomes, paths));
    Ok(json!({
        "id": wrote.event.to_string(),
        "author": body.author.to_string(),
        "lane": body.lane.0,
        "seq": body.seq.0,
        "time_ms": body.time.0,
        "depth": place.depth,
        "covered_at": place.covered_at.map(|height| height.0),
        "void": place.void,
        "changes": changes.collect::<Result<Vec<_>, _>>()?,
    }))
}

/// An edit, the path of the value that it changes, and its outcome. In a splice each change has an outcome.
fn describe_edit(
    id: EventId,
    edit: &Edit,
    outcomes: &mut Outcomes<'_>,
    paths: &mut ContainerPaths<'_>,
) -> Result<Value, Problem> {
    let mut described = edits::describe(id, edit);
    let container = paths.of(id, &edits::target(edit))?;
    let path = container.map(|container| match edit {
        Edit::Set { key, .. } | Edit::Delete { key, .. } => member(&container, key),
        _ => container,
    });
    described["path"] = json!(path);
    match described.get_mut("changes").and_then(Value::as_array_mut) {
        Some(changes) => changes.iter_mut().for_each(|change| outcomes.add_to(change)),
        None => outcomes.add_to(&mut described),
    }
    Ok(described)
}

/// The outcomes of the edits of an event, consumed in order.
struct Outcomes<'w> {
    ignored: Option<&'w [IgnoredRun]>,
    next: usize,
}

impl Outcomes<'_> {
    fn add_to(&mut self, change: &mut Value) {
        let place = self.next;
        self.next += 1;
        let holds = |run: &&IgnoredRun| place.checked_sub(run.first).is_some_and(|after| after < run.count);
        let run = self.ignored.map(|ignored| ignored.iter().find(holds));
        change["outcome"] = match run {
            Some(None) => json!("applied"),
            Some(Some(_)) => json!("ignored"),
            None => Value::Null,
        };
        if let Some(run) = run.flatten() {
            change["reason"] = json!(run.reason.to_string());
        }
    }
}
