//! Edits of documents, as they stand in an event.
//!
//! A *container* (object, list, text, register, counter) is named by the edit that made it, an *element* of a list by the
//! edit that inserted it and its place in that edit's run. Both are written as (event, index), where the index counts an
//! event's edits, each as many as its [`Edit::width`]. Within the event that makes it, an index alone is enough.

mod bytes;

pub(crate) use bytes::non_empty;

use std::sync::Arc;

use crate::element_ref::ElementRef;
use crate::scalar::{Float, Integer, Number, number};
use crate::splice::Splice;

/// What a new container holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Container {
    /// Keys and values.
    Object,
    /// Values in order.
    List,
    /// Characters in order; shows as a string.
    Text,
    /// One value, assigned; shows as that value.
    Register,
    /// A sum; shows as a number.
    Counter,
}

/// A value that an edit writes: a scalar of JSON, or a new, empty container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer in [-2^63, 2^64).
    Integer(Integer),
    /// Any other finite number.
    Float(Float),
    /// A string, whose bytes are its identity: no Unicode normalisation. Cheap to clone.
    String(Arc<str>),
    /// A new container, named by this edit.
    New(Container),
}

impl Value {
    /// The value of a float: an integer where it is one, nothing for NaN and the infinities.
    pub fn from_f64(value: f64) -> Option<Self> {
        match number(value)? {
            Number::Integer(integer) => Some(Self::Integer(integer)),
            Number::Float(float) => Some(Self::Float(float)),
        }
    }
}

/// The container that an edit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The document's root: an object from the start; as the target of [`Edit::Assign`], the place of the root's value.
    Root,
    /// A container made by an edit.
    Made(ElementRef),
}

/// One change of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Writes a key of an object: replaces the values in this edit's past.
    Set {
        /// The object.
        target: Target,
        /// The key.
        key: String,
        /// The value.
        value: Value,
    },
    /// Removes a key: the values in this edit's past; concurrent writes survive.
    Delete {
        /// The object.
        target: Target,
        /// The key.
        key: String,
    },
    /// Writes a register, or the document's root: replaces the values in this edit's past.
    Assign {
        /// The register.
        target: Target,
        /// The value.
        value: Value,
    },
    /// Inserts values into a list, between two elements that its author saw as neighbours.
    Insert {
        /// The list.
        target: Target,
        /// The element to the left, or the list's start.
        left: Option<ElementRef>,
        /// The element to the right, or the list's end.
        right: Option<ElementRef>,
        /// The run of values, at least one.
        values: Vec<Value>,
    },
    /// Removes elements that one insertion wrote into a list, one after the other.
    Remove {
        /// The list.
        target: Target,
        /// The first of them.
        first: ElementRef,
        /// How many, at least one.
        count: u32,
    },
    /// Changes a text.
    Splice {
        /// The text.
        target: Target,
        /// The changes.
        splice: Splice,
    },
    /// Adds to a counter.
    Add {
        /// The counter.
        target: Target,
        /// How much; not zero.
        amount: i64,
    },
    /// Moves an element of a list between two places that its author saw as neighbours. Takes an index of its own, which
    /// names the new place.
    Move {
        /// The list.
        target: Target,
        /// The element, by its insertion.
        element: ElementRef,
        /// The place to the left, or the list's start.
        left: Option<ElementRef>,
        /// The place to the right, or the list's end.
        right: Option<ElementRef>,
    },
}

impl Edit {
    /// How many indices of its event this edit takes.
    pub fn width(&self) -> u32 {
        match self {
            Self::Insert { values, .. } => u32::try_from(values.len()).unwrap_or(u32::MAX),
            Self::Splice { splice, .. } => splice.chars(),
            _ => 1,
        }
    }

    /// How many of an event's [`EVENT_EDITS`](crate::limits::EVENT_EDITS) this edit counts for: a splice for each change.
    pub fn count(&self) -> usize {
        match self {
            Self::Splice { splice, .. } => splice.changes().len(),
            _ => 1,
        }
    }
}

/// The edits of one event that are addressed to one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentEdits {
    /// The document's name, 1 to 256 bytes.
    pub document: String,
    /// The edits, in the order in which they apply.
    pub edits: Vec<Edit>,
}
