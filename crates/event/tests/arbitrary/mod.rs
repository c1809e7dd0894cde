//! Arbitrary records, within the format.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use quorate_event::*;

prop_compose! {
    pub(crate) fn event_id()(bytes: [u8; 32]) -> EventId { EventId::new(bytes) }
}

prop_compose! {
    pub(crate) fn digest()(bytes: [u8; 32]) -> Digest { Digest::new(bytes) }
}

prop_compose! {
    pub(crate) fn address()(bytes: [u8; 20]) -> Address { Address::new(bytes) }
}

prop_compose! {
    pub(crate) fn network_id()(bytes: [u8; 32]) -> NetworkId { NetworkId::new(bytes) }
}

/// Any bits of a float, and floats that integers are near to.
pub(crate) fn float_bits() -> impl Strategy<Value = f64> {
    let near = |bits: u32| {
        let power = 2_f64.powi(i32::try_from(bits).unwrap());
        [power, -power, power - 0.5, power.next_down(), (-power).next_down(), power.next_up()]
    };
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        any::<f32>().prop_map(f64::from),
        any::<u16>().prop_map(|bits| f64::from(bits) / 1024.0),
        (0_u32..70, 0_usize..6).prop_map(move |(bits, choice)| near(bits)[choice]),
        Just(-0.0),
    ]
}

/// Integers of every width.
pub(crate) fn integer() -> impl Strategy<Value = Integer> {
    let narrow = |value: u64, shift: u32| i128::from(value >> shift);
    prop_oneof![
        (any::<u64>(), 0_u32..64).prop_map(move |(value, shift)| narrow(value, shift)),
        (any::<i64>(), 0_u32..64).prop_map(|(value, shift)| i128::from(value >> shift)),
    ]
    .prop_map(|value| Integer::new(value).unwrap())
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        integer().prop_map(Value::Integer),
        float_bits().prop_map(|float| Value::from_f64(float).unwrap_or(Value::Null)),
        any::<String>().prop_map(Value::String),
        Just(Value::New(Container::Object)),
        Just(Value::New(Container::List)),
    ]
}

fn element() -> impl Strategy<Value = ElementRef> {
    prop_oneof![
        any::<u32>().prop_map(ElementRef::Here),
        (event_id(), any::<u32>()).prop_map(|(event, index)| ElementRef::There(event, index)),
    ]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![Just(Target::Root), element().prop_map(Target::Made)]
}

pub(crate) fn edit() -> impl Strategy<Value = Edit> {
    let ends = (proptest::option::of(element()), proptest::option::of(element()));
    prop_oneof![
        (target(), any::<String>(), value()).prop_map(|(target, key, value)| Edit::Set { target, key, value }),
        (target(), any::<String>()).prop_map(|(target, key)| Edit::Delete { target, key }),
        value().prop_map(|value| Edit::Assign { value }),
        (target(), ends, vec(value(), 1..5))
            .prop_map(|(target, (left, right), values)| { Edit::Insert { target, left, right, values } }),
        (target(), element()).prop_map(|(target, element)| Edit::Remove { target, element }),
    ]
}

fn documents() -> impl Strategy<Value = Vec<DocumentEdits>> {
    btree_map("[a-zé/]{1,20}", vec(edit(), 1..6), 1..4).prop_map(|documents: BTreeMap<_, _>| {
        let documents = documents.into_iter();
        documents.map(|(document, edits)| DocumentEdits { document, edits }).collect()
    })
}

pub(crate) fn payload() -> impl Strategy<Value = Payload> {
    prop_oneof![
        4 => documents().prop_map(Payload::Edits),
        1 => evidence().prop_map(|evidence| Payload::Evidence(Box::new(evidence))),
        1 => Just(Payload::Seal),
    ]
}

pub(crate) fn body() -> impl Strategy<Value = EventBody> {
    let parents = btree_set(event_id(), 1..=16).prop_shuffled();
    (address(), any::<u32>(), 1..=u64::MAX, parents, any::<u64>(), payload()).prop_map(
        |(author, lane, seq, parents, time, payload)| EventBody {
            author,
            lane: Lane(lane),
            seq: Seq(seq),
            parents,
            time: Timestamp(time),
            payload,
        },
    )
}

/// Sets as lists in any order.
trait Shuffled: Strategy + Sized {
    fn prop_shuffled(self) -> BoxedStrategy<Vec<EventId>>;
}

impl<S: Strategy<Value = BTreeSet<EventId>> + 'static> Shuffled for S {
    fn prop_shuffled(self) -> BoxedStrategy<Vec<EventId>> {
        self.prop_map(|set| set.into_iter().collect::<Vec<_>>()).prop_shuffle().boxed()
    }
}

pub(crate) fn vote() -> impl Strategy<Value = Vote> {
    let kinds = [VoteKind::Propose, VoteKind::Prepare, VoteKind::Commit, VoteKind::Skip];
    let proposal = any::<[u8; 32]>().prop_filter("zero names nothing", |id| *id != [0; 32]);
    (proptest::sample::select(kinds.to_vec()), any::<u64>(), any::<u64>(), proposal).prop_map(
        |(kind, height, view, proposal)| Vote {
            kind,
            height: Height(height),
            view: View(view),
            proposal: match kind {
                VoteKind::Skip => ProposalId::NONE,
                _ => ProposalId::new(proposal),
            },
        },
    )
}

pub(crate) fn signature() -> impl Strategy<Value = Signature> {
    let half = any::<[u8; 32]>();
    (half, any::<[u8; 32]>(), any::<u8>()).prop_map(|(r, s, v)| {
        let mut bytes = [v; 65];
        bytes[..32].copy_from_slice(&r);
        bytes[32..64].copy_from_slice(&s);
        Signature::Secp256k1(bytes)
    })
}

pub(crate) fn signed_vote() -> impl Strategy<Value = SignedVote> {
    (vote(), address(), signature()).prop_map(|(vote, signer, signature)| SignedVote { vote, signer, signature })
}

/// Two votes of one signer that exclude each other; the signatures are noise.
pub(crate) fn evidence() -> impl Strategy<Value = Evidence> {
    (signed_vote(), signature(), any::<bool>()).prop_map(|(signed, signature, skip)| {
        let kind = if skip { VoteKind::Commit } else { VoteKind::Prepare };
        let proposal = ProposalId::new([1; 32]);
        let first = SignedVote { vote: Vote { kind, proposal, ..signed.vote }, ..signed };
        let other = match kind {
            VoteKind::Commit => Vote { kind: VoteKind::Skip, proposal: ProposalId::NONE, ..first.vote },
            _ => Vote { proposal: ProposalId::new([2; 32]), ..first.vote },
        };
        let second = SignedVote { vote: other, signature, ..first };
        Evidence::of(VerifiedVote::from_store(first), VerifiedVote::from_store(second)).unwrap()
    })
}

pub(crate) fn certificate() -> impl Strategy<Value = Certificate> {
    (vote(), btree_map(address(), signature(), 0..6))
        .prop_map(|(vote, signatures)| Certificate { vote, signatures: signatures.into_iter().collect() })
}

pub(crate) fn proposal() -> impl Strategy<Value = Proposal> {
    let roots = [digest(), digest(), digest(), digest(), digest()];
    (1..=u64::MAX, any::<[u8; 32]>(), btree_set(event_id(), 1..8), roots, any::<u64>()).prop_map(
        |(height, previous, heads, roots, time)| Proposal {
            height: Height(height),
            previous: ProposalId::new(previous),
            heads: heads.into_iter().collect(),
            events_root: roots[0],
            documents_root: roots[1],
            ledger_root: roots[2],
            outbox_root: roots[3],
            next_committee: roots[4],
            time: Timestamp(time),
        },
    )
}

/// A milestone and the network that it belongs to; its signatures are noise.
pub(crate) fn milestone() -> impl Strategy<Value = (Milestone, NetworkId)> {
    (proposal(), certificate(), network_id(), any::<u64>()).prop_map(|(proposal, certificate, network, view)| {
        let vote =
            Vote { kind: VoteKind::Commit, height: proposal.height, view: View(view), proposal: proposal.id(network) };
        let certificate = Certificate { vote, ..certificate };
        (Milestone::new(proposal, certificate, network).unwrap(), network)
    })
}

pub(crate) fn committee() -> impl Strategy<Value = Committee> {
    let stake = (1..=limits::TOTAL_STAKE / 8, 0_u32..120).prop_map(|(stake, shift)| Stake((stake >> shift).max(1)));
    btree_map(address(), stake, 1..8).prop_map(|members| Committee::new(members.into_iter().collect()).unwrap())
}

pub(crate) fn genesis() -> impl Strategy<Value = Genesis> {
    let numbers: [std::ops::RangeInclusive<u64>; 6] = std::array::from_fn(|_| 0..=u64::MAX);
    ("[a-zé ]{1,60}", committee(), any::<[bool; 3]>(), numbers).prop_map(
        |(name, committee, [open, manual, demo], numbers)| Genesis {
            name,
            time: Timestamp(numbers[5]),
            committee,
            writers: if open { Writers::Open } else { Writers::Members },
            parameters: Parameters {
                pace: if manual { Pace::Manual } else { Pace::Automatic },
                min_events: numbers[0],
                max_wait_ms: numbers[1],
                view_timer_ms: numbers[2],
                cut_events: numbers[3],
                cut_bytes: numbers[4],
            },
            demo,
        },
    )
}
