//! Starting the core: recovery from the store and the vote log, then the core thread.

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

use super::clock::NodeClock;
use super::handle::{CoreHandle, NOTICE_QUEUE, REQUEST_QUEUE, STEP_QUEUE};
use super::inbound::{self, CHECKED_QUEUE, InboundSenders, VerificationContext};
use super::outbound::Outbound;
use super::outputs::{CoreOutputs, Fatal, PURGE_AT};
use super::peer_directory::PeerDirectory;
use super::proposal_latency::ProposalLatency;
use super::thread::{CoreThread, DiskReport, Mailboxes, UrgentBurst};

/// Reports of the disk threads that wait for the core thread. A full channel only delays the next commit.
const REPORT_QUEUE: usize = 1_024;

/// The configuration of the core.
pub struct CoreConfig {
    /// The network.
    pub genesis: Genesis,
    /// The key that signs the events and votes of this replica.
    pub key: SecretKey,
    /// Whether writes of several clients may share an event.
    pub sharing: Sharing,
    /// A milestone that the operator knows to be true.
    pub trusted: Option<TrustedMilestone>,
    /// Whether the home had a genesis before this start. Then it had a vote log too, and a missing one was lost.
    pub returning: bool,
    /// The file of the store.
    pub store: PathBuf,
    /// The files of the vote log.
    pub votes: VoteLogFiles,
}

/// An error that prevents the start of the core, or ends it.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vote log cannot be used.
    #[error(transparent)]
    VoteLog(#[from] VoteLogError),
    /// The stored vertices are not those of a replica of this network.
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
    /// This node derives other roots than a quorum certified.
    #[error(
        "milestone {height} was certified with other content than this node derives; \
         it signs nothing more. Keep its home for inspection and start with a fresh one"
    )]
    Divergence {
        /// The height of the milestone.
        height: u64,
    },
    /// The network certified another milestone than the operator trusts.
    #[error(
        "the network certified {certified} as milestone {height}, and --trusted-milestone says {trusted}: \
         it is not the network that you trust, or the milestone is mistyped. Ask somebody you trust for both, \
         then start with a fresh home"
    )]
    Contradicted {
        /// The height of both.
        height: u64,
        /// The milestone that the network certified.
        certified: EventId,
        /// The milestone that the operator trusts.
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
pub struct RunningCore {
    /// The handle for requests.
    pub core: CoreHandle,
    /// The store, for reading.
    pub store: Arc<Store>,
    /// Requests the end.
    stop: oneshot::Sender<()>,
    /// The result of the core thread.
    ended: oneshot::Receiver<Result<(), CoreError>>,
}

impl RunningCore {
    /// Waits until the core ends without a request, which it does only after an error.
    ///
    /// # Errors
    /// The error that ended it.
    pub async fn ended(&mut self) -> Result<(), CoreError> {
        (&mut self.ended).await.unwrap_or(Err(CoreError::Panicked))
    }

    /// Ends the core, and waits until all that it handed to the disk threads is written.
    ///
    /// # Errors
    /// The error that had ended it before.
    pub async fn stop(self) -> Result<(), CoreError> {
        // A core that has ended has no receiver any more.
        let _gone = self.stop.send(());
        self.ended.await.unwrap_or(Err(CoreError::Panicked))
    }
}

/// The open store and vote log, and the threads that write them.
struct OpenDisk {
    store: Arc<Store>,
    vote_log: VoteLogWriter,
    records: Vec<Vec<u8>>,
    votes_lost: bool,
    reports: mpsc::Receiver<DiskReport>,
}

impl OpenDisk {
    fn open(config: &CoreConfig) -> Result<Self, CoreError> {
        let (reports, reports_in) = mpsc::channel(REPORT_QUEUE);
        let from_store = reports.clone();
        // After the end of the core thread, reports have no receiver.
        let store = Store::open(&config.store, move |report| {
            let _gone = from_store.blocking_send(DiskReport::Store(report));
        })?;
        let network = config.genesis.network();
        let past = if config.returning || !store.is_empty()? { KeyHistory::Used } else { KeyHistory::Fresh };
        let OpenedVoteLog { log, last_signed, records, loss } =
            vote_log::open(&config.votes, *network.as_bytes(), past)?;
        if let Some(loss) = loss {
            warn_of(loss, &config.votes);
        }
        let vote_log = VoteLogWriter::start(log, last_signed, move |report| {
            let _gone = reports.blocking_send(DiskReport::VoteLog(report));
        })
        .map_err(CoreError::Thread)?;
        Ok(Self { store: Arc::new(store), vote_log, records, votes_lost: loss.is_some(), reports: reports_in })
    }
}

/// The replica that the disk hold, and what it wants done first.
fn recover(config: CoreConfig, disk: &OpenDisk, clock: NodeClock) -> Result<(Replica, Vec<Output>), CoreError> {
    let stored = stored_vertices(&disk.store, config.genesis.network())?;
    let lane = lane(&disk.store, disk.votes_lost)?;
    let CoreConfig { genesis, key, sharing, trusted, .. } = config;
    let config = ReplicaConfig { sharing, votes_lost: disk.votes_lost, ..ReplicaConfig::new(genesis, key, lane) };
    let (mut replica, outputs) = Replica::recover(config, stored, &disk.records, clock.now())?;
    trusted.map_or(Ok(()), |trusted| replica.trust(trusted))?;
    Ok((replica, outputs))
}

/// Recovers the replica and starts the core, whose metrics are added to `metrics`.
///
/// # Errors
/// What cannot be used, and what to do.
pub async fn start(
    config: CoreConfig,
    net: NetHandle,
    events: NetEvents,
    metrics: &mut Registry,
) -> Result<RunningCore, CoreError> {
    let (network, genesis) = (config.genesis.network(), config.genesis.to_bytes());
    let (clock, disk) = (NodeClock::start(), OpenDisk::open(&config)?);
    let (replica, outputs) = recover(config, &disk, clock)?;
    let OpenDisk { store, vote_log, reports: disk, .. } = disk;
    let context = VerificationContext::of(&replica);
    let context_height = context.verifier.height();
    let context = Arc::new(RwLock::new(context));
    let (requests, requests_in) = mpsc::channel(REQUEST_QUEUE);
    let (notices, _) = broadcast::channel(NOTICE_QUEUE);
    let (steps, _) = broadcast::channel(STEP_QUEUE);
    let (urgent, urgent_in) = mpsc::channel(CHECKED_QUEUE);
    let (bulk, bulk_in) = mpsc::channel(CHECKED_QUEUE);
    let (stop, stop_in) = oneshot::channel();
    let core = CoreHandle { requests, notices: notices.clone(), steps: steps.clone() };
    let core_outputs = CoreOutputs {
        outbound: Outbound::start(net.clone(), Arc::clone(&store), network),
        net: net.clone(),
        store: Arc::clone(&store),
        vote_log,
        peers: PeerDirectory::default(),
        genesis,
        notices,
        steps,
        last_cursor: 0,
        write_replies: BTreeMap::new(),
        finality_senders: BTreeMap::new(),
        purge_at: PURGE_AT,
        batches: VecDeque::new(),
        votes: VecDeque::new(),
        proposal_latency: ProposalLatency::new(clock, replica.address(), metrics),
    };
    let mailboxes = Mailboxes { disk, urgent: urgent_in, requests: requests_in, bulk: bulk_in, stop: stop_in };
    let thread = CoreThread {
        replica,
        outputs: core_outputs,
        clock,
        last_request: 0,
        context: Arc::clone(&context),
        context_height,
        burst: UrgentBurst::default(),
    };
    let network_ended = tokio::spawn(inbound::run(events, net, context, InboundSenders { urgent, bulk }));
    let ended = spawn(thread, outputs, mailboxes, network_ended)?;
    Ok(RunningCore { core, store, stop, ended })
}

/// Warns that this member casts no votes for now, with the remedy if all members are in this state.
fn warn_of(loss: VoteLoss, votes: &VoteLogFiles) {
    let what = match loss {
        VoteLoss::Gone => "the vote log is gone".to_owned(),
        VoteLoss::Behind { log, signed } => {
            format!("the vote log ends at vote {log} of {signed}, as an old copy that was put back does")
        }
        VoteLoss::Noted => "the vote log was lost".to_owned(),
    };
    tracing::warn!(
        "{what}: this member casts no vote until two heights beyond what the others report. If every member logs this, \
         no member reports: then stop all of them, remove {} at each, and start them again",
        votes.last_signed.display()
    );
}

/// The lane of this installation: drawn at random once, and kept in the store. A node that lost its store thus writes in a
/// fresh lane and cannot fork the old one. So does a node that lost votes: its store may be an old copy too, which does not
/// hold the last events of its lane.
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

/// Starts the core thread. It is a thread of its own, since a step of the replica would block other tasks of the runtime.
fn spawn(
    mut thread: CoreThread,
    outputs: Vec<Output>,
    mailboxes: Mailboxes,
    network_ended: tokio::task::JoinHandle<Result<(), quorate_transport::NetError>>,
) -> Result<Ended, CoreError> {
    let (result_sender, ended) = oneshot::channel();
    let runtime = tokio::runtime::Handle::current();
    let run = move || {
        let result = runtime.block_on(async move {
            thread.outputs.perform_all(outputs)?;
            tokio::select! {
                result = thread.run(mailboxes) => result.map_err(CoreError::from),
                network = network_ended => network.unwrap_or(Err(quorate_transport::NetError::Panicked)).map_err(CoreError::from),
            }
        });
        // The node may have stopped waiting for the result.
        let _gone = result_sender.send(result);
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
