//! diamond-types: a log of operations, replayed (eg-walker). Text only.

use std::error::Error;

use diamond_types::list::encoding::{ENCODE_FULL, ENCODE_PATCH};
use diamond_types::list::{ListCRDT, operation::Operation};

use crate::peers::TextPeer;
use crate::trace::Patch;

pub struct DiamondTypes {
    list: ListCRDT,
    agent: u64,
}

impl TextPeer for DiamondTypes {
    type Update = Vec<u8>;

    fn empty(agent: u64) -> Self {
        Self { list: ListCRDT::new(), agent }
    }

    fn write(&mut self, patches: &[Patch]) {
        let agent = self.list.get_or_create_agent_id(&format!("agent {}", self.agent));
        for Patch(at, removed, inserted) in patches {
            if *removed > 0 {
                self.list.apply_local_operations(agent, &[Operation::new_delete(*at..at + removed)]);
            }
            if !inserted.is_empty() {
                self.list.apply_local_operations(agent, &[Operation::new_insert(*at, inserted)]);
            }
        }
    }

    fn update(&mut self, patches: &[Patch]) -> Vec<u8> {
        let before = self.list.oplog.local_version();
        self.write(patches);
        self.list.oplog.encode_from(ENCODE_PATCH, &before)
    }

    fn everything(&mut self) -> Vec<u8> {
        self.list.oplog.encode(ENCODE_FULL)
    }

    fn receive(&mut self, update: &Vec<u8>) -> Result<(), Box<dyn Error>> {
        self.list.merge_data_and_ff(update).map_err(|error| format!("{error:?}"))?;
        Ok(())
    }

    fn save(&mut self) -> Vec<u8> {
        self.list.oplog.encode(ENCODE_FULL)
    }

    fn load(bytes: &[u8]) -> Result<Self, Box<dyn Error>> {
        let list = ListCRDT::load_from(bytes).map_err(|error| format!("{error:?}"))?;
        Ok(Self { list, agent: 0 })
    }

    fn text(&self) -> Option<String> {
        Some(self.list.branch.content().to_string())
    }
}
