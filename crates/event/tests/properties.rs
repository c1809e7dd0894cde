//! E1: what is encoded decodes to itself, and what decodes encodes to itself. Nothing panics on the way.

#[allow(dead_code, reason = "each test binary uses its part of the strategies")]
mod arbitrary;
#[allow(dead_code, reason = "each test binary uses its part of the specimens")]
mod specimens;

use std::collections::BTreeSet;
use std::fmt::Debug;

use proptest::prelude::*;
use quorate_event::cbor::Canonical;
use quorate_event::*;
use specimens::*;

fn e1<T: Canonical + PartialEq + Debug>(record: &T) -> Result<(), TestCaseError> {
    let bytes = record.to_bytes();
    let decoded = T::from_bytes(&bytes);
    prop_assert_eq!(decoded.as_ref(), Ok(record));
    prop_assert_eq!(decoded.unwrap().to_bytes(), bytes);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn e1_a_body_decodes_to_itself(body in arbitrary::body()) {
        e1(&body)?;
    }

    #[test]
    fn e1_a_signed_event_decodes_to_itself(body in arbitrary::body(), network in arbitrary::network_id()) {
        let body = EventBody { author: key(2).address(), ..body };
        let signed = SignedEvent::sign(body.clone(), network, &key(2)).unwrap();
        prop_assert_eq!(signed.id(), body.id(network));
        let decoded = SignedEvent::decode(signed.bytes(), network).unwrap();
        prop_assert_eq!(&decoded, &signed);
        let verified = decoded.verify(&mut KeyRing::default()).unwrap();
        prop_assert_eq!(verified.bytes(), signed.bytes());
    }

    #[test]
    fn e1_a_vote_decodes_to_itself(signed in arbitrary::signed_vote()) {
        e1(&signed.vote)?;
        e1(&signed)?;
    }

    #[test]
    fn e1_evidence_decodes_to_itself(evidence in arbitrary::evidence()) {
        e1(&evidence)?;
    }

    #[test]
    fn e1_a_certificate_decodes_to_itself(certificate in arbitrary::certificate()) {
        e1(&certificate)?;
    }

    #[test]
    fn e1_a_proposal_decodes_to_itself(proposal in arbitrary::proposal()) {
        e1(&proposal)?;
    }

    #[test]
    fn e1_a_milestone_decodes_to_itself((milestone, network) in arbitrary::milestone()) {
        let bytes = milestone.to_bytes();
        let decoded = Milestone::decode(&bytes, network).unwrap();
        prop_assert_eq!(&decoded, &milestone);
        prop_assert_eq!(decoded.to_bytes(), bytes);
    }

    #[test]
    fn e1_a_genesis_decodes_to_itself(genesis in arbitrary::genesis()) {
        e1(&genesis)?;
    }

    #[test]
    fn noise_is_refused_or_encodes_to_itself(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for rule in ["event", "body", "signed-vote", "certificate", "evidence", "proposal", "genesis", "value"] {
            if let Ok(again) = reencoded(rule, &bytes) {
                prop_assert_eq!(&again, &bytes);
            }
        }
    }

    #[test]
    fn a_golden_with_noise_in_it_is_refused_or_encodes_to_itself(
        which: prop::sample::Index,
        at: prop::sample::Index,
        cut in 0_usize..6,
        noise in proptest::collection::vec(any::<u8>(), 0..12),
    ) {
        let goldens = goldens();
        let (rule, golden) = which.get(goldens);
        let from = at.index(golden.len());
        let to = (from + cut).min(golden.len());
        let spliced = [&golden[..from], &noise, &golden[to..]].concat();
        if let Ok(again) = reencoded(rule, &spliced) {
            prop_assert_eq!(again, spliced);
        }
    }

    #[test]
    fn a_float_has_one_form(float in arbitrary::float_bits()) {
        let integral = float.trunc() == float;
        let in_range = (-(2_f64.powi(63))..2_f64.powi(64)).contains(&float);
        match Value::from_f64(float) {
            None => prop_assert!(!float.is_finite()),
            Some(Value::Integer(integer)) => {
                prop_assert!(integral && in_range);
                // Both signs of zero become the one integer.
                #[expect(clippy::cast_precision_loss, reason = "the integer came from a float")]
                let back = integer.value() as f64;
                prop_assert_eq!(back, float);
            }
            Some(value @ Value::Float(inner)) => {
                prop_assert!(float.is_finite() && !(integral && in_range));
                prop_assert_eq!(inner.value().to_bits(), float.to_bits());
                e1(&value)?;
            }
            Some(other) => prop_assert!(false, "a float became {other:?}"),
        }
    }

    #[test]
    fn a_float_that_is_an_integer_is_refused_in_every_width(integer in arbitrary::integer()) {
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is as good an integer")]
        let float = integer.value() as f64;
        // The nearest float of the greatest integers is 2^64, which is none.
        prop_assume!(float < 2_f64.powi(64));
        let double = [vec![0xfb], float.to_be_bytes().to_vec()].concat();
        let refused = Err(DecodeError::OutOfRange { what: "float" });
        prop_assert_eq!(Value::from_bytes(&double), refused.clone());
        #[expect(clippy::cast_possible_truncation, reason = "the nearest single is as good an integer")]
        let single = float as f32;
        prop_assume!(f64::from(single) < 2_f64.powi(64));
        let single = [vec![0xfa], single.to_be_bytes().to_vec()].concat();
        prop_assert_eq!(Value::from_bytes(&single), refused);
    }
}

#[test]
fn every_half_width_float_is_refused_or_encodes_to_itself() {
    let mut accepted = 0;
    for bits in 0..=u16::MAX {
        let bytes = [vec![0xf9], bits.to_be_bytes().to_vec()].concat();
        if let Ok(value) = Value::from_bytes(&bytes) {
            assert_eq!(value.to_bytes(), bytes);
            accepted += 1;
        }
    }
    // NaN and the infinities have the greatest exponent, 1,024 forms a sign; zero has one. Of the 1,024 forms with an
    // exponent e from 0 to 9, 2^e are integral; with an exponent from 10 to 15, all.
    let integral = 2 * ((0..10).map(|e| 1 << e).sum::<u32>() + 6 * 1_024);
    assert_eq!(accepted, 65_536 - 2_048 - 2 - integral);
}

#[test]
fn every_prefix_of_every_golden_is_refused() {
    for (rule, bytes) in goldens() {
        assert_eq!(reencoded(rule, bytes), Ok(bytes.clone()), "{rule}");
        for end in 0..bytes.len() {
            let prefix = &bytes[..end];
            assert!(reencoded(rule, prefix).is_err(), "{end} bytes of a {rule}");
        }
    }
}

/// All that a byte becomes by flipping one bit, and a few more.
fn changes(byte: u8) -> BTreeSet<u8> {
    let flips = (0..8).map(move |bit| byte ^ 1 << bit);
    let steps = [byte.wrapping_add(1), byte.wrapping_sub(1), 0, 0xff];
    let changes = flips.chain(steps);
    changes.filter(|changed| *changed != byte).collect()
}

#[test]
fn a_changed_byte_is_refused_or_encodes_to_itself() {
    for (rule, golden) in goldens() {
        for at in 0..golden.len() {
            for byte in changes(golden[at]) {
                let mut changed = golden.clone();
                changed[at] = byte;
                if let Ok(again) = reencoded(rule, &changed) {
                    assert_eq!(again, changed, "byte {at} of a {rule}");
                }
            }
        }
    }
}

#[test]
fn an_event_with_a_changed_byte_is_another_event_without_a_signature() {
    for (name, event) in events() {
        let golden = event.bytes().to_vec();
        let last = golden.len() - 1;
        let mut keys = KeyRing::default();
        let (mut renamed, mut forged, mut other_v) = (0, 0, 0);
        for at in 0..golden.len() {
            for byte in changes(golden[at]) {
                let mut changed = golden.clone();
                changed[at] = byte;
                let Ok(decoded) = SignedEvent::decode(&changed, network()) else {
                    continue;
                };
                let same_id = decoded.id() == event.id();
                match decoded.verify(&mut keys) {
                    // (r, s) says nothing of v: the same event, signed as well.
                    Ok(_) => {
                        assert!(same_id && at == last, "{name}: byte {at} is free");
                        other_v += 1;
                    }
                    Err(_) if same_id => forged += 1,
                    Err(_) => renamed += 1,
                }
            }
        }
        assert_eq!(other_v, 1, "{name}");
        assert!(renamed > 100 && forged > 500, "{name}: {renamed} {forged}");
    }
}
