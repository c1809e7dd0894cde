//! Events that are malformed, not their author's, too many, or in each other's way.

use std::iter;

use quorate_event::cbor::CborWriter;
use quorate_event::{EventBody, EventId, Lane, NetworkId, Payload, Seq, Timestamp, VerifiedEvent, blake3, limits};
use quorate_transport::Bytes;

use super::field::Field;
use super::forge::{self, ALLOWED, Place, REFUSED, SIGNATURE, again};
use super::peer::EvilPeer;

/// The order of secp256k1, big-endian.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc,
    0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];

/// The evil member's first event in a lane.
fn first(field: &Field, lane: u32, payload: Payload) -> VerifiedEvent {
    let parents = vec![field.network.event_id()];
    forge::event(field.network, &field.member, Place { lane, seq: 1 }, parents, payload)
}

/// A good event that no honest node has seen, which all of the malformed ones are made from.
fn unseen(field: &Field) -> Vec<u8> {
    first(field, 1, forge::write(REFUSED, 0)).bytes().to_vec()
}

fn flood(field: &Field, peer: &EvilPeer, frames: &[Bytes]) {
    field.runtime.block_on(peer.flood(frames));
}

/// One message for each of these vertices.
fn flood_each(field: &Field, peer: &EvilPeer, vertices: impl IntoIterator<Item = Vec<u8>>) {
    let frames: Vec<Bytes> = vertices.into_iter().map(|bytes| forge::vertices([bytes])).collect();
    flood(field, peer, &frames);
}

pub(crate) fn cut_at_every_offset(field: &Field, peer: &EvilPeer) {
    let whole = forge::vertices([unseen(field)]);
    let cut: Vec<Bytes> = (0..whole.len()).map(|at| whole.slice(..at)).collect();
    flood(field, peer, &cut);
}

pub(crate) fn endless_lists(field: &Field, peer: &EvilPeer) {
    // An array of three, kind 3, and a list or a string of 2^64 - 1 things.
    let endless = [[0x83, 3, 0xf4, 0x9b], [0x82, 2, 0x9b, 0xff], [0x82, 5, 0x5b, 0xff]];
    let frames = endless.map(|head| Bytes::from([&head[..], &[0xff; 8]].concat()));
    flood(field, peer, &again(&frames, field.many(10)));
}

pub(crate) fn oversize(field: &Field, peer: &EvilPeer) {
    let event = unseen(field);
    let padded = [&event[..], &vec![0; limits::EVENT_BYTES]].concat();
    flood_each(field, peer, iter::repeat_n(padded, field.many(20)));
}

pub(crate) fn duplicates(field: &Field, peer: &EvilPeer) {
    let event = first(field, 4, forge::write(ALLOWED, 4));
    let copies = forge::vertices(iter::repeat_n(event.bytes(), 100));
    flood(field, peer, &vec![copies; field.many(250)]);
}

pub(crate) fn known_but_badly_signed(field: &Field, peer: &EvilPeer) {
    let mut known = first(field, 4, forge::write(ALLOWED, 4)).bytes().to_vec();
    let at = known.len() - SIGNATURE;
    known[at] ^= 1;
    flood_each(field, peer, iter::repeat_n(known, field.many(1_000)));
}

pub(crate) fn another_body(field: &Field, peer: &EvilPeer) {
    let good = unseen(field);
    let at = good.windows(REFUSED.len()).position(|window| window == REFUSED.as_bytes()).unwrap();
    let bodies = (b'a'..=b'z').map(|letter| {
        let mut other = good.clone();
        other[at] = letter.to_ascii_uppercase();
        other
    });
    flood_each(field, peer, bodies);
}

pub(crate) fn orphans(field: &Field, peer: &EvilPeer) {
    let orphan = |number: usize| {
        let parent = |at: usize| EventId::new(blake3(&[b"nobody", &number.to_be_bytes(), &at.to_be_bytes()]));
        let parents: Vec<EventId> = (0..limits::EVENT_PARENTS).map(parent).collect();
        forge::event(field.network, &field.member, Place { lane: 9, seq: 2 }, parents, forge::write(REFUSED, 9))
    };
    let orphans: Vec<VerifiedEvent> = (0..field.many(20_000)).map(orphan).collect();
    let frames: Vec<Bytes> =
        orphans.chunks(64).map(|some| forge::vertices(some.iter().map(VerifiedEvent::bytes))).collect();
    flood(field, peer, &frames);
}

pub(crate) fn absurd_times(field: &Field, peer: &EvilPeer) {
    let mut previous = field.network.event_id();
    let mut chain = Vec::new();
    for (seq, time) in (1..).zip([u64::MAX, 0, i64::MAX as u64, 1, u64::MAX]) {
        let (author, lane, seq) = (field.member.address(), Lane(13), Seq(seq));
        let parents = vec![previous];
        let payload = forge::write(ALLOWED, 13);
        let body = EventBody { author, lane, seq, parents, time: Timestamp(time), payload };
        let event = VerifiedEvent::sign(body, field.network, &field.member).unwrap();
        previous = event.id();
        chain.push(event);
    }
    flood(field, peer, &[forge::vertices(chain.iter().map(VerifiedEvent::bytes))]);
}

pub(crate) fn edges_of_signatures(field: &Field, peer: &EvilPeer) {
    let good = unseen(field);
    let start = good.len() - SIGNATURE;
    let with = |at: usize, bytes: &[u8]| {
        let mut other = good.clone();
        other[start + at..start + at + bytes.len()].copy_from_slice(bytes);
        other
    };
    let halves = [[0; 32], ORDER, [0xff; 32]];
    let (r, s) = (halves.iter().map(|half| with(0, half)), halves.iter().map(|half| with(32, half)));
    // What is negated modulo the order signs the same, with the other v.
    let mut negated = [0; 32];
    let mut borrow = 0_i32;
    for at in (0..32).rev() {
        let difference = i32::from(ORDER[at]) - i32::from(good[start + 32 + at]) - borrow;
        borrow = i32::from(difference < 0);
        negated[at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let other_v = 27 + 28 - good[start + 64];
    let high = with(32, &[&negated[..], &[other_v]].concat());
    let v = [0, 1, 26, 29, 255].map(|v| with(64, &[v]));
    flood_each(field, peer, r.chain(s).chain(v).chain([high]));
}

pub(crate) fn in_anothers_name(field: &Field, peer: &EvilPeer) {
    let (good, me) = (unseen(field), field.member.address());
    let at = good.windows(20).position(|window| window == me.as_bytes()).unwrap();
    let named = field.honest_members().into_iter().map(|honest| {
        let mut other = good.clone();
        other[at..at + 20].copy_from_slice(honest.as_bytes());
        other
    });
    let named: Vec<Vec<u8>> = named.collect();
    flood_each(field, peer, again(&named, field.many(10)));
}

pub(crate) fn no_writer(field: &Field, peer: &EvilPeer) {
    let key = field.stranger("who writes");
    let events = (1..=field.many(50)).map(|lane| {
        let place = Place { lane: u32::try_from(lane).unwrap(), seq: 1 };
        let parents = vec![field.network.event_id()];
        forge::event(field.network, &key, place, parents, forge::write(REFUSED, 18)).bytes().to_vec()
    });
    flood_each(field, peer, events);
}

pub(crate) fn another_network(field: &Field, peer: &EvilPeer) {
    let elsewhere = NetworkId::new([7; 32]);
    let events = (1..=field.many(20)).map(|lane| {
        let place = Place { lane: u32::try_from(lane).unwrap(), seq: 1 };
        let parents = vec![field.network.event_id()];
        forge::event(elsewhere, &field.member, place, parents, forge::write(REFUSED, 19)).bytes().to_vec()
    });
    flood_each(field, peer, events);
}

pub(crate) fn not_canonical(field: &Field, peer: &EvilPeer) {
    let good = unseen(field);
    let trailing = [&good[..], &[0]].concat();
    // The version, in two bytes where one is enough.
    let longer = [&good[..1], &[0x18, 0x01], &good[2..]].concat();
    let indefinite = [&[0x9f], &good[1..], &[0xff]].concat();
    flood_each(field, peer, again(&[trailing, longer, indefinite], field.many(5)));
}

pub(crate) fn nested(field: &Field, peer: &EvilPeer) {
    let arrays = Bytes::from(vec![0x81; 1 << 20]);
    // A message like any other, with a vertex that nests.
    let vertex = forge::vertices([vec![0x81; limits::EVENT_BYTES]]);
    let mut tagged = CborWriter::default();
    tagged.array(2).uint(5);
    let tags = Bytes::from([&tagged.into_bytes()[..], &[0xc1; 1 << 16]].concat());
    flood(field, peer, &again(&[arrays, vertex, tags], field.many(3)));
}

pub(crate) fn bad_gossip(field: &Field, peer: &EvilPeer) {
    field.runtime.block_on(async {
        for number in 0..field.many(200) {
            // Refused where the evil peer's own queue is full, which is where it is banned.
            let _full = peer.handle.gossip(format!("garbage {number}")).await;
        }
    });
}

/// Its parents are there, so that each of them could be admitted at once.
pub(crate) fn branches(field: &Field, peer: &EvilPeer) {
    let branch = |number: usize| first(field, 8, forge::write(ALLOWED, number as u64));
    let branches: Vec<VerifiedEvent> = (0..field.many(10_000)).map(branch).collect();
    let frames: Vec<Bytes> =
        branches.chunks(64).map(|some| forge::vertices(some.iter().map(VerifiedEvent::bytes))).collect();
    flood(field, peer, &frames);
}
