//! Who votes, and with how much stake.

use std::sync::Arc;

use crate::address::Address;
use crate::cbor::{Canonical, CborReader, CborWriter, DecodeError};
use crate::eip712::{word, word_u128};
use crate::hash::keccak256;
use crate::id::Digest;
use crate::limits;

/// A member's weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stake(pub u128);

/// Why a list of members is not a committee.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitteeError {
    /// There is no member, or there are more than 1,024.
    #[error("a committee has 1 to {limit} members, not {found}")]
    Size {
        /// How many were named.
        found: usize,
        /// How many fit.
        limit: usize,
    },
    /// A member without stake could never matter.
    #[error("member {member} has no stake; leave it out or give it some")]
    NoStake {
        /// The member.
        member: Address,
    },
    /// One key, one vote.
    #[error("member {member} is named twice; add its stakes together")]
    Twice {
        /// The member.
        member: Address,
    },
    /// The stakes add up to more than the quorum test can multiply.
    #[error("the stakes add up to more than {limit}")]
    TooMuchStake {
        /// The greatest total.
        limit: u128,
    },
}

/// The members of a height with their stakes, ascending by address. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committee {
    members: Arc<[(Address, Stake)]>,
    total: Stake,
}

impl Committee {
    /// A committee of `members`, in any order.
    ///
    /// # Errors
    /// When there are none or too many, one is named twice or has no stake, or the stakes overflow.
    pub fn new(mut members: Vec<(Address, Stake)>) -> Result<Self, CommitteeError> {
        if members.is_empty() || members.len() > limits::COMMITTEE_MEMBERS {
            return Err(CommitteeError::Size { found: members.len(), limit: limits::COMMITTEE_MEMBERS });
        }
        members.sort_unstable();
        let mut total = 0_u128;
        let mut previous = None;
        for (member, stake) in members.iter().copied() {
            if stake.0 == 0 {
                return Err(CommitteeError::NoStake { member });
            }
            if previous == Some(member) {
                return Err(CommitteeError::Twice { member });
            }
            previous = Some(member);
            total = match total.checked_add(stake.0) {
                Some(sum) if sum <= limits::TOTAL_STAKE => sum,
                _ => {
                    return Err(CommitteeError::TooMuchStake { limit: limits::TOTAL_STAKE });
                }
            };
        }
        Ok(Self { members: members.into(), total: Stake(total) })
    }

    /// The members and their stakes, ascending by address.
    pub fn members(&self) -> &[(Address, Stake)] {
        &self.members
    }

    /// The stake of `member`, if it is one.
    pub fn stake(&self, member: Address) -> Option<Stake> {
        let index = self.members.binary_search_by_key(&member, |(address, _)| *address).ok()?;
        self.members.get(index).map(|(_, stake)| *stake)
    }

    /// Whether `author` is a member.
    pub fn contains(&self, author: Address) -> bool {
        self.stake(author).is_some()
    }

    /// The sum of all stakes.
    pub const fn total(&self) -> Stake {
        self.total
    }

    /// The stake of the distinct members among `signers`; strangers and repetitions count for nothing.
    pub fn stake_of(&self, signers: impl IntoIterator<Item = Address>) -> Stake {
        let mut distinct: Vec<Address> = signers.into_iter().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let sum = distinct.into_iter().filter_map(|signer| self.stake(signer));
        // Cannot saturate: distinct members' stakes add up to `total` at most.
        Stake(sum.fold(0, |sum, stake| sum.saturating_add(stake.0)))
    }

    /// Whether `stake` is a quorum: 3 * stake > 2 * total.
    pub fn is_quorum(&self, stake: Stake) -> bool {
        // Neither product can saturate for stakes of this committee: see `limits::TOTAL_STAKE`.
        stake.0.saturating_mul(3) > self.total.0.saturating_mul(2)
    }

    /// The least stake that is a quorum.
    pub const fn quorum(&self) -> Stake {
        Stake((self.total.0.saturating_mul(2) / 3).saturating_add(1))
    }

    /// Whether `stake` is more than a third, so that an honest member is among its holders: 3 * stake > total.
    pub const fn exceeds_third(&self, stake: Stake) -> bool {
        stake.0.saturating_mul(3) > self.total.0
    }

    /// keccak256(abi.encode(addresses, stakes)), ascending by address.
    pub fn digest(&self) -> Digest {
        let count = self.members.len() as u64;
        let second = word(count.saturating_add(3).saturating_mul(32));
        let mut encoded: Vec<[u8; 32]> = vec![word(64), second, word(count)];
        encoded.extend(self.members.iter().map(|(address, _)| address.abi_word()));
        encoded.push(word(count));
        encoded.extend(self.members.iter().map(|(_, stake)| word_u128(stake.0)));
        let words: Vec<&[u8]> = encoded.iter().map(<[u8; 32]>::as_slice).collect();
        Digest::new(keccak256(&words))
    }
}

impl Canonical for Stake {
    fn encode(&self, to: &mut CborWriter) {
        let bytes = self.0.to_be_bytes();
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        to.bytes(bytes.get(start..).unwrap_or_default());
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        let bytes = from.bytes("stake")?;
        if bytes.len() > 16 {
            return Err(DecodeError::OutOfRange { what: "stake" });
        }
        let mut whole = [0; 16];
        for (to, byte) in whole.iter_mut().rev().zip(bytes.iter().rev()) {
            *to = *byte;
        }
        Ok(Self(u128::from_be_bytes(whole)))
    }
}

impl Canonical for Committee {
    fn encode(&self, to: &mut CborWriter) {
        to.list(&self.members, |to, (address, stake)| {
            to.array(2).bytes(address.as_bytes());
            stake.encode(to);
        });
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        let members = from.list(limits::COMMITTEE_MEMBERS, "members", |from| {
            from.array(2, "member")?;
            Ok((from.address()?, Stake::decode(from)?))
        })?;
        Self::new(members).map_err(|_| DecodeError::OutOfRange { what: "committee" })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn committee(stakes: &[u128]) -> Committee {
        let members = stakes.iter().zip(1_u8..).map(|(stake, name)| (Address::new([name; 20]), Stake(*stake)));
        Committee::new(members.collect()).unwrap()
    }

    /// Every way to share `total` among members, the greatest stake first.
    fn shares(total: u128, greatest: u128) -> Vec<Vec<u128>> {
        if total == 0 {
            return vec![vec![]];
        }
        let first = (1..=greatest.min(total)).rev();
        let with = |first: u128| {
            let rest = shares(total - first, first).into_iter();
            rest.map(move |rest| [vec![first], rest].concat())
        };
        first.flat_map(with).collect()
    }

    /// Every set of members, as who is in it.
    fn sets(committee: &Committee) -> impl Iterator<Item = Vec<Address>> {
        let chosen = |set: u32| move |(index, _): &(u32, _)| set >> index & 1 == 1;
        let members = (0_u32..).zip(committee.members().iter().map(|(member, _)| *member));
        (0..1_u32 << committee.members().len())
            .map(move |set| members.clone().filter(chosen(set)).map(|(_, member)| member).collect())
    }

    #[test]
    fn e5_whoever_shares_up_to_twelve_any_two_quorums_have_more_than_a_third_in_common() {
        let (mut committees, mut pairs) = (0, 0);
        for stakes in (1..=12).flat_map(|total| shares(total, total)) {
            let committee = committee(&stakes);
            let Stake(total) = committee.total();
            let mut quorums = BTreeSet::new();
            for set in sets(&committee) {
                let Stake(stake) = committee.stake_of(set.iter().copied());
                assert_eq!(committee.is_quorum(Stake(stake)), stake * 3 > total * 2, "{stakes:?}");
                assert_eq!(committee.is_quorum(Stake(stake)), Stake(stake) >= committee.quorum(), "{stakes:?}");
                assert_eq!(committee.exceeds_third(Stake(stake)), stake * 3 > total, "{stakes:?}");
                // Up to a third of the stake may be faulty and missing: the rest must still be a quorum.
                let missing = Stake(total - stake);
                assert!(committee.is_quorum(Stake(stake)) || missing.0 * 3 >= total, "{stakes:?}");
                if committee.is_quorum(Stake(stake)) {
                    quorums.insert(set);
                }
            }
            // What contains a quorum has more in common with others: the least ones are enough, and are few.
            let least = |set: &&Vec<Address>| {
                (0..set.len()).all(|left_out| {
                    let rest = set.iter().enumerate().filter(|(index, _)| *index != left_out);
                    !committee.is_quorum(committee.stake_of(rest.map(|(_, member)| *member)))
                })
            };
            let least: Vec<&Vec<Address>> = quorums.iter().filter(least).collect();
            for (one, other) in least.iter().flat_map(|one| least.iter().map(move |other| (one, other))) {
                let common = one.iter().copied().filter(|member| other.contains(member));
                assert!(committee.exceeds_third(committee.stake_of(common)), "{stakes:?}");
                pairs += 1;
            }
            committees += 1;
        }
        assert_eq!(committees, 271, "the partitions of 1 to 12");
        assert_eq!(pairs, 162_061, "pairs of least quorums");
    }

    #[test]
    fn e5_the_greatest_stakes_are_counted_without_overflow() {
        let third = limits::TOTAL_STAKE / 3;
        let committee = committee(&[third - 1, third, third + 1]);
        assert_eq!(committee.total(), Stake(limits::TOTAL_STAKE));
        let [a, b, c] = [1, 2, 3].map(|name| Address::new([name; 20]));
        assert!(!committee.is_quorum(committee.stake_of([a, b])));
        assert!(!committee.is_quorum(committee.stake_of([a, c])), "two thirds are no quorum");
        assert!(committee.is_quorum(committee.stake_of([b, c])));
        assert!(!committee.exceeds_third(committee.stake_of([b])));
        assert!(committee.exceeds_third(committee.stake_of([c])));
    }

    #[test]
    fn e5_a_signer_counts_once_and_a_stranger_never() {
        let committee = committee(&[1, 1, 1, 1 << 63]);
        let [small, big, stranger] = [1, 4, 9].map(|name| Address::new([name; 20]));
        assert_eq!(committee.stake_of([small, small, stranger]), Stake(1));
        assert!(!committee.is_quorum(committee.stake_of([small, small, small])));
        assert!(committee.is_quorum(committee.stake_of([big])));
    }

    #[test]
    fn a_list_that_is_not_a_committee_is_refused() {
        let [a, b] = [1, 2].map(|name| Address::new([name; 20]));
        assert!(matches!(Committee::new(vec![]), Err(CommitteeError::Size { .. })));
        assert!(matches!(Committee::new(vec![(a, Stake(0))]), Err(CommitteeError::NoStake { .. })));
        assert!(matches!(Committee::new(vec![(a, Stake(1)), (a, Stake(2))]), Err(CommitteeError::Twice { .. })));
        let huge = vec![(a, Stake(limits::TOTAL_STAKE)), (b, Stake(1))];
        assert!(matches!(Committee::new(huge), Err(CommitteeError::TooMuchStake { .. })));
    }
}
