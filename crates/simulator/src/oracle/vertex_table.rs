//! All vertices that an honest disk has ever held, by a dense number, with the data that the checks need.

use std::collections::HashMap;

use quorate_event::{Address, EventId, VerifiedVertex};

/// A vertex's number, in the order of first sight; the genesis is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct VertexNumber(pub(super) u32);

impl VertexNumber {
    pub(crate) const GENESIS: Self = Self(0);
}

/// The data of a vertex.
#[derive(Debug)]
pub(crate) struct VertexRecord {
    pub(crate) id: EventId,
    /// The parents that were seen before it.
    pub(crate) parents: Vec<VertexNumber>,
    /// None for milestones.
    pub(crate) author: Option<Address>,
    pub(crate) bytes: usize,
    /// The first milestone that covers it.
    pub(crate) covered: Option<u64>,
    /// The stake of the honest members on whose disks it lies.
    pub(crate) holders: u128,
}

/// All vertices.
pub(crate) struct VertexTable {
    numbers: HashMap<EventId, VertexNumber>,
    records: Vec<VertexRecord>,
    /// For each lane position: its first event, and the number of its events.
    places: HashMap<(Address, u32, u64), (VertexNumber, u32)>,
    /// The largest number of events at one lane position.
    pub(crate) branches: u32,
}

impl VertexTable {
    pub(crate) fn new(genesis: EventId) -> Self {
        let first =
            VertexRecord { id: genesis, parents: Vec::new(), author: None, bytes: 0, covered: Some(0), holders: 0 };
        Self {
            numbers: HashMap::from([(genesis, VertexNumber::GENESIS)]),
            records: vec![first],
            places: HashMap::new(),
            branches: 1,
        }
    }

    pub(crate) fn find(&self, id: &EventId) -> Option<VertexNumber> {
        self.numbers.get(id).copied()
    }

    pub(crate) fn record(&self, number: VertexNumber) -> &VertexRecord {
        &self.records[number.0 as usize]
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &VertexRecord> {
        self.records.iter()
    }

    pub(crate) fn records_mut(&mut self) -> impl Iterator<Item = &mut VertexRecord> {
        self.records.iter_mut()
    }

    pub(crate) fn record_mut(&mut self, number: VertexNumber) -> &mut VertexRecord {
        &mut self.records[number.0 as usize]
    }

    /// Adds a new vertex. Returns its number, and the first event of its lane position if that is another one.
    pub(crate) fn add(&mut self, vertex: &VerifiedVertex) -> (VertexNumber, Option<VertexNumber>) {
        let number = VertexNumber(self.records.len() as u32);
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
        self.records.push(VertexRecord { id, parents, author, bytes, covered: None, holders: 0 });
        (number, rival)
    }
}

/// A set of vertices with a hash by which equal sets are recognised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct VertexSet {
    bits: Vec<u64>,
    sum: SetHash,
}

/// The xor of the ids of a set: sufficient as a hash of the set, since no adversary here chooses ids against it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SetHash([u8; 32]);

impl SetHash {
    pub(crate) fn add(&mut self, id: &EventId) {
        for (sum, byte) in self.0.iter_mut().zip(id.as_bytes()) {
            *sum ^= byte;
        }
    }
}

impl VertexSet {
    /// Adds a vertex. True if it is new.
    pub(crate) fn add(&mut self, number: VertexNumber, id: &EventId) -> bool {
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

    pub(crate) fn holds(&self, number: VertexNumber) -> bool {
        self.bits.get(number.0 as usize / 64).is_some_and(|word| word >> (number.0 % 64) & 1 == 1)
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = VertexNumber> + '_ {
        (0..self.bits.len() as u32 * 64).map(VertexNumber).filter(|number| self.holds(*number))
    }

    pub(crate) const fn sum(&self) -> SetHash {
        self.sum
    }
}
