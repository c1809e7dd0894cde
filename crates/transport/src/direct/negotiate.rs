//! The negotiation of a stream's protocol name, which contains the network and the class.

use std::convert::Infallible;

use libp2p::StreamProtocol;
use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::futures::future::{self, Ready};
use libp2p::swarm::Stream;

use crate::direct::frame::Urgency;

/// The names of the two streams, in the order of [`Urgency`].
#[derive(Clone)]
pub(crate) struct ClassProtocols(pub(crate) [StreamProtocol; 2]);

/// Negotiates one of these classes and returns the stream unchanged.
pub(crate) struct ClassNegotiation(pub(crate) ClassProtocols, pub(crate) Vec<Urgency>);

impl UpgradeInfo for ClassNegotiation {
    type Info = ClassProtocol;
    type InfoIter = std::vec::IntoIter<ClassProtocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        let Self(ClassProtocols(names), classes) = self;
        let names: Vec<ClassProtocol> =
            classes.iter().map(|class| ClassProtocol(names[*class as usize].clone(), *class)).collect();
        names.into_iter()
    }
}

/// A protocol name and its class.
#[derive(Clone)]
pub(crate) struct ClassProtocol(StreamProtocol, Urgency);

impl AsRef<str> for ClassProtocol {
    fn as_ref(&self) -> &str {
        self.0.as_ref()
    }
}

impl InboundUpgrade<Stream> for ClassNegotiation {
    type Output = (Stream, Urgency);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, name: ClassProtocol) -> Self::Future {
        future::ready(Ok((stream, name.1)))
    }
}

impl OutboundUpgrade<Stream> for ClassNegotiation {
    type Output = (Stream, Urgency);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, name: ClassProtocol) -> Self::Future {
        future::ready(Ok((stream, name.1)))
    }
}
