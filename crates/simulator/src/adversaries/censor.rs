//! A member that keeps the events of one author out of its own cuts, and never forwards them.
//!
//! It hides the victim's events from its own replica, and with them all events that build on them, so that it proposes honest
//! cuts of the rest. Once another leader proposes a cut it releases all of them, since it could not follow otherwise. A
//! censored event must be covered within the turns of the next honest leaders (I12).

use std::collections::BTreeMap;
use std::rc::Rc;

use quorate_event::{Address, EventId, NetworkId, Vertex};
use quorate_replica::{AgreementMessage, PeerMessage, SyncResponse};

use super::insider::Insider;
use super::messages::{of_agreement, rest, vertices};
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;

/// Encoded events.
type ById = BTreeMap<EventId, Vec<u8>>;

pub(super) struct Censor {
    insider: Insider,
    victim: Option<Address>,
    /// The victim's events that are hidden from its replica.
    hidden: ById,
}

impl Censor {
    pub(super) fn new(insider: Insider) -> Self {
        let members = insider.genesis.committee.members().iter();
        let victim = members.map(|(member, _)| *member).find(|member| *member != insider.me());
        Self { insider, victim, hidden: BTreeMap::new() }
    }

    /// The events of the victim, and the other vertices.
    fn sorted(&self, vertices: &[Vec<u8>]) -> (ById, Vec<Vec<u8>>) {
        let (mut of_victim, mut others) = (BTreeMap::new(), Vec::new());
        for bytes in vertices {
            match of_author(bytes, self.insider.network) {
                Some((id, author)) if Some(author) == self.victim => _ = of_victim.insert(id, bytes.clone()),
                _ => others.push(bytes.clone()),
            }
        }
        (of_victim, others)
    }

    /// The victim's uncovered events in a message, and the message without them; nothing if there are none. Covered events cannot
    /// be censored.
    fn censored(&self, packet: &Packet) -> Option<(ById, Rc<Packet>)> {
        let (of_victim, others) = match packet.message()? {
            PeerMessage::Vertices(brought) => {
                let (of_victim, others) = self.sorted(brought);
                (of_victim, vertices(others))
            }
            PeerMessage::SyncResponse(SyncResponse { ranges, vertices: brought, more }) => {
                let (of_victim, others) = self.sorted(brought);
                (of_victim, rest(ranges.clone(), others, *more))
            }
            _ => return None,
        };
        (!of_victim.is_empty()).then_some((of_victim, others))
    }
}

/// The id and the author of an event.
fn of_author(bytes: &[u8], network: NetworkId) -> Option<(EventId, Address)> {
    match Vertex::decode(bytes, network).ok()? {
        Vertex::Event(event) => Some((event.id(), event.body().author)),
        Vertex::Milestone(_) => None,
    }
}

impl Actor for Censor {
    fn name(&self) -> &'static str {
        "censor"
    }

    fn on_receive(&mut self, from: NodeId, packet: &Packet, context: &mut ActorContext<'_>) -> bool {
        let me = self.insider.node;
        if from == me {
            return true;
        }
        if let Some(AgreementMessage::Proposal { .. } | AgreementMessage::Milestone(_)) = of_agreement(packet)
            && !self.hidden.is_empty()
        {
            let released = std::mem::take(&mut self.hidden).into_values().collect();
            context.send(me, &vertices(released));
        }
        let Some((of_victim, others)) = self.censored(packet) else {
            return true;
        };
        self.hidden.extend(of_victim);
        context.send(me, &others);
        false
    }

    fn on_send(&mut self, to: &[NodeId], packet: &Rc<Packet>, context: &mut ActorContext<'_>) -> bool {
        let Some((_, others)) = self.censored(packet) else {
            return true;
        };
        for node in to {
            context.send(*node, &others);
        }
        false
    }
}
