//! Edits as bytes. A splice's depend on the index at which it stands, so edits are counted while they are written and read.

use super::{Container, DocumentEdits, Edit, Target, Value};
use crate::cbor::{Canonical, CborReader, CborWriter, DecodeError};
use crate::element_ref::ElementRef;
use crate::limits;
use crate::scalar::{Integer, Number, number};
use crate::splice::Splice;

impl Canonical for Value {
    fn encode(&self, to: &mut CborWriter) {
        match self {
            Self::Null => to.null(),
            Self::Bool(value) => to.bool(*value),
            Self::Integer(integer) => to.int(integer.value()),
            Self::Float(float) => to.float(float.value()),
            Self::String(text) => to.text(text),
            Self::New(Container::Object) => to.array(1).uint(0),
            Self::New(Container::List) => to.array(1).uint(1),
            Self::New(Container::Text) => to.array(1).uint(2),
            Self::New(Container::Register) => to.array(1).uint(3),
            Self::New(Container::Counter) => to.array(1).uint(4),
        };
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        use minicbor::data::Type;
        match from.next_type() {
            Some(Type::Null) => from.null("value").map(|()| Self::Null),
            Some(Type::Bool) => from.bool("value").map(Self::Bool),
            Some(Type::String) => from.text("value").map(|text| Self::String(text.into())),
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

fn decode_container(from: &mut CborReader<'_>) -> Result<Container, DecodeError> {
    from.array(1, "new container")?;
    match from.uint("new container")? {
        0 => Ok(Container::Object),
        1 => Ok(Container::List),
        2 => Ok(Container::Text),
        3 => Ok(Container::Register),
        4 => Ok(Container::Counter),
        _ => Err(DecodeError::OutOfRange { what: "container" }),
    }
}

impl Canonical for ElementRef {
    fn encode(&self, to: &mut CborWriter) {
        match self {
            Self::Here(index) => to.uint(u64::from(*index)),
            Self::There(event, index) => to.array(2).bytes(event.as_bytes()).uint(u64::from(*index)),
        };
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        if from.next_type() == Some(minicbor::data::Type::Array) {
            from.array(2, "reference")?;
            return Ok(Self::There(from.event_id()?, from.u32("reference")?));
        }
        from.u32("reference").map(Self::Here)
    }
}

fn encode_optional(reference: Option<&ElementRef>, to: &mut CborWriter) {
    match reference {
        Some(reference) => reference.encode(to),
        None => {
            to.null();
        }
    }
}

fn decode_optional(from: &mut CborReader<'_>) -> Result<Option<ElementRef>, DecodeError> {
    if from.next_type() == Some(minicbor::data::Type::Null) {
        return from.null("reference").map(|()| None);
    }
    ElementRef::decode(from).map(Some)
}

impl Canonical for Target {
    fn encode(&self, to: &mut CborWriter) {
        match self {
            Self::Root => encode_optional(None, to),
            Self::Made(made) => made.encode(to),
        }
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        decode_optional(from).map(|made| made.map_or(Self::Root, Self::Made))
    }
}

impl Edit {
    /// Writes it; `first` is the first index of its event that it takes.
    pub(crate) fn write(&self, first: u32, to: &mut CborWriter) {
        match self {
            Self::Set { target, key, value } => {
                target.encode(to.array(4).uint(0));
                value.encode(to.text(key));
            }
            Self::Delete { target, key } => {
                target.encode(to.array(3).uint(1));
                to.text(key);
            }
            Self::Assign { target, value } => {
                target.encode(to.array(3).uint(2));
                value.encode(to);
            }
            Self::Insert { target, left, right, values } => {
                target.encode(to.array(5).uint(3));
                encode_optional(left.as_ref(), to);
                encode_optional(right.as_ref(), to);
                to.list(values, |to, value| value.encode(to));
            }
            Self::Remove { target, first, count } => {
                target.encode(to.array(4).uint(4));
                first.encode(to);
                to.uint(u64::from(*count));
            }
            Self::Splice { target, splice } => {
                target.encode(to.array(5).uint(5));
                splice.write(first, to);
            }
            Self::Add { target, amount } => {
                target.encode(to.array(3).uint(6));
                to.int(i128::from(*amount));
            }
            Self::Move { target, element, left, right } => {
                target.encode(to.array(5).uint(7));
                element.encode(to);
                encode_optional(left.as_ref(), to);
                encode_optional(right.as_ref(), to);
            }
        }
    }

    /// Reads what [`Self::write`] writes.
    ///
    /// # Errors
    /// When it is malformed, or says nothing.
    pub(crate) fn read(first: u32, from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        let len = from.array_head("edit")?;
        match (from.uint("edit kind")?, len) {
            (0, 4) => Ok(Self::Set {
                target: Target::decode(from)?,
                key: from.text("key")?.to_owned(),
                value: Value::decode(from)?,
            }),
            (1, 3) => Ok(Self::Delete { target: Target::decode(from)?, key: from.text("key")?.to_owned() }),
            (2, 3) => Ok(Self::Assign { target: Target::decode(from)?, value: Value::decode(from)? }),
            (3, 5) => Ok(Self::Insert {
                target: Target::decode(from)?,
                left: decode_optional(from)?,
                right: decode_optional(from)?,
                values: non_empty(from.list(limits::EVENT_BYTES, "values", Value::decode)?)?,
            }),
            (4, 4) => decode_removal(from),
            (5, 5) => Ok(Self::Splice { target: Target::decode(from)?, splice: Splice::read(first, from)? }),
            (6, 3) => Ok(Self::Add { target: Target::decode(from)?, amount: decode_amount(from)? }),
            (7, 5) => Ok(Self::Move {
                target: Target::decode(from)?,
                element: ElementRef::decode(from)?,
                left: decode_optional(from)?,
                right: decode_optional(from)?,
            }),
            _ => Err(DecodeError::OutOfRange { what: "edit kind" }),
        }
    }
}

fn decode_removal(from: &mut CborReader<'_>) -> Result<Edit, DecodeError> {
    let target = Target::decode(from)?;
    let (first, count) = (ElementRef::decode(from)?, from.u32("count")?);
    let (ElementRef::Here(index) | ElementRef::There(_, index)) = first;
    match count.checked_sub(1).and_then(|more| index.checked_add(more)) {
        Some(_) => Ok(Edit::Remove { target, first, count }),
        None => Err(DecodeError::OutOfRange { what: "count" }),
    }
}

fn decode_amount(from: &mut CborReader<'_>) -> Result<i64, DecodeError> {
    match i64::try_from(from.int("amount")?) {
        Ok(amount) if amount != 0 => Ok(amount),
        _ => Err(DecodeError::OutOfRange { what: "amount" }),
    }
}

/// As the first edit of its event.
impl Canonical for Edit {
    fn encode(&self, to: &mut CborWriter) {
        self.write(0, to);
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        Self::read(0, from)
    }
}

impl DocumentEdits {
    /// Writes them, and counts the indices that they take.
    pub(crate) fn write(&self, next: &mut u32, to: &mut CborWriter) {
        to.array(2).text(&self.document).list(&self.edits, |to, edit| {
            edit.write(*next, to);
            *next = next.saturating_add(edit.width());
        });
    }

    /// Reads what [`Self::write`] writes.
    ///
    /// # Errors
    /// When they are malformed, none or too many.
    pub(crate) fn read(next: &mut u32, from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(2, "edits of a document")?;
        let document = from.name("document name")?.to_owned();
        let edits = from.list(limits::EVENT_EDITS, "edits", |from| {
            let edit = Edit::read(*next, from)?;
            *next = next.saturating_add(edit.width());
            Ok(edit)
        })?;
        Ok(Self { document, edits: non_empty(edits)? })
    }
}

/// Refuses a list that says nothing: it would be a second form of its absence.
pub(crate) fn non_empty<T>(items: Vec<T>) -> Result<Vec<T>, DecodeError> {
    if items.is_empty() { Err(DecodeError::OutOfRange { what: "empty list" }) } else { Ok(items) }
}
