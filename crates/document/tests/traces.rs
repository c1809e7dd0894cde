//! Real typing, as it was recorded: <https://github.com/josephg/editing-traces>.
//!
//! The traces are read from `QUORATE_DATA` or `../shared/data` beside the checkout, and not copied. Without them a test
//! says that it is skipped, and types a made-up history instead.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use quorate_document::{Document, Everything, Outcome, Past};
use quorate_event::{Address, Container, Edit, EventId, keccak256};
use serde::Deserialize;
use serde_json::Value as Json;

/// Numbers that look like chance (SplitMix64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    #[serde(default)]
    num_agents: usize,
    txns: Vec<Transaction>,
    end_content: String,
}

#[derive(Deserialize)]
struct Transaction {
    #[serde(default)]
    agent: usize,
    #[serde(default)]
    parents: Vec<usize>,
    /// Position, characters removed, characters inserted.
    patches: Vec<(u32, u32, String)>,
}

fn trace(name: &str) -> Option<Trace> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("QUORATE_DATA").map_or(beside, PathBuf::from);
    let path = data.join("editing-traces").join(format!("{name}.json.gz"));
    let Ok(file) = File::open(&path) else {
        println!("skipped: there is no {}; set QUORATE_DATA to the folder with editing-traces", path.display());
        return None;
    };
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

/// The transactions' own graph. Each agent's follow one another, so a past is a count for each agent.
#[derive(Default)]
struct Graph {
    numbers: HashMap<EventId, usize>,
    /// By number: the agent, the place among the agent's, and how many of each agent's are in the past.
    events: Vec<(usize, usize, Vec<usize>)>,
    depths: Vec<u64>,
}

/// The event that makes the text, then one for each transaction.
fn id(number: usize) -> EventId {
    EventId::new(keccak256(&[b"transaction", &number.to_be_bytes()]))
}

impl Graph {
    /// Adds an event. An agent's own former one is in its past in any case.
    fn add(&mut self, agents: usize, agent: usize, parents: &[usize]) {
        let number = self.events.len();
        let (mut past, mut depth) = (vec![0; agents], 0);
        for parent in parents {
            let (author, place, before) = &self.events[*parent];
            past.iter_mut().zip(before).for_each(|(count, other)| *count = (*count).max(*other));
            past[*author] = past[*author].max(place + 1);
            depth = depth.max(self.depths[*parent]);
        }
        self.numbers.insert(id(number), number);
        let place = past[agent];
        self.events.push((agent, place, past));
        self.depths.push(depth + 1);
    }
}

impl Past for Graph {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        let ((agent, place, _), (.., past)) = (&self.events[self.numbers[a]], &self.events[self.numbers[b]]);
        *place < past[*agent]
    }

    fn depth(&self, event: &EventId) -> u64 {
        self.depths[self.numbers[event]]
    }

    fn author(&self, _: &EventId) -> Option<Address> {
        None
    }
}

/// A trace as events: who knows what, and the edits of each.
struct Typed {
    graph: Graph,
    parents: Vec<Vec<usize>>,
    edits: Vec<Vec<Edit>>,
}

/// How many transactions of a trace that one person typed share an event.
const SHARED: usize = 256;

/// Types a trace where it was typed: each agent's transactions go to a document of its own, in which all is folded that
/// the agent had seen, and nothing else.
fn typed(trace: &Trace) -> Typed {
    let agents = trace.num_agents.max(1);
    let mut typed = Typed { graph: Graph::default(), parents: Vec::new(), edits: Vec::new() };
    let mut desks: Vec<_> = (0..agents).map(|_| Desk::default()).collect();
    typed.graph.add(agents, 0, &[]);
    let make = Document::default().edit(&Everything, &typed.graph, |doc| doc.make("/text", Container::Text));
    typed.edits.push(make.unwrap());
    typed.parents.push(Vec::new());
    let shared = if trace.num_agents == 0 { SHARED } else { 1 };
    for (before, transactions) in trace.txns.chunks(shared).enumerate() {
        let first = &transactions[0];
        let parents: Vec<_> = match trace.num_agents {
            0 => vec![before],
            _ if first.parents.is_empty() => vec![0],
            _ => first.parents.iter().map(|parent| parent + 1).collect(),
        };
        typed.graph.add(agents, first.agent, &parents);
        let desk = &mut desks[first.agent];
        typed.catch_up(desk, &parents);
        let edits = desk.document.edit(&Everything, &typed.graph, |doc| {
            let mut text = doc.text("/text")?;
            let mut patches = transactions.iter().flat_map(|transaction| &transaction.patches);
            patches.try_for_each(|(at, gone, come)| text.replace(*at, *gone, come))
        });
        typed.edits.push(edits.unwrap());
        typed.parents.push(parents);
        typed.fold(desk, before + 1);
    }
    typed
}

/// A document and what was folded into it.
#[derive(Default)]
struct Desk {
    document: Document,
    folded: BTreeSet<usize>,
}

impl Desk {
    fn text(&self, graph: &Graph) -> String {
        let value: Json = self.document.value(&Everything, graph);
        value["text"].as_str().unwrap_or_default().to_owned()
    }
}

impl Typed {
    fn fold(&self, desk: &mut Desk, number: usize) {
        let outcomes = desk.document.fold(id(number), 0, &self.edits[number], &self.graph);
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "event {number}: {outcomes:?}");
        desk.folded.insert(number);
    }

    /// Folds what is in the past of an event on `parents` and was not folded, in causal order.
    fn catch_up(&self, desk: &mut Desk, parents: &[usize]) {
        let mut missing = BTreeSet::new();
        let mut open = parents.to_vec();
        while let Some(number) = open.pop() {
            if !desk.folded.contains(&number) && missing.insert(number) {
                open.extend(&self.parents[number]);
            }
        }
        missing.into_iter().for_each(|number| self.fold(desk, number));
    }

    /// All of it, in a causal order drawn from a seed.
    fn folded_in_any_order(&self, seed: u64) -> Desk {
        let mut dice = Dice(seed);
        let mut waits: Vec<_> = self.parents.iter().map(Vec::len).collect();
        let mut children = vec![Vec::new(); waits.len()];
        for (number, parents) in self.parents.iter().enumerate() {
            parents.iter().for_each(|parent| children[*parent].push(number));
        }
        let (mut ready, mut desk) = (vec![0], Desk::default());
        while !ready.is_empty() {
            let number = ready.swap_remove(dice.throw(ready.len()));
            self.fold(&mut desk, number);
            for child in &children[number] {
                waits[*child] -= 1;
                if waits[*child] == 0 {
                    ready.push(*child);
                }
            }
        }
        desk
    }

    /// Every order ends with the same text and digest, which this is.
    fn text(&self) -> String {
        let one = self.folded_in_any_order(1);
        for seed in 2..4 {
            let other = self.folded_in_any_order(seed);
            assert_eq!(one.text(&self.graph), other.text(&self.graph));
            let digest = |desk: &Desk| desk.document.digest(&Everything, &self.graph);
            assert_eq!(digest(&one), digest(&other));
        }
        one.text(&self.graph)
    }
}

/// Types a trace and merges it elsewhere: the text is what was recorded.
fn check(name: &str) {
    let Some(trace) = trace(name) else { return };
    assert!(typed(&trace).text() == trace.end_content, "{name} ends otherwise than recorded");
}

#[test]
fn c19_a_paper_ends_as_recorded() {
    check("automerge-paper");
}

/// What is typed on is the same after the document was saved and opened, at half-time and in the end.
#[test]
fn a_paper_that_is_saved_on_the_way_ends_as_recorded() {
    let Some(trace) = trace("automerge-paper") else { return };
    let typed = typed(&trace);
    check_opened(&typed);
    check_opened_at(&typed, typed.edits.len());
    assert!(typed.folded_in_any_order(1).text(&typed.graph) == trace.end_content);
}

/// In the middle of what several people typed, in another order.
#[test]
fn two_people_typing_go_on_after_a_document_was_opened() {
    let Some(trace) = trace("friendsforever") else { return };
    check_opened(&typed(&trace));
}

fn check_opened(typed: &Typed) {
    check_opened_at(typed, typed.edits.len() / 2);
}

fn check_opened_at(typed: &Typed, cut: usize) {
    let mut whole = Desk::default();
    (0..cut).for_each(|number| typed.fold(&mut whole, number));
    let saved = whole.document.save();
    let document = Document::open(&saved).unwrap();
    assert!(document.save() == saved);
    let mut opened = Desk { document, folded: whole.folded.clone() };
    for desk in [&mut whole, &mut opened] {
        (cut..typed.edits.len()).for_each(|number| typed.fold(desk, number));
    }
    assert!(whole.text(&typed.graph) == opened.text(&typed.graph));
    let digest = |desk: &Desk| desk.document.digest(&Everything, &typed.graph);
    assert_eq!(digest(&whole), digest(&opened));
    let typed_on = |desk: &Desk| {
        let edits = desk.document.edit(&Everything, &typed.graph, |doc| {
            let len = u32::try_from(whole.text(&typed.graph).chars().count()).unwrap();
            let mut text = doc.text("/text")?;
            (0..len.min(1_000)).try_for_each(|number| text.replace(number * 7_919 % len, number % 3, "typed"))
        });
        edits.unwrap()
    };
    assert_eq!(typed_on(&whole), typed_on(&opened));
    assert!(whole.document.save() == opened.document.save());
}

#[test]
fn a_source_file_ends_as_recorded() {
    check("sveltecomponent");
}

#[test]
fn two_people_typing_at_once_end_as_recorded() {
    check("friendsforever");
    check("friendsforever_flat");
}

#[test]
fn made_up_typing_of_three_ends_alike_in_any_order() {
    let mut dice = Dice(7);
    let (mut txns, mut heads): (Vec<Transaction>, Vec<Option<usize>>) = (Vec::new(), vec![None; 3]);
    for number in 0..300 {
        let agent = dice.throw(3);
        let merged = (dice.throw(4) == 0).then(|| heads[dice.throw(3)]).flatten();
        let parents: BTreeSet<_> = heads[agent].into_iter().chain(merged).collect();
        heads[agent] = Some(number);
        // At the start, where there is always room, and where all of them meet.
        let patches = vec![(0, 0, ["é", "ab", "中文", "🙂"][dice.throw(4)].to_owned())];
        txns.push(Transaction { agent, parents: parents.into_iter().collect(), patches });
    }
    let trace = Trace { num_agents: 3, txns, end_content: String::new() };
    let typed = typed(&trace);
    let chars: usize = trace.txns.iter().map(|txn| txn.patches[0].2.chars().count()).sum();
    assert_eq!(typed.text().chars().count(), chars);
}
