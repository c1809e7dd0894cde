//! What other members have seen of one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use super::words::{self, Word};
use crate::cluster::Node;

/// Events that are asked for at a time.
const PAGE: usize = 500;

/// Lane and sequence number of an event.
pub(crate) type Place = (u32, u64);

/// Watches one member from several others.
pub(crate) struct Witness {
    member: String,
    said: Arc<Mutex<Said>>,
    readers: Vec<Reader>,
    /// All events of the member, by place.
    pub(crate) events: BTreeMap<Place, String>,
}

#[derive(Default)]
struct Said {
    words: BTreeSet<Word>,
    /// Steps that a stream left out because its reader was slow.
    missed: u64,
}

/// One node's list of events, as far as it was read.
struct Reader {
    node: Node,
    after: Option<String>,
}

impl Witness {
    /// Watches `member`, an address, at `nodes`. The streams end with their nodes.
    pub(crate) fn watch(nodes: &[Node], member: &str) -> Self {
        let said = Arc::new(Mutex::new(Said::default()));
        for node in nodes {
            let stream = ureq::get(format!("{}/v1/stream?steps=true", node.url)).call().unwrap();
            let stream = BufReader::new(stream.into_body().into_reader());
            let (said, member) = (Arc::clone(&said), member.to_owned());
            thread::spawn(move || stream.lines().map_while(Result::ok).for_each(|line| hear(&line, &member, &said)));
        }
        let readers = nodes.iter().map(|node| Reader { node: node.clone(), after: None }).collect();
        Self { member: member.to_owned(), said, readers, events: BTreeMap::new() }
    }

    /// What it said so far.
    pub(crate) fn words(&self) -> BTreeSet<Word> {
        self.said.lock().unwrap().words.clone()
    }

    pub(crate) fn missed(&self) -> u64 {
        self.said.lock().unwrap().missed
    }

    /// Reads which of its events came since the last look. Two in one place are an equivocation.
    pub(crate) fn look(&mut self) {
        for reader in &mut self.readers {
            while let Some(page) = reader.next() {
                let own = page.iter().filter(|event| event["author"] == self.member.as_str());
                for (place, id) in own.map(place_and_id) {
                    let known = self.events.entry(place).or_insert_with(|| id.clone());
                    assert_eq!(*known, id, "two events in one place, {place:?}, at {}", reader.node.name);
                }
            }
        }
    }
}

impl Reader {
    /// The next page with anything on it.
    fn next(&mut self) -> Option<Vec<Value>> {
        let after = self.after.as_ref().map(|after| format!("&after={after}")).unwrap_or_default();
        let mut page = self.node.get(&format!("/v1/events?limit={PAGE}{after}"));
        self.after = page["next"].as_str().map(str::to_owned).or(self.after.take());
        let Value::Array(events) = page["events"].take() else { panic!("no list: {page}") };
        (!events.is_empty()).then_some(events)
    }
}

fn place_and_id(event: &Value) -> (Place, String) {
    let lane = u32::try_from(event["lane"].as_u64().unwrap()).unwrap();
    ((lane, event["seq"].as_u64().unwrap()), event["id"].as_str().unwrap().to_owned())
}

fn hear(line: &str, member: &str, said: &Mutex<Said>) {
    let Some(data) = line.strip_prefix("data:") else { return };
    let Ok(data) = serde_json::from_str::<Value>(data) else { return };
    let mut said = said.lock().unwrap();
    said.missed += data["steps"].as_u64().unwrap_or_default();
    let kind = data["step"].as_str().and_then(words::name);
    if let Some(kind) = kind.filter(|_| data["who"] == member) {
        let number = |field: &str| data[field].as_u64().unwrap();
        let proposal = data["proposal"].as_str().unwrap_or_default().to_owned();
        said.words.insert((number("height"), number("view"), kind, proposal));
    }
}
