//! Byte strings that every reader refuses, each with one fault.

mod changes;

use super::*;

/// Bytes with one fault.
pub(crate) struct RefusedBytes {
    /// What is wrong, in words.
    pub(crate) fault: &'static str,
    /// The CDDL rule that the bytes claim to follow.
    pub(crate) rule: &'static str,
    /// The bytes, as parts that repeat.
    pub(crate) parts: Vec<(Vec<u8>, usize)>,
}

impl RefusedBytes {
    /// The bytes, whole.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let parts = self.parts.iter();
        parts.flat_map(|(part, times)| part.repeat(*times)).collect()
    }
}

fn of(fault: &'static str, rule: &'static str, bytes: Vec<u8>) -> RefusedBytes {
    RefusedBytes { fault, rule, parts: vec![(bytes, 1)] }
}

/// All of them.
pub(crate) fn refusals() -> Vec<RefusedBytes> {
    [
        framing(),
        bodies(),
        payloads(),
        edits(),
        changes::refusals(),
        values_refused(),
        event_signatures(),
        votes_refused(),
        proposals(),
        certificates(),
        milestones(),
        evidences(),
        geneses(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn good_event() -> Vec<u8> {
    raw_signed(&map(&body_values()))
}

fn framing() -> Vec<RefusedBytes> {
    let good = good_event();
    let body = map(&body_values());
    let signature = signature(&ecdsa(1, personal(raw_id(&body, network())), [0; 32]));
    let framed = |version: Vec<u8>, kind: Vec<u8>, body: Vec<u8>| array(&[version, kind, body, signature.clone()]);
    let indefinite = [vec![0x5f], byte_string(&body), vec![0xff]].concat();
    [
        ("no bytes", vec![]),
        ("truncated by a byte", good[..good.len() - 1].to_vec()),
        ("a trailing byte", [good, vec![0]].concat()),
        ("an unknown version of the event", framed(head(0, 2), head(0, 0), byte_string(&body))),
        ("an unknown kind of vertex", framed(head(0, 1), head(0, 2), byte_string(&body))),
        ("a longer integer than needed in the frame", framed(vec![0x18, 1], head(0, 0), byte_string(&body))),
        ("an indefinite length of the body", framed(head(0, 1), head(0, 0), indefinite)),
    ]
    .map(|(fault, bytes)| of(fault, "event", bytes))
    .into()
}

fn bodies() -> Vec<RefusedBytes> {
    let values = body_values();
    let pairs = |keys: &[u64]| {
        let pairs = keys.iter().map(|key| [head(0, *key), values[usize::try_from(*key).unwrap() % 7].clone()].concat());
        [head(5, keys.len() as u64), pairs.collect::<Vec<_>>().concat()].concat()
    };
    let indefinite = [vec![0xbf], pairs(&[0, 1, 2, 3, 4, 5, 6])[1..].to_vec(), vec![0xff]].concat();
    let parents = |count: u8| -> Vec<_> { (0..count).map(|byte| byte_string(&[byte; 32])).collect() };
    let bignum = [vec![0xc2], byte_string(&[1, 0, 0, 0, 0, 0, 0, 0, 0])].concat();
    let maps = [
        ("keys out of order", pairs(&[0, 1, 3, 2, 4, 5, 6])),
        ("a key twice", pairs(&[0, 1, 2, 2, 4, 5, 6])),
        ("a key missing", pairs(&[0, 1, 2, 3, 4, 5])),
        ("a key too many", pairs(&[0, 1, 2, 3, 4, 5, 6, 7])),
        ("an indefinite length of the map", indefinite),
        ("a byte after the body's map", [map(&values), vec![0]].concat()),
    ]
    .map(|(fault, body)| of(fault, "event", raw_signed(&body)));
    let values = [
        ("an unknown version of the body", 0, head(0, 2)),
        ("an author of 19 bytes", 1, byte_string(&[7; 19])),
        ("a longer integer than needed", 2, vec![0x18, 1]),
        ("a lane of 2^32", 2, head(0, 1 << 32)),
        ("seq 0", 3, head(0, 0)),
        ("seq -1", 3, head(1, 0)),
        ("seq 2^64", 3, bignum),
        ("no parents", 4, array(&[])),
        ("17 parents", 4, array(&parents(17))),
        ("a parent twice", 4, array(&[parents(2), parents(1)].concat())),
        ("a parent of 31 bytes", 4, array(&[byte_string(&[7; 31])])),
        ("an indefinite length of the parents", 4, [vec![0x9f], parents(1).concat(), vec![0xff]].concat()),
        ("a float as time", 5, vec![0xf9, 0x3c, 0x00]),
    ]
    .map(|(fault, key, value)| of(fault, "event", with_value(key, value)));
    maps.into_iter().chain(values).collect()
}

/// The encoded payload of documents given as (name, encoded edits).
fn documents(documents: &[(&[u8], Vec<Vec<u8>>)]) -> Vec<u8> {
    let documents: Vec<_> = documents.iter().map(|(name, edits)| array(&[text_string(name), array(edits)])).collect();
    array(&[head(0, 0), array(&documents)])
}

fn assign() -> Vec<u8> {
    array(&[head(0, 2), vec![0xf6], vec![0xf6]])
}

fn payloads() -> Vec<RefusedBytes> {
    let one = || vec![assign()];
    let small = [
        ("the reserved kind of payload, 1", array(&[head(0, 1), array(&[])])),
        ("an unknown kind of payload", array(&[head(0, 4)])),
        ("a seal that says more", array(&[head(0, 3), head(0, 0)])),
        ("edits of no document", documents(&[])),
        ("a document without edits", documents(&[(b"d", vec![])])),
        ("a document without a name", documents(&[(b"", one())])),
        ("a name of 257 bytes", documents(&[(&[b'n'; 257], one())])),
        ("documents out of order", documents(&[(b"b", one()), (b"a", one())])),
        ("a document twice", documents(&[(b"a", one()), (b"a", one())])),
    ]
    .map(|(fault, payload)| of(fault, "event", with_payload(payload)));
    let crowded = documents(&[(b"d", vec![assign(); 1_025])]);
    let shared = documents(&[(b"a", vec![assign(); 1_024]), (b"b", one())]);
    let large = [("1,025 edits of one document", crowded), ("1,025 edits of two documents", shared)]
        .map(|(fault, payload)| repeating(fault, "event", with_payload(payload), &assign()));
    let text = array(&[head(0, 2), vec![0xf6], text_string(&vec![b'x'; 65_536])]);
    let oversize = with_payload(documents(&[(b"d", vec![text])]));
    let oversize = repeating("more than 64 KiB", "event", oversize, b"x");
    small.into_iter().chain(large).chain([oversize]).collect()
}

/// A refusal whose longest run of `unit` is written once, with a count.
fn repeating(fault: &'static str, rule: &'static str, bytes: Vec<u8>, unit: &[u8]) -> RefusedBytes {
    let run = unit.repeat(1_000);
    let start = bytes.windows(run.len()).position(|window| window == run);
    let start = start.expect("a thousand of the unit in a row");
    let times = bytes[start..].chunks(unit.len());
    let times = times.take_while(|chunk| *chunk == unit).count();
    let (before, after) = (&bytes[..start], &bytes[start + times * unit.len()..]);
    let parts = vec![(before.to_vec(), 1), (unit.to_vec(), times), (after.to_vec(), 1)];
    RefusedBytes { fault, rule, parts }
}

fn edits() -> Vec<RefusedBytes> {
    let null = || vec![0xf6];
    let reference = |bytes: usize| array(&[byte_string(&vec![7; bytes]), head(0, 0)]);
    [
        ("an unknown kind of edit", array(&[head(0, 8), null()])),
        ("an edit of another length", array(&[head(0, 2), null()])),
        ("an insertion of nothing", array(&[head(0, 3), null(), null(), null(), array(&[])])),
        ("a removal of nothing", array(&[head(0, 4), null(), null(), head(0, 1)])),
        ("a removal of no elements", array(&[head(0, 4), null(), head(0, 1), head(0, 0)])),
        ("a removal past the last index", array(&[head(0, 4), null(), head(0, (1 << 32) - 1), head(0, 2)])),
        ("a reference to an id of 31 bytes", array(&[head(0, 4), reference(31), head(0, 0), head(0, 1)])),
        ("an index of 2^32", array(&[head(0, 4), head(0, 1 << 32), head(0, 0), head(0, 1)])),
        ("a key that is no text", array(&[head(0, 1), null(), byte_string(b"key")])),
        ("an addition of nothing", array(&[head(0, 6), null(), head(0, 0)])),
        ("an addition of 2^63", array(&[head(0, 6), null(), head(0, 1 << 63)])),
        ("an addition of -2^63 - 1", array(&[head(0, 6), null(), head(1, 1 << 63)])),
        ("an addition of a float", array(&[head(0, 6), null(), vec![0xf9, 0x3e, 0x00]])),
        ("a move of nothing", array(&[head(0, 7), null(), null(), null(), null()])),
    ]
    .map(|(fault, edit)| of(fault, "event", with_payload(documents(&[(b"d", vec![edit])]))))
    .into()
}

fn values_refused() -> Vec<RefusedBytes> {
    let double = |value: f64| [vec![0xfb], value.to_be_bytes().to_vec()].concat();
    let single = |value: f32| [vec![0xfa], value.to_be_bytes().to_vec()].concat();
    let bignum = [vec![0xc2], byte_string(&[1, 0, 0, 0, 0, 0, 0, 0, 0])].concat();
    [
        ("the integral float 1.0, half", vec![0xf9, 0x3c, 0x00]),
        ("the integral float 1.0, single", single(1.0)),
        ("the integral float 1.0, double", double(1.0)),
        ("the integral float 2^63", single(9_223_372_036_854_775_808.0)),
        ("negative zero", vec![0xf9, 0x80, 0x00]),
        ("NaN", vec![0xf9, 0x7e, 0x00]),
        ("NaN with a payload", double(f64::from_bits(0x7ff0_0000_0000_0001))),
        ("infinity", vec![0xf9, 0x7c, 0x00]),
        ("negative infinity", double(f64::NEG_INFINITY)),
        ("a wider float than needed, single", single(0.5)),
        ("a wider float than needed, double", double(f64::from(0.1_f32))),
        ("the integer 2^64", bignum),
        ("the integer -2^63 - 1", head(1, 1 << 63)),
        ("the integer -2^64", head(1, u64::MAX)),
        ("a text that is no UTF-8", text_string(&[b'a', 0xff])),
        ("a lone surrogate", text_string(&[0xed, 0xa0, 0x80])),
        ("an overlong form of U+0000", text_string(&[0xc0, 0x80])),
        ("an indefinite length of a text", [vec![0x7f], text_string(b"a"), vec![0xff]].concat()),
        ("undefined", vec![0xf7]),
        ("a simple value", vec![0xf0]),
        ("bytes", byte_string(b"a")),
        ("a tagged text", [vec![0xc0], text_string(b"a")].concat()),
        ("a map", vec![0xa0]),
        ("an unknown container", array(&[head(0, 5)])),
        ("a container that is not empty", array(&[head(0, 1), head(0, 1)])),
    ]
    .map(|(fault, value)| of(fault, "event", with_written(value)))
    .into()
}

/// The group's order less `scalar`.
pub(crate) fn negated(scalar: &[u8]) -> [u8; 32] {
    let scalar = secp256k1::SecretKey::from_secret_bytes(scalar.try_into().unwrap()).unwrap();
    scalar.negate().to_secret_bytes()
}

/// Faulty forms of a good signature, as (what is wrong, r ‖ s ‖ v).
pub(crate) fn spoiled(good: [u8; 65]) -> Vec<(&'static str, [u8; 65])> {
    let with = |from: usize, part: &[u8]| {
        let mut changed = good;
        changed[from..from + part.len()].copy_from_slice(part);
        changed
    };
    let order = secp256k1::constants::CURVE_ORDER;
    let mut high = with(32, &negated(&good[32..64]));
    high[64] = 55 - high[64];
    vec![
        ("r = 0", with(0, &[0; 32])),
        ("s = 0", with(32, &[0; 32])),
        ("r = the group's order", with(0, &order)),
        ("s = the group's order", with(32, &order)),
        ("r = 2^256 - 1", with(0, &[0xff; 32])),
        ("r on no point", with(0, &[&[0; 31], &[5_u8][..]].concat())),
        ("high s", high),
        ("v = 0", with(64, &[0])),
        ("v = 1", with(64, &[1])),
        ("v = 26", with(64, &[26])),
        ("v = 29", with(64, &[29])),
        ("v = 37", with(64, &[37])),
    ]
}

fn event_signatures() -> Vec<RefusedBytes> {
    let body = map(&body_values());
    let digest = personal(raw_id(&body, network()));
    let good = ecdsa(1, digest, [0; 32]);
    let schemes = [
        ("an unknown signature scheme", 3, good.to_vec()),
        ("the reserved signature scheme 2", 2, vec![7; 64]),
        ("a signature of 64 bytes", 1, good[..64].to_vec()),
    ]
    .map(|(fault, scheme, bytes)| {
        let signature = array(&[head(0, scheme), byte_string(&bytes)]);
        let event = array(&[head(0, 1), head(0, 0), byte_string(&body), signature]);
        of(fault, "event", event)
    });
    let other_network = raw_id(&body, other_genesis().network());
    let signers = [
        ("another key's signature", ecdsa(2, digest, [0; 32])),
        ("a signature for another network", ecdsa(1, personal(other_network), [0; 32])),
        ("a signature over the id itself", ecdsa(1, raw_id(&body, network()), [0; 32])),
    ];
    let spoiled = spoiled(good).into_iter().chain(signers);
    let spoiled = spoiled.map(|(fault, bytes)| of(fault, "event", raw_event(&body, &bytes)));
    schemes.into_iter().chain(spoiled).collect()
}

/// A vote's encoded map.
fn vote_map(version: u64, kind: u64, proposal: [u8; 32]) -> Vec<u8> {
    map(&[head(0, version), head(0, kind), head(0, 1), head(0, 2), byte_string(&proposal)])
}

fn votes_refused() -> Vec<RefusedBytes> {
    let maps = [
        ("a skip that names a proposal", vote_map(1, 3, [7; 32])),
        ("a prepare that names none", vote_map(1, 1, [0; 32])),
        ("a proposer's word that names none", vote_map(1, 0, [0; 32])),
        ("an unknown kind of vote", vote_map(1, 4, [7; 32])),
        ("an unknown version of the vote", vote_map(2, 1, [7; 32])),
    ]
    .map(|(fault, bytes)| of(fault, "vote", bytes));
    let vote = vote(VoteKind::Commit);
    let digest = vote.digest(network());
    let good = ecdsa(1, digest, [0; 32]);
    let mut mirrored = good;
    mirrored[64] = 55 - mirrored[64];
    let id = *vote.proposal.as_bytes();
    let others = [
        ("the other v: ecrecover finds another key", mirrored),
        ("another member's signature", ecdsa(2, digest, [0; 32])),
        ("a signature over the proposal's id", ecdsa(1, id, [0; 32])),
        ("a personal message of the proposal's id", ecdsa(1, personal(id), [0; 32])),
    ];
    let signatures = spoiled(good).into_iter().chain(others).map(|(fault, bytes)| {
        let signer = byte_string(key(1).address().as_bytes());
        of(fault, "signed-vote", array(&[vote.to_bytes(), signer, signature(&bytes)]))
    });
    maps.into_iter().chain(signatures).collect()
}

/// The ten encoded values of a proposal's map.
fn proposal_values() -> Vec<Vec<u8>> {
    let roots = (4..9).map(|byte| byte_string(&[byte; 32]));
    let mut values = vec![head(0, 1), head(0, 1), byte_string(network().as_bytes()), array(&[byte_string(&[1; 32])])];
    values.extend(roots.chain([head(0, 0)]));
    values
}

fn proposals() -> Vec<RefusedBytes> {
    let heads = |bytes: &[u8]| {
        let heads: Vec<_> = bytes.iter().map(|byte| byte_string(&[*byte; 32])).collect();
        array(&heads)
    };
    let with = |fault, key: usize, value| {
        let mut values = proposal_values();
        values[key] = value;
        of(fault, "proposal", map(&values))
    };
    let ascending: Vec<_> = (0..1_025_u64).map(|n| byte_string(&[&[0; 24][..], &n.to_be_bytes()].concat())).collect();
    vec![
        with("an unknown version of the proposal", 0, head(0, 2)),
        with("height 0", 1, head(0, 0)),
        with("heads out of order", 3, heads(&[2, 1])),
        with("a head twice", 3, heads(&[1, 1])),
        with("no heads", 3, heads(&[])),
        with("1,025 heads", 3, array(&ascending)),
        with("a root of 31 bytes", 6, byte_string(&[7; 31])),
    ]
}

fn certificate_of(vote: Vote, signers: &[usize]) -> Vec<u8> {
    let signed = signers.iter().map(|n| {
        let bytes = ecdsa(*n, vote.digest(network()), [0; 32]);
        array(&[byte_string(key(*n).address().as_bytes()), signature(&bytes)])
    });
    array(&[vote.to_bytes(), array(&signed.collect::<Vec<_>>())])
}

fn certificates() -> Vec<RefusedBytes> {
    let commit = vote(VoteKind::Commit);
    let propose = vote(VoteKind::Propose);
    let stranger = SecretKey::from_bytes([9; 32]).unwrap();
    let mut strangers = super::certificate(VoteKind::Commit, &[1, 2, 4]);
    let signature = commit.sign(network(), &stranger).signature;
    strangers.signatures.push((stranger.address(), signature));
    strangers.signatures.sort_unstable();
    let mut forged = super::certificate(VoteKind::Commit, &[1, 2, 4]);
    forged.signatures[0].1 = signed_vote(vote(VoteKind::Prepare), 2).signature;
    // By address the members are N2, N1, N4, N3.
    [
        ("signers out of order", certificate_of(commit, &[1, 2, 4])),
        ("a signer twice", certificate_of(commit, &[2, 1, 1])),
        ("two thirds of the stake or less", certificate_of(commit, &[2, 1])),
        ("no signers", certificate_of(commit, &[])),
        ("a stranger among the signers", strangers.to_bytes()),
        ("another vote's signature", forged.to_bytes()),
        ("a certificate of the proposer's word", certificate_of(propose, &[2, 1, 4])),
    ]
    .map(|(fault, bytes)| of(fault, "certificate", bytes))
    .into()
}

fn milestones() -> Vec<RefusedBytes> {
    let commit = vote(VoteKind::Commit);
    let elsewhere = Vote { proposal: ProposalId::new([7; 32]), ..commit };
    let higher = Vote { height: Height(2), ..commit };
    let prepare = vote(VoteKind::Prepare);
    [
        ("a certificate of another proposal", certificate_of(elsewhere, &[2, 1, 4])),
        ("a certificate of another height", certificate_of(higher, &[2, 1, 4])),
        ("a certificate of prepares", certificate_of(prepare, &[2, 1, 4])),
        ("a milestone without a quorum", certificate_of(commit, &[2, 1])),
    ]
    .map(|(fault, certificate)| of(fault, "milestone", of_milestone(&proposal().to_bytes(), &certificate)))
    .into()
}

fn of_milestone(proposal: &[u8], certificate: &[u8]) -> Vec<u8> {
    array(&[head(0, 1), head(0, 1), proposal.to_vec(), certificate.to_vec()])
}

fn evidences() -> Vec<RefusedBytes> {
    let signed = |kind, n| signed_vote(vote(kind), n);
    let pair = |a: SignedVote, b: SignedVote| {
        let (first, second) = (a.min(b), a.max(b));
        array(&[first.to_bytes(), second.to_bytes()])
    };
    let commit = signed(VoteKind::Commit, 4);
    let again =
        SignedVote { signature: Signature::Secp256k1(ecdsa(4, commit.vote.digest(network()), [1; 32])), ..commit };
    let next_view = Vote { view: View(3), ..vote(VoteKind::Skip) };
    let descending: Vec<_> = evidence().votes().map(Canonical::to_bytes).into();
    let descending = array(&[descending[1].clone(), descending[0].clone()]);
    let forged = SignedVote { signer: commit.signer, ..signed(VoteKind::Skip, 3) };
    [
        ("a prepare and a commit: no conflict", pair(signed(VoteKind::Prepare, 4), commit)),
        ("a prepare and a skip: no conflict", pair(signed(VoteKind::Prepare, 4), signed(VoteKind::Skip, 4))),
        ("two signatures of one vote: no conflict", pair(commit, again)),
        ("a commit and a later view's skip: no conflict", pair(commit, signed_vote(next_view, 4))),
        ("votes of two members: no conflict", pair(commit, signed(VoteKind::Skip, 3))),
        ("one vote twice", pair(commit, commit)),
        ("votes out of order", descending),
        ("a vote of another key under this name", pair(commit, forged)),
    ]
    .map(|(fault, bytes)| of(fault, "evidence", bytes))
    .into()
}

/// The seven encoded values of a genesis' map, with `value` under `key`.
fn genesis_with(key: usize, value: Vec<u8>) -> Vec<u8> {
    let genesis = genesis();
    let mut values = [
        head(0, 1),
        text_string(genesis.name.as_bytes()),
        head(0, 0),
        genesis.committee.to_bytes(),
        head(0, 0),
        genesis.parameters.to_bytes(),
        vec![0xf5],
    ];
    values[key] = value;
    map(&values)
}

fn geneses() -> Vec<RefusedBytes> {
    let member = |byte: u8, stake: &[u8]| array(&[byte_string(&[byte; 20]), byte_string(stake)]);
    let numbers = |numbers: [u64; 6]| map(&numbers.map(|number| head(0, number)));
    let good = [0, 1, 0, 1_000, 1, 65_536];
    let number = |key: usize, value| {
        let mut changed = good;
        changed[key] = value;
        numbers(changed)
    };
    let crowd: Vec<_> = (0..1_025_u32)
        .map(|n| array(&[byte_string(&[&[1; 16][..], &n.to_be_bytes()].concat()), byte_string(&[1])]))
        .collect();
    [
        ("an unknown version of the genesis", 0, head(0, 2)),
        ("a network without a name", 1, text_string(b"")),
        ("a network's name of 257 bytes", 1, text_string(&[b'n'; 257])),
        ("a committee of nobody", 3, array(&[])),
        ("1,025 members", 3, array(&crowd)),
        ("a member without stake", 3, array(&[member(1, &[])])),
        ("a stake with a leading zero", 3, array(&[member(1, &[0, 1])])),
        ("a stake of 17 bytes", 3, array(&[member(1, &[1; 17])])),
        ("a total over 2^126 - 1", 3, array(&[member(1, &[0x3f; 16]), member(2, &[0x3f; 16])])),
        ("members out of order", 3, array(&[member(2, &[1]), member(1, &[1])])),
        ("a member twice", 3, array(&[member(1, &[1]), member(1, &[2])])),
        ("the reserved rule for writers, 1", 4, head(0, 1)),
        ("an unknown rule for writers", 4, head(0, 3)),
        ("an unknown pace", 5, number(0, 2)),
        ("min_events 0", 5, number(1, 0)),
        ("max_wait_ms over a day", 5, number(2, 86_400_001)),
        ("view_timer_ms 0", 5, number(3, 0)),
        ("cut_events 0", 5, number(4, 0)),
        ("cut_bytes below one event's", 5, number(5, 65_535)),
        ("public demo keys without saying so", 6, vec![0xf4]),
        ("a number for a truth value", 6, head(0, 1)),
    ]
    .map(|(fault, key, value)| of(fault, "genesis", genesis_with(key, value)))
    .into()
}
