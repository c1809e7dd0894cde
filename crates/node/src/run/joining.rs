//! Joining a network that exists: its genesis is asked of one of its nodes, and must hash to the id that was told.

use std::time::Duration;

use quorate_event::{Canonical, Genesis, NetworkId, SecretKey};
use quorate_replica::PeerMessage;
use quorate_transport::{self as net, Multiaddr, NetEvent, TransportConfig, Urgency};

use super::error::RunError;
use super::founding::leave;
use super::options::RunOptions;

/// Between two lines of the log that send what is waited for.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Asks the node at `address`, as often as it connects, until it answers with the genesis of `network`.
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
    let mut resend = tokio::time::interval(LOG_INTERVAL);
    let genesis = loop {
        let event = tokio::select! {
            event = events.recv() => event,
            _ = resend.tick() => {
                tracing::info!(%address, %network, "asking for the genesis; no answer yet: is the node up, and of this network?");
                continue;
            }
        };
        match event {
            Some(NetEvent::Connected { peer }) => {
                if let Err(error) = net.send(peer, Urgency::Bulk, PeerMessage::GenesisWanted.to_bytes()) {
                    tracing::debug!(%peer, %error, "not asked");
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

/// The genesis of `network`, if this is the message that carries it.
fn genesis_in(bytes: &[u8], network: NetworkId) -> Option<Genesis> {
    let Ok(PeerMessage::Genesis(bytes)) = PeerMessage::from_bytes(bytes) else {
        return None;
    };
    Genesis::from_bytes(&bytes).ok().filter(|genesis| genesis.network() == network)
}
