//! Why a change cannot be written.

use crate::json::pointer::PointerError;

/// Why a change cannot be written. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The path is not a JSON pointer.
    #[error(transparent)]
    Pointer(#[from] PointerError),
    /// The path leads through a value that is neither an object nor a list.
    #[error("the value at {pointer:?} is neither an object nor a list: write a whole value there first")]
    NotAContainer {
        /// The path.
        pointer: String,
    },
    /// The list has no such position.
    #[error("the list has {length} items, so {pointer:?} does not exist: write /- at the end to append")]
    NoSuchPlace {
        /// The path.
        pointer: String,
        /// How many items the list has.
        length: usize,
    },
    /// There is no value at the path.
    #[error("there is no value at {pointer:?}")]
    NothingThere {
        /// The path.
        pointer: String,
    },
    /// The root can be replaced, but not deleted.
    #[error("a document's root cannot be deleted: write null or {{}} instead")]
    DeletesTheRoot,
    /// Arrays and objects are nested more deeply than a document allows.
    #[error("arrays and objects nest more than {limit} deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// One key and value that exceed an event: a long key, or a long string too deep for a text.
    #[error("key and value at {pointer:?} take {bytes} bytes; one event holds {limit}: shorten the key, or nest less")]
    TooLong {
        /// The path.
        pointer: String,
        /// The bytes of the edit.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A number that JSON cannot express.
    #[error("the number at {pointer:?} is not finite")]
    NotFinite {
        /// The path.
        pointer: String,
    },
    /// A value that has no JSON form.
    #[error("the value for {pointer:?} has no JSON form: {problem}")]
    NotJson {
        /// The path.
        pointer: String,
        /// The message of the serializer.
        problem: String,
    },
    /// An edit of a text, list or counter at a path with a value of another kind.
    #[error("the value at {pointer:?} is {found}, not {wanted}: make {wanted} there first, or set the whole value")]
    WrongKind {
        /// The path.
        pointer: String,
        /// The kind that the edit needs.
        wanted: &'static str,
        /// The kind of the value there.
        found: &'static str,
    },
    /// A position past the end of a text or a list.
    #[error("position {at} is past the end of {pointer:?}: its length is {length}, counted in {unit}")]
    PastTheEnd {
        /// The text or the list.
        pointer: String,
        /// The position, or the end of the range.
        at: u64,
        /// Its length.
        length: u32,
        /// The unit of positions: characters, UTF-16 units or items.
        unit: &'static str,
    },
    /// A position between the two halves of a surrogate pair.
    #[error(
        "position {at} of {pointer:?} lies within a character that takes two UTF-16 units: use {at} - 1 or {at} + 1"
    )]
    WithinACharacter {
        /// The text.
        pointer: String,
        /// The position, in UTF-16 units.
        at: u32,
    },
    /// A `test` of a JSON patch found another value. Nothing of the patch was written.
    #[error("the test of operation {operation} failed: another value shows at {pointer:?}")]
    TestFailed {
        /// The number of the operation, from 0.
        operation: usize,
        /// Its path.
        pointer: String,
    },
    /// A JSON patch that is malformed, or that cannot be applied to the value that shows. Nothing of it was written.
    #[error("operation {operation} of the JSON patch {problem}")]
    Patch {
        /// The number of the operation, from 0.
        operation: usize,
        /// The problem.
        problem: PatchProblem,
    },
}

/// Why an operation of a JSON patch cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchProblem {
    /// The patch is not an array.
    #[error("is missing: a patch is an array of operations")]
    NotAnArray,
    /// Not an operation of RFC 6902.
    #[error("is not an operation of RFC 6902: {problem}")]
    Malformed {
        /// The message of its parser.
        problem: String,
    },
    /// There is no value at its `path`, or at the parent of the value that it adds.
    #[error("names a path without a value: {pointer:?}")]
    NoSuchPath {
        /// The path.
        pointer: String,
    },
    /// There is no value at its `from`.
    #[error("names a source without a value: {pointer:?}")]
    NoSuchSource {
        /// The path in `from`.
        pointer: String,
    },
    /// A value would move into itself.
    #[error("moves {pointer:?} into itself")]
    IntoItself {
        /// The path in `from`.
        pointer: String,
    },
    /// Copies that are too large together.
    #[error("copies more than {limit} bytes in all")]
    CopiesTooMuch {
        /// The limit.
        limit: usize,
    },
}
