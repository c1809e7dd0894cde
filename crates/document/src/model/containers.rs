//! The containers of a document, by the edits that made them.

use std::collections::BTreeMap;

use quorate_event::{Container, Value};

use crate::model::counter::Counter;
use crate::model::events::ElementKey;
use crate::model::list::List;
use crate::model::outcome::IgnoredReason;
use crate::model::register::Register;
use crate::model::text::Text;

/// Every container of a document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Containers {
    /// The writes of the root's value.
    pub(crate) assigned: Register,
    /// The object that shows while no value is assigned to the root.
    pub(crate) root: ContainerState,
    pub(crate) made: BTreeMap<ElementKey, ContainerState>,
}

/// A container, and its depth: the root's is 1.
#[derive(Debug, Clone)]
pub(crate) struct ContainerState {
    pub(crate) depth: usize,
    pub(crate) content: ContainerContent,
}

#[derive(Debug, Clone)]
pub(crate) enum ContainerContent {
    Object(Object),
    List(Box<List>),
    Text(Box<Text>),
    Register(Register),
    Counter(Counter),
}

/// Every key of an object that was written.
pub(crate) type Object = BTreeMap<String, Register>;

/// A container within this process: the root, or the key of the edit that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContainerKey {
    Root,
    Made(ElementKey),
}

impl Default for ContainerState {
    fn default() -> Self {
        Self { depth: 1, content: ContainerContent::Object(Object::new()) }
    }
}

impl ContainerContent {
    fn new(container: Container) -> Self {
        match container {
            Container::Object => Self::Object(Object::new()),
            Container::List => Self::List(Box::default()),
            Container::Text => Self::Text(Box::default()),
            Container::Register => Self::Register(Register::default()),
            Container::Counter => Self::Counter(Counter::default()),
        }
    }
}

impl Containers {
    pub(crate) fn made(&self, key: ElementKey) -> Option<&ContainerState> {
        self.made.get(&key)
    }

    pub(crate) fn get_mut(&mut self, container: ContainerKey) -> Result<&mut ContainerState, IgnoredReason> {
        match container {
            ContainerKey::Root => Ok(&mut self.root),
            ContainerKey::Made(key) => self.made.get_mut(&key).ok_or(IgnoredReason::UnknownContainer),
        }
    }

    /// Makes a container if `value` is a new one.
    pub(crate) fn make(&mut self, key: ElementKey, value: &Value, depth: usize) {
        if let Value::New(container) = value {
            self.made.insert(key, ContainerState { depth, content: ContainerContent::new(*container) });
        }
    }
}
