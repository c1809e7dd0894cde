//! loro: eg-walker for text and lists, last writer wins for maps.

use std::error::Error;

use loro::{ExportMode, LoroDoc, LoroMap, ValueOrContainer};

use crate::peers::{JsonOp, JsonPeer, TextPeer};
use crate::trace::Patch;

pub struct Loro(LoroDoc);

impl Loro {
    fn new(agent: u64) -> Self {
        let document = LoroDoc::new();
        document.set_peer_id(agent + 1).expect("no transaction is open");
        Self(document)
    }

    /// The map at a path.
    fn map(&self, path: &[String]) -> LoroMap {
        let root = self.0.get_map("root");
        path.iter().fold(root, |map, key| match map.get(key) {
            Some(ValueOrContainer::Container(inner)) => inner.into_map().expect("a map"),
            _ => panic!("no map at {key}"),
        })
    }
}

impl TextPeer for Loro {
    type Update = Vec<u8>;

    fn empty(agent: u64) -> Self {
        Self::new(agent)
    }

    fn write(&mut self, patches: &[Patch]) {
        let text = self.0.get_text("text");
        for Patch(at, removed, inserted) in patches {
            if *removed > 0 {
                text.delete(*at, *removed).expect("within the text");
            }
            if !inserted.is_empty() {
                text.insert(*at, inserted).expect("within the text");
            }
        }
        self.0.commit();
    }

    fn update(&mut self, patches: &[Patch]) -> Vec<u8> {
        let before = self.0.oplog_vv();
        self.write(patches);
        self.0.export(ExportMode::updates(&before)).expect("exports")
    }

    fn everything(&mut self) -> Vec<u8> {
        self.0.export(ExportMode::all_updates()).expect("exports")
    }

    fn receive(&mut self, update: &Vec<u8>) -> Result<(), Box<dyn Error>> {
        self.0.import(update)?;
        Ok(())
    }

    fn save(&mut self) -> Vec<u8> {
        self.0.export(ExportMode::Snapshot).expect("exports")
    }

    fn load(bytes: &[u8]) -> Result<Self, Box<dyn Error>> {
        let document = LoroDoc::new();
        document.import(bytes)?;
        Ok(Self(document))
    }

    fn text(&self) -> Option<String> {
        Some(self.0.get_text("text").to_string())
    }
}

impl JsonPeer for Loro {
    fn empty(agent: u64) -> Self {
        Self::new(agent)
    }

    fn apply(&mut self, ops: &[JsonOp]) {
        for op in ops {
            let (JsonOp::Make(path) | JsonOp::Set(path, _) | JsonOp::Delete(path)) = op;
            let (key, parents) = path.split_last().expect("a key");
            let map = self.map(parents);
            match op {
                JsonOp::Make(_) => drop(map.insert_container(key, LoroMap::new()).expect("inserts")),
                JsonOp::Set(_, value) => map.insert(key, *value).expect("inserts"),
                JsonOp::Delete(_) => map.delete(key).expect("deletes"),
            }
        }
        self.0.commit();
    }

    fn everything(&mut self) -> Vec<u8> {
        self.0.export(ExportMode::all_updates()).expect("exports")
    }

    fn receive(&mut self, update: &[u8]) -> Result<(), Box<dyn Error>> {
        self.0.import(update)?;
        Ok(())
    }

    fn value(&self) -> serde_json::Value {
        serde_json::to_value(self.0.get_map("root").get_deep_value()).expect("JSON")
    }
}
