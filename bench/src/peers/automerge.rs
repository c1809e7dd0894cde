//! automerge: columns of operations, named by counters.

use std::error::Error;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, LoadOptions, ObjId, ObjType, ROOT, ReadDoc, TextEncoding, Value};

use crate::peers::{JsonOp, JsonPeer, TextPeer};
use crate::trace::Patch;

pub struct Automerge(AutoCommit);

impl Automerge {
    fn new(agent: u64) -> Self {
        let actor = ActorId::from((agent + 1).to_be_bytes());
        Self(AutoCommit::new_with_encoding(TextEncoding::UnicodeCodePoint).with_actor(actor))
    }

    /// The text. The change that makes it is the same at every replica.
    fn shared_text(&mut self) -> ObjId {
        if self.find_text().is_none() {
            let mut maker = Self::new(u64::MAX - 1).0;
            maker.put_object(ROOT, "text", ObjType::Text).expect("puts");
            maker.commit_with(CommitOptions::default().with_time(0));
            self.0.load_incremental(&maker.save()).expect("applies");
        }
        self.find_text().expect("a text")
    }

    fn find_text(&self) -> Option<ObjId> {
        self.0.get(ROOT, "text").expect("reads").map(|(_, id)| id)
    }

    fn commit(&mut self) {
        self.0.commit_with(CommitOptions::default().with_time(0));
    }
}

impl TextPeer for Automerge {
    type Update = Vec<u8>;

    fn empty(agent: u64) -> Self {
        Self::new(agent)
    }

    fn write(&mut self, patches: &[Patch]) {
        let text = self.shared_text();
        for Patch(at, removed, inserted) in patches {
            self.0.splice_text(&text, *at, *removed as isize, inserted).expect("within the text");
        }
        self.commit();
    }

    fn update(&mut self, patches: &[Patch]) -> Vec<u8> {
        let first = self.find_text().is_none();
        self.write(patches);
        if first {
            return self.0.save();
        }
        self.0.get_last_local_change().expect("a change").raw_bytes().to_vec()
    }

    fn everything(&mut self) -> Vec<u8> {
        self.0.save()
    }

    fn receive(&mut self, update: &Vec<u8>) -> Result<(), Box<dyn Error>> {
        self.0.load_incremental(update)?;
        Ok(())
    }

    fn save(&mut self) -> Vec<u8> {
        self.0.save()
    }

    fn load(bytes: &[u8]) -> Result<Self, Box<dyn Error>> {
        let options = LoadOptions::new().text_encoding(TextEncoding::UnicodeCodePoint);
        Ok(Self(AutoCommit::load_with_options(bytes, options)?))
    }

    fn text(&self) -> Option<String> {
        Some(self.find_text().map_or_else(String::new, |text| self.0.text(text).expect("reads")))
    }
}

impl JsonPeer for Automerge {
    fn empty(agent: u64) -> Self {
        Self::new(agent)
    }

    fn apply(&mut self, ops: &[JsonOp]) {
        for op in ops {
            let (JsonOp::Make(path) | JsonOp::Set(path, _) | JsonOp::Delete(path)) = op;
            let (key, parents) = path.split_last().expect("a key");
            let map = self.map(parents);
            match op {
                JsonOp::Make(_) => drop(self.0.put_object(map, key.as_str(), ObjType::Map).expect("puts")),
                JsonOp::Set(_, value) => self.0.put(map, key.as_str(), *value).expect("puts"),
                JsonOp::Delete(_) => self.0.delete(map, key.as_str()).expect("deletes"),
            }
        }
        self.commit();
    }

    fn everything(&mut self) -> Vec<u8> {
        self.0.save()
    }

    fn receive(&mut self, update: &[u8]) -> Result<(), Box<dyn Error>> {
        self.0.load_incremental(update)?;
        Ok(())
    }

    fn value(&self) -> serde_json::Value {
        serde_json::to_value(automerge::AutoSerde::from(&self.0)).expect("JSON")
    }
}

impl Automerge {
    fn map(&self, path: &[String]) -> ObjId {
        path.iter().fold(ROOT, |map, key| match self.0.get(map, key.as_str()) {
            Ok(Some((Value::Object(ObjType::Map), id))) => id,
            _ => panic!("no map at {key}"),
        })
    }
}
