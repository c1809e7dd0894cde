//! The connected peers, each with its libp2p id and with the number by which the replica knows the connection.

use std::collections::BTreeMap;

use quorate_event::Address;
use quorate_replica::{Peer, Recipient};
use quorate_transport::PeerId;

/// The connected peers under both names. A peer that reconnects gets a new number.
#[derive(Default)]
pub(super) struct PeerDirectory {
    by_id: BTreeMap<PeerId, (Peer, Address)>,
    issued: u64,
}

impl PeerDirectory {
    /// Numbers a new connection; `None` if the peer is connected already.
    pub(super) fn connect(&mut self, id: PeerId, address: Address) -> Option<Peer> {
        if self.by_id.contains_key(&id) {
            return None;
        }
        self.issued += 1;
        let peer = Peer(self.issued);
        self.by_id.insert(id, (peer, address));
        Some(peer)
    }

    pub(super) fn disconnect(&mut self, id: &PeerId) -> Option<Peer> {
        self.by_id.remove(id).map(|(peer, _)| peer)
    }

    pub(super) fn peer(&self, id: &PeerId) -> Option<Peer> {
        self.by_id.get(id).map(|(peer, _)| *peer)
    }

    pub(super) fn id(&self, peer: Peer) -> Option<PeerId> {
        self.by_id.iter().find(|(_, (name, _))| *name == peer).map(|(id, _)| *id)
    }

    /// The libp2p ids of the recipients that are connected.
    pub(super) fn resolve(&self, to: Recipient) -> Vec<PeerId> {
        let named = |peer: Peer, address: Address| match to {
            Recipient::Peer(wanted) => peer == wanted,
            Recipient::Member(wanted) => address == wanted,
            Recipient::All => true,
        };
        self.by_id.iter().filter(|(_, (peer, address))| named(*peer, *address)).map(|(id, _)| *id).collect()
    }
}
