//! The committee of each height, derived from the final documents and not from the committee digests in milestones.
//!
//! Updated upon the first sight of each milestone. Cost: one document is read.

use std::collections::BTreeMap;

use quorate_event::{Address, Height};
use quorate_replica::{Moment, Replica};
use serde_json::Value;

use super::reference_model::ProtocolModel;
use crate::committee_source::{COMMITTEE_DOCUMENT, CommitteeSource};

/// The largest total stake: it can be multiplied by three without overflow.
const MOST_STAKE: u128 = (1 << 126) - 1;
/// Members of a committee, at most.
const MOST_MEMBERS: usize = 1_024;

/// The models of all heights.
pub(crate) struct ModelsByHeight {
    rule: CommitteeSource,
    /// Each model with the first height that it applies to, ascending.
    models: Vec<(u64, ProtocolModel)>,
}

impl ModelsByHeight {
    pub(crate) fn new(genesis: ProtocolModel, rule: CommitteeSource) -> Self {
        Self { rule, models: vec![(0, genesis)] }
    }

    /// The model of a height, or the latest known one.
    pub(crate) fn at(&self, height: u64) -> &ProtocolModel {
        &self.models[self.index(height)].1
    }

    /// The index of the model of a height.
    pub(crate) fn index(&self, height: u64) -> usize {
        self.models.partition_point(|(from, _)| *from <= height) - 1
    }

    /// The milestone of `height` is certified, and `replica` has applied it.
    pub(crate) fn follow(&mut self, height: u64, replica: Option<&Replica>) {
        let then = Moment::Milestone(Height(height));
        let read = |replica: &Replica| replica.document_at(COMMITTEE_DOCUMENT, then).ok().flatten();
        let document = replica.filter(|_| self.rule == CommitteeSource::InDocument).and_then(read);
        let before = self.at(height);
        match document.and_then(|document| stakes_in(&document.value)) {
            Some(stakes) if stakes != before.stakes => self.models.push((height + 1, before.under(stakes))),
            _ => {}
        }
    }
}

/// The stakes that a document names; nothing if they form no valid committee.
pub(super) fn stakes_in(document: &Value) -> Option<BTreeMap<Address, u128>> {
    let mut stakes = BTreeMap::new();
    let mut total = 0_u128;
    for (member, stake) in document.as_object()? {
        let member = Address::new(bytes_of(member)?);
        let stake = match stake {
            Value::Number(number) => u128::from(number.as_u64()?),
            Value::String(digits) => digits.parse().ok()?,
            _ => return None,
        };
        total = total.checked_add(stake)?;
        if stake > 0 && stakes.insert(member, stake).is_some() {
            return None;
        }
    }
    let fits = (1..=MOST_MEMBERS).contains(&stakes.len()) && total <= MOST_STAKE;
    fits.then_some(stakes)
}

/// The bytes of an address: `0x` and forty digits. The checksum in its capitals is not verified: no simulated client gets it
/// wrong.
fn bytes_of(address: &str) -> Option<[u8; 20]> {
    let digits = address.strip_prefix("0x").filter(|digits| digits.len() == 40)?;
    let mut bytes = [0; 20];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
