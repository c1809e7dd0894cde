//! A link so slow that a message takes longer than a peer may be silent: no peer is disconnected for it.

use std::time::Duration;

use quorate_transport::{Multiaddr, NetEvent, NetEvents, SendError, TransportConfig, Urgency, start};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{interval, timeout};

const NETWORK: [u8; 32] = [7; 32];
/// 320 kbit/s, a piece at a time.
const PIECE: usize = 4 << 10;
const PACE: Duration = Duration::from_millis(100);
/// What crosses it takes twice as long as a peer may be silent.
const MESSAGES: usize = 4;
const MESSAGE: usize = 450 << 10;
/// Ten times the duration of the test.
const TOO_LONG: Duration = Duration::from_secs(500);

/// Passes bytes on to `port`, and back; forth no faster than the link.
async fn link(port: u16) -> Multiaddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = format!("/ip4/127.0.0.1/tcp/{}", listener.local_addr().unwrap().port()).parse().unwrap();
    tokio::spawn(async move {
        let (near, _) = listener.accept().await.unwrap();
        let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::join!(pass(near_in, far_out, true), pass(far_in, near_out, false));
    });
    addr
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, slowly: bool) {
    let mut pace = interval(PACE);
    let mut bytes = vec![0; PIECE];
    while let Ok(len @ 1..) = from.read(&mut bytes).await {
        if to.write_all(&bytes[..len]).await.is_err() {
            return;
        }
        if slowly {
            pace.tick().await;
        }
    }
}

async fn next(events: &mut NetEvents) -> NetEvent {
    timeout(TOO_LONG, events.recv()).await.expect("the link goes on").expect("the network runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_whose_answers_wait_behind_bulk_is_not_taken_for_hung() {
    let (receiver, mut received) = start(TransportConfig::new([1; 32], NETWORK).unwrap()).await.unwrap();
    let to = receiver.listen_addrs().await.unwrap().remove(0);
    let port: u16 = to.to_string().rsplit('/').next().unwrap().parse().unwrap();
    let mut config = TransportConfig::new([2; 32], NETWORK).unwrap();
    config.static_peers = vec![link(port).await];
    let (sender, mut sent) = start(config).await.unwrap();
    let id = receiver.peer_id();
    while next(&mut sent).await != (NetEvent::Connected { peer: id }) {}
    for _ in 0..MESSAGES {
        let whole: Result<(), SendError> = sender.send(id, Urgency::Bulk, vec![7; MESSAGE]);
        whole.unwrap();
    }
    let watched = tokio::spawn(async move {
        loop {
            let event = next(&mut sent).await;
            assert!(!matches!(event, NetEvent::Disconnected { .. }), "the sender gave the receiver up");
        }
    });
    let mut arrived = 0;
    while arrived < MESSAGES {
        match next(&mut received).await {
            NetEvent::Message { bytes, .. } => {
                assert_eq!(bytes.len(), MESSAGE);
                arrived += 1;
            }
            event => assert!(!matches!(event, NetEvent::Disconnected { .. }), "the receiver gave the sender up"),
        }
    }
    assert!(!watched.is_finished(), "the sender gave the receiver up");
    watched.abort();
}
