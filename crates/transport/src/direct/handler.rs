//! The direct protocol on one connection: opens two streams, accepts two, and moves frames.

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
use crate::direct::negotiate::{ClassNegotiation, ClassProtocols};
use crate::direct::send_queue::SendQueue;
use crate::direct::traffic::CountedStream;

const BOTH: [Urgency; 2] = [Urgency::Urgent, Urgency::Bulk];

/// The peer was announced: its messages may be delivered.
#[derive(Debug)]
pub(crate) struct Deliver;

/// A report from a connection to the behaviour.
#[derive(Debug)]
pub(crate) enum HandlerReport {
    /// The other side agreed to both streams.
    Ready,
    /// The connection is of no further use.
    Failed(ConnectionFault),
}

/// The reason why a connection is of no further use.
#[derive(Debug)]
pub(crate) enum ConnectionFault {
    /// The other side does not speak the protocol of this network.
    OtherNetwork,
    /// A stream could not be opened, or broke.
    Frame(FrameError),
}

/// The state of one connection. A `None` future is a stream that is not open yet.
pub(crate) struct DirectHandler {
    peer: PeerId,
    protocols: ClassProtocols,
    inbox: Inbox,
    send_queue: Arc<SendQueue>,
    /// Streams still to be requested; at most two.
    to_open: VecDeque<Urgency>,
    /// Reports for the behaviour; at most one of each kind.
    reports: VecDeque<HandlerReport>,
    writers: [Option<BoxFuture<'static, FrameError>>; 2],
    readers: [Option<BoxFuture<'static, FrameError>>; 2],
    /// Streams that the other side opened before [`Deliver`].
    held: [Option<Stream>; 2],
    delivering: bool,
    failed: bool,
}

impl DirectHandler {
    pub(crate) fn new(peer: PeerId, protocols: ClassProtocols, inbox: Inbox, send_queue: Arc<SendQueue>) -> Self {
        Self {
            peer,
            protocols,
            inbox,
            send_queue,
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
    fn fail(&mut self, fault: ConnectionFault) {
        if !self.failed {
            self.failed = true;
            self.reports.push_back(HandlerReport::Failed(fault));
        }
    }

    /// Moves frames on all streams until each has to wait; returns the error of a stream that broke.
    fn advance(&mut self, cx: &mut Context<'_>) -> Option<FrameError> {
        for future in self.writers.iter_mut().chain(&mut self.readers) {
            if let Some(Poll::Ready(error)) = future.as_mut().map(|future| future.poll_unpin(cx)) {
                *future = None;
                return Some(error);
            }
        }
        None
    }

    /// A stream that the other side opened. It replaces an older one of its class, so that there are two at most.
    fn on_inbound(&mut self, stream: Stream, urgency: Urgency) {
        if self.delivering {
            self.readers[urgency as usize] = Some(self.reader(stream, urgency));
        } else {
            self.held[urgency as usize] = Some(stream);
        }
    }

    fn on_outbound(&mut self, stream: Stream, urgency: Urgency) {
        let send_queue = Arc::clone(&self.send_queue);
        self.writers[urgency as usize] = Some(write_all(stream, send_queue, urgency).boxed());
        if self.writers.iter().all(Option::is_some) {
            self.reports.push_back(HandlerReport::Ready);
        }
    }

    fn reader(&self, stream: Stream, urgency: Urgency) -> BoxFuture<'static, FrameError> {
        let stream = CountedStream { stream, traffic: Arc::clone(&self.send_queue.traffic) };
        read_all(stream, self.inbox.clone(), self.peer, urgency).boxed()
    }

    fn on_refused(&mut self, error: StreamUpgradeError<Infallible>) {
        self.fail(match error {
            StreamUpgradeError::NegotiationFailed => ConnectionFault::OtherNetwork,
            StreamUpgradeError::Timeout => ConnectionFault::Frame(FrameError::Stalled),
            StreamUpgradeError::Io(error) => ConnectionFault::Frame(FrameError::Closed(error)),
            StreamUpgradeError::Apply(never) => match never {},
        });
    }
}

async fn write_all(mut stream: Stream, send_queue: Arc<SendQueue>, urgency: Urgency) -> FrameError {
    loop {
        let frame = send_queue.next(urgency).await;
        if urgency == Urgency::Bulk {
            send_queue.traffic.count_bulk(frame.len());
        }
        if let Err(error) = write_frame(&mut stream, &frame).await {
            return error;
        }
    }
}

async fn read_all(mut stream: CountedStream<Stream>, inbox: Inbox, peer: PeerId, urgency: Urgency) -> FrameError {
    let inbox = inbox.of(urgency);
    loop {
        let frame = match read_frame(&mut stream, urgency.max_bytes()).await {
            Ok(frame) => frame,
            Err(error) => return error,
        };
        // While the inbox is full nothing more is read, so a peer occupies one frame of each class beside the inbox.
        // Senders to a channel wait in order, so a peer that sends much gets no more than its share.
        if inbox.send((peer, frame)).await.is_err() {
            return FrameError::Closed(std::io::ErrorKind::BrokenPipe.into());
        }
    }
}

impl ConnectionHandler for DirectHandler {
    type FromBehaviour = Deliver;
    type ToBehaviour = HandlerReport;
    type InboundProtocol = ClassNegotiation;
    type OutboundProtocol = ClassNegotiation;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ClassNegotiation(self.protocols.clone(), BOTH.to_vec()), ())
    }

    fn connection_keep_alive(&self) -> bool {
        !self.failed
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<ClassNegotiation, (), HandlerReport>> {
        if let Some(urgency) = self.to_open.pop_front() {
            let protocol = SubstreamProtocol::new(ClassNegotiation(self.protocols.clone(), vec![urgency]), ());
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        while let Some(error) = self.advance(cx) {
            self.fail(ConnectionFault::Frame(error));
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

    fn on_connection_event(&mut self, event: ConnectionEvent<ClassNegotiation, ClassNegotiation>) {
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
