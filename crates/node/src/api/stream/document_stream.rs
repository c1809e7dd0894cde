//! Server-sent events of one document: its value, then what changes in it, for those who show it while it is written.
//!
//! A reader holds two places and a chunk of what follows: how far it has seen what happens at the node, and the state of the
//! document that its client has. What led from there to the present is worked out when the client has room for it, so that
//! one that does not read costs nothing.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::response::sse::Event;
use futures_util::{Stream, stream};
use quorate_replica::{Mark, Notice};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::notice_log::{Since, StreamPosition, describe};
use crate::api::problem::Problem;
use crate::api::state::AppState;
use crate::core::NumberedNotice;

/// Entries that are looked at a time.
const CHUNK: usize = 64;
/// A client that is more events behind is sent the whole value again.
const BEHIND: usize = 1_024;

/// A place in the stream of a document: what a client has seen, and the state that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DocumentPosition {
    place: StreamPosition,
    state: u32,
}

/// Reads what [`DocumentStream`] writes as an id. A state in which something is hidden has no id that leads back to it.
pub(crate) fn parse(text: &str) -> Option<DocumentPosition> {
    let (place, state) = text.rsplit_once('-')?;
    let at = DocumentPosition { place: place.parse().ok()?, state: state.parse().ok()? };
    (id(at.place, &Mark::at(at.state)) == text).then_some(at)
}

fn id(place: StreamPosition, mark: &Mark) -> String {
    match mark.place() {
        Some(state) => format!("{place}-{state}"),
        None => format!("{place}-x"),
    }
}

/// One reader of one document.
pub(crate) struct DocumentStream {
    app: Arc<AppState>,
    document: String,
    place: StreamPosition,
    mark: Mark,
    watch: watch::Receiver<u64>,
    /// Not told yet: at most one reading of what changed.
    waiting: VecDeque<Event>,
    /// What happened at the node and is told after what changed by then, the last first.
    notices: Vec<NumberedNotice>,
    /// Whether the document may have changed since the mark.
    stale: bool,
    /// Whether it may change without an event that is addressed to it.
    watchful: bool,
    _permit: OwnedSemaphorePermit,
}

impl DocumentStream {
    /// Goes on from a place; or starts with the value, after `reset` if the client thought that it had a place.
    pub(crate) async fn start(
        app: Arc<AppState>,
        document: String,
        last: Option<Option<DocumentPosition>>,
        permit: OwnedSemaphorePermit,
    ) -> Result<Self, Problem> {
        let (watch, place) = (app.notice_log.watch(), app.notice_log.latest());
        let (mark, waiting, notices) = (Mark::default(), VecDeque::new(), Vec::new());
        let mut reader =
            Self { app, document, place, mark, watch, waiting, notices, stale: true, watchful: false, _permit: permit };
        match last {
            Some(Some(at)) if reader.resume(at).await? => {}
            Some(_) => reader.restart().await?,
            None => reader.show().await?,
        }
        Ok(reader)
    }

    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut reader| async move {
            let event = reader.next().await?;
            Some((Ok(event), reader))
        })
    }

    /// The next event; nothing once the node is closing.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.stale {
                self.catch_up().await.ok()?;
                continue;
            }
            if let Some(noticed) = self.notices.pop() {
                self.push_milestone(&noticed);
                continue;
            }
            // Marked as seen before looking, so that what comes in between wakes the wait below.
            self.watch.borrow_and_update();
            match self.app.notice_log.since(self.place, CHUNK) {
                Since::Expired => self.restart().await.ok()?,
                Since::Entries(entries) if entries.is_empty() => tokio::select! {
                    changed = self.watch.changed() => changed.ok()?,
                    () = self.app.closed() => return None,
                },
                Since::Entries(entries) => {
                    self.stale = entries.iter().any(|noticed| self.may_change(noticed));
                    self.notices.extend(entries.into_iter().rev());
                }
            }
        }
    }

    async fn resume(&mut self, at: DocumentPosition) -> Result<bool, Problem> {
        if matches!(self.app.notice_log.since(at.place, 0), Since::Expired) {
            return Ok(false);
        }
        let (document, mark) = (self.document.clone(), Mark::at(at.state));
        let can = self.app.read(move |replica| replica.can_follow(&document, &mark, BEHIND)).await?;
        if can {
            (self.place, self.mark) = (at.place, Mark::at(at.state));
        }
        Ok(can)
    }

    async fn restart(&mut self) -> Result<(), Problem> {
        self.place = self.app.notice_log.latest();
        self.notices.clear();
        let data = json!({ "network": self.app.network.to_string() }).to_string();
        self.waiting.push_back(Event::default().event("reset").data(data));
        self.show().await
    }

    /// Tells the whole value. What was noticed before is in it.
    async fn show(&mut self) -> Result<(), Problem> {
        let document = self.document.clone();
        let (found, mark) = self.app.read(move |replica| replica.shown(&document)).await?;
        let data = json!({
            "document": self.document,
            "milestone": found.milestone.0,
            "digest": found.digest.to_string(),
            "value": found.value,
        });
        (self.mark, self.stale) = (mark, true);
        let id = id(self.place, &self.mark);
        self.waiting.push_back(Event::default().id(id).event("value").data(data.to_string()));
        Ok(())
    }

    /// Tells what changed since the mark, or finds that nothing did. Whoever cannot keep up starts anew.
    async fn catch_up(&mut self) -> Result<(), Problem> {
        if matches!(self.app.notice_log.since(self.place, 0), Since::Expired) {
            return self.restart().await;
        }
        let change = self.app.changes.since(&self.app, &self.document, &self.mark).await?;
        let patches = change.patches.iter().map(|patch| {
            let id = id(self.place, &patch.mark);
            Event::default().id(id).event("patch").data(&patch.data)
        });
        self.waiting.extend(patches);
        self.stale = change.mark != self.mark;
        self.mark.clone_from(&change.mark);
        self.watchful = change.watchful;
        Ok(())
    }

    /// Tells what makes changes final.
    fn push_milestone(&mut self, noticed: &NumberedNotice) {
        self.place.seen = noticed.cursor;
        if let Notice::Milestone { .. } = noticed.notice {
            let (name, data) = describe(&noticed.notice);
            let id = id(self.place, &self.mark);
            self.waiting.push_back(Event::default().id(id).event(name).data(data.to_string()));
        }
    }

    fn may_change(&self, NumberedNotice { notice, .. }: &NumberedNotice) -> bool {
        self.watchful
            || match notice {
                Notice::Changed { document, .. } => **document == *self.document,
                Notice::Evidence { .. } => true,
                Notice::Admitted { .. } | Notice::Milestone { .. } => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_form_and_none_where_something_is_hidden() {
        for good in ["0000000000000001-2-3", "00000000000000ff-0-0"] {
            let at = parse(good).unwrap();
            assert_eq!(id(at.place, &Mark::at(at.state)), good);
        }
        for wrong in ["", "-", "0000000000000001-2", "0000000000000001-2-x", "0000000000000001-2-03", "1-2-3"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
