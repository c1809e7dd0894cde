//! From the network to the replica: decoding and signature checks on worker threads, urgent messages on one of their own.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::thread;

use libp2p::PeerId;
use libp2p::bytes::Bytes;
use quorate_event::{Canonical, KeyRing, Milestone, VerifiedVertex};
use quorate_replica::{Arrivals, Doorkeeper, PeerMessage, Replica, Summary, VerifiedMessage, Verifier};
use tokio::sync::mpsc;

use crate::net::{NetError, NetEvent, NetEvents, NetHandle, Token, Urgency, Verdict, peer_address};

/// What one peer may have waiting for a worker, which others need too, or for the core thread.
#[derive(Clone, Copy)]
struct Share {
    messages: usize,
    bytes: usize,
}

/// Of bulk two of the longest messages. Read, they may weigh twice as much.
const BULK: Share = Share { messages: 32, bytes: 8 << 20 };
/// Of urgent messages what is said of two heights, so that no peer's flood takes the place of what others say.
const URGENT: Share = Share { messages: 16, bytes: 4 << 20 };
/// Messages that wait for one worker: 64 of at most 4 MiB. Sync asks again for what is dropped beyond it.
const WAITING: usize = 64;
/// Checked messages that wait for the core thread.
pub(super) const CHECKED: usize = 256;

/// What the core thread hears of the network.
pub(super) enum Inbound {
    Connected {
        peer: PeerId,
        address: [u8; 20],
    },
    Disconnected {
        peer: PeerId,
    },
    Message {
        from: PeerId,
        message: Checked,
        /// Kept until the message is dealt with.
        place: Option<Place>,
    },
    /// No honest peer sends such a thing.
    Fault {
        from: PeerId,
    },
}

/// A message after the checks that need no state.
pub(super) enum Checked {
    Agreement(VerifiedMessage),
    Summary(Summary),
    Want(Vec<quorate_event::EventId>),
    Vertices { vertices: Vec<VerifiedVertex>, early: Vec<Milestone> },
    Rest { vertices: Vec<VerifiedVertex>, more: bool },
    GenesisWanted,
}

/// What judges messages of the height under way, and vertices up to there.
#[derive(Clone)]
pub(super) struct Judges {
    pub(super) door: Doorkeeper,
    pub(super) verifier: Verifier,
}

impl Judges {
    pub(super) fn of(replica: &Replica) -> Self {
        Self { door: replica.doorkeeper(), verifier: replica.verifier() }
    }
}

/// What the workers need to know, kept up to date by the core thread.
type Context = Arc<RwLock<Judges>>;

struct Job {
    from: PeerId,
    bytes: Bytes,
    gossip: Option<Token>,
    place: Option<Place>,
}

/// What one peer's messages weigh, from their arrival until they are dealt with.
#[derive(Default)]
struct Load {
    messages: AtomicUsize,
    bytes: AtomicUsize,
}

/// A message's share of its sender's load, as long as it lives.
pub(super) struct Place {
    load: Arc<Load>,
    bytes: usize,
}

impl Place {
    /// Nothing if the sender has enough waiting.
    fn take(load: Arc<Load>, bytes: usize, share: Share) -> Option<Self> {
        // Only the one task that hands out places adds to a load.
        let messages = load.messages.load(Ordering::Relaxed);
        if messages >= share.messages || load.bytes.load(Ordering::Relaxed) + bytes > share.bytes {
            return None;
        }
        load.messages.fetch_add(1, Ordering::Relaxed);
        load.bytes.fetch_add(bytes, Ordering::Relaxed);
        Some(Self { load, bytes })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.load.messages.fetch_sub(1, Ordering::Relaxed);
        self.load.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Senders into the core thread; urgent ones are received first.
#[derive(Clone)]
pub(super) struct ToCore {
    pub(super) urgent: mpsc::Sender<Inbound>,
    pub(super) bulk: mpsc::Sender<Inbound>,
}

/// The worker threads: urgent messages have one of their own. Of the rest a peer's go to one worker, so that they stay in
/// order: what builds on an earlier message does not overtake it.
struct Workers {
    urgent: SyncSender<Job>,
    bulk: Vec<SyncSender<Job>>,
    bulk_waiting: Loads,
    urgent_waiting: Loads,
}

/// What each peer has waiting, as long as it has.
#[derive(Default)]
struct Loads(HashMap<PeerId, Weak<Load>>);

impl Loads {
    /// Gives a message its place; nothing if its sender has its share already.
    fn place(&mut self, job: &Job, share: Share) -> Option<Place> {
        self.0.retain(|_, waiting| waiting.strong_count() > 0);
        let known = self.0.entry(job.from).or_default();
        let load = known.upgrade().unwrap_or_default();
        *known = Arc::downgrade(&load);
        let place = Place::take(load, job.bytes.len(), share);
        if place.is_none() {
            tracing::debug!(from = %job.from, "a message was dropped: its sender is ahead of this node");
        }
        place
    }
}

impl Workers {
    fn start(context: &Context, to: &ToCore, verdicts: &mpsc::Sender<(Token, Verdict)>) -> Self {
        let count = thread::available_parallelism().map_or(1, |cores| cores.get().clamp(1, 8));
        let bulk = (0..count).map(|_| worker(context, to.bulk.clone(), verdicts.clone()));
        let urgent = worker(context, to.urgent.clone(), verdicts.clone());
        Self { urgent, bulk: bulk.collect(), bulk_waiting: Loads::default(), urgent_waiting: Loads::default() }
    }

    fn urgent(&mut self, mut job: Job) {
        let Some(place) = self.urgent_waiting.place(&job, URGENT) else { return };
        job.place = Some(place);
        hand(&self.urgent, job);
    }

    fn bulk(&mut self, mut job: Job) {
        let Some(place) = self.bulk_waiting.place(&job, BULK) else { return };
        job.place = Some(place);
        let mut hasher = DefaultHasher::new();
        job.from.hash(&mut hasher);
        let worker = hasher.finish() % self.bulk.len() as u64;
        hand(&self.bulk[worker as usize], job);
    }
}

fn hand(worker: &SyncSender<Job>, job: Job) {
    if worker.try_send(job).is_err() {
        tracing::debug!("a message was dropped: its worker is behind");
    }
}

/// Hands network events to workers until the network ends; then says how it ended.
pub(super) async fn run(mut events: NetEvents, net: NetHandle, context: Context, to: ToCore) -> Result<(), NetError> {
    let (verdicts, verdicts_in) = mpsc::channel(WAITING);
    tokio::spawn(give_verdicts(verdicts_in, net));
    let mut workers = Workers::start(&context, &to, &verdicts);
    while let Some(event) = events.recv().await {
        let told = match event {
            NetEvent::Connected { peer } => peer_address(&peer).map(|address| Inbound::Connected { peer, address }),
            NetEvent::Disconnected { peer } => Some(Inbound::Disconnected { peer }),
            NetEvent::Listening(_) | NetEvent::PeersChanged => None,
            NetEvent::Message { from, urgency, bytes } => {
                let job = Job { from, bytes, gossip: None, place: None };
                match urgency {
                    Urgency::Urgent => workers.urgent(job),
                    Urgency::Bulk => workers.bulk(job),
                }
                None
            }
            NetEvent::Gossip { from, token, bytes } => {
                workers.bulk(Job { from, bytes, gossip: Some(token), place: None });
                None
            }
        };
        let Some(told) = told else { continue };
        if to.urgent.send(told).await.is_err() {
            break;
        }
    }
    events.closed().await
}

async fn give_verdicts(mut verdicts: mpsc::Receiver<(Token, Verdict)>, net: NetHandle) {
    while let Some((token, verdict)) = verdicts.recv().await {
        if net.verdict(token, verdict).await.is_err() {
            return;
        }
    }
}

fn worker(context: &Context, to: mpsc::Sender<Inbound>, verdicts: mpsc::Sender<(Token, Verdict)>) -> SyncSender<Job> {
    let (sender, jobs) = sync_channel(WAITING);
    let context = context.clone();
    thread::spawn(move || work(&context, &jobs, &to, &verdicts));
    sender
}

fn work(
    context: &Context,
    jobs: &Receiver<Job>,
    to: &mpsc::Sender<Inbound>,
    verdicts: &mpsc::Sender<(Token, Verdict)>,
) {
    let mut keys = KeyRing::default();
    while let Ok(Job { from, bytes, gossip, place }) = jobs.recv() {
        let checked = check(context, &bytes, &mut keys);
        let (checked, is_whole) = match checked {
            Some((message, is_whole)) => (Some(message), is_whole),
            None => (None, false),
        };
        if let Some(token) = gossip {
            let verdict = match &checked {
                Some(_) if is_whole => Verdict::Accept,
                // What cannot be judged yet is passed on by those who can.
                Some(_) => Verdict::Ignore,
                None => Verdict::Reject,
            };
            if verdicts.blocking_send((token, verdict)).is_err() {
                return;
            }
        }
        let inbound = match checked {
            Some(message) => Inbound::Message { from, message, place },
            None => Inbound::Fault { from },
        };
        if to.blocking_send(inbound).is_err() {
            return;
        }
    }
}

/// What a message says, and whether all of it could be judged. Nothing if no honest peer would have sent it.
fn check(context: &Context, bytes: &[u8], keys: &mut KeyRing) -> Option<(Checked, bool)> {
    let message = PeerMessage::from_bytes(bytes).ok()?;
    let judges = || context.read().unwrap_or_else(PoisonError::into_inner).clone();
    let checked = match message {
        PeerMessage::Agreement(message) => judges().verifier.verify(message).ok().map(Checked::Agreement)?,
        PeerMessage::Summary(summary) => Checked::Summary(summary),
        PeerMessage::Want(ids) => Checked::Want(ids),
        PeerMessage::GenesisWanted => Checked::GenesisWanted,
        // Nobody was asked for one: this node has it.
        PeerMessage::Genesis(_) => return None,
        PeerMessage::Vertices(vertices) => {
            let arrivals = judges().door.check(&vertices, keys).ok()?;
            let is_whole = arrivals.is_whole();
            let Arrivals { vertices, early, .. } = arrivals;
            return Some((Checked::Vertices { vertices, early }, is_whole));
        }
        PeerMessage::Rest(rest) => {
            let Arrivals { vertices, left_out, .. } = judges().door.check_rest(&rest, keys).ok()?;
            Checked::Rest { vertices, more: rest.more || left_out }
        }
    };
    Some((checked, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_so_many_messages_and_bytes_waiting_and_no_more_until_one_is_dealt_with() {
        let load = Arc::new(Load::default());
        let take = |bytes| Place::take(Arc::clone(&load), bytes, BULK);
        let mut places: Vec<_> = (0..BULK.messages).map(|_| take(1).unwrap()).collect();
        assert!(take(1).is_none());
        places.pop();
        assert!(take(1).is_some());
        places.clear();
        let large = take(BULK.bytes - 1);
        assert!(large.is_some() && take(2).is_none() && take(1).is_some());
        drop(large);
        assert!(take(BULK.bytes).is_some());
    }

    #[test]
    fn a_peer_s_flood_of_urgent_messages_leaves_others_their_places() {
        let mut loads = Loads::default();
        let [flooder, honest] = [PeerId::random(), PeerId::random()];
        let mut place = |from| loads.place(&Job { from, bytes: Bytes::new(), gossip: None, place: None }, URGENT);
        let held: Vec<Option<Place>> = (0..2 * WAITING).map(|_| place(flooder)).collect();
        assert_eq!(held.iter().flatten().count(), URGENT.messages);
        assert!(URGENT.messages < WAITING && place(honest).is_some() && place(flooder).is_none());
        drop(held);
        assert!(place(flooder).is_some());
    }
}
