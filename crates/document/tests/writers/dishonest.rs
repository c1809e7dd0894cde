//! Edits of Byzantine authors, which break rules at random and often refer to existing elements.

use quorate_event::{Container, Edit, ElementRef, Splice, Target, Value};

use super::SeededRng;
use super::honest::any_value;
use crate::history::EventHistory;
use crate::reference::{ContainerName, Id, Tables};

/// Adds an edit that may refer to anything: existing or not, in the past or not.
pub(crate) fn add_edit(dice: &mut SeededRng, history: &mut EventHistory, number: usize) {
    let edit = {
        let tables = Tables::read(history);
        let liar = Liar { tables: &tables, number };
        liar.edit(dice)
    };
    history.events[number].edits.push(edit);
}

/// Sometimes moves an event's edits behind edits of other documents that leave no index.
pub(crate) fn shift_indices(dice: &mut SeededRng, history: &mut EventHistory, number: usize) {
    if dice.throw(12) == 0 {
        history.events[number].first_index = *dice.pick(&[1, 2, u32::MAX - 4, u32::MAX]);
    }
}

struct Liar<'t, 'h> {
    tables: &'t Tables<'h>,
    number: usize,
}

impl Liar<'_, '_> {
    fn edit(&self, dice: &mut SeededRng) -> Edit {
        use Container::{Counter, List, Object, Register, Text};
        let key = (*dice.pick(&["a", "b", "l", "t"])).to_owned();
        match dice.throw(14) {
            0 => Edit::Set { target: self.target(dice, Object).0, key, value: any_value(dice) },
            1 => Edit::Delete { target: self.target(dice, Object).0, key },
            2 => Edit::Assign { target: self.target(dice, Register).0, value: any_value(dice) },
            3 => {
                let amount = *dice.pick(&[i64::MIN, i64::MAX, 1, -1]);
                Edit::Add { target: self.target(dice, Counter).0, amount }
            }
            4..=6 => {
                let (target, list) = self.target(dice, List);
                let values = (0..=dice.throw(3)).map(|_| any_value(dice)).collect();
                Edit::Insert { target, left: self.origin(dice, list), right: self.origin(dice, list), values }
            }
            7 => {
                let (target, list) = self.target(dice, List);
                let values: Vec<Value> = Vec::new();
                match dice.throw(4) {
                    0 => Edit::Insert { target, left: None, right: None, values },
                    _ => Edit::Remove { target, first: self.element(dice, list), count: count(dice) },
                }
            }
            8..=10 => {
                let (target, list) = self.target(dice, List);
                let (left, right) = (self.origin(dice, list), self.origin(dice, list));
                Edit::Move { target, element: self.element(dice, list), left, right }
            }
            _ => {
                let (target, text) = self.target(dice, Text);
                let mut splice = Splice::default();
                (0..=dice.throw(3)).for_each(|_| self.add_change(dice, text, &mut splice));
                Edit::Splice { target, splice }
            }
        }
    }

    fn add_change(&self, dice: &mut SeededRng, text: ContainerName, splice: &mut Splice) {
        if dice.throw(3) == 0 {
            return splice.remove(self.element(dice, text), count(dice));
        }
        let typed: String = (0..=dice.throw(3)).map(|_| *dice.pick(&['l', 'i', 'é', '😀'])).collect();
        splice.insert(self.origin(dice, text), self.origin(dice, text), &typed);
    }

    /// A container, mostly of this kind.
    fn target(&self, dice: &mut SeededRng, kind: Container) -> (Target, ContainerName) {
        let wrong = dice.throw(10) == 0;
        let made = self.tables.made.iter();
        let fitting: Vec<_> = made.filter(|(_, (found, _))| wrong || *found == kind).map(|(name, _)| *name).collect();
        if fitting.is_empty() {
            return (Target::Root, None);
        }
        let name = *dice.pick(&fitting);
        let target = match name {
            _ if dice.throw(8) == 0 => Target::Made(self.anything(dice)),
            Some(id) => Target::Made(self.refer(dice, id)),
            None => Target::Root,
        };
        (target, name)
    }

    fn origin(&self, dice: &mut SeededRng, sequence: ContainerName) -> Option<ElementRef> {
        (dice.throw(4) > 0).then(|| self.element(dice, sequence))
    }

    /// A place, mostly of this list or text.
    fn element(&self, dice: &mut SeededRng, sequence: ContainerName) -> ElementRef {
        let mut nodes = sequence.map_or_else(Vec::new, |id| self.tables.nodes_of(id));
        if dice.throw(4) > 0 {
            nodes.retain(|id| self.may_know(*id));
        }
        if nodes.is_empty() || dice.throw(8) == 0 {
            return self.anything(dice);
        }
        let id = *dice.pick(&nodes);
        self.refer(dice, id)
    }

    fn may_know(&self, id: Id) -> bool {
        let events = &self.tables.history.events;
        let mut known = events[self.number].past.iter().chain([self.number]);
        known.any(|number| events[number].id == id.0)
    }

    /// A reference to an element; sometimes as if it were of this event.
    fn refer(&self, dice: &mut SeededRng, id: Id) -> ElementRef {
        let own = self.tables.history.events[self.number].id;
        if id.0 == own && dice.throw(8) > 0 { ElementRef::Here(id.1) } else { ElementRef::There(id.0, id.1) }
    }

    fn anything(&self, dice: &mut SeededRng) -> ElementRef {
        let history = self.tables.history;
        let index = match dice.throw(10) {
            0 => u32::MAX,
            1 => u32::MAX - 1,
            2..=5 => dice.throw(3) as u32,
            _ => dice.throw(12) as u32,
        };
        match dice.throw(4) {
            0 => ElementRef::Here(index),
            1 => ElementRef::There(history.name(history.events.len() + dice.throw(2)), index),
            _ => ElementRef::There(history.name(dice.throw(history.events.len())), index),
        }
    }
}

fn count(dice: &mut SeededRng) -> u32 {
    *dice.pick(&[1, 1, 1, 1, 2, 2, 3, 4, 0, 1_000, u32::MAX])
}
