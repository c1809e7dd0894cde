//! From edits to tables.

use quorate_document::IgnoredReason;
use quorate_event::{CharRef, Container, Edit, ElementRef, Splice, Target, TextChange, Value, limits};

use super::{
    Addition, ContainerName, EditVerdict, Holds, Id, Move, Removal, TableNode, TableRegister, TableWrite, Tables,
};
use crate::history::EventHistory;

/// The event and the index of an edit.
#[derive(Clone, Copy)]
struct EditPlace<'h> {
    history: &'h EventHistory,
    event: usize,
    index: u32,
}

impl EditPlace<'_> {
    fn id(self) -> Id {
        (self.history.events[self.event].id, self.index)
    }

    /// The id that a reference names, if the reference is valid.
    fn resolve(self, reference: ElementRef) -> Result<Id, IgnoredReason> {
        match reference {
            ElementRef::Here(index) if index < self.index => Ok((self.id().0, index)),
            ElementRef::Here(_) => Err(IgnoredReason::ForwardReference),
            ElementRef::There(event, index) => {
                let past = &self.history.events[self.event].past;
                let is_past = self.history.number(&event).is_some_and(|number| past.contains(number));
                if is_past { Ok((event, index)) } else { Err(IgnoredReason::OutsideItsPast) }
            }
        }
    }

    fn origin(self, reference: Option<ElementRef>) -> Result<Option<Id>, IgnoredReason> {
        reference.map(|reference| self.resolve(reference)).transpose()
    }

    fn character(self, splice: &Splice, reference: CharRef) -> Result<Id, IgnoredReason> {
        self.resolve(splice.resolve(reference).ok_or(IgnoredReason::UnknownElement)?)
    }

    fn container(self, target: Target) -> Result<ContainerName, IgnoredReason> {
        match target {
            Target::Root => Ok(None),
            Target::Made(reference) => self.resolve(reference).map(Some),
        }
    }
}

impl<'h> Tables<'h> {
    /// The outcome of each edit of an event, and of each change of its texts.
    pub(super) fn enter(&mut self, number: usize) -> Vec<EditVerdict> {
        let history = self.history;
        let event = &history.events[number];
        let mut next = Some(event.first_index);
        let mut verdicts = Vec::new();
        for edit in &event.edits {
            let index = next;
            next = next.and_then(|index| index.checked_add(edit.width()));
            match (index, next) {
                (Some(index), Some(_)) => {
                    let at = EditPlace { history, event: number, index };
                    match edit {
                        Edit::Splice { target, splice } => verdicts.extend(self.splice(at, *target, splice)),
                        edit => verdicts.push(self.edit(at, edit)),
                    }
                }
                _ => verdicts.extend(vec![Err(IgnoredReason::NoIndexLeft); edit.count()]),
            }
        }
        verdicts
    }

    fn edit(&mut self, at: EditPlace<'h>, edit: &'h Edit) -> EditVerdict {
        match edit {
            Edit::Set { target, key, value } => {
                let object = at.container(*target)?;
                let depth = self.expect(object, Container::Object)?;
                self.write(at, TableRegister::Key(object, key), Some(value), depth + 1)
            }
            Edit::Delete { target, key } => {
                let object = at.container(*target)?;
                let depth = self.expect(object, Container::Object)?;
                self.write(at, TableRegister::Key(object, key), None, depth)
            }
            Edit::Assign { target: Target::Root, value } => self.write(at, TableRegister::Root, Some(value), 1),
            Edit::Assign { target: Target::Made(made), value } => {
                let register = at.resolve(*made)?;
                let depth = self.expect(Some(register), Container::Register)?;
                self.write(at, TableRegister::Made(register), Some(value), depth + 1)
            }
            Edit::Insert { target, left, right, values } => self.insert(at, *target, (*left, *right), values),
            Edit::Remove { target, first, count } => {
                let first = at.resolve(*first)?;
                let list = self.sequence(at, *target, Container::List)?;
                self.remove(at, list, first, *count)
            }
            Edit::Splice { .. } => unreachable!("each of its changes has a verdict"),
            Edit::Add { target, amount } => {
                let counter = self.sequence(at, *target, Container::Counter)?;
                self.additions.push(Addition { event: at.event, counter, amount: *amount });
                Ok(())
            }
            Edit::Move { target, element, left, right } => {
                let element = at.resolve(*element)?;
                let origins = (at.origin(*left)?, at.origin(*right)?);
                let list = self.sequence(at, *target, Container::List)?;
                let element = self.number(list, element)?;
                if matches!(self.nodes[element].holds, Holds::Moved(_)) {
                    return Err(IgnoredReason::UnknownElement);
                }
                let place = self.nodes.len();
                self.hang(at, list, origins, vec![Holds::Moved(element)])?;
                self.moves.push(Move { event: at.event, element, place });
                Ok(())
            }
        }
    }

    fn write(
        &mut self,
        at: EditPlace<'h>,
        register: TableRegister<'h>,
        value: Option<&'h Value>,
        depth: usize,
    ) -> EditVerdict {
        self.make(at.id(), value, depth)?;
        let write = TableWrite { event: at.event, id: at.id(), value };
        self.writes.entry(register).or_default().push(write);
        Ok(())
    }

    fn insert(
        &mut self,
        at: EditPlace<'h>,
        target: Target,
        (left, right): (Option<ElementRef>, Option<ElementRef>),
        values: &'h [Value],
    ) -> EditVerdict {
        if values.is_empty() {
            return Err(IgnoredReason::Empty);
        }
        let origins = (at.origin(left)?, at.origin(right)?);
        let list = self.sequence(at, target, Container::List)?;
        let depth = self.made[&Some(list)].1 + 1;
        if depth > limits::DOCUMENT_DEPTH && values.iter().any(|value| matches!(value, Value::New(_))) {
            return Err(IgnoredReason::TooDeep);
        }
        self.hang(at, list, origins, values.iter().map(Holds::Value).collect())?;
        for (index, value) in (at.index..=u32::MAX).zip(values) {
            self.make((at.id().0, index), Some(value), depth)?;
        }
        Ok(())
    }

    fn splice(&mut self, at: EditPlace<'h>, target: Target, splice: &'h Splice) -> Vec<EditVerdict> {
        let text = match self.sequence(at, target, Container::Text) {
            Ok(text) => text,
            Err(reason) => return vec![Err(reason); splice.changes().len()],
        };
        let mut characters = splice.text().chars();
        let mut at = at;
        let mut verdicts = Vec::new();
        for change in splice.changes() {
            verdicts.push(match *change {
                TextChange::Insert { left, right, chars } => {
                    let run: Vec<_> = characters.by_ref().take(chars as usize).map(Holds::Char).collect();
                    let origin = |it: Option<CharRef>| it.map(|it| at.character(splice, it)).transpose();
                    let taken = chars;
                    let verdict = origin(left)
                        .and_then(|left| Ok((left, origin(right)?)))
                        .and_then(|origins| self.hang(at, text, origins, run));
                    at.index += taken;
                    verdict
                }
                TextChange::Remove { first, count } => {
                    at.character(splice, first).and_then(|first| self.remove(at, text, first, count))
                }
            });
        }
        verdicts
    }

    /// Adds a run to the tree: as a left child of its right origin, if that is a descendant of its left origin; otherwise as a
    /// right child of its left origin.
    fn hang(
        &mut self,
        at: EditPlace<'h>,
        sequence: Id,
        origins: (Option<Id>, Option<Id>),
        run: Vec<Holds<'h>>,
    ) -> EditVerdict {
        if run.is_empty() {
            return Err(IgnoredReason::Empty);
        }
        let node = |origin: Option<Id>| origin.map(|origin| self.number(sequence, origin)).transpose();
        let (left, right) = (node(origins.0)?, node(origins.1)?);
        let is_below = right.is_some_and(|right| self.is_below(right, left));
        let (mut parent, mut on_left) = if is_below { (right, true) } else { (left, false) };
        for (index, holds) in (at.index..=u32::MAX).zip(run) {
            let (id, number) = ((at.id().0, index), self.nodes.len());
            self.nodes.push(TableNode { id, event: at.event, parent, left: on_left, run: at.id(), holds });
            self.numbers.insert((sequence, id), number);
            (parent, on_left) = (Some(number), false);
        }
        Ok(())
    }

    fn number(&self, sequence: Id, id: Id) -> Result<usize, IgnoredReason> {
        self.numbers.get(&(sequence, id)).copied().ok_or(IgnoredReason::UnknownElement)
    }

    fn is_below(&self, node: usize, ancestor: Option<usize>) -> bool {
        let mut parent = self.nodes[node].parent;
        loop {
            if parent == ancestor {
                return true;
            }
            match parent {
                Some(above) => parent = self.nodes[above].parent,
                None => return false,
            }
        }
    }

    fn remove(&mut self, at: EditPlace<'h>, sequence: Id, first: Id, count: u32) -> EditVerdict {
        let run = |node: &TableNode<'h>| (!matches!(node.holds, Holds::Moved(_))).then_some(node.run);
        let node = self.number(sequence, first)?;
        let wanted = run(&self.nodes[node]).ok_or(IgnoredReason::UnknownElement)?;
        let last = count.checked_sub(1).ok_or(IgnoredReason::Empty)?;
        let last = first.1.checked_add(last).ok_or(IgnoredReason::UnknownElement)?;
        // The claimed count may be 2^32: the existing elements are counted instead.
        let range = (sequence, first)..=(sequence, (first.0, last));
        let elements: Vec<_> = self.numbers.range(range).map(|(_, element)| *element).collect();
        let is_of_another = |element: &usize| run(&self.nodes[*element]) != Some(wanted);
        if elements.len() as u64 != u64::from(count) || elements.iter().any(is_of_another) {
            return Err(IgnoredReason::UnknownElement);
        }
        let removals = elements.into_iter().map(|element| Removal { event: at.event, element });
        self.removals.extend(removals);
        Ok(())
    }

    fn make(&mut self, id: Id, value: Option<&Value>, depth: usize) -> EditVerdict {
        if let Some(Value::New(kind)) = value {
            if depth > limits::DOCUMENT_DEPTH {
                return Err(IgnoredReason::TooDeep);
            }
            self.made.insert(Some(id), (*kind, depth));
        }
        Ok(())
    }

    /// The depth of a container, if it is of this kind.
    fn expect(&self, name: ContainerName, kind: Container) -> Result<usize, IgnoredReason> {
        let (found, depth) = *self.made.get(&name).ok_or(IgnoredReason::UnknownContainer)?;
        if found == kind { Ok(depth) } else { Err(IgnoredReason::WrongKind) }
    }

    /// A container that is not an object.
    fn sequence(&self, at: EditPlace<'h>, target: Target, kind: Container) -> Result<Id, IgnoredReason> {
        let name = at.container(target)?;
        self.expect(name, kind)?;
        name.ok_or(IgnoredReason::WrongKind)
    }
}
