//! Conditional requests: `If-Match` and `If-None-Match` (RFC 9110 §13.1).

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use quorate_event::Digest;

/// The conditions of a request. The entity tag of a document is its digest, so equal values have equal tags.
#[derive(Debug)]
pub(super) struct Preconditions {
    matching: Vec<HeaderValue>,
    not_matching: Vec<HeaderValue>,
}

impl Preconditions {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let all = |name: HeaderName| headers.get_all(name).iter().cloned().collect();
        Self { matching: all(IF_MATCH), not_matching: all(IF_NONE_MATCH) }
    }

    /// Whether the request has no condition.
    pub(super) fn is_empty(&self) -> bool {
        self.matching.is_empty() && self.not_matching.is_empty()
    }

    /// Whether a write may go on, given the digest of the document, if there is one.
    pub(super) fn allows(&self, found: Option<Digest>) -> bool {
        match found {
            Some(found) => self.if_match_holds(found) && self.if_none_match_holds(found),
            None => self.matching.is_empty(),
        }
    }

    /// Whether `If-Match` is absent or names the digest. Weak tags never match here (RFC 9110 §13.1.1).
    pub(super) fn if_match_holds(&self, found: Digest) -> bool {
        let wanted = format!("\"{found}\"");
        self.matching.is_empty() || tags(&self.matching).any(|tag| tag == "*" || tag == wanted)
    }

    /// Whether `If-None-Match` is absent or does not name the digest.
    pub(super) fn if_none_match_holds(&self, found: Digest) -> bool {
        let wanted = format!("\"{found}\"");
        !tags(&self.not_matching).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == wanted)
    }
}

/// The entity tags of headers: `*`, `"a", W/"b"`.
fn tags(headers: &[HeaderValue]) -> impl Iterator<Item = &str> {
    let texts = headers.iter().filter_map(|tags| tags.to_str().ok());
    texts.flat_map(|tags| tags.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(name: HeaderName, tags: &str) -> Preconditions {
        Preconditions::of(&HeaderMap::from_iter([(name, HeaderValue::from_str(tags).unwrap())]))
    }

    #[test]
    fn a_condition_names_a_digest_a_document_or_none() {
        let digest = Digest::new([1; 32]);
        for (tags, matches, matches_weakly) in [
            (format!("\"{digest}\""), true, true),
            (format!("\"x\", \"{digest}\""), true, true),
            (format!("W/\"{digest}\""), false, true),
            ("*".to_owned(), true, true),
            (format!("{digest}"), false, false),
            ("\"x\"".to_owned(), false, false),
        ] {
            let (still, new) = (expected(IF_MATCH, &tags), expected(IF_NONE_MATCH, &tags));
            assert_eq!((still.allows(Some(digest)), still.allows(None)), (matches, false), "{tags}");
            assert_eq!((new.allows(Some(digest)), new.allows(None)), (!matches_weakly, true), "{tags}");
        }
        assert!(Preconditions::of(&HeaderMap::new()).is_empty());
    }
}
