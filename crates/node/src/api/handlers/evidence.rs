//! Evidence in pages: first pairs of conflicting votes, by key, then pairs of conflicting events.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use quorate_event::{Address, EventId, Height, Lane, Seq};
use quorate_replica::{Equivocation, Replica, ReportedEvidence};
use serde_json::{Value, json};

use crate::api::json::vertex::describe_votes;
use crate::api::problem::Problem;
use crate::api::query::Query;
use crate::api::reply::json;
use crate::api::state::AppState;

/// Pairs on a page by default.
const DEFAULT_PAGE: usize = 100;

/// The position of a pair in the list. Votes come before events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum EvidencePosition {
    /// The key that signed both votes, and the number of the pair among those of the key.
    Votes(Address, usize),
    /// The author, lane and seq of both events, and the id of the second one.
    Events(Address, Lane, Seq, EventId),
}

impl EvidencePosition {
    fn of(fork: &Equivocation) -> Self {
        Self::Events(fork.author, fork.lane, fork.seq, fork.second)
    }
}

impl fmt::Display for EvidencePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Votes(culprit, at) => write!(f, "votes.{culprit}.{at}"),
            Self::Events(author, lane, seq, second) => write!(f, "events.{author}.{}.{}.{second}", lane.0, seq.0),
        }
    }
}

/// A text that is no position.
struct InvalidEvidencePosition;

impl FromStr for EvidencePosition {
    type Err = InvalidEvidencePosition;

    fn from_str(text: &str) -> Result<Self, InvalidEvidencePosition> {
        fn read<T: FromStr>(text: &str) -> Result<T, InvalidEvidencePosition> {
            text.parse().map_err(|_| InvalidEvidencePosition)
        }
        match text.split('.').collect::<Vec<_>>()[..] {
            ["votes", culprit, at] => Ok(Self::Votes(read(culprit)?, read(at)?)),
            ["events", author, lane, seq, second] => {
                Ok(Self::Events(read(author)?, Lane(read(lane)?), Seq(read(seq)?), read(second)?))
            }
            _ => Err(InvalidEvidencePosition),
        }
    }
}

/// One page. Each pair has the height of the milestone that orders it.
#[derive(Debug, Default)]
struct EvidencePage {
    votes: Vec<(ReportedEvidence, Option<Height>)>,
    events: Vec<(Equivocation, Option<Height>)>,
    /// The position of the last pair, if others follow.
    next: Option<EvidencePosition>,
}

impl EvidencePage {
    fn read(replica: &Replica, after: Option<EvidencePosition>, limit: usize) -> Self {
        let mut page = Self::default();
        let is_left = |position: &EvidencePosition| after.is_none_or(|after| *position > after);
        let votes = numbered(replica.evidence()).filter(|(position, _)| is_left(position));
        let mut forks = replica.equivocations();
        forks.sort_unstable_by_key(EvidencePosition::of);
        let forks =
            forks.into_iter().map(|fork| (EvidencePosition::of(&fork), fork)).filter(|(position, _)| is_left(position));
        let mut last = None;
        for (position, found) in
            votes.map(|(position, found)| (position, EvidenceItem::Votes(found))).chain(forks.map(EvidenceItem::events))
        {
            if page.votes.len() + page.events.len() == limit {
                page.next = last;
                break;
            }
            last = Some(position);
            match found {
                EvidenceItem::Votes(votes) => page.votes.push((votes.clone(), replica.ordered_at(votes))),
                EvidenceItem::Events(fork) => page.events.push((fork, replica.condemned_at(&fork))),
            }
        }
        page
    }
}

enum EvidenceItem<'r> {
    Votes(&'r ReportedEvidence),
    Events(Equivocation),
}

impl EvidenceItem<'_> {
    fn events((position, fork): (EvidencePosition, Equivocation)) -> (EvidencePosition, Self) {
        (position, Self::Events(fork))
    }
}

/// Pairs of votes with their positions. The replica returns them by key, and those of one key always in the same order.
fn numbered(evidence: Vec<&ReportedEvidence>) -> impl Iterator<Item = (EvidencePosition, &ReportedEvidence)> {
    let mut before = None;
    evidence.into_iter().map(move |found| {
        let [first, _] = found.evidence.votes();
        let at = match before {
            Some((culprit, at)) if culprit == first.signer => at + 1,
            _ => 0,
        };
        before = Some((first.signer, at));
        (EvidencePosition::Votes(first.signer, at), found)
    })
}

/// `GET /v1/evidence`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    Extension(query): Extension<Query>,
) -> Result<Response, Problem> {
    let limit = query.limit(DEFAULT_PAGE)?;
    let wrong = Problem::BadParameter { name: "after", expected: "a position in this list, as `next` gave it" };
    let after = query.text("after").map(|text| text.parse().map_err(|_| wrong)).transpose()?;
    let page = app.read(move |replica| EvidencePage::read(replica, after, limit)).await?;
    let votes: Vec<Value> =
        page.votes.iter().map(|(found, milestone)| describe_accusation(found, *milestone)).collect();
    let events: Vec<Value> = page.events.iter().map(|(fork, milestone)| describe_fork(fork, *milestone)).collect();
    let next = page.next.map(|position| position.to_string());
    Ok(json(StatusCode::OK, &json!({ "votes": votes, "events": events, "next": next })))
}

fn describe_accusation(found: &ReportedEvidence, milestone: Option<Height>) -> Value {
    let [first, _] = found.evidence.votes();
    json!({
        "culprit": first.signer.to_string(),
        "votes": describe_votes(&found.evidence),
        "told_in": found.reported_in.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "milestone": milestone.map(|height| height.0),
    })
}

fn describe_fork(fork: &Equivocation, milestone: Option<Height>) -> Value {
    json!({
        "culprit": fork.author.to_string(),
        "lane": fork.lane.0,
        "seq": fork.seq.0,
        "events": [fork.first.to_string(), fork.second.to_string()],
        "milestone": milestone.map(|height| height.0),
    })
}
