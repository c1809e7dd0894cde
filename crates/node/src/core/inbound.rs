//! From the network to the replica: worker threads decode messages and check signatures.
//!
//! Urgent messages (agreement) have a worker of their own, so that no amount of bulk delays a vote. The messages of one peer
//! go to one bulk worker, which keeps their order.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::thread;

use quorate_event::{Address, Canonical, Committee, KeyRing, Milestone, VerifiedVertex};
use quorate_replica::{CheckedVertices, PeerMessage, Replica, Summary, VerifiedMessage, Verifier, VertexValidator};
use quorate_transport::Bytes;
use quorate_transport::PeerId;
use quorate_transport::{GossipToken, GossipVerdict, NetError, NetEvent, NetEvents, NetHandle, Urgency, peer_address};
use tokio::sync::mpsc;

use super::quota::{BULK_QUOTA, PeerQuotas, QueuePermit, Quota, QuotaOwner, URGENT_QUEUE, URGENT_QUOTA};

/// Bulk messages that wait for one worker: 64 of at most 4 MiB. Messages beyond it are dropped, and sync repeats them.
const BULK_QUEUE: usize = 64;
/// Checked messages that wait for the core thread.
pub(super) const CHECKED_QUEUE: usize = 256;

/// An input from the network to the core thread.
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
        message: CheckedMessage,
        /// Held until the message is handled.
        permit: Option<QueuePermit>,
    },
    /// The peer sent a message that no honest peer sends.
    Fault {
        from: PeerId,
    },
}

/// A message after the checks that need no state.
pub(super) enum CheckedMessage {
    Agreement(VerifiedMessage),
    Summary(Summary),
    Want(Vec<quorate_event::EventId>),
    Vertices { vertices: Vec<VerifiedVertex>, early: Vec<Milestone> },
    SyncResponse { vertices: Vec<VerifiedVertex>, more: bool },
    GenesisWanted,
}

/// What the checks of messages depend on. It is fixed for a height, so workers use a copy.
#[derive(Clone)]
pub(super) struct VerificationContext {
    pub(super) validator: VertexValidator,
    pub(super) verifier: Verifier,
    /// The members of the height.
    committee: Arc<Committee>,
}

impl VerificationContext {
    pub(super) fn of(replica: &Replica) -> Self {
        let committee = Arc::new(replica.committee().clone());
        Self { validator: replica.vertex_validator(), verifier: replica.verifier(), committee }
    }
}

/// The present context. The core thread replaces it at each new height.
type SharedContext = Arc<RwLock<VerificationContext>>;

fn read(context: &SharedContext) -> RwLockReadGuard<'_, VerificationContext> {
    context.read().unwrap_or_else(PoisonError::into_inner)
}

struct Job {
    from: PeerId,
    bytes: Bytes,
    gossip: Option<GossipToken>,
    permit: Option<QueuePermit>,
}

/// Senders into the core thread; urgent ones are received first.
#[derive(Clone)]
pub(super) struct InboundSenders {
    pub(super) urgent: mpsc::Sender<Inbound>,
    pub(super) bulk: mpsc::Sender<Inbound>,
}

/// The worker threads.
struct Workers {
    urgent: UrgentWorker,
    bulk: Vec<SyncSender<Job>>,
    bulk_quotas: PeerQuotas,
}

/// The queue of the worker for urgent messages. It has room for every message that can have a permit.
struct UrgentWorker {
    jobs: mpsc::Sender<Job>,
    quotas: PeerQuotas,
    /// The address of the key that each connected peer proved to hold.
    addresses: HashMap<PeerId, Address>,
}

impl UrgentWorker {
    /// Queues a message if the quota of its sender allows it. Peers that are no members share one quota.
    fn enqueue(&mut self, mut job: Job, committee: &Committee) {
        let is_member = self.addresses.get(&job.from).is_some_and(|address| committee.contains(*address));
        let (owner, quota) = if is_member {
            (QuotaOwner::Peer(job.from), Quota::per_member(committee.members().len()))
        } else {
            (QuotaOwner::NonMembers, URGENT_QUOTA)
        };
        let Some(permit) = self.quotas.acquire(owner, job.bytes.len(), quota) else { return };
        job.permit = Some(permit);
        if self.jobs.try_send(job).is_err() {
            tracing::debug!("an urgent message was dropped: its worker is behind");
        }
    }
}

impl Workers {
    fn start(
        context: &SharedContext,
        to: &InboundSenders,
        verdicts: &mpsc::Sender<(GossipToken, GossipVerdict)>,
    ) -> Self {
        let count = thread::available_parallelism().map_or(1, |cores| cores.get().clamp(1, 8));
        let bulk = (0..count).map(|_| {
            let (sender, jobs) = sync_channel(BULK_QUEUE);
            worker(std::iter::from_fn(move || jobs.recv().ok()), context, &to.bulk, verdicts);
            sender
        });
        let (jobs, mut urgent) = mpsc::channel(URGENT_QUEUE);
        worker(std::iter::from_fn(move || urgent.blocking_recv()), context, &to.urgent, verdicts);
        let urgent = UrgentWorker { jobs, quotas: PeerQuotas::default(), addresses: HashMap::new() };
        Self { urgent, bulk: bulk.collect(), bulk_quotas: PeerQuotas::default() }
    }

    fn enqueue_bulk(&mut self, mut job: Job) {
        let Some(permit) = self.bulk_quotas.acquire(QuotaOwner::Peer(job.from), job.bytes.len(), BULK_QUOTA) else {
            return;
        };
        job.permit = Some(permit);
        // One worker for all messages of a peer keeps their order: parents arrive before children.
        let mut hasher = DefaultHasher::new();
        job.from.hash(&mut hasher);
        let worker = hasher.finish() % self.bulk.len() as u64;
        if self.bulk[worker as usize].try_send(job).is_err() {
            tracing::debug!("a message was dropped: its worker is behind");
        }
    }
}

/// Hands network events to the workers until the network ends, and returns how it ended.
pub(super) async fn run(
    mut events: NetEvents,
    net: NetHandle,
    context: SharedContext,
    to: InboundSenders,
) -> Result<(), NetError> {
    let (verdicts, verdicts_in) = mpsc::channel(BULK_QUEUE);
    tokio::spawn(forward_verdicts(verdicts_in, net));
    let mut workers = Workers::start(&context, &to, &verdicts);
    while let Some(event) = events.recv().await {
        let inbound = match event {
            NetEvent::Connected { peer } => peer_address(&peer).map(|address| {
                workers.urgent.addresses.insert(peer, Address::new(address));
                Inbound::Connected { peer, address }
            }),
            NetEvent::Disconnected { peer } => {
                workers.urgent.addresses.remove(&peer);
                Some(Inbound::Disconnected { peer })
            }
            NetEvent::Listening(_) | NetEvent::PeersChanged => None,
            NetEvent::Message { from, urgency, bytes } => {
                let job = Job { from, bytes, gossip: None, permit: None };
                match urgency {
                    Urgency::Urgent => {
                        let committee = Arc::clone(&read(&context).committee);
                        workers.urgent.enqueue(job, &committee);
                    }
                    Urgency::Bulk => workers.enqueue_bulk(job),
                }
                None
            }
            NetEvent::Gossip { from, token, bytes } => {
                workers.enqueue_bulk(Job { from, bytes, gossip: Some(token), permit: None });
                None
            }
        };
        let Some(inbound) = inbound else { continue };
        if to.urgent.send(inbound).await.is_err() {
            break;
        }
    }
    events.closed().await
}

async fn forward_verdicts(mut verdicts: mpsc::Receiver<(GossipToken, GossipVerdict)>, net: NetHandle) {
    while let Some((token, verdict)) = verdicts.recv().await {
        if net.verdict(token, verdict).await.is_err() {
            return;
        }
    }
}

fn worker(
    jobs: impl Iterator<Item = Job> + Send + 'static,
    context: &SharedContext,
    to: &mpsc::Sender<Inbound>,
    verdicts: &mpsc::Sender<(GossipToken, GossipVerdict)>,
) {
    let (context, to, verdicts) = (context.clone(), to.clone(), verdicts.clone());
    thread::spawn(move || work(jobs, &context, &to, &verdicts));
}

fn work(
    jobs: impl Iterator<Item = Job>,
    context: &SharedContext,
    to: &mpsc::Sender<Inbound>,
    verdicts: &mpsc::Sender<(GossipToken, GossipVerdict)>,
) {
    let mut keys = KeyRing::default();
    for Job { from, bytes, gossip, permit } in jobs {
        let checked = check(context, &bytes, &mut keys);
        let (checked, is_whole) = match checked {
            Some((message, is_whole)) => (Some(message), is_whole),
            None => (None, false),
        };
        if let Some(token) = gossip {
            let verdict = match &checked {
                Some(_) if is_whole => GossipVerdict::Accept,
                // A message that this node cannot check yet is propagated by the nodes that can.
                Some(_) => GossipVerdict::Ignore,
                None => GossipVerdict::Reject,
            };
            if verdicts.blocking_send((token, verdict)).is_err() {
                return;
            }
        }
        let inbound = match checked {
            Some(message) => Inbound::Message { from, message, permit },
            None => Inbound::Fault { from },
        };
        if to.blocking_send(inbound).is_err() {
            return;
        }
    }
}

/// The content of a message, and whether all of it could be checked. `None` if no honest peer sends such a message.
fn check(context: &SharedContext, bytes: &[u8], keys: &mut KeyRing) -> Option<(CheckedMessage, bool)> {
    let message = PeerMessage::from_bytes(bytes).ok()?;
    let context = || read(context).clone();
    let checked = match message {
        PeerMessage::Agreement(message) => context().verifier.verify(message).ok().map(CheckedMessage::Agreement)?,
        PeerMessage::Summary(summary) => CheckedMessage::Summary(summary),
        PeerMessage::Want(ids) => CheckedMessage::Want(ids),
        PeerMessage::GenesisWanted => CheckedMessage::GenesisWanted,
        // This node never requests a genesis here, since it has one.
        PeerMessage::Genesis(_) => return None,
        PeerMessage::Vertices(vertices) => {
            let arrivals = context().validator.check(&vertices, keys).ok()?;
            let is_whole = arrivals.is_whole();
            let CheckedVertices { vertices, early, .. } = arrivals;
            return Some((CheckedMessage::Vertices { vertices, early }, is_whole));
        }
        PeerMessage::SyncResponse(response) => {
            let CheckedVertices { vertices, left_out, .. } =
                context().validator.check_sync_response(&response, keys).ok()?;
            CheckedMessage::SyncResponse { vertices, more: response.more || left_out }
        }
    };
    Some((checked, true))
}

#[cfg(test)]
mod tests {
    use quorate_event::Stake;
    use quorate_transport::TransportConfig;

    use super::*;

    /// A peer, and the address of its key.
    fn peer(key: u8) -> (PeerId, Address) {
        let peer = TransportConfig::new([key; 32], [0; 32]).unwrap().peer_id();
        (peer, Address::new(peer_address(&peer).unwrap()))
    }

    fn committee(members: &[(PeerId, Address)]) -> Committee {
        Committee::new(members.iter().map(|(_, address)| (*address, Stake(1))).collect()).unwrap()
    }

    #[test]
    fn non_members_share_one_quota_and_each_member_has_its_own() {
        let (jobs, mut taken) = mpsc::channel(URGENT_QUEUE);
        let peers: Vec<(PeerId, Address)> = (1..=12).map(peer).collect();
        let (members, strangers) = peers.split_at(4);
        let (present, next) = (committee(members), committee(&members[1..]));
        let addresses = peers.iter().copied().collect();
        let mut worker = UrgentWorker { jobs, quotas: PeerQuotas::default(), addresses };
        let mut say = |taken: &mpsc::Receiver<Job>, peers: &[(PeerId, Address)], committee: &Committee| {
            for (from, _) in peers.iter().cycle().take(100 * peers.len()) {
                worker.enqueue(Job { from: *from, bytes: Bytes::new(), gossip: None, permit: None }, committee);
            }
            taken.len()
        };
        assert_eq!(say(&taken, strangers, &present), URGENT_QUOTA.messages);
        assert_eq!(say(&taken, &members[..1], &present), 2 * URGENT_QUOTA.messages);
        assert_eq!(say(&taken, members, &present), 5 * URGENT_QUOTA.messages);
        assert_eq!(
            say(&taken, &members[..1], &next),
            5 * URGENT_QUOTA.messages,
            "a former member counts as a non-member"
        );
        while taken.try_recv().is_ok() {}
        assert_eq!(say(&taken, &[peer(99)], &present), URGENT_QUOTA.messages, "a peer whose address is unknown");
        assert_eq!(say(&taken, &peers, &present), 5 * URGENT_QUOTA.messages);
    }
}
