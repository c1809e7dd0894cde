//! Kademlia as a directory: it finds peers, and dials none of them itself.
//!
//! The Kademlia of libp2p dials every address in an answer. Here each of its dials becomes a [`DiscoveredPeer`] for the
//! address book, which filters addresses and limits the rate of dials. For Kademlia the dial has failed, so its query goes on
//! with the connected peers. A peer that is connected later takes part in the next round. No records are stored.

use std::num::NonZeroUsize;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::kad::store::{MemoryStore, MemoryStoreConfig};
use libp2p::kad::{self, BucketInserts, Caching, Mode, StoreInserts};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, DialError, DialFailure, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, StreamProtocol};

/// The interval between two rounds of queries.
const ROUND: Duration = Duration::from_secs(60);

/// The deadline of a query, for peers that do not answer.
const QUERY: Duration = Duration::from_secs(20);

/// Peers that a query asks at one time, so that one that does not answer does not stop it.
const PARALLEL: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// A peer of the network, and its addresses as other peers know them.
#[derive(Debug)]
pub(crate) struct DiscoveredPeer {
    pub(crate) peer: PeerId,
    pub(crate) addrs: Vec<Multiaddr>,
}

/// Kademlia without its dials.
pub(crate) struct KademliaDirectory {
    inner: kad::Behaviour<MemoryStore>,
}

impl KademliaDirectory {
    pub(crate) fn new(local: PeerId, name: StreamProtocol) -> Self {
        let mut config = kad::Config::new(name);
        config
            .set_kbucket_inserts(BucketInserts::Manual)
            .set_record_filtering(StoreInserts::FilterBoth)
            .set_caching(Caching::Disabled)
            .set_replication_interval(None)
            .set_publication_interval(None)
            .set_provider_publication_interval(None)
            .set_periodic_bootstrap_interval(Some(ROUND))
            .set_parallelism(PARALLEL)
            .set_query_timeout(QUERY);
        // A store without room: the filter above refuses records already.
        let nothing = MemoryStoreConfig { max_records: 0, max_provided_keys: 0, ..MemoryStoreConfig::default() };
        let mut inner = kad::Behaviour::with_config(local, MemoryStore::with_config(local, nothing), config);
        inner.set_mode(Some(Mode::Server));
        Self { inner }
    }

    /// Replaces the addresses of `peer` in answers to other peers. Without an address the peer is removed.
    pub(crate) fn set_addresses(&mut self, peer: &PeerId, addrs: &[Multiaddr]) {
        self.inner.remove_peer(peer);
        for addr in addrs {
            self.inner.add_address(peer, addr.clone());
        }
    }

    /// Turns a dial of Kademlia into a discovered peer, and reports to Kademlia that the dial failed.
    fn take_dial(&mut self, peer: PeerId, connection: ConnectionId) -> DiscoveredPeer {
        let addrs = self.inner.handle_pending_outbound_connection(connection, Some(peer), &[], Endpoint::Dialer);
        let failed = DialFailure { peer_id: Some(peer), error: &DialError::Aborted, connection_id: connection };
        self.inner.on_swarm_event(FromSwarm::DialFailure(failed));
        DiscoveredPeer { peer, addrs: addrs.unwrap_or_default() }
    }
}

impl NetworkBehaviour for KademliaDirectory {
    type ConnectionHandler = <kad::Behaviour<MemoryStore> as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = Option<DiscoveredPeer>;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.inner.handle_pending_inbound_connection(connection, local, remote)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner.handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        addr: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner.handle_established_outbound_connection(connection, peer, addr, role, port)
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        self.inner.on_swarm_event(event);
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        self.inner.on_connection_handler_event(peer, connection, event);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        // Each iteration takes one step of a query, and queries end.
        loop {
            match ready!(self.inner.poll(cx)).map_out(|_| None) {
                ToSwarm::Dial { opts } => {
                    let discovered = opts.get_peer_id().map(|peer| self.take_dial(peer, opts.connection_id()));
                    return Poll::Ready(ToSwarm::GenerateEvent(discovered));
                }
                // The result of a query is not needed: the peers that it found came as dials.
                ToSwarm::GenerateEvent(_) => {}
                other => return Poll::Ready(other),
            }
        }
    }
}
