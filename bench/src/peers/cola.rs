//! cola: a replica of positions alone. Its user stores the text, so the text is assembled only for checks.

use std::error::Error;

use cola::{Deletion, EncodedReplica, Insertion, Replica};

use crate::peers::TextPeer;
use crate::trace::Patch;

pub struct Cola {
    replica: Replica,
    log: Update,
    /// The changes of the text here; empty after loading.
    history: Option<History>,
}

/// An update: cola's own operations, and the characters of the insertions one after the other.
#[derive(Default, Clone)]
pub struct Update {
    ops: Vec<Op>,
    text: String,
}

#[derive(Clone)]
enum Op {
    Insert(Insertion, usize),
    Delete(Deletion),
}

/// Changes of the text: a position, characters removed, and bytes of `text` inserted.
#[derive(Default)]
struct History {
    changes: Vec<(usize, usize, usize)>,
    text: String,
}

impl History {
    fn change(&mut self, at: usize, removed: usize, inserted: &str) {
        self.changes.push((at, removed, inserted.len()));
        self.text.push_str(inserted);
    }

    fn replay(&self) -> String {
        let (mut text, mut rest) = (Vec::new(), self.text.as_str());
        for (at, removed, bytes) in &self.changes {
            let (inserted, later) = rest.split_at(*bytes);
            text.splice(*at..at + removed, inserted.chars());
            rest = later;
        }
        text.into_iter().collect()
    }
}

impl Cola {
    fn insert(&mut self, at: usize, text: &str) {
        self.log.ops.push(Op::Insert(self.replica.inserted(at, text.chars().count()), text.len()));
        self.log.text.push_str(text);
        self.changed(at, 0, text);
    }

    fn delete(&mut self, at: usize, count: usize) {
        self.log.ops.push(Op::Delete(self.replica.deleted(at..at + count)));
        self.changed(at, count, "");
    }

    fn changed(&mut self, at: usize, removed: usize, inserted: &str) {
        if let Some(history) = &mut self.history {
            history.change(at, removed, inserted);
        }
    }
}

impl TextPeer for Cola {
    const RELAYS: bool = false;
    type Update = Update;

    fn empty(agent: u64) -> Self {
        let replica = Replica::new(1, 0).fork(agent + 2);
        Self { replica, log: Update::default(), history: Some(History::default()) }
    }

    fn write(&mut self, patches: &[Patch]) {
        for Patch(at, removed, inserted) in patches {
            if *removed > 0 {
                self.delete(*at, *removed);
            }
            if !inserted.is_empty() {
                self.insert(*at, inserted);
            }
        }
    }

    fn update(&mut self, patches: &[Patch]) -> Update {
        let (ops, bytes) = (self.log.ops.len(), self.log.text.len());
        self.write(patches);
        Update { ops: self.log.ops[ops..].to_vec(), text: self.log.text[bytes..].to_owned() }
    }

    fn everything(&mut self) -> Update {
        self.log.clone()
    }

    fn receive(&mut self, update: &Update) -> Result<(), Box<dyn Error>> {
        let mut rest = update.text.as_str();
        for op in &update.ops {
            match op {
                Op::Insert(insertion, bytes) => {
                    let (text, later) = rest.split_at(*bytes);
                    rest = later;
                    if let Some(at) = self.replica.integrate_insertion(insertion) {
                        self.changed(at, 0, text);
                    }
                }
                Op::Delete(deletion) => {
                    let ranges = self.replica.integrate_deletion(deletion);
                    ranges.into_iter().rev().for_each(|range| self.changed(range.start, range.len(), ""));
                }
            }
        }
        Ok(())
    }

    fn save(&mut self) -> Vec<u8> {
        self.replica.encode().as_bytes().to_vec()
    }

    fn load(bytes: &[u8]) -> Result<Self, Box<dyn Error>> {
        let replica = Replica::decode(9, &EncodedReplica::from_bytes(bytes)).map_err(|error| format!("{error:?}"))?;
        Ok(Self { replica, log: Update::default(), history: None })
    }

    fn text(&self) -> Option<String> {
        self.history.as_ref().map(History::replay)
    }

    fn release_log(&mut self) {
        (self.log, self.history) = (Update::default(), None);
    }
}
