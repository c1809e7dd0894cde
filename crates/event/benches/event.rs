//! What an event costs: made, named, read and verified, beside the bare signature check of libsecp256k1.
//!
//! Targets: a signed event verifies at 80 % of the rate of the bare check or more, the author's key being known; a body of
//! 256 bytes is encoded and named in 2 microseconds or less; 1,024 changes of a text are read in 200 or less.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use quorate_event::cbor::Canonical;
use quorate_event::*;
use secp256k1::Message;

const SECRET: [u8; 32] = [7; 32];

fn network() -> NetworkId {
    NetworkId::new([1; 32])
}

/// A body of exactly 256 bytes: one `set`, two parents.
fn body() -> EventBody {
    let key = SecretKey::from_bytes(SECRET).unwrap();
    let of_text = |length| EventBody {
        author: key.address(),
        lane: Lane(0xdead_beef),
        seq: Seq(1_000_000),
        parents: vec![EventId::new([2; 32]), EventId::new([3; 32])],
        time: Timestamp(1_795_219_200_000),
        payload: Payload::Edits(vec![DocumentEdits {
            document: "minutes".into(),
            edits: vec![Edit::Set {
                target: Target::Root,
                key: "item".into(),
                value: Value::String("x".repeat(length).into()),
            }],
        }]),
    };
    let frame = of_text(90).to_bytes().len() - 90;
    let body = of_text(256 - frame);
    assert_eq!(body.to_bytes().len(), 256);
    body
}

fn event() -> SignedEvent {
    SignedEvent::sign(body(), network(), &SecretKey::from_bytes(SECRET).unwrap()).unwrap()
}

fn bytes(c: &mut Criterion) {
    let (body, event) = (body(), event());
    c.bench_function("encode 256 bytes", |b| b.iter(|| black_box(&body).to_bytes()));
    c.bench_function("encode and name 256 bytes", |b| {
        b.iter(|| black_box(&body).id(network()));
    });
    c.bench_function("decode and name 256 bytes", |b| {
        b.iter(|| SignedEvent::decode(black_box(event.bytes()), network()));
    });
}

/// An event's fill of changes of a text: jumps among the characters of four others, words, corrections.
fn splice() -> Edit {
    let there = |n: u32| ElementRef::There(EventId::new([u8::try_from(n % 4).unwrap(); 32]), n * 97 % 8_192);
    let mut splice = Splice::default();
    for n in 0..512 {
        splice.insert(Some(there(n)), Some(there(n / 3)), "a word");
        splice.remove(ElementRef::Here(splice.chars() - 2), 2);
    }
    Edit::Splice { target: Target::Root, splice }
}

fn splices(c: &mut Criterion) {
    let edit = splice();
    let bytes = edit.to_bytes();
    c.bench_function("encode 1,024 changes of a text", |b| b.iter(|| black_box(&edit).to_bytes()));
    c.bench_function("decode 1,024 changes of a text", |b| b.iter(|| Edit::from_bytes(black_box(&bytes))));
}

fn signatures(c: &mut Criterion) {
    let (body, event) = (body(), event());
    let key = SecretKey::from_bytes(SECRET).unwrap();
    c.bench_function("sign 256 bytes", |b| {
        b.iter_batched(|| body.clone(), |body| SignedEvent::sign(body, network(), &key), BatchSize::SmallInput);
    });

    let bare_key = secp256k1::SecretKey::from_secret_bytes(SECRET).unwrap();
    let (digest, public_key) = (Message::from_digest([9; 32]), bare_key.public_key());
    let signature = secp256k1::ecdsa::sign(digest, &bare_key);
    c.bench_function("libsecp256k1 verify, bare", |b| {
        b.iter(|| black_box(&signature).verify(black_box(digest), &public_key));
    });
    let mut keys = KeyRing::default();
    event.clone().verify(&mut keys).unwrap();
    c.bench_function("verify an event, key known", |b| {
        b.iter_batched(|| event.clone(), |event| event.verify(&mut keys), BatchSize::SmallInput);
    });
    c.bench_function("decode and verify an event, key known", |b| {
        b.iter(|| {
            let event = SignedEvent::decode(black_box(event.bytes()), network());
            event.and_then(|event| event.verify(&mut keys))
        });
    });
    c.bench_function("verify an event, key unknown", |b| {
        b.iter_batched(
            || (event.clone(), KeyRing::default()),
            |(event, mut keys)| event.verify(&mut keys).map(drop),
            BatchSize::SmallInput,
        );
    });
}

fn votes(c: &mut Criterion) {
    let key = SecretKey::from_bytes(SECRET).unwrap();
    let vote = Vote { kind: VoteKind::Prepare, height: Height(1), view: View(0), proposal: ProposalId::new([5; 32]) };
    let signed = vote.sign(network(), &key);
    c.bench_function("verify a vote", |b| b.iter(|| black_box(signed).verify(network())));
}

criterion_group!(benches, bytes, splices, signatures, votes);
criterion_main!(benches);
