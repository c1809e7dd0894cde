//! One connection's share of the direct protocol: opens two streams, accepts two, and moves frames.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use libp2p::PeerId;
use libp2p::futures::FutureExt;
use libp2p::futures::future::BoxFuture;
use libp2p::swarm::handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p::swarm::{ConnectionHandler, ConnectionHandlerEvent, Stream, StreamUpgradeError, SubstreamProtocol};

use crate::direct::frame::{FrameError, Urgency, read_frame, write_frame};
use crate::direct::inbox::Inbox;
use crate::direct::negotiate::{Negotiate, Protocols};
use crate::direct::send_queue::Outbox;
use crate::direct::traffic::Counted;

const BOTH: [Urgency; 2] = [Urgency::Urgent, Urgency::Bulk];

/// The owner announced the peer: what it sends may be delivered.
#[derive(Debug)]
pub(crate) struct Deliver;

/// What a connection tells the behaviour.
#[derive(Debug)]
pub(crate) enum Report {
    /// The other side agreed to both streams.
    Ready,
    /// The connection is of no further use.
    Failed(Fault),
}

/// Why a connection is of no further use.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The other side does not know this network's protocol.
    OtherNetwork,
    /// A stream could not be opened, or broke.
    Frame(FrameError),
}

/// The state of one connection. A `None` future is a stream that is not there yet.
pub(crate) struct Handler {
    peer: PeerId,
    protocols: Protocols,
    inbox: Inbox,
    outbox: Arc<Outbox>,
    /// Streams still to be asked for; at most two.
    to_open: VecDeque<Urgency>,
    /// Reports not yet handed over; at most one of each kind.
    reports: VecDeque<Report>,
    writers: [Option<BoxFuture<'static, FrameError>>; 2],
    readers: [Option<BoxFuture<'static, FrameError>>; 2],
    /// Streams that the other side opened before [`Deliver`].
    held: [Option<Stream>; 2],
    delivering: bool,
    failed: bool,
}

impl Handler {
    pub(crate) fn new(peer: PeerId, protocols: Protocols, inbox: Inbox, outbox: Arc<Outbox>) -> Self {
        Self {
            peer,
            protocols,
            inbox,
            outbox,
            to_open: VecDeque::from(BOTH),
            reports: VecDeque::new(),
            writers: [None, None],
            readers: [None, None],
            held: [None, None],
            delivering: false,
            failed: false,
        }
    }

    /// Reports the first fault; the others follow from it.
    fn fail(&mut self, fault: Fault) {
        if !self.failed {
            self.failed = true;
            self.reports.push_back(Report::Failed(fault));
        }
    }

    /// Moves frames on all streams until each has to wait; returns what broke.
    fn advance(&mut self, cx: &mut Context<'_>) -> Option<FrameError> {
        for future in self.writers.iter_mut().chain(&mut self.readers) {
            if let Some(Poll::Ready(error)) = future.as_mut().map(|future| future.poll_unpin(cx)) {
                *future = None;
                return Some(error);
            }
        }
        None
    }

    /// A stream that the other side opened. A newer one replaces the older, so that it holds two at most.
    fn on_inbound(&mut self, stream: Stream, urgency: Urgency) {
        if self.delivering {
            self.readers[urgency as usize] = Some(self.reader(stream, urgency));
        } else {
            self.held[urgency as usize] = Some(stream);
        }
    }

    fn on_outbound(&mut self, stream: Stream, urgency: Urgency) {
        let outbox = Arc::clone(&self.outbox);
        self.writers[urgency as usize] = Some(write_all(stream, outbox, urgency).boxed());
        if self.writers.iter().all(Option::is_some) {
            self.reports.push_back(Report::Ready);
        }
    }

    fn reader(&self, stream: Stream, urgency: Urgency) -> BoxFuture<'static, FrameError> {
        let stream = Counted { stream, traffic: Arc::clone(&self.outbox.traffic) };
        read_all(stream, self.inbox.clone(), self.peer, urgency).boxed()
    }

    fn on_refused(&mut self, error: StreamUpgradeError<Infallible>) {
        self.fail(match error {
            StreamUpgradeError::NegotiationFailed => Fault::OtherNetwork,
            StreamUpgradeError::Timeout => Fault::Frame(FrameError::Stalled),
            StreamUpgradeError::Io(error) => Fault::Frame(FrameError::Closed(error)),
            StreamUpgradeError::Apply(never) => match never {},
        });
    }
}

async fn write_all(mut stream: Stream, outbox: Arc<Outbox>, urgency: Urgency) -> FrameError {
    loop {
        let frame = outbox.next(urgency).await;
        if urgency == Urgency::Bulk {
            outbox.traffic.send(frame.len());
        }
        if let Err(error) = write_frame(&mut stream, &frame).await {
            return error;
        }
    }
}

async fn read_all(mut stream: Counted<Stream>, inbox: Inbox, peer: PeerId, urgency: Urgency) -> FrameError {
    let inbox = inbox.of(urgency);
    loop {
        let frame = match read_frame(&mut stream, urgency.max_bytes()).await {
            Ok(frame) => frame,
            Err(error) => return error,
        };
        // While the inbox is full nothing more is read, so a peer holds one frame of each class beside it. Waiting
        // readers take turns, so a peer that sends much gets no more than its share.
        if inbox.send((peer, frame)).await.is_err() {
            return FrameError::Closed(std::io::ErrorKind::BrokenPipe.into());
        }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Deliver;
    type ToBehaviour = Report;
    type InboundProtocol = Negotiate;
    type OutboundProtocol = Negotiate;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(Negotiate(self.protocols.clone(), BOTH.to_vec()), ())
    }

    fn connection_keep_alive(&self) -> bool {
        !self.failed
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<Negotiate, (), Report>> {
        if let Some(urgency) = self.to_open.pop_front() {
            let protocol = SubstreamProtocol::new(Negotiate(self.protocols.clone(), vec![urgency]), ());
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        while let Some(error) = self.advance(cx) {
            self.fail(Fault::Frame(error));
        }
        match self.reports.pop_front() {
            Some(report) => Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(report)),
            None => Poll::Pending,
        }
    }

    fn on_behaviour_event(&mut self, _: Deliver) {
        self.delivering = true;
        for urgency in BOTH {
            if let Some(stream) = self.held[urgency as usize].take() {
                self.on_inbound(stream, urgency);
            }
        }
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<Negotiate, Negotiate>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol: (stream, urgency), .. }) => {
                self.on_inbound(stream, urgency);
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: (stream, urgency), ..
            }) => {
                self.on_outbound(stream, urgency);
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { error, .. }) => self.on_refused(error),
            _ => {}
        }
    }
}
