//! Reading in the middle of a session: what the document shows, changed by what the session wrote.

use serde_json::Value as Json;

use crate::edit::builder::edit_builder::EditBuilder;
use crate::edit::builder::pending::{PendingItem, PendingList, PendingValue, ValueSource};
use crate::edit::builder::session_value::{ContainerRef, SessionValue};
use crate::edit::piece_table::span::ElementSpan;
use crate::edit::piece_table::splice::PendingText;
use crate::json::pointer;
use crate::json::scalar;
use crate::model::containers::Object;
use crate::model::register::Register;
use crate::view::positions::ShownElements;
use crate::view::sequences::{ListView, TextView};

// Containers nest at most DOCUMENT_DEPTH deep, those of the session included, which bounds the recursion here.
impl<'d> EditBuilder<'d> {
    pub(crate) fn root(&self) -> SessionValue<'d> {
        self.pending.root.as_ref().map_or_else(|| SessionValue::of(self.reading.root()), PendingValue::seen)
    }

    pub(crate) fn key(&self, object: ContainerRef<&'d Object>, key: &str) -> Option<SessionValue<'d>> {
        let written = self.pending.keys.get(&object.target).and_then(|keys| keys.get(key));
        match written {
            Some(new_value) => new_value.as_ref().map(PendingValue::seen),
            None => self.reading.key(object.base?, key).map(SessionValue::of),
        }
    }

    pub(crate) fn keys(&self, object: ContainerRef<&'d Object>) -> Vec<(String, SessionValue<'d>)> {
        let written = self.pending.keys.get(&object.target);
        let shown = object.base.into_iter().flat_map(|base| self.reading.keys(base));
        let shown = shown.filter(|(key, _)| !written.is_some_and(|written| written.contains_key(*key)));
        let mut keys: Vec<_> = shown.map(|(key, shown)| (key.to_owned(), SessionValue::of(shown))).collect();
        let written = written.into_iter().flatten();
        keys.extend(written.filter_map(|(key, new_value)| Some((key.clone(), new_value.as_ref()?.seen()))));
        keys
    }

    /// The value of a register, if one was assigned.
    pub(crate) fn content(&self, register: ContainerRef<&'d Register>) -> Option<SessionValue<'d>> {
        let written = self.pending.contents.get(&register.target);
        match written {
            Some(new_value) => Some(new_value.seen()),
            None => self.reading.first(register.base?).map(SessionValue::of),
        }
    }

    pub(crate) fn sum(&self, counter: ContainerRef<i128>) -> i128 {
        let written = self.pending.amounts.get(&counter.target);
        counter.base.unwrap_or_default().saturating_add(written.copied().unwrap_or_default())
    }

    pub(crate) fn list_len(&self, list: ContainerRef<ListView<'d>>) -> u32 {
        self.list_draft(list).map_or_else(|| list.base.len(), |draft| draft.table.len())
    }

    pub(crate) fn item(&self, list: ContainerRef<ListView<'d>>, at: u32) -> Option<SessionValue<'d>> {
        let Some(draft) = self.list_draft(list) else {
            return self.reading.item(list.base?, at).map(SessionValue::of);
        };
        match draft.table.get(at)? {
            ElementSpan::Base { from, .. } => self.reading.item(list.base?, from).map(SessionValue::of),
            ElementSpan::New { first, .. } => match draft.items.get(&first)? {
                PendingItem::Inserted(value) => Some(SessionValue::new(first, value)),
                PendingItem::Moved { from: ValueSource::Base(from), .. } => {
                    self.reading.item(list.base?, *from).map(SessionValue::of)
                }
                PendingItem::Moved { from: ValueSource::New(index), .. } => match draft.items.get(index)? {
                    PendingItem::Inserted(value) => Some(SessionValue::new(*index, value)),
                    PendingItem::Moved { .. } => None,
                },
            },
        }
    }

    pub(crate) fn items(&self, list: ContainerRef<ListView<'d>>) -> Vec<SessionValue<'d>> {
        if self.list_draft(list).is_none() {
            return list.base.into_iter().flat_map(|base| self.reading.items(base)).map(SessionValue::of).collect();
        }
        (0..self.list_len(list)).filter_map(|at| self.item(list, at)).collect()
    }

    pub(crate) fn text_len(&self, text: ContainerRef<TextView<'d>>) -> u32 {
        self.text_draft(text).map_or_else(|| text.base.len(), |draft| draft.table.len())
    }

    pub(crate) fn text(&self, text: ContainerRef<TextView<'d>>) -> String {
        let shown = text.base.map(|base| base.to_string()).unwrap_or_default();
        let Some(draft) = self.text_draft(text) else {
            return shown;
        };
        let (mut seen, shown) = (String::new(), Vec::from_iter(shown.chars()));
        for span in draft.table.spans() {
            match span {
                ElementSpan::Base { from, len } => seen.extend(shown.iter().skip(place(from)).take(place(len))),
                ElementSpan::New { run, first, len } => {
                    let inserted = draft.inserted_since(run).chars().skip(place(first.saturating_sub(run)));
                    seen.extend(inserted.take(place(len)));
                }
            }
        }
        seen
    }

    pub(crate) fn json(&self, seen: &SessionValue<'d>) -> Json {
        match seen {
            SessionValue::Scalar(value) => scalar::to_json(value).unwrap_or_default(),
            SessionValue::Object(container) => {
                let members = self.keys(*container).into_iter().map(|(key, seen)| (key, self.json(&seen)));
                Json::Object(members.collect())
            }
            SessionValue::List(container) => self.items(*container).iter().map(|item| self.json(item)).collect(),
            SessionValue::Text(container) => Json::String(self.text(*container)),
            SessionValue::Register(container) => {
                self.content(*container).map(|content| self.json(&content)).unwrap_or_default()
            }
            SessionValue::Counter(container) => scalar::sum_json(self.sum(*container)),
        }
    }

    /// The value at the end of a path; registers on the way stand for their values.
    pub(crate) fn at(&self, tokens: &[String]) -> Option<SessionValue<'d>> {
        tokens.iter().try_fold(self.root(), |seen, token| match self.content_of(seen)? {
            SessionValue::Object(container) => self.key(container, token),
            SessionValue::List(container) => {
                self.item(container, pointer::index(token).and_then(|at| u32::try_from(at).ok())?)
            }
            _ => None,
        })
    }

    /// The value of a register; any other value itself.
    pub(crate) fn content_of(&self, mut seen: SessionValue<'d>) -> Option<SessionValue<'d>> {
        while let SessionValue::Register(container) = seen {
            seen = self.content(container)?;
        }
        Some(seen)
    }

    fn list_draft(&self, list: ContainerRef<ListView<'d>>) -> Option<&PendingList> {
        self.pending.lists.get(&list.target)
    }

    fn text_draft(&self, text: ContainerRef<TextView<'d>>) -> Option<&PendingText> {
        match &self.splice {
            Some(splice) if splice.target == text.target => Some(&splice.draft),
            _ => self.pending.texts.get(&text.target),
        }
    }
}

pub(crate) fn place(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
