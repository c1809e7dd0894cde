//! Joining a network that exists: one of its nodes sends the genesis, which must hash to the given network id.

use std::time::Duration;

use quorate_event::{Canonical, Genesis, NetworkId, SecretKey};
use quorate_replica::PeerMessage;
use quorate_transport::{self as net, Multiaddr, NetEvent, TransportConfig, Urgency};

use super::error::RunError;
use super::founding::leave;
use super::options::RunOptions;

/// The time between two log lines while this node waits for the genesis.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Requests the genesis of `network` from the node at `address`, again after each connect, until it answers.
pub(super) async fn fetch(
    options: &RunOptions,
    key: &SecretKey,
    address: &Multiaddr,
    network: NetworkId,
) -> Result<Genesis, RunError> {
    let mut config = TransportConfig::new(*key.expose(), *network.as_bytes())?;
    config.listen = options.listen.clone();
    config.static_peers = vec![address.clone()];
    let (net, mut events) = net::start(config).await?;
    let mut log = tokio::time::interval(LOG_INTERVAL);
    let genesis = loop {
        let event = tokio::select! {
            event = events.recv() => event,
            _ = log.tick() => {
                tracing::info!(%address, %network, "asking for the genesis; no answer yet: is the node up, and of this network?");
                continue;
            }
        };
        match event {
            Some(NetEvent::Connected { peer }) => {
                if let Err(error) = net.send(peer, Urgency::Bulk, PeerMessage::GenesisWanted.to_bytes()) {
                    tracing::debug!(%peer, %error, "the genesis was not requested");
                }
            }
            Some(NetEvent::Message { bytes, .. }) => {
                if let Some(genesis) = genesis_in(&bytes, network) {
                    break genesis;
                }
            }
            Some(_) => {}
            None => return Err(RunError::Net(net::NetError::Closed)),
        }
    };
    leave(net, events).await;
    Ok(genesis)
}

/// The genesis in a message, if it is that of `network`.
fn genesis_in(bytes: &[u8], network: NetworkId) -> Option<Genesis> {
    let Ok(PeerMessage::Genesis(bytes)) = PeerMessage::from_bytes(bytes) else {
        return None;
    };
    Genesis::from_bytes(&bytes).ok().filter(|genesis| genesis.network() == network)
}
