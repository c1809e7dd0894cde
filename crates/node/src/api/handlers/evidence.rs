//! What no honest key signs, in pages: votes that exclude each other, by key, then events that do.

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
use crate::api::state::App;

/// Pairs on a page unless told otherwise.
const DEFAULT_PAGE: usize = 100;

/// Where a pair stands in the list; votes come before events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Against whom, and which of the pairs against that key.
    Votes(Address, usize),
    /// Whose, where, and the event that came second.
    Events(Address, Lane, Seq, EventId),
}

impl Place {
    fn of(fork: &Equivocation) -> Self {
        Self::Events(fork.author, fork.lane, fork.seq, fork.second)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Votes(culprit, at) => write!(f, "votes.{culprit}.{at}"),
            Self::Events(author, lane, seq, second) => write!(f, "events.{author}.{}.{}.{second}", lane.0, seq.0),
        }
    }
}

/// Not a place in this list.
struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        fn read<T: FromStr>(text: &str) -> Result<T, NoPlace> {
            text.parse().map_err(|_| NoPlace)
        }
        match text.split('.').collect::<Vec<_>>()[..] {
            ["votes", culprit, at] => Ok(Self::Votes(read(culprit)?, read(at)?)),
            ["events", author, lane, seq, second] => {
                Ok(Self::Events(read(author)?, Lane(read(lane)?), Seq(read(seq)?), read(second)?))
            }
            _ => Err(NoPlace),
        }
    }
}

/// Some of what is held against somebody, each pair with the milestone that orders it.
#[derive(Debug, Default)]
struct Page {
    votes: Vec<(ReportedEvidence, Option<Height>)>,
    events: Vec<(Equivocation, Option<Height>)>,
    /// The last of them, if others follow.
    next: Option<Place>,
}

impl Page {
    fn read(replica: &Replica, after: Option<Place>, limit: usize) -> Self {
        let mut page = Self::default();
        let is_left = |place: &Place| after.is_none_or(|after| *place > after);
        let votes = numbered(replica.evidence()).filter(|(place, _)| is_left(place));
        let mut forks = replica.equivocations();
        forks.sort_unstable_by_key(Place::of);
        let forks = forks.into_iter().map(|fork| (Place::of(&fork), fork)).filter(|(place, _)| is_left(place));
        let mut last = None;
        for (place, found) in votes.map(|(place, found)| (place, Found::Votes(found))).chain(forks.map(Found::events)) {
            if page.votes.len() + page.events.len() == limit {
                page.next = last;
                break;
            }
            last = Some(place);
            match found {
                Found::Votes(votes) => page.votes.push((votes.clone(), replica.ordered_at(votes))),
                Found::Events(fork) => page.events.push((fork, replica.condemned_at(&fork))),
            }
        }
        page
    }
}

enum Found<'r> {
    Votes(&'r ReportedEvidence),
    Events(Equivocation),
}

impl Found<'_> {
    fn events((place, fork): (Place, Equivocation)) -> (Place, Self) {
        (place, Self::Events(fork))
    }
}

/// Each with its place: they come by key, and of one key in an order that stays.
fn numbered(evidence: Vec<&ReportedEvidence>) -> impl Iterator<Item = (Place, &ReportedEvidence)> {
    let mut before = None;
    evidence.into_iter().map(move |found| {
        let [first, _] = found.evidence.votes();
        let at = match before {
            Some((culprit, at)) if culprit == first.signer => at + 1,
            _ => 0,
        };
        before = Some((first.signer, at));
        (Place::Votes(first.signer, at), found)
    })
}

/// `GET /v1/evidence`
pub(crate) async fn get(State(app): State<Arc<App>>, Extension(query): Extension<Query>) -> Result<Response, Problem> {
    let limit = query.limit(DEFAULT_PAGE)?;
    let wrong = Problem::BadParameter { name: "after", expected: "a place in this list, as `next` gave it" };
    let after = query.text("after").map(|text| text.parse().map_err(|_| wrong)).transpose()?;
    let page = app.read(move |replica| Page::read(replica, after, limit)).await?;
    let votes: Vec<Value> =
        page.votes.iter().map(|(found, milestone)| describe_accusation(found, *milestone)).collect();
    let events: Vec<Value> = page.events.iter().map(|(fork, milestone)| describe_fork(fork, *milestone)).collect();
    let next = page.next.map(|place| place.to_string());
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
