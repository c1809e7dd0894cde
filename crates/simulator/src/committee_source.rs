//! The rule by which the committee of a world changes. It stands in for the ledger, which will drive the changes.

use std::sync::Arc;

use quorate_event::{Address, Committee, Stake};
use quorate_replica::{CommitteeRule, FinalDocuments, FixedCommittee};
use serde_json::Value;

/// The document that names the next committee under [`CommitteeSource::InDocument`]: `{"0x…": stake, …}`. A stake is a number
/// or, beyond 2^64, a string of digits; a member with stake 0 leaves.
pub const COMMITTEE_DOCUMENT: &str = "committee";

/// How the committee of each height is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CommitteeSource {
    /// The committee of the genesis, at every height.
    #[default]
    Fixed,
    /// The content of the final document [`COMMITTEE_DOCUMENT`], if it is a valid committee.
    InDocument,
}

impl CommitteeSource {
    pub(crate) fn succession(self) -> Arc<dyn CommitteeRule> {
        match self {
            Self::Fixed => Arc::new(FixedCommittee),
            Self::InDocument => Arc::new(InDocument),
        }
    }
}

#[derive(Debug)]
struct InDocument;

impl CommitteeRule for InDocument {
    fn next(&self, _: &Committee, settled: &FinalDocuments<'_>) -> Option<Committee> {
        committee_in(&settled.document(COMMITTEE_DOCUMENT)?)
    }
}

/// The committee that a document names; nothing if any entry is malformed or the whole is no valid committee.
pub(crate) fn committee_in(document: &Value) -> Option<Committee> {
    let named = document.as_object()?.iter().map(|(member, stake)| {
        let stake = stake.as_u64().map(u128::from).or_else(|| stake.as_str()?.parse().ok())?;
        Some((member.parse::<Address>().ok()?, Stake(stake)))
    });
    let named: Option<Vec<(Address, Stake)>> = named.collect();
    Committee::new(named?.into_iter().filter(|(_, stake)| stake.0 > 0).collect()).ok()
}

#[cfg(test)]
mod tests {
    use quorate_event::{SecretKey, limits};
    use serde_json::json;

    use super::*;

    fn name(number: u64) -> String {
        SecretKey::simulated(number).address().to_string()
    }

    #[test]
    fn tb22_what_is_no_committee_changes_nothing() {
        let (a, b) = (name(1), name(2));
        let in_small = a.to_lowercase();
        let many: serde_json::Map<String, Value> = (0..1_025).map(|number| (name(number), json!(1))).collect();
        for junk in [
            json!(null),
            json!([]),
            json!({}),
            json!({ &a: 0 }),
            json!({ &a: -1 }),
            json!({ &a: 1.5 }),
            json!({ &a: true }),
            json!({ &a: "many" }),
            json!({ &a: 1, "nobody": 1 }),
            json!({ &a: 1, "0x00": 1 }),
            json!({ &a: 1, &b: null }),
            json!({ &a: 1, &in_small: 1 }),
            json!({ &a: u128::MAX.to_string() }),
            json!({ &a: limits::TOTAL_STAKE.to_string(), &b: 1 }),
            json!(many),
        ] {
            assert_eq!(committee_in(&junk), None, "{junk}");
        }
    }

    #[test]
    fn whoever_has_no_stake_leaves_and_the_rest_are_the_committee() {
        let (a, b, c) = (name(1), name(2), name(3));
        let found = committee_in(&json!({ &a: 1, &b: "340282366920938463", &c: 0 })).unwrap();
        let stakes: Vec<Option<Stake>> =
            (1..4).map(|number| found.stake(SecretKey::simulated(number).address())).collect();
        assert_eq!(stakes, [Some(Stake(1)), Some(Stake(340_282_366_920_938_463)), None]);
    }
}
