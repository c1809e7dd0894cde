//! Every limit of the format, one below, at, and one above it.

#[allow(dead_code, reason = "each test binary uses its part of the specimens")]
mod specimens;

use quorate_event::cbor::Canonical;
use quorate_event::*;
use specimens::*;

/// `outcome` of one below the limit and of the limit is good, of one above it `TooLarge`.
fn check(limit: usize, what: &'static str, outcome: impl Fn(usize) -> Result<(), DecodeError>) {
    assert_eq!(outcome(limit - 1), Ok(()), "{what}");
    assert_eq!(outcome(limit), Ok(()), "{what}");
    let (found, limit) = (limit as u64 + 1, limit as u64);
    let refused = DecodeError::TooLarge { what, found, limit };
    assert_eq!(outcome(usize::try_from(found).unwrap()), Err(refused));
}

fn decoded(body: &EventBody) -> Result<(), DecodeError> {
    EventBody::from_bytes(&body.to_bytes()).map(drop)
}

/// What signing says, which must be what a reader of the same bytes says.
fn judged(body: EventBody) -> Result<(), DecodeError> {
    let raw = raw_signed(&body.to_bytes());
    let read = SignedEvent::decode(&raw, network()).map(drop);
    let signed = SignedEvent::sign(body, network(), &key(1)).map(drop);
    assert_eq!(signed, read);
    read.map_err(|error| match error {
        EventError::Decode(error) => error,
        other => panic!("{other}"),
    })
}

fn assigns(count: usize) -> Vec<Edit> {
    vec![Edit::Assign { target: Target::Root, value: Value::Null }; count]
}

fn ids(count: usize) -> Vec<EventId> {
    let id = |n: u64| EventId::new([[1; 8], [0; 8], [0; 8], n.to_be_bytes()].concat().try_into().unwrap());
    (0..count as u64).map(id).collect()
}

#[test]
fn an_event_has_at_most_64_kib() {
    let of_text = |length| {
        let value = Value::String("x".repeat(length).into());
        body(edits_of("d", vec![Edit::Assign { target: Target::Root, value }]))
    };
    // A text of 60,000 bytes has the same heads as one of a few thousand more.
    let frame = raw_signed(&of_text(60_000).to_bytes()).len() - 60_000;
    check(limits::EVENT_BYTES, "event", |length| judged(of_text(length - frame)));
    let largest = raw_signed(&of_text(limits::EVENT_BYTES - frame).to_bytes());
    assert_eq!(largest.len(), 65_536);
}

#[test]
fn an_event_has_at_most_1_024_edits_however_they_are_shared_out() {
    check(limits::EVENT_EDITS, "edits", |count| judged(body(edits_of("d", assigns(count)))));
    check(limits::EVENT_EDITS, "edits", |count| {
        let shares = [("a", 500), ("b", count - 501), ("c", 1)];
        let documents =
            shares.map(|(document, count)| DocumentEdits { document: document.into(), edits: assigns(count) });
        judged(body(Payload::Edits(documents.into())))
    });
    check(limits::EVENT_EDITS, "documents", |count| {
        let documents = (0..count).map(|n| DocumentEdits { document: format!("{n:05}"), edits: assigns(1) });
        judged(body(Payload::Edits(documents.collect())))
    });
}

/// A splice of `count` changes, each a removal of what one of `events` wrote.
fn removals(count: usize, events: usize) -> Edit {
    let mut splice = Splice::default();
    for event in ids(events).into_iter().cycle().take(count) {
        splice.remove(ElementRef::There(event, 7), 1);
    }
    Edit::Splice { target: Target::Root, splice }
}

#[test]
fn an_event_has_at_most_1_024_changes_of_texts_however_they_are_shared_out() {
    check(limits::EVENT_EDITS, "changes", |count| judged(body(edits_of("d", vec![removals(count, 3)]))));
    check(limits::EVENT_EDITS, "edits", |count| {
        let edits = [vec![removals(500, 3), removals(count - 510, 500)], assigns(10)].concat();
        judged(body(edits_of("d", edits)))
    });
}

#[test]
fn a_splice_names_at_most_2_048_events() {
    check(2 * limits::EVENT_EDITS, "events of a splice", |count| {
        let mut splice = Splice::default();
        for pair in ids(count).chunks(2) {
            let mut ends = pair.iter().map(|event| ElementRef::There(*event, 7));
            splice.insert(ends.next(), ends.next(), "x");
        }
        decoded(&body(edits_of("d", vec![Edit::Splice { target: Target::Root, splice }])))
    });
}

#[test]
fn an_event_has_at_most_16_parents() {
    check(limits::EVENT_PARENTS, "parents", |count| {
        let parents = ids(count);
        judged(EventBody { parents, ..body(Payload::MilestoneRequest) })
    });
}

#[test]
fn a_document_s_name_has_at_most_256_bytes() {
    let named = |name: &str| judged(body(edits_of(name, assigns(1))));
    check(limits::NAME_BYTES, "document name", |length| named(&"n".repeat(length)));
    // Bytes, not characters.
    assert_eq!(named(&"é".repeat(128)), Ok(()));
    assert!(named(&"é".repeat(129)).is_err());
    assert_eq!(named("n"), Ok(()));
    assert_eq!(named(""), Err(DecodeError::OutOfRange { what: "document name" }));
}

#[test]
fn a_network_s_name_has_at_most_256_bytes() {
    let named = |length| Genesis { name: "n".repeat(length), ..genesis() };
    check(limits::NAME_BYTES, "name", |length| {
        assert_eq!(named(length).check(&[]).is_ok(), length <= 256);
        Genesis::from_bytes(&named(length).to_bytes()).map(drop)
    });
    assert!(Genesis::from_bytes(&named(0).to_bytes()).is_err());
}

#[test]
fn a_milestone_names_at_most_1_024_heads() {
    check(limits::MILESTONE_HEADS, "heads", |count| {
        let proposal = Proposal { heads: ids(count), ..proposal() };
        Proposal::from_bytes(&proposal.to_bytes()).map(drop)
    });
}

fn addresses(count: usize) -> Vec<Address> {
    let address = |n: u64| Address::new([[1; 12].as_slice(), &n.to_be_bytes()].concat().try_into().unwrap());
    (0..count as u64).map(address).collect()
}

#[test]
fn a_certificate_has_at_most_1_024_signatures() {
    check(limits::COMMITTEE_MEMBERS, "signatures", |count| {
        let signature = Signature::Secp256k1([7; 65]);
        let certificate = Certificate {
            vote: vote(VoteKind::Commit),
            signatures: addresses(count).into_iter().map(|signer| (signer, signature)).collect(),
        };
        Certificate::from_bytes(&certificate.to_bytes()).map(drop)
    });
}

#[test]
fn a_committee_has_at_most_1_024_members() {
    let members = |count| addresses(count).into_iter().map(|member| (member, Stake(1))).collect();
    check(limits::COMMITTEE_MEMBERS, "members", |count| {
        let member = |address: Address| array(&[byte_string(address.as_bytes()), byte_string(&[1])]);
        let encoded: Vec<_> = addresses(count).into_iter().map(member).collect();
        assert_eq!(Committee::new(members(count)).is_ok(), count <= 1_024);
        Committee::from_bytes(&array(&encoded)).map(drop)
    });
}

#[test]
fn the_stakes_of_a_committee_add_up_to_less_than_2_to_the_126() {
    let pair = |stake| {
        let members = addresses(2).into_iter().zip([1, stake]);
        let encoded: Vec<_> =
            members.map(|(member, stake)| array(&[byte_string(member.as_bytes()), Stake(stake).to_bytes()])).collect();
        Committee::from_bytes(&array(&encoded))
    };
    assert_eq!(limits::TOTAL_STAKE, (1 << 126) - 1);
    let greatest = pair(limits::TOTAL_STAKE - 1).unwrap();
    assert!(greatest.is_quorum(greatest.total()));
    let refused = Err(DecodeError::OutOfRange { what: "committee" });
    assert_eq!(pair(limits::TOTAL_STAKE), refused);
    assert_eq!(pair(u128::MAX), refused);
}

#[test]
fn the_largest_milestone_and_the_largest_genesis_fit_their_limits() {
    let proposal = Proposal {
        height: Height(u64::MAX),
        heads: ids(limits::MILESTONE_HEADS),
        time: Timestamp(u64::MAX),
        ..proposal()
    };
    let vote = Vote {
        kind: VoteKind::Commit,
        height: proposal.height,
        view: View(u64::MAX),
        proposal: proposal.id(network()),
    };
    let members = addresses(limits::COMMITTEE_MEMBERS);
    let signatures = members.iter().map(|signer| (*signer, Signature::Secp256k1([7; 65])));
    let certificate = Certificate { vote, signatures: signatures.collect() };
    let milestone = Milestone::new(proposal, certificate, network()).unwrap();
    let bytes = milestone.to_bytes();
    assert!(bytes.len() <= limits::MILESTONE_BYTES, "{}", bytes.len());
    assert_eq!(Milestone::decode(&bytes, network()), Ok(milestone));
    let refused = Milestone::decode(&vec![0x84; limits::MILESTONE_BYTES + 1], network());
    assert!(matches!(refused, Err(DecodeError::TooLarge { what: "milestone", .. })));

    let stake = Stake(limits::TOTAL_STAKE >> 10);
    let genesis = Genesis {
        name: "n".repeat(limits::NAME_BYTES),
        time: Timestamp(u64::MAX),
        committee: Committee::new(members.into_iter().map(|member| (member, stake)).collect()).unwrap(),
        ..genesis()
    };
    assert!(genesis.to_bytes().len() <= limits::GENESIS_BYTES);
}

#[test]
fn the_greatest_numbers_are_in_the_format() {
    let body = EventBody {
        lane: Lane(u32::MAX),
        seq: Seq(u64::MAX),
        time: Timestamp(u64::MAX),
        ..body(Payload::MilestoneRequest)
    };
    assert_eq!(decoded(&body), Ok(()));
    assert_eq!(Seq(u64::MAX).next(), None);
}
