//! A value as the author of a session sees it: what the document shows, changed by what the session wrote.

use std::borrow::Cow;

use quorate_event::{Container, ElementRef, Target, Value};

use crate::model::containers::Object;
use crate::model::register::Register;
use crate::view::reading::ViewValue;
use crate::view::sequences::{ListView, TextView};

/// A container, and its content in the document: `None` if the session made the container.
#[derive(Clone, Copy)]
pub(crate) struct ContainerRef<B> {
    pub(crate) target: Target,
    pub(crate) base: Option<B>,
}

/// A value as the author of the session sees it.
#[derive(Clone)]
pub(crate) enum SessionValue<'d> {
    Scalar(Cow<'d, Value>),
    Object(ContainerRef<&'d Object>),
    List(ContainerRef<ListView<'d>>),
    Text(ContainerRef<TextView<'d>>),
    Register(ContainerRef<&'d Register>),
    /// The content is the sum that the document shows.
    Counter(ContainerRef<i128>),
}

impl<'d> SessionValue<'d> {
    pub(crate) fn of(shown: ViewValue<'d>) -> Self {
        match shown {
            ViewValue::Scalar(value) => Self::Scalar(Cow::Borrowed(value)),
            ViewValue::Object(id, object) => Self::Object(ContainerRef { target: id.target(), base: Some(object) }),
            ViewValue::List(id, list) => Self::List(ContainerRef { target: id.target(), base: Some(list) }),
            ViewValue::Text(id, text) => Self::Text(ContainerRef { target: id.target(), base: Some(text) }),
            ViewValue::Register(id, register) => {
                Self::Register(ContainerRef { target: id.target(), base: Some(register) })
            }
            ViewValue::Counter(id, sum) => Self::Counter(ContainerRef { target: id.target(), base: Some(sum) }),
        }
    }

    pub(crate) fn new(index: u32, value: &Value) -> Self {
        let target = Target::Made(ElementRef::Here(index));
        match value {
            Value::New(Container::Object) => Self::Object(ContainerRef { target, base: None }),
            Value::New(Container::List) => Self::List(ContainerRef { target, base: None }),
            Value::New(Container::Text) => Self::Text(ContainerRef { target, base: None }),
            Value::New(Container::Register) => Self::Register(ContainerRef { target, base: None }),
            Value::New(Container::Counter) => Self::Counter(ContainerRef { target, base: None }),
            scalar => Self::Scalar(Cow::Owned(scalar.clone())),
        }
    }

    /// The kind of the value, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(value) => match value.as_ref() {
                Value::Null => "null",
                Value::Bool(_) => "a boolean",
                Value::Integer(_) | Value::Float(_) => "a number",
                Value::String(_) => "a string",
                Value::New(_) => "a container",
            },
            Self::Object(_) => "an object",
            Self::List(_) => "a list",
            Self::Text(_) => "a text",
            Self::Register(_) => "a register",
            Self::Counter(_) => "a counter",
        }
    }
}
