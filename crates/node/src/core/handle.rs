//! The handle to the core thread. All other parts of the node reach the replica through it.

use quorate_event::{EventId, Height, VerifiedEvent};
use quorate_replica::{Atomicity, Intent, Notice, PbftStep, Refusal, Replica};
use tokio::sync::{broadcast, mpsc, oneshot};

/// Requests that wait for the core thread, at most. Callers beyond it wait until there is room.
pub const REQUEST_QUEUE: usize = 4_096;
/// Notices that a slow subscriber may lag behind. Beyond it the channel drops the oldest ones and reports their number.
pub const NOTICE_QUEUE: usize = 16_384;
/// Steps of agreement that a slow subscriber may lag behind before it misses some: ten heights of a hundred members.
pub const STEP_QUEUE: usize = 2_048;

/// The core thread has ended: the process is stopping, or a disk write failed for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the node is stopping; its log says why")]
pub struct Stopped;

/// A write that is on the disk of this node.
#[derive(Debug)]
pub struct DurableWrite {
    /// Its events, in order; empty if the write changes nothing.
    pub events: Vec<EventId>,
    /// Resolves when milestones cover all events, with the height of the last milestone that this took.
    pub finality: oneshot::Receiver<Height>,
}

/// A notice of the replica with its number.
#[derive(Debug, Clone)]
pub struct NumberedNotice {
    /// The number: 1, 2, and so on, from 1 again in each run of the process.
    pub cursor: u64,
    /// The notice.
    pub notice: Notice,
}

pub(crate) type WriteReply = oneshot::Sender<Result<DurableWrite, Refusal>>;

/// A request of a handle to the core thread.
pub(crate) enum CoreRequest {
    Write { intent: Intent, atomicity: Atomicity, answer: WriteReply },
    Submit { events: Vec<VerifiedEvent>, answer: WriteReply },
    Read(Box<dyn FnOnce(&Replica) + Send>),
    SkipLeader,
}

/// A handle to the core thread. Cheap to clone.
#[derive(Clone)]
pub struct CoreHandle {
    pub(crate) requests: mpsc::Sender<CoreRequest>,
    pub(crate) notices: broadcast::Sender<NumberedNotice>,
    pub(crate) steps: broadcast::Sender<PbftStep>,
}

impl CoreHandle {
    /// Writes, and waits until the write is on the disk of this node.
    ///
    /// # Errors
    /// [`Stopped`] outside; the refusal of the replica inside.
    pub async fn write(&self, intent: Intent, atomicity: Atomicity) -> Result<Result<DurableWrite, Refusal>, Stopped> {
        let (answer, answered) = oneshot::channel();
        self.request(CoreRequest::Write { intent, atomicity, answer }).await?;
        answered.await.map_err(|_| Stopped)
    }

    /// Admits events that a client signed, parents first, and waits until they are on the disk of this node.
    ///
    /// # Errors
    /// [`Stopped`] outside; the refusal of the replica inside.
    pub async fn submit(&self, events: Vec<VerifiedEvent>) -> Result<Result<DurableWrite, Refusal>, Stopped> {
        let (answer, answered) = oneshot::channel();
        self.request(CoreRequest::Submit { events, answer }).await?;
        answered.await.map_err(|_| Stopped)
    }

    /// Runs `read` on the core thread, between two inputs of the replica. It should be short: the core thread waits for it.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Replica) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (answer, answered) = oneshot::channel();
        let read = Box::new(move |replica: &Replica| {
            // A caller that gave up is no error.
            let _gone = answer.send(read(replica));
        });
        self.request(CoreRequest::Read(read)).await?;
        answered.await.map_err(|_| Stopped)
    }

    /// Makes this member vote to skip the present leader.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn skip_leader(&self) -> Result<(), Stopped> {
        self.request(CoreRequest::SkipLeader).await
    }

    /// The notices from now on. The channel reports to a slow receiver how many it missed.
    pub fn notices(&self) -> broadcast::Receiver<NumberedNotice> {
        self.notices.subscribe()
    }

    /// The steps of agreement from now on. The channel reports to a slow receiver how many it missed.
    pub fn steps(&self) -> broadcast::Receiver<PbftStep> {
        self.steps.subscribe()
    }

    async fn request(&self, request: CoreRequest) -> Result<(), Stopped> {
        self.requests.send(request).await.map_err(|_| Stopped)
    }
}
