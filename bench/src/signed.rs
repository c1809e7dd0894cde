//! The worst case, one signature for each edit: the time to receive the events, and to check the signatures alone.

use std::error::Error;

use secp256k1::ecdsa::{self, Signature};
use secp256k1::{Message, PublicKey, SecretKey};

use crate::measure::cpu_ms;
use crate::peers::{TextPeer, ours::Everything};
use crate::report::say;
use crate::trace::{Patch, Trace};

/// Both are measured in turns, under the same load.
const TURNS: usize = 100;

/// The first `edits` patches of a trace, an event each: signatures checked, placed in the graph and folded, by a replica
/// that knows nothing; and as many signatures, with nothing but libsecp256k1.
pub fn one_event_each(trace: &Trace, edits: usize) -> Result<(), Box<dyn Error>> {
    let patches: Vec<_> = trace.patches().into_iter().take(edits).collect();
    let mut writer = Everything::empty(0);
    let updates: Vec<_> = patches.iter().map(|patch| writer.update(std::slice::from_ref(patch))).collect();
    let signatures = signatures(patches.len());
    let (mut reader, mut received_ms, mut checked_ms) = (Everything::empty(1), 0.0, 0.0);
    let turn = updates.len().div_ceil(TURNS);
    for (updates, signatures) in updates.chunks(turn).zip(signatures.chunks(turn)) {
        let (ms, checked) = cpu_ms(|| signatures.iter().all(Signed::is_good));
        checked_ms += ms;
        let (ms, received) = cpu_ms(|| updates.iter().try_for_each(|update| reader.receive(update)));
        received_ms += ms;
        received?;
        if !checked {
            return Err("a good signature is refused".into());
        }
    }
    let rate = |ms: f64| patches.len() as f64 / ms * 1e3;
    say("received", rate(received_ms));
    say("checked", rate(checked_ms));
    say("share", checked_ms / received_ms * 1e2);
    if reader.text() == Some(typed(&patches)) { Ok(()) } else { Err("another text".into()) }
}

struct Signed {
    message: Message,
    signature: Signature,
    key: PublicKey,
}

impl Signed {
    fn is_good(&self) -> bool {
        self.signature.verify(self.message, &self.key).is_ok()
    }
}

fn signatures(count: usize) -> Vec<Signed> {
    let secret = SecretKey::from_secret_bytes([1; 32]).expect("a small number is a key");
    let signed = |number: usize| {
        let mut digest = [7; 32];
        digest[..8].copy_from_slice(&number.to_be_bytes());
        let message = Message::from_digest(digest);
        Signed { message, signature: ecdsa::sign(message, &secret), key: secret.public_key() }
    };
    (0..count).map(signed).collect()
}

/// The effect of the patches on plain characters.
fn typed(patches: &[Patch]) -> String {
    let mut text = Vec::new();
    for Patch(at, removed, inserted) in patches {
        text.splice(*at..at + removed, inserted.chars());
    }
    text.into_iter().collect()
}
