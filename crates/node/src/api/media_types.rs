//! The media types that requests and answers use.

/// The media type of a document's value.
pub(super) const JSON: &str = "application/json";
/// The media type of a merge patch (RFC 7386).
pub(super) const MERGE_PATCH: &str = "application/merge-patch+json";
/// The media type of a JSON patch (RFC 6902).
pub(super) const JSON_PATCH: &str = "application/json-patch+json";
/// The media type of edits of texts, lists and counters.
pub(super) const EDITS: &str = "application/vnd.quorate.edits+json";
/// All media types of a PATCH. Plain JSON is a merge patch.
pub(super) const PATCHES: &[&str] = &[MERGE_PATCH, JSON_PATCH, EDITS, JSON];
/// The media type of a signed event.
pub(super) const CBOR: &str = "application/cbor";
/// The media type of a sequence of signed events (RFC 8742).
pub(super) const CBOR_SEQUENCE: &str = "application/cbor-seq";
/// The media type of errors (RFC 9457).
pub(super) const PROBLEM_JSON: &str = "application/problem+json";
