//! Attacks on the bytes: each test bears the number of its row in [the threats](../../../docs/threats.md).

#[allow(dead_code, reason = "each test binary uses its part of the strategies")]
mod arbitrary;
#[allow(dead_code, reason = "each test binary uses its part of the specimens")]
mod specimens;

use proptest::prelude::*;
use quorate_event::*;
use specimens::*;

fn event(signature: &[u8; 65]) -> SignedEvent {
    let bytes = raw_event(&map(&body_values()), signature);
    SignedEvent::decode(&bytes, network()).unwrap()
}

/// What N1 signs as the author of [`event`].
fn digest() -> [u8; 32] {
    personal(raw_id(&map(&body_values()), network()))
}

fn wrong(n: usize) -> SignatureError {
    SignatureError::WrongSigner { claimed: key(n).address() }
}

fn verdict(signature: &[u8; 65], keys: &mut KeyRing) -> Result<(), EventError> {
    event(signature).verify(keys).map(drop)
}

#[test]
fn ta5_a_good_signature_does_not_vouch_for_a_bad_one_of_the_same_id() {
    let good = ecdsa(1, digest(), [0; 32]);
    let bad = ecdsa(2, digest(), [0; 32]);
    let mut keys = KeyRing::default();
    for _ in 0..3 {
        assert_eq!(verdict(&bad, &mut keys), Err(wrong(1).into()));
        assert_eq!(verdict(&good, &mut keys), Ok(()));
    }
    assert_eq!(event(&good).id(), event(&bad).id());
}

#[test]
fn ta5_a_refused_signature_leaves_no_key_behind() {
    let mut keys = KeyRing::default();
    // N2's key, recovered from a signature that claims to be N1's, must not become N1's.
    for _ in 0..3 {
        assert_eq!(verdict(&ecdsa(2, digest(), [0; 32]), &mut keys), Err(wrong(1).into()));
    }
    assert_eq!(verdict(&ecdsa(1, digest(), [0; 32]), &mut keys), Ok(()));
    assert_eq!(verdict(&ecdsa(2, digest(), [0; 32]), &mut keys), Err(wrong(1).into()));
}

#[test]
fn ta6_an_id_is_of_the_bytes_whatever_is_known_of_it() {
    let signature = ecdsa(1, digest(), [0; 32]);
    let known = event(&signature).verify(&mut KeyRing::default()).unwrap();
    let mut values = body_values();
    values[5] = head(0, 1);
    let other = raw_event(&map(&values), &signature);
    // Not even our own store is believed about ids.
    let stored = VerifiedEvent::from_store(&other, network()).unwrap();
    assert_ne!(stored.id(), known.id());
    let received = SignedEvent::decode(&other, network()).unwrap();
    assert_eq!(received.id(), stored.id());
    assert_eq!(received.verify(&mut KeyRing::default()).map(drop), Err(wrong(1).into()));
}

/// The verdicts of a ring that never saw the author and of one that did.
fn cold_and_warm(signature: &[u8; 65]) -> [Result<(), EventError>; 2] {
    let mut warm = KeyRing::default();
    assert_eq!(verdict(&ecdsa(1, digest(), [9; 32]), &mut warm), Ok(()));
    [verdict(signature, &mut KeyRing::default()), verdict(signature, &mut warm)]
}

#[test]
fn ta16_a_spoiled_signature_has_one_verdict_with_its_key_known_or_not() {
    for (fault, signature) in refusals::spoiled(ecdsa(1, digest(), [0; 32])) {
        let [cold, warm] = cold_and_warm(&signature);
        assert!(cold.is_err(), "{fault}");
        assert_eq!(cold, warm, "{fault}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn ta16_any_signature_has_one_verdict_with_its_key_known_or_not(
        noise in any::<[u8; 32]>(),
        part in 0_usize..4,
        v in prop_oneof![Just(27_u8), Just(28), any::<u8>()],
    ) {
        let mut signature = ecdsa(1, digest(), noise);
        match part {
            0 => signature[..32].copy_from_slice(&noise),
            1 => signature[32..64].copy_from_slice(&noise),
            _ => {}
        }
        signature[64] = v;
        let [cold, warm] = cold_and_warm(&signature);
        prop_assert_eq!(&cold, &warm);
        prop_assert_eq!(cold.is_ok(), part > 1 && (27..=28).contains(&v));
    }
}

#[test]
fn ta17_an_event_keeps_its_id_under_every_valid_signature() {
    let signatures: Vec<_> = [0, 1, 2]
        .into_iter()
        .flat_map(|nonce| {
            let signature = ecdsa(1, digest(), [nonce; 32]);
            let mut mirrored = signature;
            mirrored[64] = 55 - mirrored[64];
            [signature, mirrored]
        })
        .collect();
    let mut bytes: Vec<_> = signatures.iter().map(|one| event(one).bytes().to_vec()).collect();
    for signature in &signatures {
        assert_eq!(cold_and_warm(signature), [Ok(()), Ok(())]);
        assert_eq!(event(signature).id(), event(&signatures[0]).id());
    }
    bytes.sort();
    bytes.dedup();
    assert_eq!(bytes.len(), 6);
}

#[test]
fn ta17_a_milestone_keeps_its_id_under_every_quorum() {
    let [first, second] = [[1, 2, 3], [1, 2, 4]].map(|signers| milestone(&signers));
    assert_ne!(first.to_bytes(), second.to_bytes());
    for milestone in [first.clone(), second] {
        let verified = milestone.verify(network(), &committee()).unwrap();
        assert_eq!(verified.id(), first.id());
    }
}

#[test]
fn ta17_two_signatures_of_one_vote_are_no_evidence() {
    let vote = vote(VoteKind::Commit);
    let [a, b] = [0, 1].map(|nonce| {
        let signature = Signature::Secp256k1(ecdsa(4, vote.digest(network()), [nonce; 32]));
        let signed = SignedVote { vote, signer: key(4).address(), signature };
        signed.verify(network()).unwrap()
    });
    assert_ne!(a, b);
    assert_eq!(Evidence::of(a, b), None);
}

#[test]
fn ta17_two_signatures_of_one_event_are_no_fork() {
    let signed = [0, 1].map(|nonce| event(&ecdsa(1, digest(), [nonce; 32])));
    let [a, b] = signed.map(|event| event.verify(&mut KeyRing::default()).unwrap());
    assert_ne!(a.bytes(), b.bytes());
    assert_eq!(ForkEvidence::of(a, b), None);
}

#[test]
fn ta18_an_event_of_one_author_is_not_signed_by_another() {
    let stolen = SignedEvent::sign(body(Payload::MilestoneRequest), network(), &key(2));
    let (key_address, author) = (key(2).address(), key(1).address());
    assert_eq!(stolen, Err(EventError::NotTheAuthor { key: key_address, author }));
    // Nor may the author be replaced beside a good signature.
    let mut values = body_values();
    values[1] = byte_string(key_address.as_bytes());
    let renamed = raw_event(&map(&values), &ecdsa(1, digest(), [0; 32]));
    let renamed = SignedEvent::decode(&renamed, network()).unwrap();
    assert_eq!(renamed.verify(&mut KeyRing::default()).map(drop), Err(wrong(2).into()));
}

#[test]
fn ta18_a_vote_of_one_member_is_not_signed_by_another() {
    for signed in votes() {
        for n in 1..=4 {
            let renamed = SignedVote { signer: key(n).address(), ..signed };
            let good = key(n).address() == signed.signer;
            let expected = if good { Ok(()) } else { Err(wrong(n)) };
            assert_eq!(renamed.verify(network()).map(drop), expected);
        }
    }
}

/// Everything that N1 signs, by what it means.
fn digests() -> Vec<(&'static str, [u8; 32])> {
    let elsewhere = other_genesis().network();
    let body = map(&body_values());
    let skip = vote(VoteKind::Skip);
    let mut digests = vec![
        ("the event", digest()),
        ("the event, elsewhere", personal(raw_id(&body, elsewhere))),
        ("the event's id, raw", raw_id(&body, network())),
        ("the event's body, hashed alone", personal(blake3::hash(&body).into())),
        ("the proposal's id, raw", *proposal().id(network()).as_bytes()),
        ("the proposal's id, as a message", personal(*proposal().id(network()).as_bytes())),
        ("a skip of the next view", Vote { view: View(3), ..skip }.digest(network())),
        ("a skip of the next height", Vote { height: Height(2), ..skip }.digest(network())),
        ("a skip, elsewhere", skip.digest(elsewhere)),
    ];
    let names = ["a proposer's word", "a prepare", "a commit", "a skip"];
    let kinds = VOTE_KINDS.map(|kind| vote(kind).digest(network()));
    digests.extend(names.into_iter().zip(kinds));
    digests
}

#[test]
fn ta19_a_signature_of_one_thing_is_none_of_another() {
    let mut accepted = Vec::new();
    for (signed, digest) in digests() {
        let signature = ecdsa(1, digest, [0; 32]);
        if verdict(&signature, &mut KeyRing::default()).is_ok() {
            accepted.push((signed, "the event"));
        }
        for (kind, name) in VOTE_KINDS.into_iter().zip(["a proposer's word", "a prepare", "a commit", "a skip"]) {
            let vote =
                SignedVote { vote: vote(kind), signer: key(1).address(), signature: Signature::Secp256k1(signature) };
            if vote.verify(network()).is_ok() {
                accepted.push((signed, name));
            }
        }
    }
    assert_eq!(accepted.len(), 5);
    assert!(accepted.iter().all(|(signed, submitted)| signed == submitted), "{accepted:?}");
}

#[test]
fn ta19_nothing_counts_in_another_network() {
    let elsewhere = other_genesis().network();
    for (name, event) in events() {
        let moved = SignedEvent::decode(event.bytes(), elsewhere).unwrap();
        assert_ne!(moved.id(), event.id(), "{name}");
        assert_eq!(moved.verify(&mut KeyRing::default()).map(drop), Err(wrong(1).into()), "{name}");
    }
    for (n, signed) in (1..).zip(votes()) {
        assert_eq!(signed.verify(elsewhere).map(drop), Err(wrong(n)));
    }
    let certificate = certificate(VoteKind::Commit, &[1, 2, 4]);
    assert!(matches!(certificate.verify(elsewhere, &committee()), Err(CertificateError::Signature(_))));
    assert!(Milestone::decode(&milestone(&[1, 2, 3]).to_bytes(), elsewhere).is_err());
    assert!(evidence().verify(elsewhere).is_err());
}

#[test]
fn ta19_a_certificate_s_signatures_are_none_of_another_kind_or_view() {
    let commits = certificate(VoteKind::Commit, &[1, 2, 4]);
    let prepare = vote(VoteKind::Prepare);
    let next_view = Vote { view: View(3), ..commits.vote };
    for vote in [prepare, next_view] {
        let relabelled = Certificate { vote, ..commits.clone() };
        let verdict = relabelled.verify(network(), &committee());
        assert!(matches!(verdict, Err(CertificateError::Signature(_))), "{vote:?}");
    }
}

#[test]
fn ta20_a_vertex_of_one_kind_is_not_read_as_the_other() {
    let (_, event) = &events()[0];
    let milestone = milestone(&[1, 2, 3]).to_bytes();
    let kind = DecodeError::OutOfRange { what: "vertex kind" };
    assert_eq!(Milestone::decode(event.bytes(), network()), Err(kind.clone()));
    assert_eq!(SignedEvent::decode(&milestone, network()), Err(kind.into()));
}

#[test]
fn ta24_a_run_is_one_change_however_long_it_claims_to_be() {
    let mut splice = Splice::default();
    for _ in 0..limits::EVENT_EDITS {
        splice.remove(splices::there(1, 0), u32::MAX);
    }
    let signed = signed(body(edits_of("d", vec![Edit::Splice { target: Target::Root, splice }])));
    let Payload::Edits(documents) = &signed.body().payload else { unreachable!() };
    let edit = &documents[0].edits[0];
    assert_eq!((edit.count(), edit.width()), (1_024, 0));
    assert!(signed.bytes().len() < 1_024 * 16);
    // One that inserts brings what it inserts.
    let claim = splices::raw_splice(&[], &splices::change_head(0, u64::from(u32::MAX)), b"ab");
    let payload = array(&[head(0, 0), array(&[array(&[text_string(b"d"), array(&[claim])])])]);
    let refused = DecodeError::OutOfRange { what: "characters of a splice" };
    assert_eq!(SignedEvent::decode(&with_payload(payload), network()), Err(refused.into()));
}

/// Bytes of an event with the simulator's keyed hash, which anybody can make.
fn simulated() -> Vec<u8> {
    let body = map(&body_values());
    let digest = digest();
    let author = key(1).address();
    let hashed = [b"quorate/simulated-signature".as_slice(), author.as_bytes(), &digest].concat();
    let hash = blake3::hash(&hashed);
    let signature = array(&[head(0, 255), byte_string(hash.as_bytes())]);
    array(&[head(0, 1), head(0, 0), byte_string(&body), signature])
}

#[cfg(not(feature = "simulated-signatures"))]
#[test]
fn a_simulated_signature_does_not_exist_outside_of_simulations() {
    use quorate_event::cbor::Canonical;
    let refused = DecodeError::OutOfRange { what: "signature scheme" };
    assert_eq!(SignedEvent::decode(&simulated(), network()), Err(refused.clone().into()));
    assert_eq!(VerifiedEvent::from_store(&simulated(), network()), Err(refused.clone().into()));
    let signature = array(&[head(0, 255), byte_string(&[7; 32])]);
    assert_eq!(Signature::from_bytes(&signature), Err(refused.clone()));
    let signer = byte_string(key(1).address().as_bytes());
    let vote = array(&[vote(VoteKind::Commit).to_bytes(), signer, signature]);
    assert_eq!(SignedVote::from_bytes(&vote), Err(refused));
}

/// Shows that the bytes above are refused for their scheme alone.
#[cfg(feature = "simulated-signatures")]
#[test]
fn a_simulated_signature_is_good_in_simulations() {
    SecretKey::simulated(1);
    let event = SignedEvent::decode(&simulated(), network()).unwrap();
    event.verify(&mut KeyRing::default()).unwrap();
}
