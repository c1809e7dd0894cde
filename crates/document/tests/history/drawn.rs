//! A history as text: one line for each event. Events are named by their numbers.

use std::fmt;

use quorate_event::{Edit, ElementRef, Splice, Target, TextChange};

use super::{EventHistory, HistoryEvent};

impl fmt::Display for EventHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, event) in self.events.iter().enumerate() {
            let edits: Vec<_> = self.edits(event);
            let first = if event.first_index == 0 { String::new() } else { format!(" from {}", event.first_index) };
            let (author, parents) = (event.author, &event.parents);
            writeln!(f, "{number} by {author} on {parents:?}{first}: {}", edits.join("; "))?;
        }
        let mut names: Vec<_> = (0..self.events.len()).collect();
        names.sort_by_key(|number| self.events[*number].id);
        writeln!(f, "by name: {names:?}")
    }
}

impl EventHistory {
    fn edits(&self, event: &HistoryEvent) -> Vec<String> {
        let mut index = event.first_index;
        let mut drawn = Vec::new();
        for edit in &event.edits {
            drawn.push(format!("{index} {}", self.edit(edit)));
            index = index.wrapping_add(edit.width());
        }
        drawn
    }

    fn edit(&self, edit: &Edit) -> String {
        match edit {
            Edit::Set { target, key, value } => format!("{}.{key} = {value:?}", self.target(*target)),
            Edit::Delete { target, key } => format!("delete {}.{key}", self.target(*target)),
            Edit::Assign { target, value } => format!("{} = {value:?}", self.target(*target)),
            Edit::Insert { target, left, right, values } => {
                format!("insert {values:?} {}", self.place(*target, *left, *right))
            }
            Edit::Remove { target, first, count } => {
                format!("remove {count} from {} in {}", self.reference(*first), self.target(*target))
            }
            Edit::Splice { target, splice } => format!("splice {}: {}", self.target(*target), self.splice(splice)),
            Edit::Add { target, amount } => format!("{} += {amount}", self.target(*target)),
            Edit::Move { target, element, left, right } => {
                format!("move {} {}", self.reference(*element), self.place(*target, *left, *right))
            }
        }
    }

    fn splice(&self, splice: &Splice) -> String {
        let mut text = splice.text().chars();
        let named = |it| splice.resolve(it);
        let change = |change: &TextChange| match *change {
            TextChange::Insert { left, right, chars } => {
                let typed: String = text.by_ref().take(chars as usize).collect();
                format!("{typed:?} {}", self.between(left.and_then(named), right.and_then(named)))
            }
            TextChange::Remove { first, count } => {
                format!("remove {count} from {}", named(first).map_or("nowhere".to_owned(), |it| self.reference(it)))
            }
        };
        splice.changes().iter().map(change).collect::<Vec<_>>().join(", ")
    }

    fn place(&self, target: Target, left: Option<ElementRef>, right: Option<ElementRef>) -> String {
        format!("{} in {}", self.between(left, right), self.target(target))
    }

    fn between(&self, left: Option<ElementRef>, right: Option<ElementRef>) -> String {
        let told = |origin: Option<ElementRef>| origin.map_or("-".to_owned(), |it| self.reference(it));
        format!("between {} and {}", told(left), told(right))
    }

    fn target(&self, target: Target) -> String {
        match target {
            Target::Root => "root".to_owned(),
            Target::Made(reference) => self.reference(reference),
        }
    }

    fn reference(&self, reference: ElementRef) -> String {
        match reference {
            ElementRef::Here(index) => format!("here:{index}"),
            ElementRef::There(event, index) => match self.number(&event) {
                Some(number) => format!("{number}:{index}"),
                None => format!("{event:?}:{index}"),
            },
        }
    }
}
