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
        any::<String>().prop_map(|text| Value::String(text.into())),
        container().prop_map(Value::New),
    ]
}

fn container() -> impl Strategy<Value = Container> {
    use Container::*;
    proptest::sample::select(vec![Object, List, Text, Register, Counter])
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
    let ends = || (proptest::option::of(element()), proptest::option::of(element()));
    prop_oneof![
        (target(), any::<String>(), value()).prop_map(|(target, key, value)| Edit::Set { target, key, value }),
        (target(), any::<String>()).prop_map(|(target, key)| Edit::Delete { target, key }),
        (target(), value()).prop_map(|(target, value)| Edit::Assign { target, value }),
        (target(), ends(), vec(value(), 1..5))
            .prop_map(|(target, (left, right), values)| { Edit::Insert { target, left, right, values } }),
        (target(), range()).prop_map(|(target, (first, count))| Edit::Remove { target, first, count }),
        (target(), splice()).prop_map(|(target, splice)| Edit::Splice { target, splice }),
        (target(), any::<i64>().prop_filter("says nothing", |amount| *amount != 0))
            .prop_map(|(target, amount)| Edit::Add { target, amount }),
        (target(), element(), ends()).prop_map(|(target, element, (left, right))| Edit::Move {
            target,
            element,
            left,
            right
        }),
    ]
}

/// Elements of which the last has an index too.
fn range() -> impl Strategy<Value = (ElementRef, u32)> {
    let count = prop_oneof![1..=3_u32, any::<u32>()];
    (element(), count).prop_map(|(first, count)| {
        let (ElementRef::Here(index) | ElementRef::There(_, index)) = first;
        (first, count.clamp(1, (u32::MAX - index).saturating_add(1)))
    })
}

/// A character near to where others are: of this event, or of one of four.
fn near() -> impl Strategy<Value = ElementRef> {
    let index = prop_oneof![8 => 0..12_u32, 1 => any::<u32>()];
    (0..5_u8, index).prop_map(|(event, index)| match event {
        0 => ElementRef::Here(index),
        event => ElementRef::There(EventId::new([event; 32]), index),
    })
}

/// A change, given by itself or by where the one before ended.
#[derive(Debug, Clone)]
enum TextStep {
    Insert(Option<ElementRef>, Option<ElementRef>, String),
    Type(String),
    Remove(ElementRef, u32),
    Backspace,
    Delete,
}

fn step() -> impl Strategy<Value = TextStep> {
    let near_end = || proptest::option::weighted(0.8, near());
    prop_oneof![
        (near_end(), near_end(), ".{1,3}").prop_map(|(left, right, text)| TextStep::Insert(left, right, text)),
        (near(), any::<String>()).prop_map(|(left, text)| TextStep::Insert(Some(left), Some(beside(left, 1)), text)),
        ".{1,3}".prop_map(TextStep::Type),
        (near(), 1..4_u32).prop_map(|(first, count)| TextStep::Remove(first, count)),
        Just(TextStep::Backspace),
        Just(TextStep::Delete),
    ]
}

/// The character `by` indices away, at least two from the last index.
fn beside(char: ElementRef, by: i64) -> ElementRef {
    let moved = |index: u32| u32::try_from((i64::from(index) + by).clamp(0, i64::from(u32::MAX) - 2)).unwrap();
    match char {
        ElementRef::Here(index) => ElementRef::Here(moved(index)),
        ElementRef::There(event, index) => ElementRef::There(event, moved(index)),
    }
}

prop_compose! {
    /// A splice of somebody who types, takes back, and jumps, in an event of its own.
    pub(crate) fn splice()(steps in vec(step(), 1..12)) -> Splice {
        let mut splice = Splice::default();
        splice.insert(None, None, ".");
        let (mut left, mut right) = (ElementRef::Here(0), None);
        for step in steps {
            match step {
                TextStep::Insert(before, after, text) => {
                    splice.insert(before, after, &text);
                    (left, right) = (ElementRef::Here(splice.chars() - 1), after);
                }
                TextStep::Type(text) => {
                    splice.insert(Some(left), right, &text);
                    left = ElementRef::Here(splice.chars() - 1);
                }
                TextStep::Remove(first, count) => {
                    let first = beside(first, 0);
                    splice.remove(first, count);
                    (left, right) = (beside(first, -1), Some(beside(first, i64::from(count))));
                }
                TextStep::Backspace => {
                    splice.remove(left, 1);
                    left = beside(left, -1);
                }
                TextStep::Delete => {
                    splice.remove(right.unwrap_or(left), 1);
                    right = right.map(|right| beside(right, 1));
                }
            }
        }
        splice
    }
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
        1 => Just(Payload::MilestoneRequest),
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
