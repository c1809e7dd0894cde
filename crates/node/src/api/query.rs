//! The query of a URL, read strictly: the route must know each parameter, and each may be given once.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use quorate_event::{Height, limits};
use quorate_replica::{ConsistencyLevel, Moment};

use super::problem::Problem;

/// The parameters of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(BTreeMap<&'static str, String>);

impl Query {
    /// Reads the parameters, if they are all among `known`.
    pub(super) fn parse(query: &str, known: &[&'static str]) -> Result<Self, Problem> {
        let mut parameters = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = known.iter().find(|known| **known == name);
            let name = *name.ok_or(Problem::UnknownParameter)?;
            let expected = "UTF-8, percent-encoded";
            let value = decode(value).ok_or(Problem::BadParameter { name, expected })?;
            if parameters.insert(name, value).is_some() {
                let expected = "given once";
                return Err(Problem::BadParameter { name, expected });
            }
        }
        Ok(Self(parameters))
    }

    /// The text of a parameter.
    pub(super) fn text(&self, name: &'static str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that is one of a few words. The first one is the default.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &'static str,
        choices: &[(&'static str, T)],
        expected: &'static str,
    ) -> Result<T, Problem> {
        let found = match self.text(name) {
            None => choices.first(),
            Some(text) => choices.iter().find(|(word, _)| *word == text),
        };
        let wrong = Problem::BadParameter { name, expected };
        found.map(|(_, choice)| *choice).ok_or(wrong)
    }

    /// A parameter that is a decimal number.
    pub(super) fn number(&self, name: &'static str, expected: &'static str) -> Result<Option<u64>, Problem> {
        let parse = |text: &str| {
            let digits = text.bytes().all(|digit| digit.is_ascii_digit());
            let number = text.parse().ok().filter(|_| digits);
            number.ok_or(Problem::BadParameter { name, expected })
        };
        self.text(name).map(parse).transpose()
    }

    /// The number of items on a page, at most [`PAGE`].
    pub(super) fn limit(&self, default: usize) -> Result<usize, Problem> {
        let (name, expected) = ("limit", "1 to 1000");
        let Some(limit) = self.number(name, expected)? else {
            return Ok(default);
        };
        let limit = usize::try_from(limit).ok();
        let limit = limit.filter(|limit| (1..=PAGE).contains(limit));
        limit.ok_or(Problem::BadParameter { name, expected })
    }

    /// The state of a document to read: `at` an event or a milestone, or else at a level.
    pub(super) fn moment(&self) -> Result<Moment, Problem> {
        let name = "at";
        let level = self.level()?;
        let Some(at) = self.text(name) else {
            return Ok(Moment::Level(level));
        };
        if self.text("level").is_some() {
            return Err(Problem::BadParameter { name, expected: "given without `level`" });
        }
        let expected = "an event, 0x and 64 hexadecimal digits, or a milestone's height";
        if at.starts_with("0x") {
            let event = at.parse().map_err(|_| Problem::BadParameter { name, expected })?;
            return Ok(Moment::Event(event));
        }
        let height = self.number(name, expected)?;
        height.map(|height| Moment::Milestone(Height(height))).ok_or(Problem::BadParameter { name, expected })
    }

    /// The level to read; the default is `merged`.
    pub(super) fn level(&self) -> Result<ConsistencyLevel, Problem> {
        let choices = [("merged", ConsistencyLevel::Merged), ("final", ConsistencyLevel::Final)];
        self.choice("level", &choices, "`merged` or `final`")
    }
}

/// Items on one page, at most, since an answer is built in memory.
pub(super) const PAGE: usize = 1_000;

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// The name of a document, out of the path: 1 to 256 bytes of UTF-8 with any characters. It never names a file.
#[derive(Debug, Clone)]
pub(super) struct DocumentName(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for DocumentName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(name) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Problem::BadName)?;
        if (1..=limits::NAME_BYTES).contains(&name.len()) { Ok(Self(name)) } else { Err(Problem::BadName) }
    }
}

/// The syntax of a pointer, for messages.
pub(super) const POINTER: &str = "a JSON pointer (RFC 6901): empty, or /-separated with ~0 for ~ and ~1 for /";

/// A pointer of RFC 6901, if it is one.
pub(super) fn pointer(text: &str) -> Result<&str, Problem> {
    let starts = text.is_empty() || text.starts_with('/');
    let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if starts && escapes {
        return Ok(text);
    }
    Err(Problem::BadParameter { name: "pointer", expected: POINTER })
}
