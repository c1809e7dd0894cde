//! Why a change cannot be written.

use crate::json::pointer::PointerError;

/// Why a wish cannot be written. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The place is not a JSON pointer.
    #[error(transparent)]
    Pointer(#[from] PointerError),
    /// The path leads through something that holds no values.
    #[error("the value at {pointer:?} is neither an object nor a list: write a whole value there first")]
    NotAContainer {
        /// Where.
        pointer: String,
    },
    /// The list has no such place.
    #[error("the list has {length} items, so {pointer:?} is no place in it: write /- at the end to append")]
    NoSuchPlace {
        /// The place that was asked for.
        pointer: String,
        /// How many items the list has.
        length: usize,
    },
    /// Nothing to delete there.
    #[error("nothing shows at {pointer:?}")]
    NothingThere {
        /// Where.
        pointer: String,
    },
    /// The root can be replaced, not deleted.
    #[error("a document's root cannot be deleted: write null or {{}} instead")]
    DeletesTheRoot,
    /// More arrays and objects within each other than a document may have.
    #[error("more than {limit} arrays and objects within each other")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// One key and value that no event can hold: a long key, or a long string too deep for a text.
    #[error("key and value at {pointer:?} take {bytes} bytes; one event holds {limit}: shorten the key, or nest less")]
    TooLong {
        /// Where.
        pointer: String,
        /// The bytes of the edit.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A number that JSON does not have.
    #[error("the number at {pointer:?} is not finite")]
    NotFinite {
        /// Where.
        pointer: String,
    },
    /// A value that has no JSON form.
    #[error("what is to be written at {pointer:?} has no JSON form: {problem}")]
    NotJson {
        /// Where.
        pointer: String,
        /// What stands against it, as its serializer says.
        problem: String,
    },
    /// An edit of a text, list or counter at a place that holds something else.
    #[error("the value at {pointer:?} is {found}, not {wanted}: make {wanted} there first, or set the whole value")]
    WrongKind {
        /// Where.
        pointer: String,
        /// What the edit needs.
        wanted: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// Positions that a text or a list does not have.
    #[error("position {at} is past the end of {pointer:?}: its length is {length}, counted in {unit}")]
    PastTheEnd {
        /// The text or the list.
        pointer: String,
        /// The position, or the end of the range.
        at: u64,
        /// How long it is.
        length: u32,
        /// What is counted.
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
    /// A JSON patch whose `test` found another value. Nothing of the patch was written.
    #[error("the test of operation {operation} failed: another value shows at {pointer:?}")]
    TestFailed {
        /// Which operation, from 0.
        operation: usize,
        /// Where.
        pointer: String,
    },
    /// A JSON patch that is none, or that cannot be applied to what shows. Nothing of it was written.
    #[error("operation {operation} of the JSON patch {problem}")]
    Patch {
        /// Which operation, from 0.
        operation: usize,
        /// What is wrong with it.
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
    #[error("is none of RFC 6902: {problem}")]
    Malformed {
        /// What is wrong, in the words of its parser.
        problem: String,
    },
    /// Nothing shows at its `path`, or at the parent of what it adds.
    #[error("names a path where nothing shows: {pointer:?}")]
    NoSuchPath {
        /// The path.
        pointer: String,
    },
    /// Nothing shows at its `from`.
    #[error("takes from where nothing shows: {pointer:?}")]
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
    /// Copies of copies, too large in all.
    #[error("copies more than {limit} bytes in all")]
    CopiesTooMuch {
        /// The limit.
        limit: usize,
    },
}
