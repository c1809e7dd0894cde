//! The stream of one document: its value, then a patch for each change, for clients that show it while it is written.
//!
//! A stream holds two positions: the last notice of the node that it has read, and the state of the document that its
//! client has. The patches from there to the present state are computed when the client has room for them, so that a
//! client that does not read costs no work.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::response::sse::Event;
use futures_util::{Stream, stream};
use quorate_replica::{DocumentMark, Notice};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::change_cache::MAX_STEPS;
use super::last_event_id::LastEventId;
use super::notice_log::{Since, StreamPosition, describe};
use crate::api::problem::Problem;
use crate::api::state::AppState;
use crate::core::NumberedNotice;

/// Notices that are read at a time.
const CHUNK: usize = 64;
/// A client that is more events behind receives the whole value again.
const MAX_EVENTS_BEHIND: usize = 1_024;

/// A position in the stream of a document: the last notice, and the state of the document at the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DocumentPosition {
    notices: StreamPosition,
    state: u32,
}

impl DocumentPosition {
    /// Reads the id of an event. A state in which events are hidden has an id that cannot be resumed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (notices, state) = text.rsplit_once('-')?;
        let position = Self { notices: notices.parse().ok()?, state: state.parse().ok()? };
        (event_id(position.notices, &DocumentMark::at(position.state)) == text).then_some(position)
    }
}

fn event_id(notices: StreamPosition, mark: &DocumentMark) -> String {
    match mark.place() {
        Some(state) => format!("{notices}-{state}"),
        None => format!("{notices}-x"),
    }
}

/// The stream of one document to one client.
pub(crate) struct DocumentStream {
    app: Arc<AppState>,
    document: String,
    position: StreamPosition,
    /// The state of the document that the client will have after `outgoing`.
    mark: DocumentMark,
    latest: watch::Receiver<u64>,
    /// Events to send next. At most one batch of patches, since more are computed only when it is empty.
    outgoing: VecDeque<Event>,
    /// Notices that were read and not handled yet, in reverse order. Their changes are sent before them.
    notices: Vec<NumberedNotice>,
    /// Whether the document may have changed since `mark`.
    stale: bool,
    /// Whether an event that is not addressed to the document may change it.
    watchful: bool,
    _permit: OwnedSemaphorePermit,
}

impl DocumentStream {
    /// Resumes at the position of the client, or starts with the value: after `reset` if the client had a position.
    pub(crate) async fn start(
        app: Arc<AppState>,
        document: String,
        last: LastEventId<DocumentPosition>,
        permit: OwnedSemaphorePermit,
    ) -> Result<Self, Problem> {
        let (latest, position) = (app.notice_log.watch(), app.notice_log.latest());
        let mut stream = Self {
            app,
            document,
            position,
            mark: DocumentMark::default(),
            latest,
            outgoing: VecDeque::new(),
            notices: Vec::new(),
            stale: true,
            watchful: false,
            _permit: permit,
        };
        match last {
            LastEventId::Position(position) if stream.resume(position).await? => {}
            LastEventId::Position(_) | LastEventId::Unreadable => stream.restart().await?,
            LastEventId::Absent => stream.push_value().await?,
        }
        Ok(stream)
    }

    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut stream| async move {
            let event = stream.next().await?;
            Some((Ok(event), stream))
        })
    }

    /// The next event; `None` once the node closes.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.outgoing.pop_front() {
                return Some(event);
            }
            // Patches before notices: a client that receives a milestone has every change that it covers.
            if self.stale {
                self.push_patches().await.ok()?;
                continue;
            }
            if let Some(noticed) = self.notices.pop() {
                self.push_milestone(&noticed);
                continue;
            }
            // Marked as seen before the log is read, so that a notice that arrives in between wakes the wait below.
            self.latest.borrow_and_update();
            match self.app.notice_log.since(self.position, CHUNK) {
                Since::Expired => self.restart().await.ok()?,
                Since::Notices(notices) if notices.is_empty() => tokio::select! {
                    changed = self.latest.changed() => changed.ok()?,
                    () = self.app.closed() => return None,
                },
                Since::Notices(notices) => {
                    self.stale = notices.iter().any(|noticed| self.may_change(noticed));
                    self.notices.extend(notices.into_iter().rev());
                }
            }
        }
    }

    /// Takes the position of the client, if patches lead from it to the present state.
    async fn resume(&mut self, position: DocumentPosition) -> Result<bool, Problem> {
        if matches!(self.app.notice_log.since(position.notices, 0), Since::Expired) {
            return Ok(false);
        }
        let (document, mark) = (self.document.clone(), DocumentMark::at(position.state));
        let can_follow = self.app.read(move |replica| replica.can_follow(&document, &mark, MAX_EVENTS_BEHIND)).await?;
        if can_follow {
            (self.position, self.mark) = (position.notices, DocumentMark::at(position.state));
        }
        Ok(can_follow)
    }

    async fn restart(&mut self) -> Result<(), Problem> {
        self.position = self.app.notice_log.latest();
        self.notices.clear();
        let data = json!({ "network": self.app.network.to_string() }).to_string();
        self.outgoing.push_back(Event::default().event("reset").data(data));
        self.push_value().await
    }

    /// Queues the whole value, which includes all changes up to the present position.
    async fn push_value(&mut self) -> Result<(), Problem> {
        let document = self.document.clone();
        let (found, mark) = self.app.read(move |replica| replica.shown(&document)).await?;
        let data = json!({
            "document": self.document,
            "milestone": found.milestone.0,
            "digest": found.digest.to_string(),
            "value": found.value,
        });
        // The document may have changed after the position was read: the next step compares.
        (self.mark, self.stale) = (mark, true);
        let id = event_id(self.position, &self.mark);
        self.outgoing.push_back(Event::default().id(id).event("value").data(data.to_string()));
        Ok(())
    }

    /// Queues the patches that follow `mark`, or finds that there are none. Restarts if the client is too far behind.
    async fn push_patches(&mut self) -> Result<(), Problem> {
        if matches!(self.app.notice_log.since(self.position, 0), Since::Expired) {
            return self.restart().await;
        }
        let (app, document, mark) = (&self.app, &self.document, &self.mark);
        let compute = async || {
            let (document, mark) = (document.clone(), mark.clone());
            app.read(move |replica| replica.follow(&document, &mark, MAX_STEPS)).await
        };
        let change = app.changes.since(document, mark, compute).await?;
        let patches = change.patches.iter().map(|patch| {
            let id = event_id(self.position, &patch.mark);
            Event::default().id(id).event("patch").data(&patch.data)
        });
        self.outgoing.extend(patches);
        self.stale = change.mark != self.mark;
        self.mark.clone_from(&change.mark);
        self.watchful = change.watchful;
        Ok(())
    }

    /// Queues a milestone, which makes earlier patches final, and advances the position.
    fn push_milestone(&mut self, noticed: &NumberedNotice) {
        self.position.seen = noticed.cursor;
        if let Notice::Milestone { .. } = noticed.notice {
            let (name, data) = describe(&noticed.notice);
            let id = event_id(self.position, &self.mark);
            self.outgoing.push_back(Event::default().id(id).event(name).data(data.to_string()));
        }
    }

    fn may_change(&self, NumberedNotice { notice, .. }: &NumberedNotice) -> bool {
        self.watchful
            || match notice {
                Notice::Changed { document, .. } => **document == *self.document,
                // Evidence can hide events of its culprit.
                Notice::Evidence { .. } => true,
                Notice::Admitted { .. } | Notice::Milestone { .. } => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_has_one_form_and_none_where_events_are_hidden() {
        for good in ["0000000000000001-2-3", "00000000000000ff-0-0"] {
            let position = DocumentPosition::parse(good).unwrap();
            assert_eq!(event_id(position.notices, &DocumentMark::at(position.state)), good);
        }
        for wrong in ["", "-", "0000000000000001-2", "0000000000000001-2-x", "0000000000000001-2-03", "1-2-3"] {
            assert_eq!(DocumentPosition::parse(wrong), None, "{wrong}");
        }
    }
}
