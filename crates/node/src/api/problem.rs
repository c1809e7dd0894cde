//! The table of errors. docs/errors.md shows the same table, and a test compares them.
//!
//! To add an error: a row in `table!`, a variant of [`Problem`], an arm in [`Problem::row`], and a row in docs/errors.md.

use std::error::Error;
use std::num::NonZeroU32;

use axum::http::StatusCode;
use quorate_disk::store::StoreError;
use quorate_event::{EventError, EventId};
use quorate_replica::{PatchProblem, Refusal, UnknownMoment, WriteError};

use super::media_types::PATCHES;
use crate::core::Stopped;

/// One kind of error. Codes are stable; messages may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemRow {
    /// The status of the answer.
    pub status: StatusCode,
    /// The stable name, `code` in the answer.
    pub code: &'static str,
    /// The request or the event that causes it.
    pub when: &'static str,
    /// The remedy, `hint` in the answer.
    pub hint: &'static str,
}

macro_rules! table {
    ($($name:ident = $status:ident $code:literal: $when:literal => $hint:literal;)*) => {
        $(const $name: ProblemRow = ProblemRow { status: StatusCode::$status, code: $code, when: $when, hint: $hint };)*
        /// Every kind of error, by status.
        pub const PROBLEMS: &[ProblemRow] = &[$($name),*];
    };
}

table! {
    BAD_JSON = BAD_REQUEST "bad_json": "a body that is not strict JSON: syntax, a key twice, NaN, a lone surrogate, too deep" => "send one JSON value in UTF-8; the message says what is wrong and where";
    BAD_EVENT = BAD_REQUEST "bad_event": "a body that is not a signed event of this network" => "send the canonical CBOR of docs/wire.md, signed by its author for this network";
    BAD_PARAMETER = BAD_REQUEST "bad_parameter": "a parameter of the wrong form, given twice, or missing" => "GET /openapi.json lists each route's parameters";
    BAD_PATCH = BAD_REQUEST "bad_patch": "a JSON patch, or edits, of another form than theirs" => "a patch is a list of RFC 6902's operations, edits are a list of insert, remove, move, add, make, set and delete; the message says what is wrong";
    UNKNOWN_PARAMETER = BAD_REQUEST "unknown_parameter": "a query parameter that the route does not have, such as a token" => "GET /openapi.json lists each route's parameters; a token goes into the Authorization header";
    BAD_NAME = BAD_REQUEST "bad_name": "a document name of more than 256 bytes, or not UTF-8" => "use 1 to 256 bytes of UTF-8, percent-encoded in the path";
    URI_TOO_LONG = BAD_REQUEST "uri_too_long": "a path and query of more than 8 KiB" => "shorten the query; values go into the body";
    BODY_INCOMPLETE = BAD_REQUEST "body_incomplete": "a body that ended early, or took longer than 30 s" => "send the whole body again";
    NO_TOKEN = UNAUTHORIZED "no_token": "a request that needs a token, without one" => "send `Authorization: Bearer TOKEN`; the token is in HOME/NAME/token";
    WRONG_TOKEN = UNAUTHORIZED "wrong_token": "a token that is not this node's" => "read it again from HOME/NAME/token of this node";
    FOREIGN_HOST = FORBIDDEN "foreign_host": "a Host header that does not name this machine" => "use http://127.0.0.1:PORT";
    FOREIGN_ORIGIN = FORBIDDEN "foreign_origin": "a write that a page of another site sent" => "write from a page that this node serves, or from a program that sends no Origin";
    MAY_NOT_WRITE = FORBIDDEN "may_not_write": "a write by a key that the genesis does not admit" => "write at a member's node, or found a network whose writers are open";
    UNKNOWN_ROUTE = NOT_FOUND "unknown_route": "a path without a route" => "GET /openapi.json lists all routes";
    UNKNOWN_DOCUMENT = NOT_FOUND "unknown_document": "a document that was never written, or is not at this level yet" => "GET /v1/docs lists the documents; one that is not final yet shows with level=merged";
    UNKNOWN_EVENT = NOT_FOUND "unknown_event": "an event that this node does not hold" => "it may not have arrived yet; GET /v1/events lists the events of this node";
    UNKNOWN_MILESTONE = NOT_FOUND "unknown_milestone": "a height without a milestone on this node" => "GET /v1/milestones/head names the last one";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method_not_allowed": "a method that the route does not have" => "the Allow header names its methods";
    MISSING_PARENTS = CONFLICT "missing_parents": "a signed event whose parents this node does not hold" => "submit the parents first, or wait until they arrive";
    TEST_FAILED = CONFLICT "test_failed": "a JSON patch with a `test` that does not hold; the node wrote nothing" => "read the document again, and make the patch anew";
    NO_SUCH_PLACE = CONFLICT "no_such_place": "a pointer or position that the document does not have" => "read the document again; the message says what is there";
    LANE_FORKED = CONFLICT "lane_forked": "a write at a node whose key and lane another process uses too" => "stop the other process, and give this node a home of its own";
    CHANGED = PRECONDITION_FAILED "changed": "a document that does not meet If-Match or If-None-Match" => "read it again, and decide again; its ETag is its digest";
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE "body_too_large": "a body of more than 8 MiB, or a signed event of more than 64 KiB" => "split the write into several";
    NOT_ATOMIC = PAYLOAD_TOO_LARGE "not_atomic": "atomic=1 with a write that needs more than one event" => "split the write, or leave out `atomic`";
    MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE "media_type": "a body whose Content-Type the route does not take" => "PUT takes application/json, PATCH what its Accept-Patch header names, POST /v1/events application/cbor or application/cbor-seq";
    UNWRITABLE = UNPROCESSABLE_ENTITY "unwritable": "a value that no document can hold, or the deletion of a root" => "the message names the value";
    CONTRADICTION = UNPROCESSABLE_ENTITY "contradiction": "a signed event that contradicts its own past" => "derive seq and parents from the events that it builds on, and sign again";
    BUSY = TOO_MANY_REQUESTS "busy": "more writes than the disk can take" => "try again after Retry-After seconds, or put more into each write";
    TOO_MANY_STREAMS = TOO_MANY_REQUESTS "too_many_streams": "more streams than one node serves" => "close one, or share one among several readers";
    STOPPED = SERVICE_UNAVAILABLE "stopped": "a node that is stopping, or whose disk failed" => "its log says why; start it again";
    NO_ANSWER = SERVICE_UNAVAILABLE "no_answer": "a node that is too busy to answer a read in 10 s" => "try again; if that continues, its log and /metrics say why";
    NOT_DURABLE_YET = SERVICE_UNAVAILABLE "not_durable_yet": "a write that is not on the disk within timeout_ms, or 10 s if that is longer" => "it may still be written: read before you repeat it";
    STORE_FAILED = SERVICE_UNAVAILABLE "store_failed": "a store that cannot be read" => "the node's log names the file and the remedy";
    DISK_FULL = INSUFFICIENT_STORAGE "disk_full": "no space left for the store" => "free some space, then start the node again";
}

/// The reason why a request fails.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Not JSON, or not strict.
    #[error("the body is not strict JSON: {0}")]
    BadJson(#[source] Box<dyn Error + Send + Sync>),
    /// Not an event, or without a valid signature of its author.
    #[error("the body is not a signed event of this network: {0}")]
    BadEvent(#[from] EventError),
    /// Neither a JSON patch nor edits.
    #[error("the body is not a list of edits: {0}")]
    BadPatch(#[source] serde_json::Error),
    /// A parameter of the wrong form.
    #[error("`{name}` must be {expected}")]
    BadParameter {
        /// The parameter.
        name: &'static str,
        /// The required form.
        expected: &'static str,
    },
    /// A parameter that the route does not have. The message does not repeat it, since it may be a secret.
    #[error("the query has a parameter that this route does not have")]
    UnknownParameter,
    /// No name of a document.
    #[error("the name of a document has 1 to 256 bytes of UTF-8")]
    BadName,
    /// A path and query beyond the limit.
    #[error("path and query have {bytes} bytes, more than {limit}")]
    UriTooLong {
        /// Their length.
        bytes: usize,
        /// The greatest length.
        limit: usize,
    },
    /// The body did not arrive.
    #[error("the body did not arrive completely")]
    BodyIncomplete,
    /// No `Authorization: Bearer`.
    #[error("this request needs the node's token")]
    NoToken,
    /// Another token than the node's.
    #[error("the token is not this node's")]
    WrongToken,
    /// A name under which this node does not serve.
    #[error("the Host header does not name this node")]
    ForeignHost,
    /// A page of another site.
    #[error("a page of another origin may not write here")]
    ForeignOrigin,
    /// No such path.
    #[error("there is no such route")]
    UnknownRoute,
    /// No such document at that level.
    #[error("there is no document {name:?} at this level")]
    UnknownDocument {
        /// Its name.
        name: String,
    },
    /// No such event here.
    #[error("this node does not hold event {id}")]
    UnknownEvent {
        /// Its id.
        id: EventId,
    },
    /// No such milestone here.
    #[error("this node holds no milestone of height {height}")]
    UnknownMilestone {
        /// Its height.
        height: u64,
    },
    /// A method that the route does not have.
    #[error("the route does not have this method")]
    MethodNotAllowed,
    /// A precondition does not hold.
    #[error("the document does not meet the condition of the request")]
    Changed,
    /// A body beyond its limit.
    #[error("the body has more than {limit} bytes")]
    BodyTooLarge {
        /// The greatest length.
        limit: usize,
    },
    /// A media type that the route does not accept.
    #[error("this route accepts {}", taken.join(", "))]
    MediaType {
        /// The media types that it accepts.
        taken: &'static [&'static str],
    },
    /// The replica refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many streams.
    #[error("{limit} streams are open already")]
    TooManyStreams {
        /// The greatest number.
        limit: usize,
    },
    /// The core thread has ended.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The core thread is behind.
    #[error("the node is too busy to answer")]
    NoAnswer,
    /// The disk is behind.
    #[error("the write was accepted, but was not on the disk within {after_ms} ms")]
    NotDurableYet {
        /// The time that the request waited.
        after_ms: u64,
    },
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Store(#[from] StoreError),
    /// A stored vertex cannot be read.
    #[error("a stored vertex cannot be read")]
    Damaged,
}

impl Problem {
    /// Its row in the table.
    pub const fn row(&self) -> &'static ProblemRow {
        match self {
            Self::BadJson(_) => &BAD_JSON,
            Self::BadEvent(_) => &BAD_EVENT,
            Self::BadPatch(_) => &BAD_PATCH,
            Self::BadParameter { .. } => &BAD_PARAMETER,
            Self::UnknownParameter => &UNKNOWN_PARAMETER,
            Self::BadName => &BAD_NAME,
            Self::UriTooLong { .. } => &URI_TOO_LONG,
            Self::BodyIncomplete => &BODY_INCOMPLETE,
            Self::NoToken => &NO_TOKEN,
            Self::WrongToken => &WRONG_TOKEN,
            Self::ForeignHost => &FOREIGN_HOST,
            Self::ForeignOrigin => &FOREIGN_ORIGIN,
            Self::UnknownRoute => &UNKNOWN_ROUTE,
            Self::UnknownDocument { .. } => &UNKNOWN_DOCUMENT,
            Self::UnknownEvent { .. } => &UNKNOWN_EVENT,
            Self::UnknownMilestone { .. } => &UNKNOWN_MILESTONE,
            Self::MethodNotAllowed => &METHOD_NOT_ALLOWED,
            Self::Changed => &CHANGED,
            Self::BodyTooLarge { .. } => &BODY_TOO_LARGE,
            Self::MediaType { .. } => &MEDIA_TYPE,
            Self::Refused(refusal) => row_of_refusal(refusal),
            Self::TooManyStreams { .. } => &TOO_MANY_STREAMS,
            Self::Stopped(_) => &STOPPED,
            Self::NoAnswer => &NO_ANSWER,
            Self::NotDurableYet { .. } => &NOT_DURABLE_YET,
            Self::Store(StoreError::Full { .. }) => &DISK_FULL,
            Self::Store(_) | Self::Damaged => &STORE_FAILED,
        }
    }

    /// The media types of patches, if a PATCH had another one.
    pub(super) fn patches(&self) -> Option<&'static [&'static str]> {
        match self {
            Self::MediaType { taken } if *taken == PATCHES => Some(taken),
            _ => None,
        }
    }

    /// The seconds after which to try again, if that helps.
    pub fn retry_after_s(&self) -> Option<NonZeroU32> {
        (self.row().status == StatusCode::TOO_MANY_REQUESTS).then_some(NonZeroU32::MIN)
    }
}

const fn row_of_refusal(refusal: &Refusal) -> &'static ProblemRow {
    match refusal {
        Refusal::Write(error) => row_of_write(error),
        Refusal::NotAtomic => &NOT_ATOMIC,
        Refusal::MayNotWrite { .. } => &MAY_NOT_WRITE,
        Refusal::Busy { .. } => &BUSY,
        Refusal::MissingParents { .. } => &MISSING_PARENTS,
        Refusal::Malformed { .. } => &CONTRADICTION,
        Refusal::Lane(_) => &LANE_FORKED,
    }
}

/// A write that the state of the document does not allow is a conflict: another client may have caused that state.
const fn row_of_write(error: &WriteError) -> &'static ProblemRow {
    match error {
        WriteError::TestFailed { .. } => &TEST_FAILED,
        WriteError::Patch { problem, .. } => row_of_patch(problem),
        WriteError::Pointer(_) => &BAD_PATCH,
        WriteError::NotAContainer { .. }
        | WriteError::NoSuchPlace { .. }
        | WriteError::NothingThere { .. }
        | WriteError::WrongKind { .. }
        | WriteError::PastTheEnd { .. }
        | WriteError::WithinACharacter { .. } => &NO_SUCH_PLACE,
        WriteError::DeletesTheRoot
        | WriteError::TooDeep { .. }
        | WriteError::TooLong { .. }
        | WriteError::NotFinite { .. }
        | WriteError::NotJson { .. } => &UNWRITABLE,
    }
}

const fn row_of_patch(problem: &PatchProblem) -> &'static ProblemRow {
    match problem {
        PatchProblem::NotAnArray | PatchProblem::Malformed { .. } | PatchProblem::IntoItself { .. } => &BAD_PATCH,
        PatchProblem::NoSuchPath { .. } | PatchProblem::NoSuchSource { .. } => &NO_SUCH_PLACE,
        PatchProblem::CopiesTooMuch { .. } => &UNWRITABLE,
    }
}

impl From<UnknownMoment> for Problem {
    fn from(unknown: UnknownMoment) -> Self {
        match unknown {
            UnknownMoment::Event(id) => Self::UnknownEvent { id },
            UnknownMoment::Milestone(height) => Self::UnknownMilestone { height: height.0 },
        }
    }
}
