//! Changes of texts: a second reader, written from `docs/wire.md` alone, finds in their bytes what the first one wrote;
//! and what typing costs.

#[allow(dead_code, reason = "each test binary uses its part of the strategies")]
mod arbitrary;
#[allow(dead_code, reason = "each test binary uses its part of the specimens")]
mod specimens;

use proptest::prelude::*;
use quorate_event::cbor::Canonical;
use quorate_event::*;
use specimens::splices::*;

/// A character as the page speaks of it: (event, index), event 0 being the one that is read.
type Char = (usize, i64);

/// A change as the page speaks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageChange {
    Insert(Option<Char>, Option<Char>, i64),
    Remove(Char, i64),
}

/// The reader of "Changes of a text" in `docs/wire.md`. It believes what it reads.
struct TextPage<'b> {
    bytes: &'b [u8],
    left: Option<Char>,
    right: Option<Char>,
    first: i64,
    next: i64,
    met: usize,
    indices: Vec<i64>,
}

impl TextPage<'_> {
    fn read(first: u32, events: usize, bytes: &[u8]) -> Vec<(u64, PageChange)> {
        let mut indices = vec![0; events + 1];
        let first = i64::from(first);
        indices[0] = first;
        let mut page = TextPage { bytes, left: None, right: None, first, next: first, met: 0, indices };
        let mut changes = Vec::new();
        while !page.bytes.is_empty() {
            changes.push(page.change());
        }
        changes
    }

    fn number(&mut self) -> i64 {
        let length = 1 + self.bytes.iter().position(|byte| *byte < 128).unwrap();
        let (digits, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        digits.iter().rev().fold(0, |value, digit| value * 128 + i64::from(digit % 128))
    }

    fn name(&mut self) -> Option<Char> {
        let (event, folded) = match self.number() {
            0 => return None,
            even if even % 2 == 0 => (self.met, even / 2 - 1),
            odd => (usize::try_from(odd / 2).unwrap(), self.number()),
        };
        let distance = if folded % 2 == 0 { folded / 2 } else { -(folded + 1) / 2 };
        let char = (event, self.indices[event] + distance);
        self.meet(char);
        Some(char)
    }

    fn meet(&mut self, (event, index): Char) {
        self.met = event;
        self.indices[event] = index;
    }

    fn change(&mut self) -> (u64, PageChange) {
        let head = self.number();
        let (form, count) = (head % 8, head / 8 + 1);
        let after = |char: Option<Char>| char.map(|(event, index)| (event, index + 1));
        let change = match form {
            0 => PageChange::Insert(self.left, self.right, count),
            1 => PageChange::Insert(self.left, after(self.left), count),
            2 => PageChange::Insert(self.left, self.name(), count),
            3 => {
                let left = self.name();
                PageChange::Insert(left, after(left), count)
            }
            4 => PageChange::Insert(self.name(), self.name(), count),
            5 => PageChange::Remove(self.left.map(|(event, index)| (event, index - count + 1)).unwrap(), count),
            6 => PageChange::Remove(self.right.unwrap(), count),
            _ => PageChange::Remove(self.name().unwrap(), count),
        };
        self.pass(form, change);
        (u64::try_from(form).unwrap(), change)
    }

    fn pass(&mut self, form: i64, change: PageChange) {
        match change {
            PageChange::Insert(_, right, count) => {
                self.next += count;
                (self.left, self.right) = (Some((0, self.next - 1)), right);
                self.meet((0, self.next - 1));
            }
            PageChange::Remove((event, index), count) => {
                if form != 6 {
                    let leads = index == 0 || (event, index) == (0, self.first);
                    self.left = (!leads).then_some((event, index - 1));
                }
                if form != 5 {
                    self.right = (index + count < 1 << 32).then_some((event, index + count));
                }
                self.meet((event, index));
            }
        }
    }
}

fn page_char(char: CharRef) -> Char {
    match char {
        CharRef::Here(index) => (0, index.into()),
        CharRef::There { event, index } => (usize::from(event) + 1, index.into()),
    }
}

fn page_change(change: &TextChange) -> PageChange {
    match change {
        TextChange::Insert { left, right, chars } => {
            PageChange::Insert(left.map(page_char), right.map(page_char), (*chars).into())
        }
        TextChange::Remove { first, count } => PageChange::Remove(page_char(*first), (*count).into()),
    }
}

/// The change bytes of the last edit of an encoded payload.
fn change_bytes(payload: &Payload) -> Vec<u8> {
    let read: ciborium::Value = ciborium::from_reader(&payload.to_bytes()[..]).unwrap();
    let last = |value: &ciborium::Value| value.as_array().unwrap().last().unwrap().clone();
    let edit = last(&last(&last(&last(&read))));
    edit.as_array().unwrap()[3].as_bytes().unwrap().clone()
}

fn read_by_the_page(first: u32, splice: &Splice) -> Vec<(u64, PageChange)> {
    let bytes = change_bytes(&spliced_at(first, splice.clone()));
    TextPage::read(first, splice.events().len(), &bytes)
}

fn agreed(first: u32, splice: &Splice) -> Result<(), TestCaseError> {
    let page: Vec<_> = read_by_the_page(first, splice).into_iter().map(|(_, change)| change).collect();
    prop_assert_eq!(page, splice.changes().iter().map(page_change).collect::<Vec<_>>());
    let payload = spliced_at(first, splice.clone());
    prop_assert_eq!(Payload::from_bytes(&payload.to_bytes()), Ok(payload));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_second_reader_finds_the_changes_that_were_written(splice in arbitrary::splice(), first in 0_u32..6) {
        agreed(first, &splice)?;
    }

    #[test]
    fn any_change_bytes_are_refused_or_the_only_ones_of_what_they_say(
        bytes in proptest::collection::vec(prop_oneof![4 => 0_u8..16, 1 => any::<u8>()], 0..12),
        events in 0_u8..3,
        chars in 0_usize..8,
    ) {
        let events: Vec<_> = (0..events).map(|event| [event; 32]).collect();
        let raw = raw_splice(&events, &bytes, "é".repeat(chars).as_bytes());
        if let Ok(edit) = Edit::from_bytes(&raw) {
            prop_assert_eq!(edit.to_bytes(), raw);
        }
    }

    #[test]
    fn a_splice_costs_the_same_wherever_it_stands_in_its_event(splice in arbitrary::splice(), first in 0_u32..2_000) {
        let mut moved = Splice::default();
        let (mut from, shift) = (0, |it: CharRef| match splice.resolve(it).unwrap() {
            ElementRef::Here(index) => ElementRef::Here(index.saturating_add(first)),
            there => there,
        });
        let near_the_last = |it: &TextChange| matches!(it, TextChange::Insert { left: Some(CharRef::Here(index)), .. }
            | TextChange::Insert { right: Some(CharRef::Here(index)), .. }
            | TextChange::Remove { first: CharRef::Here(index), .. } if *index > 1 << 31);
        prop_assume!(!splice.changes().iter().any(near_the_last));
        for change in splice.changes() {
            match *change {
                TextChange::Insert { left, right, chars } => {
                    let text: String = splice.text().chars().skip(from).take(chars as usize).collect();
                    moved.insert(left.map(shift), right.map(shift), &text);
                    from += chars as usize;
                }
                TextChange::Remove { first, count } => moved.remove(shift(first), count),
            }
        }
        prop_assert_eq!(change_bytes(&spliced_at(first, moved)), change_bytes(&spliced_at(0, splice)));
    }
}

#[test]
fn a_second_reader_finds_the_changes_of_every_specimen_in_every_form() {
    let mut forms = [0; 8];
    for (name, first, splice) in splices() {
        agreed(first, &splice).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (form, _) in read_by_the_page(first, &splice) {
            forms[usize::try_from(form).unwrap()] += 1;
        }
    }
    assert!(forms.iter().all(|times| *times > 0), "{forms:?}");
}

#[test]
fn the_example_of_the_page_is_what_it_says() {
    let mut splice = Splice::default();
    splice.insert(None, None, "Hällo");
    splice.remove(ElementRef::Here(4), 1);
    splice.insert(Some(ElementRef::Here(3)), Some(ElementRef::Here(4)), "🦀");
    let edit = Edit::Splice { target: Target::Root, splice };
    assert_eq!(edit.to_bytes(), raw_splice(&[], &[0x20, 0x05, 0x01], "Hällo🦀".as_bytes()));
}

#[test]
fn what_goes_on_is_one_change() {
    let mut splice = Splice::default();
    assert!(!splice.extend("nothing to go on from"));
    splice.insert(None, Some(there(1, 0)), "h");
    assert!(splice.extend("éllo"));
    splice.remove(ElementRef::Here(3), 1);
    assert!(!splice.extend("!"));
    let right = Some(CharRef::There { event: 0, index: 0 });
    let expected =
        [TextChange::Insert { left: None, right, chars: 5 }, TextChange::Remove { first: CharRef::Here(3), count: 1 }];
    assert_eq!(splice.changes(), expected);
    assert_eq!((splice.text(), splice.chars(), splice.events()), ("héllo", 5, &[other(1)][..]));
    splice.insert(None, None, "");
    splice.remove(there(3, 0), 0);
    assert_eq!((splice.changes().len(), splice.events().len()), (2, 1));
}

#[test]
fn an_event_stands_once_in_the_table_where_it_was_first_named() {
    let mut splice = Splice::default();
    for byte in [7, 3, 7, 9, 3, 1, 7] {
        splice.insert(Some(there(byte, 1)), Some(there(9, 0)), "x");
    }
    assert_eq!(splice.events(), [other(7), other(9), other(3), other(1)]);
    for change in splice.changes() {
        let TextChange::Insert { right: Some(right), .. } = change else { unreachable!() };
        assert_eq!(splice.resolve(*right), Some(there(9, 0)));
    }
    assert_eq!(splice.resolve(CharRef::There { event: 4, index: 0 }), None);
    let edit = Edit::Splice { target: Target::Root, splice };
    assert_eq!(Edit::from_bytes(&edit.to_bytes()), Ok(edit));
}

/// A text being typed: runs of about eight characters, some taken back again, the cursor jumping before each run.
struct Typist {
    /// The text's characters; the removed ones are there, but not seen.
    text: Vec<(ElementRef, bool)>,
    seed: u64,
}

impl Typist {
    /// A number below `limit`, the next of a fixed sequence (Knuth's MMIX constants).
    fn draw(&mut self, limit: usize) -> usize {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.seed >> 33).unwrap() % limit
    }

    /// Types an event of `changes` changes.
    fn event(&mut self, changes: usize) -> Splice {
        let mut splice = Splice::default();
        while splice.changes().len() < changes {
            let mut at = self.draw(self.text.len() + 1);
            self.insert(&mut splice, &mut at);
            if self.draw(2) == 0 {
                self.backspace(&mut splice, &mut at);
            }
        }
        splice
    }

    fn insert(&mut self, splice: &mut Splice, at: &mut usize) {
        while *at > 0 && !self.text[*at - 1].1 {
            *at -= 1;
        }
        let (left, right) = (self.text[..*at].last().map(|it| it.0), self.text.get(*at).map(|it| it.0));
        let chars = 1 + self.draw(15);
        let run = (splice.chars()..).map(|index| (ElementRef::Here(index), true)).take(chars);
        self.text.splice(*at..*at, run);
        *at += chars;
        splice.insert(left, right, &"x".repeat(chars));
    }

    fn backspace(&mut self, splice: &mut Splice, at: &mut usize) {
        let mut removed = None;
        for _ in 0..=self.draw(3) {
            let Some((char, shown)) = self.text[..*at].last_mut().filter(|last| last.1) else { break };
            *shown = false;
            *at -= 1;
            removed = match removed {
                Some((first, count)) if next(*char) == first => Some((*char, count + 1)),
                _ => {
                    remove(splice, removed);
                    Some((*char, 1))
                }
            };
        }
        remove(splice, removed);
    }

    /// Calls this event's characters by `event`'s name.
    fn finish(&mut self, event: EventId) {
        for (char, _) in &mut self.text {
            if let ElementRef::Here(index) = *char {
                *char = ElementRef::There(event, index);
            }
        }
    }
}

fn remove(splice: &mut Splice, run: Option<(ElementRef, u32)>) {
    if let Some((first, count)) = run {
        splice.remove(first, count);
    }
}

fn next(char: ElementRef) -> ElementRef {
    match char {
        ElementRef::Here(index) => ElementRef::Here(index + 1),
        ElementRef::There(event, index) => ElementRef::There(event, index + 1),
    }
}

#[test]
fn typing_costs_at_most_four_bytes_a_change() {
    let mut typist = Typist { text: Vec::new(), seed: 1 };
    let (mut bytes, mut changes) = (0, 0);
    for event in 0..20 {
        let splice = typist.event(1_000);
        changes += splice.changes().len();
        let text = splice.text().len();
        let edit = Edit::Splice { target: Target::Root, splice };
        bytes += edit.to_bytes().len() - text;
        typist.finish(other(event));
    }
    assert!(changes >= 20_000);
    assert!(bytes <= 4 * changes, "{bytes} bytes for {changes} changes");
}
