//! The handle by which the rest of the node talks to the core thread, which alone owns the replica.

use quorate_event::{EventId, Height, VerifiedEvent};
use quorate_replica::{Atomicity, Intent, Notice, PbftStep, Refusal, Replica};
use tokio::sync::{broadcast, mpsc, oneshot};

/// Requests that wait for the core thread, at most; beyond it callers wait their turn.
pub const REQUEST_QUEUE: usize = 4_096;
/// Notices that a slow listener may lag behind before it is told to start anew.
pub const NOTICE_QUEUE: usize = 16_384;
/// Steps of agreement that a slow watcher may lag behind before it misses some: ten heights of a hundred members.
pub const STEP_QUEUE: usize = 2_048;

/// The core thread has ended: the process is stopping, or a disk write failed for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the node is stopping; its log says why")]
pub struct Stopped;

/// A write that is on this node's disk.
#[derive(Debug)]
pub struct DurableWrite {
    /// Its events, in order; none where nothing had to change.
    pub events: Vec<EventId>,
    /// Resolves when milestones cover all of them, with the height of the last one needed.
    pub finality: oneshot::Receiver<Height>,
}

/// Something happened, at a place in this node's own order of notices.
#[derive(Debug, Clone)]
pub struct NumberedNotice {
    /// The place: ascending, from 1, counted anew in each run of the process.
    pub cursor: u64,
    /// What.
    pub notice: Notice,
}

pub(crate) type WriteReply = oneshot::Sender<Result<DurableWrite, Refusal>>;

/// What the handle requests of the core thread.
pub(crate) enum CoreRequest {
    Write { intent: Intent, atomicity: Atomicity, answer: WriteReply },
    Submit { events: Vec<VerifiedEvent>, answer: WriteReply },
    Read(Box<dyn FnOnce(&Replica) + Send>),
    SkipLeader,
}

/// The core thread, from outside. Cheap to clone.
#[derive(Clone)]
pub struct CoreHandle {
    pub(crate) requests: mpsc::Sender<CoreRequest>,
    pub(crate) notices: broadcast::Sender<NumberedNotice>,
    pub(crate) steps: broadcast::Sender<PbftStep>,
}

impl CoreHandle {
    /// Writes, and waits until the write is on this node's disk.
    ///
    /// # Errors
    /// [`Stopped`]; inside, why the replica refused.
    pub async fn write(&self, intent: Intent, atomicity: Atomicity) -> Result<Result<DurableWrite, Refusal>, Stopped> {
        let (answer, answered) = oneshot::channel();
        self.request(CoreRequest::Write { intent, atomicity, answer }).await?;
        answered.await.map_err(|_| Stopped)
    }

    /// Admits events that a client signed, parents first, and waits until they are on this node's disk.
    ///
    /// # Errors
    /// [`Stopped`]; inside, why the replica refused.
    pub async fn submit(&self, events: Vec<VerifiedEvent>) -> Result<Result<DurableWrite, Refusal>, Stopped> {
        let (answer, answered) = oneshot::channel();
        self.request(CoreRequest::Submit { events, answer }).await?;
        answered.await.map_err(|_| Stopped)
    }

    /// Reads something of the replica, between two of its steps.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Replica) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (answer, answered) = oneshot::channel();
        let read = Box::new(move |replica: &Replica| {
            // A caller that no longer listens is no error.
            let _gone = answer.send(read(replica));
        });
        self.request(CoreRequest::Read(read)).await?;
        answered.await.map_err(|_| Stopped)
    }

    /// Makes this member skip the present leader.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn skip_leader(&self) -> Result<(), Stopped> {
        self.request(CoreRequest::SkipLeader).await
    }

    /// What happens from now on. A listener that lags too far behind is told so by the channel.
    pub fn notices(&self) -> broadcast::Receiver<NumberedNotice> {
        self.notices.subscribe()
    }

    /// The steps of agreement from now on. A watcher that lags too far behind is told how many it missed.
    pub fn steps(&self) -> broadcast::Receiver<PbftStep> {
        self.steps.subscribe()
    }

    async fn request(&self, request: CoreRequest) -> Result<(), Stopped> {
        self.requests.send(request).await.map_err(|_| Stopped)
    }
}
