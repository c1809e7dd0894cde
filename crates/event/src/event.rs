//! Events: written by an author, signed, named by the hash of their body.
//!
//! ```text
//!  EventBody --sign--> SignedEvent --verify, or covered--> VerifiedEvent
//!                          ^ decode(bytes)                     ^ from_store(bytes)
//! ```

use std::fmt;
use std::sync::Arc;

use crate::address::Address;
use crate::cbor::{Canonical, CborReader, CborWriter, DecodeError, FORMAT_VERSION};
use crate::eip712::personal_message;
use crate::hash::blake3;
use crate::id::{EventId, NetworkId};
use crate::limits;
use crate::payload::Payload;
use crate::signature::{KeyRing, SecretKey, Signature, SignatureError};

const ID_DOMAIN: &[u8] = b"quorate/event/1";
/// The vertex kind of an event.
pub(crate) const KIND_EVENT: u64 = 0;

/// One installation of an author's key: drawn at random, fresh after a restore from a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(pub u32);

/// The place of an event in its lane, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl Seq {
    /// The place after this one; the last place of all has none.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

/// Milliseconds since the Unix epoch. In an event it is a claim: shown, never judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

/// What an author signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBody {
    /// Who writes.
    pub author: Address,
    /// With which installation of its key.
    pub lane: Lane,
    /// The place in that lane, from 1.
    pub seq: Seq,
    /// First the lane's previous event, or M0; then up to 15 other heads. All different.
    pub parents: Vec<EventId>,
    /// When, by the author's own clock.
    pub time: Timestamp,
    /// What it says.
    pub payload: Payload,
}

/// Why an event is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Not an event of the format.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The signature does not count.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// An event is signed by its author's key.
    #[error("the key of {key:?} cannot sign an event of {author:?}")]
    NotTheAuthor {
        /// The key's address.
        key: Address,
        /// The author named in the body.
        author: Address,
    },
}

impl EventBody {
    /// The name of the event with this body: BLAKE3("quorate/event/1" ‖ network ‖ body), whatever signature it gets.
    pub fn id(&self, network: NetworkId) -> EventId {
        id_of(&self.to_bytes(), network)
    }
}

fn id_of(body: &[u8], network: NetworkId) -> EventId {
    EventId::new(blake3(&[ID_DOMAIN, network.as_bytes(), body]))
}

impl Canonical for EventBody {
    fn encode(&self, to: &mut CborWriter) {
        to.map(7).key(0).uint(FORMAT_VERSION);
        to.key(1).bytes(self.author.as_bytes());
        to.key(2).uint(u64::from(self.lane.0));
        to.key(3).uint(self.seq.0);
        to.key(4).list(&self.parents, |to, parent| {
            to.bytes(parent.as_bytes());
        });
        to.key(5).uint(self.time.0);
        self.payload.encode(to.key(6));
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.map(7, "event body")?;
        from.key(0, "event body")?;
        from.version()?;
        from.key(1, "event body")?;
        let author = from.address()?;
        from.key(2, "event body")?;
        let lane = Lane(from.u32("lane")?);
        from.key(3, "event body")?;
        let seq = Seq(from.uint("seq")?);
        from.key(4, "event body")?;
        let parents = from.list(limits::EVENT_PARENTS, "parents", CborReader::event_id)?;
        from.key(5, "event body")?;
        let time = Timestamp(from.uint("time")?);
        from.key(6, "event body")?;
        let payload = Payload::decode(from)?;
        if seq.0 == 0 {
            return Err(DecodeError::OutOfRange { what: "seq" });
        }
        let mut sorted = parents.clone();
        sorted.sort_unstable();
        if parents.is_empty() || sorted.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(DecodeError::OutOfRange { what: "parents" });
        }
        Ok(Self { author, lane, seq, parents, time, payload })
    }
}

/// An event with an unverified signature.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedEvent {
    id: EventId,
    body: EventBody,
    signature: Signature,
    bytes: Arc<[u8]>,
}

impl SignedEvent {
    /// Signs `body` with its author's key.
    ///
    /// # Errors
    /// When the key is not the author's, or the body breaks the format or its limits.
    pub fn sign(body: EventBody, network: NetworkId, key: &SecretKey) -> Result<Self, EventError> {
        if key.address() != body.author {
            return Err(EventError::NotTheAuthor { key: key.address(), author: body.author });
        }
        let body_bytes = body.to_bytes();
        let body = EventBody::from_bytes(&body_bytes)?;
        let id = id_of(&body_bytes, network);
        let signature = key.sign_digest(personal_message(id.as_bytes()));
        let bytes = envelope(&body_bytes, &signature);
        check_size(&bytes)?;
        Ok(Self { id, body, signature, bytes: bytes.into() })
    }

    /// Reads a signed event; its id is recomputed from its body.
    ///
    /// # Errors
    /// When the bytes are not a canonical event within the format's limits.
    pub fn decode(bytes: &[u8], network: NetworkId) -> Result<Self, EventError> {
        check_size(bytes)?;
        let mut reader = CborReader::new(bytes);
        reader.array(4, "event")?;
        reader.version()?;
        if reader.uint("vertex kind")? != KIND_EVENT {
            return Err(DecodeError::OutOfRange { what: "vertex kind" }.into());
        }
        let body_bytes = reader.bytes("event body")?;
        let signature = Signature::decode(&mut reader)?;
        if envelope(body_bytes, &signature) != bytes {
            return Err(DecodeError::NotCanonical.into());
        }
        let body = EventBody::from_bytes(body_bytes)?;
        Ok(Self { id: id_of(body_bytes, network), body, signature, bytes: bytes.into() })
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// Why the signature does not count.
    pub fn verify(self, keys: &mut KeyRing) -> Result<VerifiedEvent, EventError> {
        self.check(keys)?;
        Ok(VerifiedEvent::signed(self))
    }

    fn check(&self, keys: &mut KeyRing) -> Result<(), SignatureError> {
        keys.check(&self.signature, self.body.author, personal_message(self.id.as_bytes()))
    }

    /// The event's name.
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// What was signed.
    pub const fn body(&self) -> &EventBody {
        &self.body
    }

    /// The event as it travels and is stored.
    pub const fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }
}

fn envelope(body: &[u8], signature: &Signature) -> Vec<u8> {
    let mut writer = CborWriter::default();
    writer.array(4).uint(FORMAT_VERSION).uint(KIND_EVENT).bytes(body);
    signature.encode(&mut writer);
    writer.into_bytes()
}

fn check_size(bytes: &[u8]) -> Result<(), DecodeError> {
    if bytes.len() <= limits::EVENT_BYTES {
        return Ok(());
    }
    let (found, limit) = (bytes.len() as u64, limits::EVENT_BYTES as u64);
    Err(DecodeError::TooLarge { what: "event", found, limit })
}

impl fmt::Debug for SignedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} by {:?} {}/{}", self.id, self.body.author, self.body.lane.0, self.body.seq.0)
    }
}

/// Why an event counts as written by its author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// Its signature was checked here.
    Signature,
    /// A verified milestone covers its id. A quorum has checked a signature of this id; but an id does not bind the
    /// signature's bytes, and this node has not checked the bytes that it received.
    Milestone,
}

/// An event that its author has written for certain: see [`Authentication`]. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedEvent {
    event: Arc<SignedEvent>,
    authentication: Authentication,
}

impl VerifiedEvent {
    fn signed(event: SignedEvent) -> Self {
        Self { event: Arc::new(event), authentication: Authentication::Signature }
    }

    /// Signs `body` with its author's key: what was just signed needs no check.
    ///
    /// # Errors
    /// As [`SignedEvent::sign`].
    pub fn sign(body: EventBody, network: NetworkId, key: &SecretKey) -> Result<Self, EventError> {
        SignedEvent::sign(body, network, key).map(Self::signed)
    }

    /// An event that we stored ourselves: the id is recomputed, the signature was checked before it was stored.
    ///
    /// # Errors
    /// When the bytes are not an event: the store is damaged.
    pub fn from_store(bytes: &[u8], network: NetworkId) -> Result<Self, EventError> {
        SignedEvent::decode(bytes, network).map(Self::signed)
    }

    /// An event below a verified milestone: its id is recomputed, its signature stays unchecked. The caller holds
    /// the proof that the milestone covers that id, or held it when the event was stored.
    pub(crate) fn covered(event: SignedEvent) -> Self {
        Self { event: Arc::new(event), authentication: Authentication::Milestone }
    }

    /// The same with its signature checked, if it was not.
    ///
    /// # Errors
    /// Why the signature does not count. The author did sign this event, but these bytes do not prove it to others.
    pub fn check_signature(self, keys: &mut KeyRing) -> Result<Self, EventError> {
        match self.authentication {
            Authentication::Signature => Ok(self),
            Authentication::Milestone => {
                self.event.check(keys)?;
                Ok(Self { authentication: Authentication::Signature, ..self })
            }
        }
    }

    /// Why it counts as written by its author.
    pub const fn authentication(&self) -> Authentication {
        self.authentication
    }

    /// The event's name.
    pub fn id(&self) -> EventId {
        self.event.id
    }

    /// What was signed.
    pub fn body(&self) -> &EventBody {
        &self.event.body
    }

    /// The event as it travels and is stored.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.event.bytes
    }
}

impl fmt::Debug for VerifiedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.event.fmt(f)
    }
}
