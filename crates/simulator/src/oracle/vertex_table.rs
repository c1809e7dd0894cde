//! Every vertex that an honest disk ever held, with what the checks need of it, by a dense number.

use std::collections::HashMap;

use quorate_event::{Address, EventId, VerifiedVertex};

/// A vertex's number, in the order of first sight; the genesis is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Number(pub(super) u32);

impl Number {
    pub(crate) const GENESIS: Self = Self(0);
}

/// What is known of a vertex.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: EventId,
    /// Those of its parents that were seen before it.
    pub(crate) parents: Vec<Number>,
    /// Nobody wrote a milestone.
    pub(crate) author: Option<Address>,
    pub(crate) bytes: usize,
    /// The first milestone that covers it.
    pub(crate) covered: Option<u64>,
    /// The stake of the honest members on whose disks it lies.
    pub(crate) holders: u128,
}

/// All of them.
pub(crate) struct Book {
    numbers: HashMap<EventId, Number>,
    entries: Vec<Entry>,
    /// How many events there are of a place in a lane, and the first.
    places: HashMap<(Address, u32, u64), (Number, u32)>,
    /// The most events that any place in a lane has.
    pub(crate) branches: u32,
}

impl Book {
    pub(crate) fn new(genesis: EventId) -> Self {
        let first = Entry { id: genesis, parents: Vec::new(), author: None, bytes: 0, covered: Some(0), holders: 0 };
        Self {
            numbers: HashMap::from([(genesis, Number::GENESIS)]),
            entries: vec![first],
            places: HashMap::new(),
            branches: 1,
        }
    }

    pub(crate) fn find(&self, id: &EventId) -> Option<Number> {
        self.numbers.get(id).copied()
    }

    pub(crate) fn entry(&self, number: Number) -> &Entry {
        &self.entries[number.0 as usize]
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    pub(crate) fn entries_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut()
    }

    pub(crate) fn entry_mut(&mut self, number: Number) -> &mut Entry {
        &mut self.entries[number.0 as usize]
    }

    /// Notes a vertex that is new here, and the first event of its author's place, if it is not the first.
    pub(crate) fn add(&mut self, vertex: &VerifiedVertex) -> (Number, Option<Number>) {
        let number = Number(self.entries.len() as u32);
        let (mut author, mut rival) = (None, None);
        if let VerifiedVertex::Event(event) = vertex {
            let body = event.body();
            author = Some(body.author);
            let place = self.places.entry((body.author, body.lane.0, body.seq.0)).or_insert((number, 0));
            place.1 += 1;
            self.branches = self.branches.max(place.1);
            rival = (place.0 != number).then_some(place.0);
        }
        let parents = vertex.parents().iter().filter_map(|parent| self.find(parent)).collect();
        let (id, bytes) = (vertex.id(), vertex.bytes().len());
        self.numbers.insert(id, number);
        self.entries.push(Entry { id, parents, author, bytes, covered: None, holders: 0 });
        (number, rival)
    }
}

/// A set of vertices, and a sum of their names by which equal sets are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shelf {
    bits: Vec<u64>,
    sum: Sum,
}

/// The names of a set's vertices, one upon the other: as good as a hash of the set where nobody chooses names by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sum([u8; 32]);

impl Sum {
    pub(crate) fn add(&mut self, id: &EventId) {
        for (sum, byte) in self.0.iter_mut().zip(id.as_bytes()) {
            *sum ^= byte;
        }
    }
}

impl Shelf {
    /// Whether it was not there before.
    pub(crate) fn add(&mut self, number: Number, id: &EventId) -> bool {
        let (at, bit) = (number.0 as usize / 64, 1 << (number.0 % 64));
        if self.bits.len() <= at {
            self.bits.resize(at + 1, 0);
        }
        let is_new = self.bits[at] & bit == 0;
        self.bits[at] |= bit;
        if is_new {
            self.sum.add(id);
        }
        is_new
    }

    pub(crate) fn holds(&self, number: Number) -> bool {
        self.bits.get(number.0 as usize / 64).is_some_and(|word| word >> (number.0 % 64) & 1 == 1)
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = Number> + '_ {
        (0..self.bits.len() as u32 * 64).map(Number).filter(|number| self.holds(*number))
    }

    pub(crate) const fn sum(&self) -> Sum {
        self.sum
    }
}
