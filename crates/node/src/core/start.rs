//! Starting the core: recovery from the store and the vote log, then the thread.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::thread;

use prometheus_client::registry::Registry;
use quorate_disk::store::{self, Cursor, Store, StoreBatch, StoreError, UNCHECKED};
use quorate_disk::vote_log::{self, KeyHistory, OpenedVoteLog, VoteLogError, VoteLogFiles, VoteLogWriter, VoteLoss};
use quorate_event::{Canonical, EventId, Genesis, Lane, SecretKey, VerifiedVertex};
use quorate_replica::{Output, RecoveryError, Replica, ReplicaConfig, Sharing, TrustConflict, TrustedMilestone};
use quorate_transport::{NetEvents, NetHandle};
use tokio::sync::{broadcast, mpsc, oneshot};

use super::clock::Clock;
use super::connected_peers::Names;
use super::handle::{Core, NOTICES, REQUESTS, STEPS};
use super::inbound::{self, CHECKED, Judges, ToCore};
use super::outbound::Outbound;
use super::outputs::{FORGET_AT, Fatal, World};
use super::proposal_latency::Proposals;
use super::thread::{CoreThread, DiskReport, Mailboxes, Run};

/// Reports of the disk threads that wait for the core thread; a full channel delays the next commit, no more.
const REPORTS: usize = 1_024;

/// What the core needs.
pub struct Parts {
    /// The network.
    pub genesis: Genesis,
    /// Signs this replica's events and votes.
    pub key: SecretKey,
    /// Whether intents share events.
    pub sharing: Sharing,
    /// A milestone that the operator knows to be true.
    pub trusted: Option<TrustedMilestone>,
    /// Whether the home had a genesis before this start: then it had a vote log too.
    pub returning: bool,
    /// Where the store is.
    pub store: PathBuf,
    /// Where the vote log is.
    pub votes: VoteLogFiles,
}

/// Why the core did not start, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vote log cannot be used.
    #[error(transparent)]
    VoteLog(#[from] VoteLogError),
    /// What is stored is not a replica of this network.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(#[source] std::io::Error),
    /// The network ended.
    #[error(transparent)]
    Net(#[from] quorate_transport::NetError),
    /// A disk write failed: what was acknowledged is safe, nothing more is acknowledged or signed.
    #[error("a disk write failed; see the log, mend the disk, then start the node again")]
    Disk,
    /// This node derives something else than a quorum certified.
    #[error(
        "milestone {height} was certified with other content than this node derives; \
         it signs nothing more. Keep its home for inspection and start with a fresh one"
    )]
    Divergence {
        /// At which milestone.
        height: u64,
    },
    /// The network certified another milestone than the operator trusts.
    #[error(
        "the network certified {certified} as milestone {height}, and --trusted-milestone says {trusted}: \
         it is not the network that you trust, or the milestone is mistyped. Ask somebody you trust for both, \
         then start with a fresh home"
    )]
    Contradicted {
        /// At which height.
        height: u64,
        /// What the network certified.
        certified: EventId,
        /// What the operator trusts.
        trusted: EventId,
    },
    /// The home holds another milestone than the operator trusts.
    #[error(
        "{0}: this home is not of the network that you trust; choose another --home, or correct --trusted-milestone"
    )]
    TrustConflict(#[from] TrustConflict),
    /// The core thread panicked, which is a defect.
    #[error("the core thread panicked, which is a defect: report it with the log")]
    Panicked,
}

/// A running core.
pub struct Running {
    /// To talk to it.
    pub core: Core,
    /// To read what it stored.
    pub store: Arc<Store>,
    /// Ends it.
    stop: oneshot::Sender<()>,
    /// How it ended.
    ended: oneshot::Receiver<Result<(), CoreError>>,
}

impl Running {
    /// Waits until the core ends by itself, which it does only when it cannot go on.
    ///
    /// # Errors
    /// Why it ended.
    pub async fn ended(&mut self) -> Result<(), CoreError> {
        (&mut self.ended).await.unwrap_or(Err(CoreError::Panicked))
    }

    /// Ends the core, and waits until what it handed to the disk is there.
    ///
    /// # Errors
    /// Why it had ended before.
    pub async fn stop(self) -> Result<(), CoreError> {
        // A core that ended by itself no longer listens.
        let _gone = self.stop.send(());
        self.ended.await.unwrap_or(Err(CoreError::Panicked))
    }
}

/// What lies on disk, open, and the threads that write it.
struct Disks {
    store: Arc<Store>,
    vote_log: VoteLogWriter,
    records: Vec<Vec<u8>>,
    votes_lost: bool,
    reports: mpsc::Receiver<DiskReport>,
}

impl Disks {
    fn open(parts: &Parts) -> Result<Self, CoreError> {
        let (reports, reports_in) = mpsc::channel(REPORTS);
        let from_store = reports.clone();
        // The core thread gone, a report tells nobody anything.
        let store = Store::open(&parts.store, move |report| {
            let _gone = from_store.blocking_send(DiskReport::Store(report));
        })?;
        let network = parts.genesis.network();
        let past = if parts.returning || !store.is_empty()? { KeyHistory::Used } else { KeyHistory::Fresh };
        let OpenedVoteLog { log, last_signed, records, loss } =
            vote_log::open(&parts.votes, *network.as_bytes(), past)?;
        if let Some(loss) = loss {
            warn_of(loss, &parts.votes);
        }
        let vote_log = VoteLogWriter::start(log, last_signed, move |report| {
            let _gone = reports.blocking_send(DiskReport::VoteLog(report));
        })
        .map_err(CoreError::Thread)?;
        Ok(Self { store: Arc::new(store), vote_log, records, votes_lost: loss.is_some(), reports: reports_in })
    }
}

/// The replica that the disks hold, and what it wants done first.
fn recover(parts: Parts, disks: &Disks, clock: Clock) -> Result<(Replica, Vec<Output>), CoreError> {
    let stored = stored_vertices(&disks.store, parts.genesis.network())?;
    let lane = lane(&disks.store, disks.votes_lost)?;
    let Parts { genesis, key, sharing, trusted, .. } = parts;
    let config = ReplicaConfig { sharing, votes_lost: disks.votes_lost, ..ReplicaConfig::new(genesis, key, lane) };
    let (mut replica, outputs) = Replica::recover(config, stored, &disks.records, clock.now())?;
    trusted.map_or(Ok(()), |trusted| replica.trust(trusted))?;
    Ok((replica, outputs))
}

/// Recovers the replica and starts the core, whose metrics are added to `metrics`.
///
/// # Errors
/// What cannot be used, and what to do.
pub async fn start(
    parts: Parts,
    net: NetHandle,
    events: NetEvents,
    metrics: &mut Registry,
) -> Result<Running, CoreError> {
    let (network, genesis) = (parts.genesis.network(), parts.genesis.to_bytes());
    let (clock, disks) = (Clock::start(), Disks::open(&parts)?);
    let (replica, outputs) = recover(parts, &disks, clock)?;
    let Disks { store, vote_log, reports: disk, .. } = disks;
    let judges = Judges::of(&replica);
    let judged = judges.verifier.height();
    let judges = Arc::new(RwLock::new(judges));
    let (asks, asks_in) = mpsc::channel(REQUESTS);
    let (notices, _) = broadcast::channel(NOTICES);
    let (steps, _) = broadcast::channel(STEPS);
    let (urgent, urgent_in) = mpsc::channel(CHECKED);
    let (bulk, bulk_in) = mpsc::channel(CHECKED);
    let (stop, stop_in) = oneshot::channel();
    let core = Core { asks, notices: notices.clone(), steps: steps.clone() };
    let world = World {
        outbound: Outbound::start(net.clone(), Arc::clone(&store), network),
        net: net.clone(),
        store: Arc::clone(&store),
        vote_log,
        names: Names::default(),
        genesis,
        notices,
        steps,
        noticed: 0,
        answers: BTreeMap::new(),
        finalities: BTreeMap::new(),
        forget_at: FORGET_AT,
        batches: VecDeque::new(),
        votes: VecDeque::new(),
        proposals: Proposals::new(clock, replica.address(), metrics),
    };
    let mailboxes = Mailboxes { disk, urgent: urgent_in, asks: asks_in, bulk: bulk_in, stop: stop_in };
    let thread =
        CoreThread { replica, world, clock, requests: 0, judges: Arc::clone(&judges), judged, run: Run::default() };
    let network_ended = tokio::spawn(inbound::run(events, net, judges, ToCore { urgent, bulk }));
    let ended = spawn(thread, outputs, mailboxes, network_ended)?;
    Ok(Running { core, store, stop, ended })
}

/// Says why this member is silent, and how its owner ends that where nobody else can.
fn warn_of(loss: VoteLoss, votes: &VoteLogFiles) {
    let what = match loss {
        VoteLoss::Gone => "the vote log is gone".to_owned(),
        VoteLoss::Behind { log, signed } => {
            format!("the vote log ends at vote {log} of {signed}, as an old copy that was put back does")
        }
        VoteLoss::Noted => "the vote log was lost".to_owned(),
    };
    tracing::warn!(
        "{what}: this member casts no vote until two heights beyond what the others report. If every member says so, \
         nobody is left to report: then stop all of them, remove {} at each, and start them again",
        votes.last_signed.display()
    );
}

/// This installation's lane: drawn once, kept in the store, so that whoever loses the store writes in a fresh one. So does
/// whoever lost votes: the store may be as old as the log, and not know how far its lane went.
fn lane(store: &Store, votes_lost: bool) -> Result<Lane, CoreError> {
    const LANE: &str = "lane";
    let known = store.meta(LANE)?.and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)));
    if let Some(lane) = known.filter(|_| !votes_lost) {
        return Ok(Lane(lane));
    }
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| CoreError::Thread(error.into()))?;
    let mut batch = StoreBatch::new(store::WriteTicket(0));
    batch.meta.push(store::NamedValue { key: LANE.to_owned(), value: Some(bytes.to_vec()) });
    // The writer keeps the order of submissions: the lane is on disk before any event in it.
    store.try_submit(batch).map_err(|_| CoreError::Disk)?;
    Ok(Lane(u32::from_be_bytes(bytes)))
}

fn stored_vertices(store: &Store, network: quorate_event::NetworkId) -> Result<Vec<VerifiedVertex>, CoreError> {
    let mut vertices = Vec::new();
    for record in store.replay(Cursor::START)? {
        let record = record?;
        let is_unchecked = record.flags & UNCHECKED != 0;
        let read = if is_unchecked { VerifiedVertex::from_store_unchecked } else { VerifiedVertex::from_store };
        vertices.push(read(&record.bytes, network).map_err(RecoveryError::from)?);
    }
    Ok(vertices)
}

type Ended = oneshot::Receiver<Result<(), CoreError>>;

/// Starts the core thread, with a runtime of its own kind on it: the replica's steps must not hold up other tasks.
fn spawn(
    mut thread: CoreThread,
    outputs: Vec<Output>,
    mailboxes: Mailboxes,
    network_ended: tokio::task::JoinHandle<Result<(), quorate_transport::NetError>>,
) -> Result<Ended, CoreError> {
    let (tell, ended) = oneshot::channel();
    let runtime = tokio::runtime::Handle::current();
    let run = move || {
        let result = runtime.block_on(async move {
            thread.world.do_all(outputs)?;
            tokio::select! {
                result = thread.run(mailboxes) => result.map_err(CoreError::from),
                network = network_ended => network.unwrap_or(Err(quorate_transport::NetError::Panicked)).map_err(CoreError::from),
            }
        });
        // Nobody may be waiting any more.
        let _gone = tell.send(result);
    };
    thread::Builder::new().name("core".to_owned()).spawn(run).map_err(CoreError::Thread)?;
    Ok(ended)
}

impl From<Fatal> for CoreError {
    fn from(fatal: Fatal) -> Self {
        match fatal {
            Fatal::Disk => Self::Disk,
            Fatal::Divergence { height } => Self::Divergence { height: height.0 },
            Fatal::Contradicted { height, certified, trusted } => {
                Self::Contradicted { height: height.0, certified, trusted }
            }
        }
    }
}
