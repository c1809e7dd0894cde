//! Hole punching on one connection: at most one coordination that this side opened, and one that it answers.

use std::convert::Infallible;
use std::option;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::futures::FutureExt;
use libp2p::futures::future::{BoxFuture, Ready, ready};
use libp2p::swarm::handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p::swarm::{ConnectionHandler, ConnectionHandlerEvent, Stream, SubstreamProtocol};
use libp2p::{Multiaddr, StreamProtocol};
use tokio::sync::watch;
use tokio::time::timeout;

use super::coordination::{AgreedDial, CoordinationError, DialPlan, answer, open};

/// The deadline of three messages through a relay. With a slower relay the dials would not be simultaneous.
const DEADLINE: Duration = Duration::from_secs(10);

/// The protocol of a coordination; a direct connection has none.
#[derive(Clone)]
pub(crate) struct PunchProtocol(pub(crate) Option<StreamProtocol>);

impl UpgradeInfo for PunchProtocol {
    type Info = StreamProtocol;
    type InfoIter = option::IntoIter<StreamProtocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.clone().into_iter()
    }
}

impl InboundUpgrade<Stream> for PunchProtocol {
    type Output = Stream;
    type Error = Infallible;
    type Future = Ready<Result<Stream, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, _: StreamProtocol) -> Self::Future {
        ready(Ok(stream))
    }
}

impl OutboundUpgrade<Stream> for PunchProtocol {
    type Output = Stream;
    type Error = Infallible;
    type Future = Ready<Result<Stream, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, _: StreamProtocol) -> Self::Future {
        ready(Ok(stream))
    }
}

/// The command to agree with the other side on a dial.
#[derive(Debug)]
pub(crate) struct OpenCoordination(pub(crate) DialPlan);

type Coordination = BoxFuture<'static, Result<Option<AgreedDial>, CoordinationError>>;

/// The state of one connection.
pub(crate) struct PunchHandler {
    name: PunchProtocol,
    /// The current addresses of this node.
    own: watch::Receiver<Vec<Multiaddr>>,
    to_open: Option<DialPlan>,
    /// The plan of a stream that was requested.
    opening: Option<DialPlan>,
    opened: Option<Coordination>,
    answered: Option<Coordination>,
}

impl PunchHandler {
    pub(crate) fn new(name: PunchProtocol, own: watch::Receiver<Vec<Multiaddr>>) -> Self {
        Self { name, own, to_open: None, opening: None, opened: None, answered: None }
    }

    fn own(&self) -> Vec<Multiaddr> {
        self.own.borrow().clone()
    }

    fn on_outbound(&mut self, stream: Stream) {
        if let Some(plan) = self.opening.take() {
            self.opened = Some(in_time(open(stream, plan, self.own())));
        }
    }
}

fn in_time(talk: impl Future<Output = Result<Option<AgreedDial>, CoordinationError>> + Send + 'static) -> Coordination {
    async move { timeout(DEADLINE, talk).await.unwrap_or(Ok(None)) }.boxed()
}

/// The result of a coordination, once it has ended.
fn outcome(talk: &mut Option<Coordination>, cx: &mut Context<'_>) -> Option<AgreedDial> {
    let Some(Poll::Ready(ended)) = talk.as_mut().map(|talk| talk.poll_unpin(cx)) else {
        return None;
    };
    *talk = None;
    ended.unwrap_or_else(|error| {
        tracing::debug!(%error, "no agreement on a direct connection");
        None
    })
}

impl ConnectionHandler for PunchHandler {
    type FromBehaviour = OpenCoordination;
    type ToBehaviour = AgreedDial;
    type InboundProtocol = PunchProtocol;
    type OutboundProtocol = PunchProtocol;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(self.name.clone(), ())
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, (), AgreedDial>> {
        if let Some(plan) = self.to_open.take() {
            self.opening = Some(plan);
            let protocol = SubstreamProtocol::new(self.name.clone(), ());
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        for talk in [&mut self.opened, &mut self.answered] {
            if let Some(agreed) = outcome(talk, cx) {
                return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(agreed));
            }
        }
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, OpenCoordination(plan): OpenCoordination) {
        if self.opening.is_none() {
            self.to_open = Some(plan);
        }
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<Self::InboundProtocol, Self::OutboundProtocol>) {
        match event {
            // A newer stream replaces the older one, so that the other side holds one at most.
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol: stream, .. }) => {
                self.answered = Some(in_time(answer(stream, self.own())));
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: stream, .. }) => {
                self.on_outbound(stream);
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { .. }) => {
                self.opening = None;
            }
            _ => {}
        }
    }
}
