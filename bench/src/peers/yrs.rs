//! yrs, the Rust form of Yjs: YATA, a linked list of runs.

use std::error::Error;

use yrs::types::ToJson;
use yrs::updates::decoder::Decode;
use yrs::{Any, Doc, GetString, Map, MapPrelim, MapRef, OffsetKind, Options, Out, ReadTxn, StateVector, Text, TextRef};
use yrs::{ClientID, Transact, TransactionMut, Update};

use crate::peers::{JsonOp, JsonPeer, TextPeer, Unit};
use crate::trace::Patch;

pub struct Yrs(Doc);

impl Yrs {
    fn new(agent: u64) -> Self {
        let mut options = Options::with_client_id(ClientID::new(agent + 1));
        options.offset_kind = OffsetKind::Bytes;
        Self(Doc::with_options(options))
    }

    fn take(&mut self, update: &[u8]) -> Result<(), Box<dyn Error>> {
        self.0.transact_mut().apply_update(Update::decode_v1(update)?)?;
        Ok(())
    }

    fn encode(&self) -> Vec<u8> {
        self.0.transact().encode_state_as_update_v1(&StateVector::default())
    }
}

impl TextPeer for Yrs {
    const UNIT: Unit = Unit::Bytes;
    type Update = Vec<u8>;

    fn empty(agent: u64) -> Self {
        Self::new(agent)
    }

    /// A transaction for each patch: runs are joined when one ends, and many short runs are slow to find a position in.
    fn write(&mut self, patches: &[Patch]) {
        let text = self.0.get_or_insert_text("text");
        for patch in patches {
            splice(&text, &mut self.0.transact_mut(), std::slice::from_ref(patch));
        }
    }

    fn update(&mut self, patches: &[Patch]) -> Vec<u8> {
        let text = self.0.get_or_insert_text("text");
        let mut transaction = self.0.transact_mut();
        splice(&text, &mut transaction, patches);
        transaction.encode_update_v1()
    }

    fn everything(&mut self) -> Vec<u8> {
        self.encode()
    }

    fn receive(&mut self, update: &Vec<u8>) -> Result<(), Box<dyn Error>> {
        self.take(update)
    }

    fn save(&mut self) -> Vec<u8> {
        self.encode()
    }

    fn load(bytes: &[u8]) -> Result<Self, Box<dyn Error>> {
        let mut loaded = Self::new(0);
        loaded.take(bytes)?;
        Ok(loaded)
    }

    fn text(&self) -> Option<String> {
        let text = self.0.get_or_insert_text("text");
        Some(text.get_string(&self.0.transact()))
    }
}

fn splice(text: &TextRef, transaction: &mut TransactionMut<'_>, patches: &[Patch]) {
    for Patch(at, removed, inserted) in patches {
        if *removed > 0 {
            text.remove_range(transaction, *at as u32, *removed as u32);
        }
        if !inserted.is_empty() {
            text.insert(transaction, *at as u32, inserted);
        }
    }
}

impl JsonPeer for Yrs {
    fn empty(agent: u64) -> Self {
        Self::new(agent)
    }

    fn apply(&mut self, ops: &[JsonOp]) {
        let root = self.0.get_or_insert_map("root");
        let mut transaction = self.0.transact_mut();
        for op in ops {
            let (JsonOp::Make(path) | JsonOp::Set(path, _) | JsonOp::Delete(path)) = op;
            let (key, parents) = path.split_last().expect("a key");
            let map = map_at(&root, &transaction, parents);
            match op {
                JsonOp::Make(_) => drop(map.insert(&mut transaction, key.as_str(), MapPrelim::default())),
                JsonOp::Set(_, value) => drop(map.insert(&mut transaction, key.as_str(), Any::from(*value))),
                JsonOp::Delete(_) => drop(map.remove(&mut transaction, key)),
            }
        }
    }

    fn everything(&mut self) -> Vec<u8> {
        self.encode()
    }

    fn receive(&mut self, update: &[u8]) -> Result<(), Box<dyn Error>> {
        self.take(update)
    }

    fn value(&self) -> serde_json::Value {
        let root = self.0.get_or_insert_map("root");
        let value = root.to_json(&self.0.transact());
        serde_json::to_value(value).expect("JSON")
    }
}

fn map_at(root: &MapRef, transaction: &TransactionMut<'_>, path: &[String]) -> MapRef {
    path.iter().fold(root.clone(), |map, key| match map.get(transaction, key) {
        Some(Out::YMap(inner)) => inner,
        _ => panic!("no map at {key}"),
    })
}
