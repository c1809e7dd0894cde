//! What an author sees in the middle of a session: what the document shows, changed by what the session wrote.

use std::borrow::Cow;
use std::collections::BTreeMap;

use quorate_event::{Container, ElementRef, Target, Value};
use serde_json::Value as Json;

use crate::edit::builder::edit_builder::Scribe;
use crate::edit::piece_table::splice::TextDraft;
use crate::edit::piece_table::table::{Base, Overlay, Span};
use crate::json::pointer;
use crate::json::scalar;
use crate::model::containers::Object;
use crate::model::register::Register;
use crate::view::reading::Shown;
use crate::view::sequences::{ListView, TextView};

/// A container, with what the document shows in it; nothing if the session made it.
#[derive(Clone, Copy)]
pub(crate) struct Site<B> {
    pub(crate) target: Target,
    pub(crate) base: Option<B>,
}

/// A value that the session's author sees.
#[derive(Clone)]
pub(crate) enum Seen<'d> {
    Scalar(Cow<'d, Value>),
    Object(Site<&'d Object>),
    List(Site<ListView<'d>>),
    Text(Site<TextView<'d>>),
    Register(Site<&'d Register>),
    /// With the sum that the document shows.
    Counter(Site<i128>),
}

/// What a session wrote, where its later writes look for it. Without [`Scribe::remembers`] it is only how the lists stand.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) root: Option<Fresh>,
    /// Nothing for a key that was deleted.
    pub(crate) keys: BTreeMap<Target, BTreeMap<String, Option<Fresh>>>,
    /// What registers hold.
    pub(crate) contents: BTreeMap<Target, Fresh>,
    /// What was added to counters.
    pub(crate) amounts: BTreeMap<Target, i128>,
    pub(crate) lists: BTreeMap<Target, ListDraft>,
    /// Those but the one of the open splice.
    pub(crate) texts: BTreeMap<Target, TextDraft>,
}

/// A value, written at an index.
#[derive(Clone)]
pub(crate) struct Fresh {
    pub(crate) index: u32,
    pub(crate) value: Value,
}

/// A list as the session left it.
pub(crate) struct ListDraft {
    pub(crate) overlay: Overlay,
    /// The items at the places that the session made, by index.
    pub(crate) items: BTreeMap<u32, Item>,
}

#[derive(Clone)]
pub(crate) enum Item {
    Inserted(Value),
    /// An element that was moved here: its name, and the place where its value is found.
    Moved {
        element: ElementRef,
        from: Place,
    },
}

/// Where an item's value is found.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// At a position of the document's list.
    Base(u32),
    /// At an index of the session.
    New(u32),
}

impl<'d> Seen<'d> {
    pub(crate) fn of(shown: Shown<'d>) -> Self {
        match shown {
            Shown::Scalar(value) => Self::Scalar(Cow::Borrowed(value)),
            Shown::Object(id, object) => Self::Object(Site { target: id.target(), base: Some(object) }),
            Shown::List(id, list) => Self::List(Site { target: id.target(), base: Some(list) }),
            Shown::Text(id, text) => Self::Text(Site { target: id.target(), base: Some(text) }),
            Shown::Register(id, register) => Self::Register(Site { target: id.target(), base: Some(register) }),
            Shown::Counter(id, sum) => Self::Counter(Site { target: id.target(), base: Some(sum) }),
        }
    }

    fn new(index: u32, value: &Value) -> Self {
        let target = Target::Made(ElementRef::Here(index));
        match value {
            Value::New(Container::Object) => Self::Object(Site { target, base: None }),
            Value::New(Container::List) => Self::List(Site { target, base: None }),
            Value::New(Container::Text) => Self::Text(Site { target, base: None }),
            Value::New(Container::Register) => Self::Register(Site { target, base: None }),
            Value::New(Container::Counter) => Self::Counter(Site { target, base: None }),
            scalar => Self::Scalar(Cow::Owned(scalar.clone())),
        }
    }

    /// What it is, in words.
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

impl Fresh {
    fn seen<'d>(&self) -> Seen<'d> {
        Seen::new(self.index, &self.value)
    }
}

// Containers nest at most DOCUMENT_DEPTH deep, those of the session included: so may the recursion here.
impl<'d> Scribe<'d> {
    pub(crate) fn root(&self) -> Seen<'d> {
        self.memory.root.as_ref().map_or_else(|| Seen::of(self.reading.root()), Fresh::seen)
    }

    pub(crate) fn key(&self, object: Site<&'d Object>, key: &str) -> Option<Seen<'d>> {
        let written = self.memory.keys.get(&object.target).and_then(|keys| keys.get(key));
        match written {
            Some(fresh) => fresh.as_ref().map(Fresh::seen),
            None => self.reading.key(object.base?, key).map(Seen::of),
        }
    }

    pub(crate) fn keys(&self, object: Site<&'d Object>) -> Vec<(String, Seen<'d>)> {
        let written = self.memory.keys.get(&object.target);
        let shown = object.base.into_iter().flat_map(|base| self.reading.keys(base));
        let shown = shown.filter(|(key, _)| !written.is_some_and(|written| written.contains_key(*key)));
        let mut keys: Vec<_> = shown.map(|(key, shown)| (key.to_owned(), Seen::of(shown))).collect();
        let written = written.into_iter().flatten();
        keys.extend(written.filter_map(|(key, fresh)| Some((key.clone(), fresh.as_ref()?.seen()))));
        keys
    }

    /// What a register holds, if anything was assigned.
    pub(crate) fn content(&self, register: Site<&'d Register>) -> Option<Seen<'d>> {
        let written = self.memory.contents.get(&register.target);
        match written {
            Some(fresh) => Some(fresh.seen()),
            None => self.reading.first(register.base?).map(Seen::of),
        }
    }

    pub(crate) fn sum(&self, counter: Site<i128>) -> i128 {
        let written = self.memory.amounts.get(&counter.target);
        counter.base.unwrap_or_default().saturating_add(written.copied().unwrap_or_default())
    }

    pub(crate) fn list_len(&self, list: Site<ListView<'d>>) -> u32 {
        self.list_draft(list).map_or_else(|| list.base.len(), |draft| draft.overlay.len())
    }

    pub(crate) fn item(&self, list: Site<ListView<'d>>, at: u32) -> Option<Seen<'d>> {
        let Some(draft) = self.list_draft(list) else {
            return list.base?.item(at).map(|(_, shown)| Seen::of(shown));
        };
        match draft.overlay.get(at)? {
            Span::Base { from, .. } => list.base?.item(from).map(|(_, shown)| Seen::of(shown)),
            Span::New { first, .. } => match draft.items.get(&first)? {
                Item::Inserted(value) => Some(Seen::new(first, value)),
                Item::Moved { from: Place::Base(from), .. } => list.base?.item(*from).map(|(_, shown)| Seen::of(shown)),
                Item::Moved { from: Place::New(index), .. } => match draft.items.get(index)? {
                    Item::Inserted(value) => Some(Seen::new(*index, value)),
                    Item::Moved { .. } => None,
                },
            },
        }
    }

    pub(crate) fn items(&self, list: Site<ListView<'d>>) -> Vec<Seen<'d>> {
        if self.list_draft(list).is_none() {
            return list.base.into_iter().flat_map(ListView::items).map(|(_, shown)| Seen::of(shown)).collect();
        }
        (0..self.list_len(list)).filter_map(|at| self.item(list, at)).collect()
    }

    pub(crate) fn text_len(&self, text: Site<TextView<'d>>) -> u32 {
        self.text_draft(text).map_or_else(|| text.base.len(), |draft| draft.overlay.len())
    }

    pub(crate) fn text(&self, text: Site<TextView<'d>>) -> String {
        let shown = text.base.map(|base| base.to_string()).unwrap_or_default();
        let Some(draft) = self.text_draft(text) else {
            return shown;
        };
        let (mut seen, shown) = (String::new(), Vec::from_iter(shown.chars()));
        for span in draft.overlay.spans() {
            match span {
                Span::Base { from, len } => seen.extend(shown.iter().skip(place(from)).take(place(len))),
                Span::New { run, first, len } => {
                    let inserted = draft.inserted_since(run).chars().skip(place(first.saturating_sub(run)));
                    seen.extend(inserted.take(place(len)));
                }
            }
        }
        seen
    }

    pub(crate) fn json(&self, seen: &Seen<'d>) -> Json {
        match seen {
            Seen::Scalar(value) => scalar::to_json(value).unwrap_or_default(),
            Seen::Object(site) => {
                let members = self.keys(*site).into_iter().map(|(key, seen)| (key, self.json(&seen)));
                Json::Object(members.collect())
            }
            Seen::List(site) => self.items(*site).iter().map(|item| self.json(item)).collect(),
            Seen::Text(site) => Json::String(self.text(*site)),
            Seen::Register(site) => self.content(*site).map(|content| self.json(&content)).unwrap_or_default(),
            Seen::Counter(site) => scalar::sum_json(self.sum(*site)),
        }
    }

    /// What is seen at the end of a path; registers on the way are looked through.
    pub(crate) fn at(&self, tokens: &[String]) -> Option<Seen<'d>> {
        tokens.iter().try_fold(self.root(), |seen, token| match self.content_of(seen)? {
            Seen::Object(site) => self.key(site, token),
            Seen::List(site) => self.item(site, pointer::index(token).and_then(|at| u32::try_from(at).ok())?),
            _ => None,
        })
    }

    /// What a register holds, else the value itself.
    pub(crate) fn content_of(&self, mut seen: Seen<'d>) -> Option<Seen<'d>> {
        while let Seen::Register(site) = seen {
            seen = self.content(site)?;
        }
        Some(seen)
    }

    fn list_draft(&self, list: Site<ListView<'d>>) -> Option<&ListDraft> {
        self.memory.lists.get(&list.target)
    }

    fn text_draft(&self, text: Site<TextView<'d>>) -> Option<&TextDraft> {
        match &self.splice {
            Some(splice) if splice.target == text.target => Some(&splice.draft),
            _ => self.memory.texts.get(&text.target),
        }
    }
}

pub(crate) fn place(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
