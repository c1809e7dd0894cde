//! Edits of documents, as they stand in an event.
//!
//! A *container* (object, list) is named by the edit that made it, an *element* of a list by the edit that inserted it
//! and its place in that edit's run. Both are written as (event, index), where the index counts an event's edits, each
//! insertion of n values counting n. Within the event that makes it, an index alone is enough.

use crate::cbor::{Canonical, DecodeError, Reader, Writer};
use crate::id::EventId;
use crate::limits;
use crate::scalar::{Float, Integer, Number, number};

/// What a new container holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Container {
    /// Keys and values.
    Object,
    /// Values in order.
    List,
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
    /// A string, whose bytes are its identity: no Unicode normalisation.
    String(String),
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

/// What an edit names: a container or a list's element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ElementRef {
    /// Made by this same event, at this index.
    Here(u32),
    /// Made by an earlier event.
    There(EventId, u32),
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
    /// Writes the document's root.
    Assign {
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
    /// Removes an element of a list.
    Remove {
        /// The list.
        target: Target,
        /// The element.
        element: ElementRef,
    },
}

impl Edit {
    /// How many indices of its event this edit takes.
    pub fn width(&self) -> u32 {
        match self {
            Self::Insert { values, .. } => u32::try_from(values.len()).unwrap_or(u32::MAX),
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

impl Canonical for Value {
    fn encode(&self, to: &mut Writer) {
        match self {
            Self::Null => to.null(),
            Self::Bool(value) => to.bool(*value),
            Self::Integer(integer) => to.int(integer.value()),
            Self::Float(float) => to.float(float.value()),
            Self::String(text) => to.text(text),
            Self::New(Container::Object) => to.array(1).uint(0),
            Self::New(Container::List) => to.array(1).uint(1),
        };
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        use minicbor::data::Type;
        match from.next_type() {
            Some(Type::Null) => from.null("value").map(|()| Self::Null),
            Some(Type::Bool) => from.bool("value").map(Self::Bool),
            Some(Type::String) => from.text("value").map(|text| Self::String(text.to_owned())),
            Some(Type::Array) => decode_container(from).map(Self::New),
            Some(Type::F16 | Type::F32 | Type::F64) => match number(from.float("value")?) {
                Some(Number::Float(float)) => Ok(Self::Float(float)),
                _ => Err(DecodeError::OutOfRange { what: "float" }),
            },
            _ => match Integer::new(from.int("value")?) {
                Some(integer) => Ok(Self::Integer(integer)),
                None => Err(DecodeError::OutOfRange { what: "integer" }),
            },
        }
    }
}

fn decode_container(from: &mut Reader<'_>) -> Result<Container, DecodeError> {
    from.array(1, "new container")?;
    match from.uint("new container")? {
        0 => Ok(Container::Object),
        1 => Ok(Container::List),
        _ => Err(DecodeError::OutOfRange { what: "container" }),
    }
}

impl Canonical for ElementRef {
    fn encode(&self, to: &mut Writer) {
        match self {
            Self::Here(index) => to.uint(u64::from(*index)),
            Self::There(event, index) => to.array(2).bytes(event.as_bytes()).uint(u64::from(*index)),
        };
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if from.next_type() == Some(minicbor::data::Type::Array) {
            from.array(2, "reference")?;
            return Ok(Self::There(from.event_id()?, from.u32("reference")?));
        }
        from.u32("reference").map(Self::Here)
    }
}

fn encode_optional(reference: Option<&ElementRef>, to: &mut Writer) {
    match reference {
        Some(reference) => reference.encode(to),
        None => {
            to.null();
        }
    }
}

fn decode_optional(from: &mut Reader<'_>) -> Result<Option<ElementRef>, DecodeError> {
    if from.next_type() == Some(minicbor::data::Type::Null) {
        return from.null("reference").map(|()| None);
    }
    ElementRef::decode(from).map(Some)
}

impl Canonical for Target {
    fn encode(&self, to: &mut Writer) {
        match self {
            Self::Root => encode_optional(None, to),
            Self::Made(made) => made.encode(to),
        }
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        decode_optional(from).map(|made| made.map_or(Self::Root, Self::Made))
    }
}

impl Canonical for Edit {
    fn encode(&self, to: &mut Writer) {
        match self {
            Self::Set { target, key, value } => {
                target.encode(to.array(4).uint(0));
                value.encode(to.text(key));
            }
            Self::Delete { target, key } => {
                target.encode(to.array(3).uint(1));
                to.text(key);
            }
            Self::Assign { value } => value.encode(to.array(2).uint(2)),
            Self::Insert { target, left, right, values } => {
                target.encode(to.array(5).uint(3));
                encode_optional(left.as_ref(), to);
                encode_optional(right.as_ref(), to);
                to.list(values, |to, value| value.encode(to));
            }
            Self::Remove { target, element } => {
                target.encode(to.array(3).uint(4));
                element.encode(to);
            }
        }
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let len = from.array_head("edit")?;
        match (from.uint("edit kind")?, len) {
            (0, 4) => Ok(Self::Set {
                target: Target::decode(from)?,
                key: from.text("key")?.to_owned(),
                value: Value::decode(from)?,
            }),
            (1, 3) => Ok(Self::Delete { target: Target::decode(from)?, key: from.text("key")?.to_owned() }),
            (2, 2) => Ok(Self::Assign { value: Value::decode(from)? }),
            (3, 5) => Ok(Self::Insert {
                target: Target::decode(from)?,
                left: decode_optional(from)?,
                right: decode_optional(from)?,
                values: non_empty(from.list(limits::EVENT_BYTES, "values", Value::decode)?)?,
            }),
            (4, 3) => Ok(Self::Remove { target: Target::decode(from)?, element: ElementRef::decode(from)? }),
            _ => Err(DecodeError::OutOfRange { what: "edit kind" }),
        }
    }
}

/// Refuses a list that says nothing: it would be a second form of its absence.
pub(crate) fn non_empty<T>(items: Vec<T>) -> Result<Vec<T>, DecodeError> {
    if items.is_empty() { Err(DecodeError::OutOfRange { what: "empty list" }) } else { Ok(items) }
}

impl Canonical for DocumentEdits {
    fn encode(&self, to: &mut Writer) {
        to.array(2).text(&self.document).list(&self.edits, |to, edit| edit.encode(to));
    }

    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        from.array(2, "edits of a document")?;
        let document = from.name("document name")?.to_owned();
        let edits = non_empty(from.list(limits::EVENT_EDITS, "edits", Edit::decode)?)?;
        Ok(Self { document, edits })
    }
}
