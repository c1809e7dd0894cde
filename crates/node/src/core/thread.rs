//! The loop of the core thread.

use std::sync::{Arc, PoisonError, RwLock};

use quorate_disk::store::StoreReport;
use quorate_disk::vote_log::VoteReport;
use quorate_event::{Address, Height};
use quorate_replica::{DiskTicket, Input, Replica, Request};
use tokio::sync::mpsc;

use super::clock::Clock;
use super::handle::Ask;
use super::inbound::{Checked, Inbound, Judges};
use super::outputs::{Fatal, World};

/// Inputs in a row that are handled before the loop looks at urgent ones again, and urgent ones before it looks at others:
/// a flood of them must stop neither clients nor timers.
const RUN: usize = 64;

/// What the disk threads say.
pub(super) enum DiskReport {
    Store(StoreReport),
    VoteLog(VoteReport),
}

/// Everything that the loop receives, most urgent first.
pub(super) struct Mailboxes {
    pub(super) disk: mpsc::Receiver<DiskReport>,
    pub(super) urgent: mpsc::Receiver<Inbound>,
    pub(super) asks: mpsc::Receiver<Ask>,
    pub(super) bulk: mpsc::Receiver<Inbound>,
    pub(super) stop: tokio::sync::oneshot::Receiver<()>,
}

/// The replica and its world.
pub(super) struct CoreThread {
    pub(super) replica: Replica,
    pub(super) world: World,
    pub(super) clock: Clock,
    pub(super) requests: u64,
    /// For the workers that check messages.
    pub(super) judges: Arc<RwLock<Judges>>,
    /// The height of their verifier.
    pub(super) judged: Height,
    pub(super) run: Run,
}

/// Urgent inputs since another kind had its turn, and which kind that was.
#[derive(Default)]
pub(super) struct Run {
    urgent: usize,
    bulk_turn: bool,
}

impl Run {
    /// Whether something that waits is to have its turn now.
    fn is_over(&mut self) -> bool {
        let is_over = self.urgent >= RUN;
        if is_over {
            self.urgent = 0;
        }
        is_over
    }

    /// Something of a client's, or bulk, if it is there already.
    fn waiting(&mut self, mailboxes: &mut Mailboxes) -> Option<Turn> {
        self.bulk_turn = !self.bulk_turn;
        let Mailboxes { asks, bulk, .. } = mailboxes;
        let mut ask = || asks.try_recv().ok().map(Turn::Ask);
        let mut bulk = || bulk.try_recv().ok().map(Turn::Network);
        if self.bulk_turn { bulk().or_else(ask) } else { ask().or_else(bulk) }
    }
}

enum Turn {
    Disk(DiskReport),
    Network(Inbound),
    Ask(Ask),
    Timer,
    Stop,
}

impl CoreThread {
    /// Runs until it is told to stop, or cannot go on.
    pub(super) async fn run(mut self, mut mailboxes: Mailboxes) -> Result<(), Fatal> {
        loop {
            match self.next(&mut mailboxes).await {
                Turn::Disk(report) => self.disk(report)?,
                Turn::Network(inbound) => self.network(inbound)?,
                Turn::Ask(ask) => {
                    self.ask(ask)?;
                    for _ in 1..RUN {
                        let Ok(ask) = mailboxes.asks.try_recv() else {
                            break;
                        };
                        self.ask(ask)?;
                    }
                }
                Turn::Timer => self.input(Input::Tick)?,
                Turn::Stop => return Ok(()),
            }
        }
    }

    async fn next(&mut self, mailboxes: &mut Mailboxes) -> Turn {
        if self.run.is_over() && self.world.keeps_up() {
            if self.replica.next_wake().is_some_and(|wake| wake <= self.clock.now().elapsed) {
                return Turn::Timer;
            }
            if let Some(turn) = self.run.waiting(mailboxes) {
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
        let keeps_up = self.world.keeps_up();
        tokio::select! {
            biased;
            _ = &mut mailboxes.stop => Turn::Stop,
            Some(report) = mailboxes.disk.recv() => Turn::Disk(report),
            Some(inbound) = mailboxes.urgent.recv(), if keeps_up => {
                self.run.urgent += 1;
                Turn::Network(inbound)
            }
            () = timer => Turn::Timer,
            turn = fair(&mut mailboxes.asks, &mut mailboxes.bulk), if keeps_up => turn,
        }
    }

    fn input(&mut self, input: Input) -> Result<(), Fatal> {
        let outputs = self.replica.handle(input, self.clock.now());
        let verifier = self.replica.verifier();
        if verifier.height() != self.judged {
            self.judged = verifier.height();
            *self.judges.write().unwrap_or_else(PoisonError::into_inner) = Judges::of(&self.replica);
        }
        self.world.do_all(outputs)
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
        self.world.resubmit()
    }

    fn network(&mut self, inbound: Inbound) -> Result<(), Fatal> {
        match inbound {
            Inbound::Connected { peer, address } => match self.world.names.connect(peer, Address::new(address)) {
                Some(peer) => self.input(Input::Connected { peer, address: Address::new(address) }),
                None => Ok(()),
            },
            Inbound::Disconnected { peer } => match self.world.names.disconnect(&peer) {
                Some(peer) => self.input(Input::Disconnected { peer }),
                None => Ok(()),
            },
            Inbound::Fault { from } => {
                self.world.penalise(from);
                Ok(())
            }
            Inbound::Message { from, message, place: _until_done } => {
                // One answer at a time: whoever asks again before it has left asks again after it.
                if matches!(message, Checked::Summary(_)) && self.world.outbound.is_answering(&from) {
                    return Ok(());
                }
                // Gossip may come before its sender is announced; what is lost so, sync brings.
                let Some(from) = self.world.names.peer(&from) else {
                    return Ok(());
                };
                let input = match message {
                    Checked::GenesisWanted => {
                        self.world.send_genesis(from);
                        return Ok(());
                    }
                    Checked::Agreement(message) => {
                        tracing::trace!(?from, ?message, "hears");
                        Input::Agreement { from, message }
                    }
                    Checked::Summary(summary) => Input::Summary { from, summary },
                    Checked::Want(ids) => Input::Want { from, ids },
                    Checked::Vertices { vertices, early: milestones } => {
                        self.input(Input::Vertices { from, vertices })?;
                        if milestones.is_empty() {
                            return Ok(());
                        }
                        Input::FutureMilestones { from, milestones }
                    }
                    Checked::SyncResponse { vertices, more } => Input::SyncResponse { from, vertices, more },
                };
                self.input(input)
            }
        }
    }

    fn ask(&mut self, ask: Ask) -> Result<(), Fatal> {
        match ask {
            Ask::Read(read) => {
                read(&self.replica);
                Ok(())
            }
            Ask::SkipLeader => self.input(Input::SkipLeader),
            Ask::Write { intent, atomicity, answer } => {
                let request = self.request(answer);
                self.input(Input::Write { request, intent, atomicity })
            }
            Ask::Submit { events, answer } => {
                let request = self.request(answer);
                self.input(Input::Submit { request, events })
            }
        }
    }

    fn request(&mut self, answer: super::handle::Answer) -> Request {
        self.requests += 1;
        let request = Request(self.requests);
        self.world.answers.insert(request, answer);
        request
    }
}

/// Clients and bulk in turn: each has an even chance.
async fn fair(asks: &mut mpsc::Receiver<Ask>, bulk: &mut mpsc::Receiver<Inbound>) -> Turn {
    tokio::select! {
        Some(ask) = asks.recv() => Turn::Ask(ask),
        Some(inbound) = bulk.recv() => Turn::Network(inbound),
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
        let (asks_in, asks) = mpsc::channel(4);
        let ((_disk, disk), (_urgent, urgent)) = (mpsc::channel(1), mpsc::channel(1));
        let (_stop, stop) = tokio::sync::oneshot::channel();
        let mut mailboxes = Mailboxes { disk, urgent, asks, bulk, stop };
        let mut run = Run::default();
        assert!(!run.is_over() && run.waiting(&mut mailboxes).is_none());
        for _ in 0..2 {
            assert!(bulk_in.try_send(Inbound::Fault { from: PeerId::random() }).is_ok());
            assert!(asks_in.try_send(Ask::SkipLeader).is_ok());
        }
        let turns: Vec<&str> = std::iter::from_fn(|| {
            run.urgent = RUN;
            assert!(run.is_over() && !run.is_over(), "one turn for each run");
            match run.waiting(&mut mailboxes)? {
                Turn::Ask(_) => Some("client"),
                Turn::Network(_) => Some("bulk"),
                _ => None,
            }
        })
        .collect();
        assert!(turns == ["client", "bulk", "client", "bulk"] || turns == ["bulk", "client", "bulk", "client"]);
    }
}
