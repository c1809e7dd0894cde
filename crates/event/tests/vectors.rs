//! The wire vectors in `vectors/`: they say what the bytes are, for implementations in any language.
//!
//! A changed byte, id or verdict fails here until `QUORATE_REGENERATE_VECTORS=1 cargo test -p quorate-event --test vectors`
//! writes the files anew, on purpose.

#[allow(dead_code, reason = "each test binary uses its part of the specimens")]
mod specimens;

use std::collections::BTreeMap;
use std::path::PathBuf;

use quorate_event::cbor::Canonical;
use quorate_event::*;
use serde_json::{Value as Json, json};
use specimens::*;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../vectors").join(name)
}

/// Compares what this program makes with what the file pins, and hands back the file's content.
fn pinned(name: &str, made: Json) -> Json {
    let file = path(name);
    if std::env::var_os("QUORATE_REGENERATE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&made).unwrap();
        std::fs::write(&file, text + "\n").unwrap();
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let pinned: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(made, pinned, "{name} pins other bytes");
    pinned
}

fn bytes_of(field: &Json) -> Vec<u8> {
    from_hex(field.as_str().unwrap())
}

fn id_of<T: std::str::FromStr<Err: std::fmt::Debug>>(field: &Json) -> T {
    field.as_str().unwrap().parse().unwrap()
}

fn display(items: &[EventId]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

#[test]
fn a_demo_key_has_its_published_address() {
    let made = KEYS.map(|(name, secret, _)| {
        let key = SecretKey::from_bytes(from_hex(secret).try_into().unwrap()).unwrap();
        let point = secp256k1::SecretKey::from_secret_bytes(*key.expose()).unwrap();
        json!({
            "name": name,
            "secret_key": format!("0x{secret}"),
            "public_key": hex(&point.public_key().serialize_uncompressed()),
            "address": key.address().to_string(),
        })
    });
    for (row, (_, _, address)) in pinned("addresses.json", json!(made)).as_array().unwrap().iter().zip(KEYS) {
        assert_eq!(row["address"], address);
    }
}

#[test]
fn a_genesis_names_its_network() {
    let made = [("demo", genesis()), ("every other choice", other_genesis())].map(|(name, genesis)| {
        json!({
            "name": name,
            "bytes": hex(&genesis.to_bytes()),
            "network": genesis.network().to_string(),
            "network_name": genesis.name,
            "committee_digest": genesis.committee.digest().to_string(),
            "demo": genesis.demo,
        })
    });
    for row in pinned("genesis.json", json!(made)).as_array().unwrap() {
        let genesis = Genesis::from_bytes(&bytes_of(&row["bytes"])).unwrap();
        assert_eq!(genesis.network(), id_of(&row["network"]));
        assert_eq!(genesis.network(), NetworkId::new(keccak256(&[&bytes_of(&row["bytes"])])));
        assert_eq!(genesis.name, row["network_name"]);
    }
}

#[test]
fn an_event_has_its_id_and_its_author() {
    let events = events().into_iter().map(|(name, event)| {
        let body = event.body();
        json!({
            "name": name,
            "bytes": hex(event.bytes()),
            "body": hex(&body.to_bytes()),
            "id": event.id().to_string(),
            "signed_digest": hex(&personal(*event.id().as_bytes())),
            "author": body.author.to_string(),
            "lane": body.lane.0.to_string(),
            "seq": body.seq.0.to_string(),
            "parents": display(&body.parents),
            "time_ms": body.time.0.to_string(),
        })
    });
    let made = json!({
        "network": network().to_string(),
        "events": events.collect::<Vec<_>>(),
    });
    let file = pinned("events.json", made);
    let network = id_of(&file["network"]);
    for row in file["events"].as_array().unwrap() {
        let event = SignedEvent::decode(&bytes_of(&row["bytes"]), network).unwrap();
        assert_eq!(event.id(), id_of(&row["id"]));
        assert_eq!(*event.id().as_bytes(), raw_id(&bytes_of(&row["body"]), network));
        let event = event.verify(&mut KeyRing::default()).unwrap();
        assert_eq!(event.body().author, id_of(&row["author"]));
        if let Payload::Evidence(evidence) = &event.body().payload {
            assert_eq!(evidence.verify(network), Ok(key(4).address()));
        }
    }
}

/// An index, or a place in the table and an index; a dash for an end of the text.
fn shown_char(char: Option<CharRef>) -> String {
    match char {
        None => "-".into(),
        Some(CharRef::Here(index)) => index.to_string(),
        Some(CharRef::There { event, index }) => format!("{event}:{index}"),
    }
}

fn shown_splice(splice: &Splice) -> Json {
    let changes = splice.changes().iter().map(|change| match *change {
        TextChange::Insert { left, right, chars } => {
            format!("insert {chars} {} {}", shown_char(left), shown_char(right))
        }
        TextChange::Remove { first, count } => format!("remove {count} {}", shown_char(Some(first))),
    });
    json!({
        "events": display(splice.events()),
        "changes": changes.collect::<Vec<_>>(),
        "text": splice.text(),
    })
}

#[test]
fn a_splice_says_what_it_says() {
    let made = splices::splices().into_iter().map(|(name, first, splice)| {
        json!({
            "name": name,
            "first_index": first,
            "splice": shown_splice(&splice),
            "payload": hex(&splices::spliced_at(first, splice).to_bytes()),
        })
    });
    for row in pinned("splices.json", made.collect()).as_array().unwrap() {
        let payload = Payload::from_bytes(&bytes_of(&row["payload"])).unwrap();
        let Payload::Edits(documents) = payload else { panic!("not edits") };
        let Some((Edit::Splice { splice, .. }, before)) = documents[0].edits.split_last() else { panic!("no splice") };
        assert_eq!(row["first_index"], before.iter().map(Edit::width).sum::<u32>());
        assert_eq!(row["splice"], shown_splice(splice));
    }
}

#[test]
fn a_vote_has_its_digest_and_its_signer() {
    let votes = votes().into_iter().map(|signed| {
        json!({
            "kind": format!("{:?}", signed.vote.kind),
            "height": signed.vote.height.0.to_string(),
            "view": signed.vote.view.0.to_string(),
            "proposal": signed.vote.proposal.to_string(),
            "signer": signed.signer.to_string(),
            "digest": hex(&signed.vote.digest(network())),
            "bytes": hex(&signed.to_bytes()),
        })
    });
    let made = json!({
        "network": network().to_string(),
        "votes": votes.collect::<Vec<_>>(),
    });
    let file = pinned("votes.json", made);
    let network = id_of(&file["network"]);
    for row in file["votes"].as_array().unwrap() {
        let signed = SignedVote::from_bytes(&bytes_of(&row["bytes"])).unwrap();
        assert_eq!(signed.vote.digest(network).as_slice(), bytes_of(&row["digest"]));
        assert_eq!(signed.verify(network).unwrap().signer(), id_of(&row["signer"]));
    }
}

#[test]
fn a_certificate_holds_for_its_committee() {
    let kinds = [VoteKind::Prepare, VoteKind::Commit, VoteKind::Skip];
    let certificates = kinds.map(|kind| {
        let certificate = certificate(kind, &[1, 2, 4]);
        let signers = certificate.signatures.iter();
        json!({
            "kind": format!("{kind:?}"),
            "signers": signers.map(|(signer, _)| signer.to_string()).collect::<Vec<_>>(),
            "bytes": hex(&certificate.to_bytes()),
        })
    });
    let made = json!({
        "network": network().to_string(),
        "committee": hex(&committee().to_bytes()),
        "certificates": certificates,
    });
    let file = pinned("certificates.json", made);
    let committee = Committee::from_bytes(&bytes_of(&file["committee"])).unwrap();
    for row in file["certificates"].as_array().unwrap() {
        let certificate = Certificate::from_bytes(&bytes_of(&row["bytes"])).unwrap();
        let verified = certificate.verify(id_of(&file["network"]), &committee).unwrap();
        let signers: Vec<_> = verified.signers().map(|signer| signer.to_string()).collect();
        assert_eq!(json!(signers), row["signers"]);
    }
}

#[test]
fn a_milestone_is_named_by_its_proposal() {
    let proposal = proposal();
    let milestones = [[1, 2, 3], [1, 2, 4]].map(|signers| hex(&milestone(&signers).to_bytes()));
    let made = json!({
        "network": network().to_string(),
        "committee": hex(&committee().to_bytes()),
        "proposal": hex(&proposal.to_bytes()),
        "id": proposal.id(network()).to_string(),
        "height": proposal.height.0.to_string(),
        "parents": display(&proposal.parents().collect::<Vec<_>>()),
        "milestones": milestones,
    });
    let file = pinned("milestones.json", made);
    let network = id_of(&file["network"]);
    let committee = Committee::from_bytes(&bytes_of(&file["committee"])).unwrap();
    let proposal = Proposal::from_bytes(&bytes_of(&file["proposal"])).unwrap();
    assert_eq!(proposal.id(network), id_of(&file["id"]));
    for bytes in file["milestones"].as_array().unwrap() {
        let milestone = Milestone::decode(&bytes_of(bytes), network).unwrap();
        let verified = milestone.verify(network, &committee).unwrap();
        assert_eq!(verified.id(), id_of(&file["id"]));
        assert_eq!(*verified.proposal(), proposal);
    }
}

#[test]
fn a_committee_has_its_digest() {
    let greatest = Stake(limits::TOTAL_STAKE);
    let committees = [
        committee(),
        Committee::new(vec![(Address::new([0xff; 20]), greatest)]).unwrap(),
        Committee::new(vec![(Address::new([0; 20]), Stake(1)), (Address::new([1; 20]), Stake(256))]).unwrap(),
    ];
    let made = committees.map(|committee| {
        let members = committee.members().iter();
        let members = members.map(|(address, stake)| json!([address.to_string(), stake.0.to_string()]));
        json!({
            "members": members.collect::<Vec<_>>(),
            "bytes": hex(&committee.to_bytes()),
            "digest": committee.digest().to_string(),
        })
    });
    for row in pinned("committees.json", json!(made)).as_array().unwrap() {
        let committee = Committee::from_bytes(&bytes_of(&row["bytes"])).unwrap();
        assert_eq!(committee.digest(), id_of(&row["digest"]));
    }
}

#[test]
fn every_leaf_of_a_pinned_tree_opens() {
    let trees = [0_u8, 1, 2, 3, 7, 8].map(|count| {
        let leaves: Vec<Vec<u8>> = (0..count).map(|byte| vec![byte; usize::from(byte)]).collect();
        let proofs = (0..leaves.len()).map(|index| {
            let siblings = merkle::prove(&leaves, index).unwrap().siblings;
            siblings.iter().map(ToString::to_string).collect::<Vec<_>>()
        });
        json!({
            "leaves": leaves.iter().map(|leaf| hex(leaf)).collect::<Vec<_>>(),
            "root": merkle::root(&leaves).to_string(),
            "proofs": proofs.collect::<Vec<_>>(),
        })
    });
    let entries: BTreeMap<&str, Digest> =
        ["a", "b", "minutes", "é"].into_iter().zip((1..).map(|byte| Digest::new([byte; 32]))).collect();
    let leaves = merkle::map_leaves(&entries);
    let shown = entries.iter().map(|(key, value)| json!([key, value.to_string()]));
    let map = json!({
        "entries": shown.collect::<Vec<_>>(),
        "leaves": leaves.iter().map(|leaf| hex(leaf)).collect::<Vec<_>>(),
        "root": merkle::root(&leaves).to_string(),
    });
    let file = pinned("merkle.json", json!({ "trees": trees, "map": map }));
    for tree in file["trees"].as_array().unwrap() {
        let leaves: Vec<_> = tree["leaves"].as_array().unwrap().iter().map(bytes_of).collect();
        let proofs = tree["proofs"].as_array().unwrap();
        assert_eq!(leaves.len(), proofs.len());
        for ((index, content), siblings) in (0..).zip(&leaves).zip(proofs) {
            let siblings = siblings.as_array().unwrap().iter().map(id_of).collect();
            let proof = merkle::InclusionProof { index, leaves: leaves.len() as u64, siblings };
            assert!(merkle::verify(id_of(&tree["root"]), content, &proof));
        }
    }
}

/// What a careful reader says of `bytes`: it decodes, and checks whatever can be checked.
fn judged(rule: &str, bytes: &[u8]) -> Result<(), String> {
    fn told<T>(result: Result<T, impl std::fmt::Debug>) -> Result<T, String> {
        result.map_err(|error| format!("{error:?}"))
    }
    let (network, committee) = (network(), committee());
    match rule {
        "event" => {
            let event = told(SignedEvent::decode(bytes, network))?;
            told(event.verify(&mut KeyRing::default())).map(drop)
        }
        "milestone" => {
            let milestone = told(Milestone::decode(bytes, network))?;
            told(milestone.verify(network, &committee)).map(drop)
        }
        "signed-vote" => {
            let vote = told(SignedVote::from_bytes(bytes))?;
            told(vote.verify(network)).map(drop)
        }
        "certificate" => {
            let certificate = told(Certificate::from_bytes(bytes))?;
            told(certificate.verify(network, &committee)).map(drop)
        }
        "evidence" => {
            let evidence = told(Evidence::from_bytes(bytes))?;
            told(evidence.verify(network)).map(drop)
        }
        "genesis" => {
            let genesis = told(Genesis::from_bytes(bytes))?;
            let demo_keys = [1, 2, 3, 4].map(|n| key(n).address());
            told(genesis.check(&demo_keys))
        }
        _ => reencoded(rule, bytes).map(drop),
    }
}

#[test]
fn what_must_be_refused_is_refused_for_its_reason() {
    let refusals = refusals::refusals();
    let made = refusals.iter().map(|refusal| {
        let error = judged(refusal.rule, &refusal.bytes()).expect_err(refusal.fault);
        let mut row = json!({
            "fault": refusal.fault,
            "record": refusal.rule,
            "error": error,
        });
        match &refusal.parts[..] {
            [(bytes, 1)] => row["bytes"] = json!(hex(bytes)),
            parts => {
                let parts = parts.iter().map(|(bytes, times)| json!([hex(bytes), times]));
                row["parts"] = json!(parts.collect::<Vec<_>>());
            }
        }
        row
    });
    let made = json!({
        "network": network().to_string(),
        "committee": hex(&committee().to_bytes()),
        "refused": made.collect::<Vec<_>>(),
    });
    let file = pinned("refused.json", made);
    let rows = file["refused"].as_array().unwrap();
    for row in rows {
        let bytes = match row["parts"].as_array() {
            None => bytes_of(&row["bytes"]),
            Some(parts) => parts
                .iter()
                .flat_map(|part| {
                    let times = part[1].as_u64().unwrap();
                    bytes_of(&part[0]).repeat(usize::try_from(times).unwrap())
                })
                .collect(),
        };
        let error = judged(row["record"].as_str().unwrap(), &bytes).unwrap_err();
        assert_eq!(row["error"], error);
    }
}

#[test]
fn the_hand_made_event_that_refusals_spoil_is_good_unspoiled() {
    judged("event", &raw_signed(&map(&body_values()))).unwrap();
    judged("event", &with_written(vec![0xf6])).unwrap();
}
