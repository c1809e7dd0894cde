//! Other people's implementations of the standards that the format cites agree with ours: EIP-712, EIP-191, EIP-55 and
//! the ABI by `alloy`, ECDSA by `k256`, CBOR by `ciborium`, CDDL by `cddl-cat`.

#[allow(dead_code, reason = "each test binary uses its part of the strategies")]
mod arbitrary;
#[allow(dead_code, reason = "each test binary uses its part of the specimens")]
mod specimens;

use alloy_primitives::{B256, FixedBytes, U256, eip191_hash_message, keccak256 as their_keccak256};
use alloy_sol_types::{Eip712Domain, SolStruct, SolValue, eip712_domain};
use ciborium::Value as Cbor;
use k256::ecdsa::signature::hazmat::PrehashVerifier;
use k256::ecdsa::{RecoveryId, Signature as TheirSignature, SigningKey, VerifyingKey};
use proptest::prelude::*;
use quorate_event::cbor::Canonical;
use quorate_event::*;
use specimens::*;

mod typed {
    alloy_sol_types::sol! {
        struct Vote {
            uint8 kind;
            uint64 height;
            uint64 view;
            bytes32 proposal;
        }

        struct Proposal {
            uint64 height;
            bytes32 previous;
            bytes32[] heads;
            bytes32 eventsRoot;
            bytes32 documentsRoot;
            bytes32 ledgerRoot;
            bytes32 outboxRoot;
            bytes32 nextCommittee;
            uint64 timeMs;
        }
    }
}

fn domain(network: NetworkId) -> Eip712Domain {
    eip712_domain! {
        name: "Quorate",
        version: "1",
        salt: B256::from(*network.as_bytes()),
    }
}

fn their_vote(vote: Vote) -> typed::Vote {
    typed::Vote {
        kind: match vote.kind {
            VoteKind::Propose => 0,
            VoteKind::Prepare => 1,
            VoteKind::Commit => 2,
            VoteKind::Skip => 3,
        },
        height: vote.height.0,
        view: vote.view.0,
        proposal: vote.proposal.as_bytes().into(),
    }
}

fn their_proposal(proposal: &Proposal) -> typed::Proposal {
    let word = |digest: &Digest| FixedBytes::from(*digest.as_bytes());
    typed::Proposal {
        height: proposal.height.0,
        previous: proposal.previous.as_bytes().into(),
        heads: proposal.heads.iter().map(|head| head.as_bytes().into()).collect(),
        eventsRoot: word(&proposal.events_root),
        documentsRoot: word(&proposal.documents_root),
        ledgerRoot: word(&proposal.ledger_root),
        outboxRoot: word(&proposal.outbox_root),
        nextCommittee: word(&proposal.next_committee),
        timeMs: proposal.time.0,
    }
}

fn their_key(secret: &[u8; 32]) -> SigningKey {
    SigningKey::from_slice(secret).unwrap()
}

fn their_address(key: &VerifyingKey) -> alloy_primitives::Address {
    let point = key.to_sec1_point(false);
    alloy_primitives::Address::from_raw_public_key(&point.as_bytes()[1..])
}

/// Whether `k256` finds r ‖ s ‖ v to be `signer`'s over `digest`, v included.
fn recovers(bytes: &[u8; 65], signer: Address, digest: [u8; 32]) -> bool {
    let signature = TheirSignature::from_slice(&bytes[..64]).unwrap();
    let recovery = RecoveryId::from_byte(bytes[64] - 27).unwrap();
    let key = VerifyingKey::recover_from_prehash(&digest, &signature, recovery).unwrap();
    key.verify_prehash(&digest, &signature).unwrap();
    their_address(&key).as_slice() == signer.as_bytes()
}

fn ecdsa_bytes(signature: Signature) -> [u8; 65] {
    match signature {
        Signature::Secp256k1(bytes) => bytes,
        #[cfg(feature = "simulated-signatures")]
        Signature::Simulated(_) => unreachable!(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn alloy_derives_the_same_digest_of_a_vote(vote in arbitrary::vote(), network in arbitrary::network_id()) {
        let theirs = their_vote(vote).eip712_signing_hash(&domain(network));
        prop_assert_eq!(vote.digest(network), theirs.0);
    }

    #[test]
    fn alloy_derives_the_same_id_of_a_proposal(proposal in arbitrary::proposal(), network in arbitrary::network_id()) {
        let theirs = their_proposal(&proposal).eip712_signing_hash(&domain(network));
        prop_assert_eq!(*proposal.id(network).as_bytes(), theirs.0);
    }

    #[test]
    fn alloy_encodes_a_committee_to_the_same_digest(committee in arbitrary::committee()) {
        let members = committee.members().iter();
        let (addresses, stakes): (Vec<_>, Vec<_>) = members
            .map(|(address, stake)| {
                (alloy_primitives::Address::from(*address.as_bytes()), U256::from(stake.0))
            })
            .unzip();
        let encoded = (addresses, stakes).abi_encode_params();
        prop_assert_eq!(*committee.digest().as_bytes(), their_keccak256(encoded).0);
    }

    #[test]
    fn alloy_writes_the_same_checksum_of_an_address(bytes: [u8; 20]) {
        let theirs = alloy_primitives::Address::from(bytes).to_checksum(None);
        prop_assert_eq!(Address::new(bytes).to_string(), theirs);
    }

    #[test]
    fn alloy_hashes_alike(content in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(keccak256(&[&content]), their_keccak256(&content).0);
    }

    #[test]
    fn k256_signs_the_same_bytes_and_recovers_the_same_address(
        vote in arbitrary::vote(),
        secret in any::<[u8; 32]>(),
    ) {
        prop_assume!(SecretKey::from_bytes(secret).is_ok());
        let key = SecretKey::from_bytes(secret).unwrap();
        let their_signer = their_address(their_key(&secret).verifying_key());
        prop_assert_eq!(key.address(), Address::new(their_signer.into_array()));
        let digest = vote.digest(network());
        let ours = ecdsa_bytes(vote.sign(network(), &key).signature);
        prop_assert!(recovers(&ours, key.address(), digest));
        let (theirs, recovery) = their_key(&secret).sign_prehash_recoverable(&digest);
        prop_assert_eq!(&theirs.to_bytes()[..], &ours[..64]);
        prop_assert_eq!(27 + recovery.to_byte(), ours[64]);
    }

    #[test]
    fn ciborium_chooses_the_same_width_of_a_float(float in arbitrary::float_bits()) {
        let Some(value @ Value::Float(_)) = Value::from_f64(float) else {
            return Ok(());
        };
        let mut theirs = Vec::new();
        ciborium::into_writer(&Cbor::Float(float), &mut theirs).unwrap();
        prop_assert_eq!(value.to_bytes(), theirs);
    }

    #[test]
    fn ciborium_reads_a_body_and_writes_the_same_bytes(body in arbitrary::body()) {
        let bytes = body.to_bytes();
        let read: Cbor = ciborium::from_reader(&bytes[..]).unwrap();
        prop_assert_eq!(written(&read), bytes);
        prop_assert_eq!(read, shape_of_body(&body));
    }

    #[test]
    fn cddl_describes_every_record(
        body in arbitrary::body(),
        signed in arbitrary::signed_vote(),
        certificate in arbitrary::certificate(),
        (milestone, _) in arbitrary::milestone(),
        genesis in arbitrary::genesis(),
    ) {
        conforms("body", &body.to_bytes());
        conforms("signed-vote", &signed.to_bytes());
        conforms("certificate", &certificate.to_bytes());
        conforms("milestone", &milestone.to_bytes());
        conforms("genesis", &genesis.to_bytes());
    }
}

fn written(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// A body as CBOR's data model has it, its payload aside, which is taken as its own bytes read back.
fn shape_of_body(body: &EventBody) -> Cbor {
    let parents = body.parents.iter();
    let values = [
        Cbor::from(1),
        Cbor::Bytes(body.author.as_bytes().to_vec()),
        Cbor::from(body.lane.0),
        Cbor::from(body.seq.0),
        Cbor::Array(parents.map(|id| Cbor::Bytes(id.as_bytes().to_vec())).collect()),
        Cbor::from(body.time.0),
        ciborium::from_reader(&body.payload.to_bytes()[..]).unwrap(),
    ];
    let pairs = (0..).map(Cbor::from as fn(i32) -> Cbor).zip(values);
    Cbor::Map(pairs.collect())
}

#[test]
fn alloy_hashes_the_personal_message_that_an_author_signs() {
    for (name, event) in events() {
        let digest = eip191_hash_message(event.id().as_bytes()).0;
        let bytes: [u8; 65] = event.bytes()[event.bytes().len() - 65..].try_into().unwrap();
        assert!(recovers(&bytes, event.body().author, digest), "{name}");
    }
}

#[test]
fn k256_recovers_the_signer_of_every_vote() {
    for signed in votes() {
        let bytes = ecdsa_bytes(signed.signature);
        assert!(recovers(&bytes, signed.signer, signed.vote.digest(network())));
    }
}

#[test]
fn k256_finds_the_demo_keys_addresses() {
    for (n, (_, _, address)) in (1..).zip(KEYS) {
        let theirs = their_address(their_key(&secret(n)).verifying_key());
        assert_eq!(theirs.to_checksum(None), address);
    }
}

#[test]
fn ciborium_reads_every_golden_and_writes_the_same_bytes() {
    for (rule, bytes) in goldens() {
        let read: Cbor = ciborium::from_reader(&bytes[..]).unwrap();
        assert_eq!(written(&read), *bytes, "{rule}");
    }
}

#[test]
fn ciborium_finds_the_frame_of_an_event() {
    let (_, event) = &events()[0];
    let read: Cbor = ciborium::from_reader(&event.bytes()[..]).unwrap();
    let body = event.body().to_bytes();
    let signature = event.bytes()[event.bytes().len() - 65..].to_vec();
    let scheme = Cbor::Array(vec![Cbor::from(1), Cbor::Bytes(signature)]);
    let frame = vec![Cbor::from(1), Cbor::from(0), Cbor::Bytes(body.clone()), scheme];
    assert_eq!(read, Cbor::Array(frame));
    let read: Cbor = ciborium::from_reader(&body[..]).unwrap();
    assert_eq!(read, shape_of_body(event.body()));
    // A `set` on the root.
    let text = |text: &str| Cbor::Text(text.into());
    let edit = vec![Cbor::from(0), Cbor::Null, text("hello"), text("world")];
    let document = vec![text("greeting"), Cbor::Array(vec![Cbor::Array(edit)])];
    let payload = vec![Cbor::from(0), Cbor::Array(vec![Cbor::Array(document)])];
    assert_eq!(read.as_map().unwrap()[6].1, Cbor::Array(payload));
}

/// The CDDL of `docs/wire.md`.
fn cddl() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/wire.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page.split("```cddl\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

thread_local! {
    static RULES: cddl_cat::context::BasicContext =
        cddl_cat::context::BasicContext::new(cddl_cat::flatten::flatten_from_str(&cddl()).unwrap());
}

fn conformity(rule: &str, bytes: &[u8]) -> Result<(), String> {
    RULES.with(|rules| {
        let node = rules.rules.get(rule).unwrap_or_else(|| panic!("docs/wire.md has no rule {rule}"));
        let value: Cbor = ciborium::from_reader(bytes).map_err(|error| format!("{error:?}"))?;
        cddl_cat::cbor::validate_cbor(node, &value, rules).map_err(|error| format!("{error:?}"))
    })
}

fn conforms(rule: &str, bytes: &[u8]) {
    if let Err(error) = conformity(rule, bytes) {
        panic!("{} is no {rule}: {error}", hex(bytes));
    }
}

#[test]
fn cddl_describes_every_golden() {
    for (rule, bytes) in goldens() {
        conforms(rule, bytes);
    }
}

/// Faults that CDDL cannot say, or that this validator does not look at: order, canonicity, signatures, sums.
#[test]
fn cddl_refuses_what_it_can_express() {
    let refused: Vec<_> = refusals::refusals()
        .into_iter()
        .filter(|refusal| conformity(refusal.rule, &refusal.bytes()).is_err())
        .map(|refusal| refusal.fault)
        .collect();
    for fault in [
        "no bytes",
        "an unknown version of the event",
        "an unknown kind of vertex",
        "a key missing",
        "a key too many",
        "an author of 19 bytes",
        "a lane of 2^32",
        "seq 0",
        "17 parents",
        "no parents",
        "the reserved kind of payload, 1",
        "an unknown kind of payload",
        "a document without a name",
        "a name of 257 bytes",
        "1,025 edits of one document",
        "an insertion of nothing",
        "a removal of no elements",
        "a move of nothing",
        "a splice of no changes",
        "an unknown kind of edit",
        "an index of 2^32",
        "the integer 2^64",
        "bytes",
        "an unknown container",
        "a signature of 64 bytes",
        "the reserved signature scheme 2",
        "a skip that names a proposal",
        "1,025 heads",
        "no heads",
        "height 0",
        "the reserved rule for writers, 1",
        "an unknown pace",
        "a member without stake",
        "a stake of 17 bytes",
    ] {
        assert!(refused.contains(&fault), "docs/wire.md allows {fault}");
    }
}
