//! One good record of each kind, made of fixed keys, and the tools to make bad ones by hand.

pub(crate) mod refusals;
pub(crate) mod splices;

use std::sync::LazyLock;

use quorate_event::cbor::Canonical;
use quorate_event::*;
use secp256k1::Message;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};

/// Public demo keys, never to be funded, with their addresses.
pub(crate) const KEYS: [(&str, &str, &str); 4] = [
    (
        "N1",
        "fad9c8855b740a0b7ed4c221dbad0f33a83a49cad6b3fe8d5817ac83d38b6a19",
        "0x96216849c49358B10257cb55b28eA603c874b05E",
    ),
    (
        "N2",
        "a1b2c3d4e5f67890123456789abcdef123456789abcdef123456789abcdef123",
        "0x8Bd2395335D6984f647EEcb21F003fC8efdF018C",
    ),
    (
        "N3",
        "123456789abcdef123456789abcdef123456789abcdef123456789abcdef1234",
        "0xcd09f75E2BF2A4d11F3AB23f1389FcC1621c0cc2",
    ),
    (
        "N4",
        "4444456789abcdef123456789abcdef123456789abcdef123456789abcdef444",
        "0xA62C4BC6D1B32d44Fef7618290F478036071806C",
    ),
];

/// The bytes that `text` spells in hexadecimal, with or without 0x.
pub(crate) fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    assert_eq!(digits.len() % 2, 0, "half a byte in {text}");
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// 0x and two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{digits}")
}

/// The 32 secret bytes of demo key `n`, from 1.
pub(crate) fn secret(n: usize) -> [u8; 32] {
    from_hex(KEYS[n - 1].1).try_into().unwrap()
}

/// Demo key `n`, from 1.
pub(crate) fn key(n: usize) -> SecretKey {
    SecretKey::from_bytes(secret(n)).unwrap()
}

/// The committee of the four demo keys with stakes 150, 200, 80 and 120.
pub(crate) fn committee() -> Committee {
    let stakes = [150, 200, 80, 120];
    let members = (1..).zip(stakes);
    Committee::new(members.map(|(n, stake)| (key(n).address(), Stake(stake))).collect()).unwrap()
}

/// A genesis of that committee.
pub(crate) fn genesis() -> Genesis {
    Genesis {
        name: "wire vectors".into(),
        time: Timestamp(1_795_219_200_000),
        committee: committee(),
        writers: Writers::Open,
        parameters: Parameters::default(),
        demo: true,
    }
}

/// A genesis with every other choice.
pub(crate) fn other_genesis() -> Genesis {
    Genesis {
        name: "Zürich 🏔".into(),
        time: Timestamp(0),
        committee: Committee::new(vec![(key(1).address(), Stake(1 << 100))]).unwrap(),
        writers: Writers::Members,
        parameters: Parameters { pace: Pace::Manual, ..Parameters::default() },
        demo: false,
    }
}

/// The network of [`genesis`].
pub(crate) fn network() -> NetworkId {
    static NETWORK: LazyLock<NetworkId> = LazyLock::new(|| genesis().network());
    *NETWORK
}

/// A body of N1's first event.
pub(crate) fn body(payload: Payload) -> EventBody {
    EventBody {
        author: key(1).address(),
        lane: Lane(0x5eed_cafe),
        seq: Seq(1),
        parents: vec![network().event_id()],
        time: Timestamp(1_795_219_201_234),
        payload,
    }
}

/// `body` signed by N1.
pub(crate) fn signed(body: EventBody) -> SignedEvent {
    SignedEvent::sign(body, network(), &key(1)).unwrap()
}

/// Edits of one document.
pub(crate) fn edits_of(document: &str, edits: Vec<Edit>) -> Payload {
    Payload::Edits(vec![DocumentEdits { document: document.into(), edits }])
}

fn integer(value: i128) -> Value {
    Value::Integer(Integer::new(value).unwrap())
}

fn float(value: f64) -> Value {
    Value::from_f64(value).unwrap()
}

/// One of each kind of value, and the extremes of the numbers, one of each width.
pub(crate) fn values() -> Vec<Value> {
    let mut values = vec![
        Value::Null,
        Value::Bool(false),
        Value::Bool(true),
        Value::String("".into()),
        Value::String("naïve \u{0} \u{202e} e\u{301} 🦀".into()),
        Value::New(Container::Object),
        Value::New(Container::List),
        Value::New(Container::Text),
        Value::New(Container::Register),
        Value::New(Container::Counter),
    ];
    let integers = [
        0,
        1,
        23,
        24,
        255,
        256,
        65_535,
        65_536,
        4_294_967_295,
        4_294_967_296,
        (1 << 53) + 1,
        i128::from(i64::MAX),
        i128::from(u64::MAX),
        -1,
        -24,
        -25,
        -256,
        -257,
        i128::from(i64::MIN),
    ];
    values.extend(integers.map(integer));
    let floats = [
        0.5,
        -1.5,
        65_503.5,
        5.960_464_477_539_063e-8,
        1.0e-10,
        f64::from(0.1_f32),
        f64::from(f32::MIN_POSITIVE),
        0.1,
        1.0e300,
        -1.0e300,
        f64::MAX,
        f64::MIN_POSITIVE,
        f64::from_bits(1),
        18_446_744_073_709_551_616.0,
        -9_223_372_036_854_777_856.0,
    ];
    values.extend(floats.map(float));
    values
}

fn every_edit(earlier: EventId) -> Vec<DocumentEdits> {
    let there = ElementRef::There(earlier, 70_000);
    let list = Target::Made(ElementRef::Here(1));
    let set = |target, key: &str, value| Edit::Set { target, key: key.into(), value };
    let mut first = vec![
        set(Target::Root, "title", Value::String("minutes".into())),
        set(Target::Root, "items", Value::New(Container::List)),
        Edit::Insert { target: list, left: None, right: None, values: values() },
        Edit::Insert {
            target: list,
            left: Some(ElementRef::Here(2)),
            right: Some(ElementRef::Here(3)),
            values: vec![integer(300)],
        },
        Edit::Insert { target: Target::Made(there), left: Some(there), right: None, values: vec![Value::Null] },
        Edit::Remove { target: list, first: ElementRef::Here(2), count: 3 },
        Edit::Remove { target: Target::Made(there), first: there, count: u32::MAX - 70_000 },
        Edit::Move { target: list, element: ElementRef::Here(5), left: None, right: Some(ElementRef::Here(6)) },
        Edit::Move { target: Target::Made(there), element: there, left: Some(there), right: None },
        Edit::Assign { target: Target::Made(there), value: integer(7) },
        Edit::Delete { target: Target::Root, key: "title".into() },
        Edit::Delete { target: Target::Made(there), key: String::new() },
    ];
    first.extend(values().into_iter().map(|value| set(Target::Made(there), "value", value)));
    first.extend([1, -1, 300, i64::MAX, i64::MIN].map(|amount| Edit::Add { target: Target::Made(there), amount }));
    let root = Edit::Assign { target: Target::Root, value: Value::New(Container::Object) };
    let index = first.iter().map(Edit::width).sum::<u32>() + root.width();
    let text = splices::every_form(index);
    let second = vec![root, Edit::Splice { target: Target::Made(there), splice: text }];
    [("a", first), ("a/b é", second)].map(|(document, edits)| DocumentEdits { document: document.into(), edits }).into()
}

/// An event of each kind of payload, by name.
pub(crate) fn events() -> Vec<(&'static str, SignedEvent)> {
    let first = signed(body(edits_of(
        "greeting",
        vec![Edit::Set { target: Target::Root, key: "hello".into(), value: Value::String("world".into()) }],
    )));
    let following = |seq, payload| EventBody {
        seq: Seq(seq),
        parents: vec![first.id(), EventId::new([0xff; 32]), EventId::new([1; 32])],
        ..body(payload)
    };
    let every = signed(following(2, Payload::Edits(every_edit(first.id()))));
    let evidence = signed(following(u64::MAX, Payload::Evidence(Box::new(evidence()))));
    let mut parents = vec![first.id()];
    parents.extend((1..16).map(|byte| EventId::new([byte; 32])));
    let seal = signed(EventBody {
        lane: Lane(u32::MAX),
        time: Timestamp(u64::MAX),
        parents,
        ..body(Payload::MilestoneRequest)
    });
    vec![
        ("first event", first),
        ("every kind of edit and value", every),
        ("evidence", evidence),
        ("seal with sixteen parents", seal),
    ]
}

/// A vote at height 1, view 2.
pub(crate) fn vote(kind: VoteKind) -> Vote {
    let proposal = match kind {
        VoteKind::Skip => ProposalId::NONE,
        _ => proposal().id(network()),
    };
    Vote { kind, height: Height(1), view: View(2), proposal }
}

/// All kinds of votes.
pub(crate) const VOTE_KINDS: [VoteKind; 4] = [VoteKind::Propose, VoteKind::Prepare, VoteKind::Commit, VoteKind::Skip];

/// `vote` signed by demo key `n`.
pub(crate) fn signed_vote(vote: Vote, n: usize) -> SignedVote {
    vote.sign(network(), &key(n))
}

/// A vote of each kind, signed.
pub(crate) fn votes() -> Vec<SignedVote> {
    (1..).zip(VOTE_KINDS).map(|(n, kind)| signed_vote(vote(kind), n)).collect()
}

/// N4's commit and skip in one view.
pub(crate) fn evidence() -> Evidence {
    let [commit, skip] =
        [VoteKind::Commit, VoteKind::Skip].map(|kind| signed_vote(vote(kind), 4).verify(network()).unwrap());
    Evidence::of(commit, skip).unwrap()
}

/// A proposal for height 1 with two heads.
pub(crate) fn proposal() -> Proposal {
    let digest = |byte| Digest::new([byte; 32]);
    Proposal {
        height: Height(1),
        previous: network().proposal_id(),
        heads: vec![EventId::new([0x11; 32]), EventId::new([0x22; 32])],
        events_root: digest(0xa1),
        documents_root: digest(0xa2),
        ledger_root: digest(0xa3),
        outbox_root: merkle::root::<[u8; 0]>(&[]),
        next_committee: committee().digest(),
        time: Timestamp(1_795_219_202_000),
    }
}

/// A certificate of `kind` with the signatures of demo keys `signers`.
pub(crate) fn certificate(kind: VoteKind, signers: &[usize]) -> Certificate {
    let vote = vote(kind);
    let votes = signers.iter().map(|n| signed_vote(vote, *n).verify(network()).unwrap());
    Certificate::assemble(vote, votes)
}

/// The milestone of [`proposal`], committed by `signers`.
pub(crate) fn milestone(signers: &[usize]) -> Milestone {
    Milestone::new(proposal(), certificate(VoteKind::Commit, signers), network()).unwrap()
}

/// Every good record: its CDDL rule and its bytes.
pub(crate) fn goldens() -> &'static [(&'static str, Vec<u8>)] {
    static GOLDENS: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(make_goldens);
    &GOLDENS
}

fn make_goldens() -> Vec<(&'static str, Vec<u8>)> {
    let mut goldens = Vec::new();
    for (_, event) in events() {
        goldens.push(("event", event.bytes().to_vec()));
        goldens.push(("body", event.body().to_bytes()));
    }
    for signed in votes() {
        goldens.push(("vote", signed.vote.to_bytes()));
        goldens.push(("signed-vote", signed.to_bytes()));
    }
    for kind in [VoteKind::Prepare, VoteKind::Commit, VoteKind::Skip] {
        goldens.push(("certificate", certificate(kind, &[1, 2, 4]).to_bytes()));
    }
    goldens.push(("evidence", evidence().to_bytes()));
    goldens.push(("proposal", proposal().to_bytes()));
    goldens.push(("milestone", milestone(&[1, 2, 3]).to_bytes()));
    goldens.push(("genesis", genesis().to_bytes()));
    goldens.push(("genesis", other_genesis().to_bytes()));
    goldens.push(("committee", committee().to_bytes()));
    goldens
}

/// Decodes `bytes` as the record of the CDDL rule `rule` and encodes the result again.
pub(crate) fn reencoded(rule: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    fn record<T: Canonical>(bytes: &[u8]) -> Result<Vec<u8>, String> {
        let decoded = T::from_bytes(bytes).map_err(|error| format!("{error:?}"))?;
        Ok(decoded.to_bytes())
    }
    let vertex = || Vertex::decode(bytes, network()).map_err(|error| format!("{:?}", error.0));
    match rule {
        "event" | "milestone" => Ok(match vertex()? {
            Vertex::Event(event) => event.bytes().to_vec(),
            Vertex::Milestone(milestone) => milestone.to_bytes(),
        }),
        "body" => record::<EventBody>(bytes),
        "vote" => record::<Vote>(bytes),
        "signed-vote" => record::<SignedVote>(bytes),
        "certificate" => record::<Certificate>(bytes),
        "evidence" => record::<Evidence>(bytes),
        "proposal" => record::<Proposal>(bytes),
        "genesis" => record::<Genesis>(bytes),
        "committee" => record::<Committee>(bytes),
        "value" => record::<Value>(bytes),
        _ => panic!("no record is called {rule}"),
    }
}

/// The head of a CBOR item (RFC 8949 §3) with the shortest argument.
pub(crate) fn head(major: u8, argument: u64) -> Vec<u8> {
    let wide = |width: usize| argument.to_be_bytes()[8 - width..].to_vec();
    let (low, rest) = match argument {
        0..24 => (u8::try_from(argument).unwrap(), vec![]),
        24..0x100 => (24, wide(1)),
        0x100..0x1_0000 => (25, wide(2)),
        0x1_0000..0x1_0000_0000 => (26, wide(4)),
        _ => (27, wide(8)),
    };
    [vec![major << 5 | low], rest].concat()
}

/// A CBOR array of encoded items.
pub(crate) fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

/// A CBOR map of encoded values with the keys 0, 1, 2, …
pub(crate) fn map(values: &[Vec<u8>]) -> Vec<u8> {
    let pairs = (0..).zip(values);
    let pairs: Vec<_> = pairs.map(|(key, value)| [head(0, key), value.clone()].concat()).collect();
    [head(5, pairs.len() as u64), pairs.concat()].concat()
}

/// A CBOR byte string.
pub(crate) fn byte_string(content: &[u8]) -> Vec<u8> {
    [head(2, content.len() as u64), content.to_vec()].concat()
}

/// A CBOR text string; `content` may be no UTF-8.
pub(crate) fn text_string(content: &[u8]) -> Vec<u8> {
    [head(3, content.len() as u64), content.to_vec()].concat()
}

/// The seven encoded values of a body's map, to be replaced one by one.
pub(crate) fn body_values() -> [Vec<u8>; 7] {
    let body = body(Payload::MilestoneRequest);
    let parents: Vec<_> = body.parents.iter().map(|id| byte_string(id.as_bytes())).collect();
    [
        head(0, 1),
        byte_string(body.author.as_bytes()),
        head(0, u64::from(body.lane.0)),
        head(0, body.seq.0),
        array(&parents),
        head(0, body.time.0),
        vec![0x81, 3],
    ]
}

/// The id that an event with these body bytes has, well-formed or not.
pub(crate) fn raw_id(body: &[u8], network: NetworkId) -> [u8; 32] {
    blake3::hash(&[b"quorate/event/1", network.as_bytes().as_slice(), body].concat()).into()
}

/// The EIP-191 digest of a personal message of 32 bytes.
pub(crate) fn personal(content: [u8; 32]) -> [u8; 32] {
    keccak256(&[b"\x19Ethereum Signed Message:\n32", &content])
}

/// r ‖ s ‖ v of demo key `n` over `digest`, with a nonce that depends on `extra`.
pub(crate) fn ecdsa(n: usize, digest: [u8; 32], extra: [u8; 32]) -> [u8; 65] {
    let key = secp256k1::SecretKey::from_secret_bytes(secret(n)).unwrap();
    let message = Message::from_digest(digest);
    let signature = RecoverableSignature::sign_ecdsa_recoverable_with_noncedata(message, &key, &extra);
    let (recovery, compact) = signature.serialize_compact();
    let mut bytes = [0; 65];
    bytes[..64].copy_from_slice(&compact);
    bytes[64] = 27 + u8::from(recovery == RecoveryId::One);
    bytes
}

/// A CBOR signature of scheme 1.
pub(crate) fn signature(bytes: &[u8]) -> Vec<u8> {
    array(&[head(0, 1), byte_string(bytes)])
}

/// An event of any body bytes under any signature bytes.
pub(crate) fn raw_event(body: &[u8], signature_bytes: &[u8]) -> Vec<u8> {
    array(&[head(0, 1), head(0, 0), byte_string(body), signature(signature_bytes)])
}

/// An event of any body bytes, well signed by N1, so that only its body can be at fault.
pub(crate) fn raw_signed(body: &[u8]) -> Vec<u8> {
    let digest = personal(raw_id(body, network()));
    raw_event(body, &ecdsa(1, digest, [0; 32]))
}

/// A well-signed event whose body has `value` in place of the one under `key`.
pub(crate) fn with_value(key: usize, value: Vec<u8>) -> Vec<u8> {
    let mut values = body_values();
    values[key] = value;
    raw_signed(&map(&values))
}

/// A well-signed event with this encoded payload.
pub(crate) fn with_payload(payload: Vec<u8>) -> Vec<u8> {
    with_value(6, payload)
}

/// A well-signed event that writes one encoded value.
pub(crate) fn with_written(value: Vec<u8>) -> Vec<u8> {
    let edit = array(&[head(0, 2), vec![0xf6], value]);
    let document = array(&[text_string(b"d"), array(&[edit])]);
    with_payload(array(&[head(0, 0), array(&[document])]))
}
