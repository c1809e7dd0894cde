//! A relay serves only peers of its own network.

use std::time::Duration;

use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::upgrade::Version;
use libp2p::futures::StreamExt;
use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol;
use libp2p::relay::client;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, PeerId, Swarm, Transport, noise, swarm, tcp, yamux};
use quorate_transport::{NetEvents, NetHandle, TransportConfig, start};
use tokio::time::timeout;

/// Far above what any step takes; reaching it is a failure, not a means to wait.
const TOO_LONG: Duration = Duration::from_secs(60);

async fn relay() -> (NetHandle, NetEvents, Multiaddr) {
    let mut config = TransportConfig::new([1; 32], [7; 32]).unwrap();
    config.relay = true;
    let (handle, events) = start(config).await.unwrap();
    let addr = handle.listen_addrs().await.unwrap().remove(0).with(Protocol::P2p(handle.peer_id()));
    (handle, events, addr)
}

/// A peer that speaks nothing but the relay's protocol, as one of another network may.
fn stranger() -> Swarm<client::Behaviour> {
    let key = Keypair::generate_ed25519();
    let id = PeerId::from(key.public());
    let (through, behaviour) = client::new(id);
    let transport = through
        .or_transport(tcp::tokio::Transport::default())
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(&key).unwrap())
        .multiplex(yamux::Config::default())
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)))
        .boxed();
    Swarm::new(transport, behaviour, id, swarm::Config::with_tokio_executor())
}

/// The answer of the relay to a request for a reservation.
async fn reservation(stranger: &mut Swarm<client::Behaviour>, relay: Multiaddr) -> Result<(), String> {
    stranger.listen_on(relay.with(Protocol::P2pCircuit)).unwrap();
    loop {
        match stranger.select_next_some().await {
            SwarmEvent::Behaviour(client::Event::ReservationReqAccepted { .. }) => return Ok(()),
            SwarmEvent::ListenerClosed { reason, .. } => return Err(format!("{:?}", reason.unwrap_err())),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_of_another_network_gets_no_place_at_a_relay() {
    let (_relay, _events, addr) = relay().await;
    let mut stranger = stranger();
    let answer = timeout(TOO_LONG, reservation(&mut stranger, addr)).await.expect("the relay answers");
    let refused = answer.expect_err("a stranger was given a place");
    // The relay refused the request; it did not close the connection.
    assert!(refused.contains("ResourceLimitExceeded") || refused.contains("Refused"), "{refused}");
}
