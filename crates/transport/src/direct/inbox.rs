//! The queues of messages that were received.

use libp2p::PeerId;
use libp2p::bytes::Bytes;
use tokio::sync::mpsc;

use super::frame::Urgency;

/// The queues into which the readers of all connections put their frames, one for each class.
#[derive(Clone)]
pub(crate) struct Inbox {
    pub(crate) urgent: mpsc::Sender<(PeerId, Bytes)>,
    pub(crate) bulk: mpsc::Sender<(PeerId, Bytes)>,
}

impl Inbox {
    pub(crate) fn of(&self, urgency: Urgency) -> mpsc::Sender<(PeerId, Bytes)> {
        match urgency {
            Urgency::Urgent => self.urgent.clone(),
            Urgency::Bulk => self.bulk.clone(),
        }
    }
}
