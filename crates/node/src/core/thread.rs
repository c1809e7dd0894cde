//! The loop of the core thread.

use std::sync::{Arc, PoisonError, RwLock};

use quorate_disk::store::StoreReport;
use quorate_disk::vote_log::VoteReport;
use quorate_event::{Address, Height};
use quorate_replica::{DiskTicket, Input, Replica, Request};
use tokio::sync::mpsc;

use super::clock::NodeClock;
use super::handle::CoreRequest;
use super::inbound::{CheckedMessage, Inbound, VerificationContext};
use super::outputs::{CoreOutputs, Fatal};

/// Requests in a row that are handled before the loop looks at urgent inputs again, and urgent inputs in a row before it looks
/// at others. A flood of either must not starve the rest, nor the timers.
const BURST: usize = 64;

/// A report of a disk thread.
pub(super) enum DiskReport {
    Store(StoreReport),
    VoteLog(VoteReport),
}

/// The channels into the loop, the most urgent first.
pub(super) struct Mailboxes {
    pub(super) disk: mpsc::Receiver<DiskReport>,
    pub(super) urgent: mpsc::Receiver<Inbound>,
    pub(super) requests: mpsc::Receiver<CoreRequest>,
    pub(super) bulk: mpsc::Receiver<Inbound>,
    pub(super) stop: tokio::sync::oneshot::Receiver<()>,
}

/// The loop and its state.
pub(super) struct CoreThread {
    pub(super) replica: Replica,
    pub(super) outputs: CoreOutputs,
    pub(super) clock: NodeClock,
    pub(super) last_request: u64,
    /// The context of the workers that check messages.
    pub(super) context: Arc<RwLock<VerificationContext>>,
    /// The height of that context.
    pub(super) context_height: Height,
    pub(super) burst: UrgentBurst,
}

/// Counts urgent inputs in a row, and lets clients and bulk in by turns after each burst.
#[derive(Default)]
pub(super) struct UrgentBurst {
    urgent: usize,
    bulk_turn: bool,
}

impl UrgentBurst {
    /// Whether other inputs have their turn now.
    fn is_exhausted(&mut self) -> bool {
        let is_exhausted = self.urgent >= BURST;
        if is_exhausted {
            self.urgent = 0;
        }
        is_exhausted
    }

    /// A request of a client or a bulk message, if one waits already.
    fn waiting(&mut self, mailboxes: &mut Mailboxes) -> Option<CoreEvent> {
        self.bulk_turn = !self.bulk_turn;
        let Mailboxes { requests, bulk, .. } = mailboxes;
        let mut request = || requests.try_recv().ok().map(CoreEvent::Request);
        let mut bulk = || bulk.try_recv().ok().map(CoreEvent::Network);
        if self.bulk_turn { bulk().or_else(request) } else { request().or_else(bulk) }
    }
}

enum CoreEvent {
    Disk(DiskReport),
    Network(Inbound),
    Request(CoreRequest),
    Timer,
    Stop,
}

impl CoreThread {
    /// Runs until the stop request, or until an error.
    pub(super) async fn run(mut self, mut mailboxes: Mailboxes) -> Result<(), Fatal> {
        loop {
            match self.next(&mut mailboxes).await {
                CoreEvent::Disk(report) => self.disk(report)?,
                CoreEvent::Network(inbound) => self.network(inbound)?,
                // A batch of requests: their events then share one fsync.
                CoreEvent::Request(request) => {
                    self.client_request(request)?;
                    for _ in 1..BURST {
                        let Ok(request) = mailboxes.requests.try_recv() else {
                            break;
                        };
                        self.client_request(request)?;
                    }
                }
                CoreEvent::Timer => self.input(Input::Tick)?,
                CoreEvent::Stop => return Ok(()),
            }
        }
    }

    /// The next input by priority: stop, disk, urgent messages, timers, then clients and bulk in turn.
    async fn next(&mut self, mailboxes: &mut Mailboxes) -> CoreEvent {
        // After a burst of urgent messages one of the others is served, so that a flood cannot starve them.
        if self.burst.is_exhausted() && self.outputs.keeps_up() {
            if self.replica.next_wake().is_some_and(|wake| wake <= self.clock.now().elapsed) {
                return CoreEvent::Timer;
            }
            if let Some(turn) = self.burst.waiting(mailboxes) {
                return turn;
            }
        }
        let wake = self.replica.next_wake().map(|elapsed| self.clock.instant(elapsed));
        let timer = async {
            match wake {
                Some(wake) => tokio::time::sleep_until(wake).await,
                None => std::future::pending().await,
            }
        };
        let keeps_up = self.outputs.keeps_up();
        tokio::select! {
            biased;
            _ = &mut mailboxes.stop => CoreEvent::Stop,
            Some(report) = mailboxes.disk.recv() => CoreEvent::Disk(report),
            Some(inbound) = mailboxes.urgent.recv(), if keeps_up => {
                self.burst.urgent += 1;
                CoreEvent::Network(inbound)
            }
            () = timer => CoreEvent::Timer,
            turn = client_or_bulk(&mut mailboxes.requests, &mut mailboxes.bulk), if keeps_up => turn,
        }
    }

    fn input(&mut self, input: Input) -> Result<(), Fatal> {
        let outputs = self.replica.handle(input, self.clock.now());
        // A new height has a new committee: the workers must check messages against it.
        let verifier = self.replica.verifier();
        if verifier.height() != self.context_height {
            self.context_height = verifier.height();
            *self.context.write().unwrap_or_else(PoisonError::into_inner) = VerificationContext::of(&self.replica);
        }
        self.outputs.perform_all(outputs)
    }

    fn disk(&mut self, report: DiskReport) -> Result<(), Fatal> {
        match report {
            DiskReport::Store(StoreReport::Completed { ticket, .. }) => {
                self.input(Input::Stored(DiskTicket(ticket.0)))?
            }
            DiskReport::VoteLog(VoteReport::Durable(ticket)) => self.input(Input::Recorded(DiskTicket(ticket.0)))?,
            DiskReport::Store(StoreReport::Failed(error)) => {
                tracing::error!(%error, "the store failed; nothing more is acknowledged");
                return Err(Fatal::Disk);
            }
            DiskReport::VoteLog(VoteReport::Failed(error)) => {
                tracing::error!(%error, "the vote log failed; nothing more is signed");
                return Err(Fatal::Disk);
            }
        }
        self.outputs.resubmit()
    }

    fn network(&mut self, inbound: Inbound) -> Result<(), Fatal> {
        match inbound {
            Inbound::Connected { peer, address } => match self.outputs.peers.connect(peer, Address::new(address)) {
                Some(peer) => self.input(Input::Connected { peer, address: Address::new(address) }),
                None => Ok(()),
            },
            Inbound::Disconnected { peer } => match self.outputs.peers.disconnect(&peer) {
                Some(peer) => self.input(Input::Disconnected { peer }),
                None => Ok(()),
            },
            Inbound::Fault { from } => {
                self.outputs.penalise(from);
                Ok(())
            }
            Inbound::Message { from, message, permit: _until_done } => {
                // One sync response to a peer at a time. The peer repeats its summary, so the second can be dropped.
                if matches!(message, CheckedMessage::Summary(_)) && self.outputs.outbound.is_answering(&from) {
                    return Ok(());
                }
                // Gossip may arrive before the connection of its sender is reported. Sync brings what is dropped here.
                let Some(from) = self.outputs.peers.peer(&from) else {
                    return Ok(());
                };
                let input = match message {
                    CheckedMessage::GenesisWanted => {
                        self.outputs.send_genesis(from);
                        return Ok(());
                    }
                    CheckedMessage::Agreement(message) => {
                        tracing::trace!(?from, ?message, "received");
                        Input::Agreement { from, message }
                    }
                    CheckedMessage::Summary(summary) => Input::Summary { from, summary },
                    CheckedMessage::Want(ids) => Input::Want { from, ids },
                    CheckedMessage::Vertices { vertices, early: milestones } => {
                        self.input(Input::Vertices { from, vertices })?;
                        if milestones.is_empty() {
                            return Ok(());
                        }
                        Input::FutureMilestones { from, milestones }
                    }
                    CheckedMessage::SyncResponse { vertices, more } => Input::SyncResponse { from, vertices, more },
                };
                self.input(input)
            }
        }
    }

    fn client_request(&mut self, request: CoreRequest) -> Result<(), Fatal> {
        match request {
            CoreRequest::Read(read) => {
                read(&self.replica);
                Ok(())
            }
            CoreRequest::SkipLeader => self.input(Input::SkipLeader),
            CoreRequest::Write { intent, atomicity, answer } => {
                let request = self.next_request(answer);
                self.input(Input::Write { request, intent, atomicity })
            }
            CoreRequest::Submit { events, answer } => {
                let request = self.next_request(answer);
                self.input(Input::Submit { request, events })
            }
        }
    }

    fn next_request(&mut self, answer: super::handle::WriteReply) -> Request {
        self.last_request += 1;
        let request = Request(self.last_request);
        self.outputs.write_replies.insert(request, answer);
        request
    }
}

/// A request of a client or a bulk message. `select!` polls in random order, so neither starves the other.
async fn client_or_bulk(requests: &mut mpsc::Receiver<CoreRequest>, bulk: &mut mpsc::Receiver<Inbound>) -> CoreEvent {
    tokio::select! {
        Some(request) = requests.recv() => CoreEvent::Request(request),
        Some(inbound) = bulk.recv() => CoreEvent::Network(inbound),
        else => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use quorate_transport::PeerId;

    use super::*;

    #[test]
    fn a_flood_of_urgent_messages_lets_bulk_and_clients_in_by_turns() {
        let (bulk_in, bulk) = mpsc::channel(4);
        let (requests_in, requests) = mpsc::channel(4);
        let ((_disk, disk), (_urgent, urgent)) = (mpsc::channel(1), mpsc::channel(1));
        let (_stop, stop) = tokio::sync::oneshot::channel();
        let mut mailboxes = Mailboxes { disk, urgent, requests, bulk, stop };
        let mut burst = UrgentBurst::default();
        assert!(!burst.is_exhausted() && burst.waiting(&mut mailboxes).is_none());
        for _ in 0..2 {
            assert!(bulk_in.try_send(Inbound::Fault { from: PeerId::random() }).is_ok());
            assert!(requests_in.try_send(CoreRequest::SkipLeader).is_ok());
        }
        let turns: Vec<&str> = std::iter::from_fn(|| {
            burst.urgent = BURST;
            assert!(burst.is_exhausted() && !burst.is_exhausted(), "one turn for each run");
            match burst.waiting(&mut mailboxes)? {
                CoreEvent::Request(_) => Some("client"),
                CoreEvent::Network(_) => Some("bulk"),
                _ => None,
            }
        })
        .collect();
        assert!(turns == ["client", "bulk", "client", "bulk"] || turns == ["bulk", "client", "bulk", "client"]);
    }
}
