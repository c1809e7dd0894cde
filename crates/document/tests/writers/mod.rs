//! Random authors: sketches of events, which proptest draws and shrinks, and histories made from sketches.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod dishonest;
pub(crate) mod honest;
pub(crate) mod session;

use std::collections::BTreeSet;

use proptest::prelude::*;
use quorate_event::{Container, Edit, ElementRef, Target, Value};

use crate::history::EventHistory;

/// Numbers that follow from a seed (splitmix64).
pub(crate) struct SeededRng(pub(crate) u64);

impl SeededRng {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `sides`; 0 if there is no side.
    pub(crate) fn throw(&mut self, sides: usize) -> usize {
        usize::try_from(self.roll() % sides.max(1) as u64).unwrap()
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.throw(items.len())]
    }
}

/// Orders in which a history is folded, beside the one in which it was written.
pub(crate) const ORDERS: usize = 4;

/// Histories times orders that are folded by default.
const HISTORIES: u64 = 60_000;

/// The number of cases: `default`, or more if `QUORATE_HISTORIES` asks for more histories times orders in all.
pub(crate) fn cases(default: u64) -> ProptestConfig {
    let asked = std::env::var("QUORATE_HISTORIES").ok().and_then(|number| number.parse().ok());
    let cases = (default * asked.unwrap_or(HISTORIES)).div_ceil(HISTORIES);
    let cases = u32::try_from(cases).unwrap();
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

/// The kind of author that writes an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hand {
    /// Edits that refer to elements that show.
    Honest,
    /// Edits that the crate computes for a wanted change.
    Wishing,
    /// Edits that break rules at random.
    Lying,
    /// Honest edits and a Byzantine one.
    Mixed,
}

/// The parents of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    /// The author's last event, and up to two others.
    Next,
    /// One earlier event.
    Back,
    /// Another event's author and parents: an equivocation.
    Twin,
    /// No parents.
    Alone,
}

/// A sketch of an event: its edits are drawn when its past exists.
#[derive(Debug, Clone)]
pub(crate) struct Sketch {
    pub(crate) author: u8,
    pub(crate) stand: Stand,
    pub(crate) hand: Hand,
    /// A seed for each of its edits.
    pub(crate) edits: Vec<u64>,
    pub(crate) seed: u64,
}

pub(crate) fn sketch(edits: usize) -> impl Strategy<Value = Sketch> {
    let stand = prop_oneof![
        6 => Just(Stand::Next),
        2 => Just(Stand::Back),
        2 => Just(Stand::Twin),
        1 => Just(Stand::Alone),
    ];
    let hand = prop_oneof![
        3 => Just(Hand::Honest),
        1 => Just(Hand::Wishing),
        3 => Just(Hand::Lying),
        2 => Just(Hand::Mixed),
    ];
    let seeds = proptest::collection::vec(any::<u64>(), 1..=edits);
    (0..4_u8, stand, hand, seeds, any::<u64>()).prop_map(|(author, stand, hand, edits, seed)| Sketch {
        author,
        stand,
        hand,
        edits,
        seed,
    })
}

/// The containers that the first event of every grown history makes: their indices.
pub(crate) const LIST: u32 = 0;
pub(crate) const TEXT: u32 = 1;
pub(crate) const REGISTER: u32 = 2;
pub(crate) const COUNTER: u32 = 3;

/// A key for each kind of container, three elements and three characters.
pub(crate) fn founding() -> Vec<Edit> {
    let make = |key: &str, kind| Edit::Set { target: Target::Root, key: key.to_owned(), value: Value::New(kind) };
    let made = |index| Target::Made(ElementRef::Here(index));
    let mut splice = quorate_event::Splice::default();
    splice.insert(None, None, "abc");
    vec![
        make("l", Container::List),
        make("t", Container::Text),
        make("r", Container::Register),
        make("n", Container::Counter),
        Edit::Insert { target: made(LIST), left: None, right: None, values: vec![Value::Bool(true); 3] },
        Edit::Splice { target: made(TEXT), splice },
    ]
}

/// The history that is made from these sketches.
pub(crate) fn grow(salt: u64, sketches: &[Sketch]) -> EventHistory {
    let mut history = EventHistory::salted(salt);
    history.write(0, &[], founding());
    for sketch in sketches {
        let mut dice = SeededRng(sketch.seed);
        let (author, parents) = stand(&mut dice, &history, sketch);
        if sketch.hand == Hand::Wishing {
            history.wish(author, &parents, |document, view, past| honest::wish(&mut dice, document, view, past));
            continue;
        }
        let number = history.write(author, &parents, Vec::new());
        for seed in &sketch.edits {
            let mut dice = SeededRng(*seed);
            let lies = match sketch.hand {
                Hand::Lying => true,
                Hand::Mixed => dice.throw(3) == 0,
                _ => false,
            };
            if lies {
                dishonest::add_edit(&mut dice, &mut history, number);
            } else {
                honest::add_edit(&mut dice, &mut history, number);
            }
        }
        if sketch.hand == Hand::Lying {
            dishonest::shift_indices(&mut dice, &mut history, number);
        }
    }
    history
}

fn stand(dice: &mut SeededRng, history: &EventHistory, sketch: &Sketch) -> (u8, Vec<usize>) {
    let number = history.events.len();
    let mut parents = BTreeSet::new();
    match sketch.stand {
        Stand::Next => {
            let own = history.events.iter().rposition(|event| event.author == sketch.author);
            parents.extend(own);
            parents.extend((0..dice.throw(3)).map(|_| dice.throw(number)));
            if parents.is_empty() {
                parents.insert(0);
            }
        }
        Stand::Back => parents.extend([dice.throw(number)]),
        Stand::Twin => {
            let other = &history.events[dice.throw(number)];
            return (other.author, other.parents.clone());
        }
        Stand::Alone => {}
    }
    (sketch.author, parents.into_iter().collect())
}
