//! A member that receives everything and contributes nothing: it never votes or proposes, and sends its events to one member only.
//!
//! It is not silent: it sends its position and requests missing data, so that honest members do not count it as disconnected. The
//! quorum is then as small as it can be, its turns end by timers, and one honest member alone can forward its events.

use std::rc::Rc;

use quorate_replica::{AgreementMessage, PeerMessage, Position};

use super::insider::Insider;
use super::messages::agreement;
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;

pub(super) struct Withholder(Insider);

impl Withholder {
    pub(super) const fn new(insider: Insider) -> Self {
        Self(insider)
    }
}

impl Actor for Withholder {
    fn name(&self) -> &'static str {
        "withholder"
    }

    fn on_send(&mut self, to: &[NodeId], packet: &Rc<Packet>, context: &mut ActorContext<'_>) -> bool {
        match packet.message() {
            Some(PeerMessage::Agreement(AgreementMessage::Vote(_) | AgreementMessage::Proposal { .. })) => false,
            Some(PeerMessage::Agreement(AgreementMessage::Position(position))) => {
                let silent = Position { votes: Vec::new(), ..position.clone() };
                let silent = agreement(AgreementMessage::Position(silent));
                for node in to {
                    context.send(*node, &silent);
                }
                false
            }
            Some(PeerMessage::Vertices(_) | PeerMessage::SyncResponse(_)) => {
                let confidant = self.0.others.first();
                for node in to.iter().filter(|node| Some(*node) == confidant) {
                    context.send(*node, packet);
                }
                false
            }
            _ => true,
        }
    }
}
