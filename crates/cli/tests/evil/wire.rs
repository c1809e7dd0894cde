//! A connection below the node's own network code: a transport, streams opened by hand, and whatever bytes.

use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::io;
use std::task::Poll;
use std::time::Duration;

use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt, SubstreamBox};
use libp2p::core::transport::{Boxed, DialOpts, PortUse};
use libp2p::core::upgrade::Version;
use libp2p::core::{Endpoint, Transport};
use libp2p::futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::identity::{Keypair, secp256k1};
use libp2p::{PeerId, noise, tcp, yamux};
use quorate_event::{NetworkId, SecretKey};
use quorate_transport::Multiaddr;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::cluster::TOO_LONG;

/// What both sides say first on every stream.
const MULTISTREAM: &[u8] = b"/multistream/1.0.0\n";
/// The answer to a protocol that is not known.
const NOT_KNOWN: &[u8] = b"na\n";
/// Whoever takes nothing for so long is left alone.
const DEAF: Duration = Duration::from_secs(5);
const PING_BYTES: usize = 32;
/// Longer than any line of the negotiation.
const LINE: usize = 1_024;

/// A connection to one honest node, which takes part in gossip. Dropped, it closes.
pub(crate) struct Wire {
    wanted: mpsc::Sender<oneshot::Sender<SubstreamBox>>,
    prefix: String,
    driver: JoinHandle<()>,
    answers: JoinHandle<()>,
    /// Open as long as gossip is to go on.
    pub(crate) mesh: SubstreamBox,
    /// Becomes true when the other side has received the identify message of this peer.
    asked: watch::Receiver<bool>,
}

/// Whether a connection reads what comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ears {
    Open,
    /// It agrees to every stream, answers pings, and reads nothing else.
    Shut,
}

/// The peer id of a key.
pub(crate) fn peer_id(key: &SecretKey) -> PeerId {
    keypair(key).public().to_peer_id()
}

fn keypair(key: &SecretKey) -> Keypair {
    let secret = secp256k1::SecretKey::try_from_bytes(*key.expose()).unwrap();
    secp256k1::Keypair::from(secret).into()
}

fn transport(key: &SecretKey) -> Boxed<(PeerId, StreamMuxerBox)> {
    let mut yamux = yamux::Config::default();
    // As many as its window allows.
    yamux.set_max_num_streams(4_096);
    tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(&keypair(key)).unwrap())
        .multiplex(yamux)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)))
        .boxed()
}

impl Wire {
    /// Connects, and subscribes to gossip, upon which the honest node listens to what comes by the direct protocol.
    pub(crate) async fn connect(key: &SecretKey, network: NetworkId, addr: &Multiaddr) -> io::Result<Self> {
        Self::connect_as(key, network, addr, Ears::Open).await
    }

    /// The same, reading or not.
    pub(crate) async fn connect_as(
        key: &SecretKey,
        network: NetworkId,
        addr: &Multiaddr,
        ears: Ears,
    ) -> io::Result<Self> {
        Self::connect_with(key, network, addr, (ears, None)).await
    }

    /// The same, which says to listen at these addresses when it is asked.
    pub(crate) async fn connect_telling(
        key: &SecretKey,
        network: NetworkId,
        addr: &Multiaddr,
        told: &[Multiaddr],
    ) -> io::Result<Self> {
        let listens: Vec<u8> = told.iter().flat_map(|addr| field(2, &addr.to_vec())).collect();
        let key_bytes = keypair(key).public().encode_protobuf();
        let itself = [field(1, &key_bytes), listens, field(5, prefix(network).as_bytes())].concat();
        Self::connect_with(key, network, addr, (Ears::Open, Some(rpc(&itself)))).await
    }

    async fn connect_with(
        key: &SecretKey,
        network: NetworkId,
        addr: &Multiaddr,
        (ears, itself): (Ears, Option<Vec<u8>>),
    ) -> io::Result<Self> {
        let options = DialOpts { role: Endpoint::Dialer, port_use: PortUse::New };
        let dial = transport(key).dial(addr.clone(), options).map_err(io::Error::other)?;
        let (_, muxer) = dial.await?;
        let (wanted, wanted_here) = mpsc::channel(1);
        let (arrived, arrived_here) = mpsc::channel(64);
        let driver = tokio::spawn(drive(muxer, wanted_here, arrived));
        let (was_asked, asked) = watch::channel(false);
        let answers = tokio::spawn(answer_all(arrived_here, Answers { ears, itself, was_asked }));
        let prefix = prefix(network);
        let mut mesh = open(&wanted, &format!("{prefix}/mesh/1.1.0")).await?;
        let subscription = [&[0x08, 1][..], &field(2, topic(&prefix).as_bytes())].concat();
        mesh.write_all(&rpc(&field(1, &subscription))).await?;
        mesh.flush().await?;
        Ok(Self { wanted, prefix, driver, answers, mesh, asked })
    }

    /// A stream on which a protocol of the network is agreed, by what follows the network's name.
    pub(crate) async fn open(&self, protocol: &str) -> io::Result<SubstreamBox> {
        open(&self.wanted, &format!("{}{protocol}", self.prefix)).await
    }

    /// A stream on which nothing was said yet.
    pub(crate) async fn open_raw(&self) -> io::Result<SubstreamBox> {
        open_raw(&self.wanted).await
    }

    /// Waits until the other side has received the identify message.
    pub(crate) async fn was_asked(mut self) {
        let asked = self.asked.wait_for(|asked| *asked);
        timeout(TOO_LONG, asked).await.expect("who comes is asked who it is").unwrap();
    }

    /// The name of the one topic.
    pub(crate) fn topic(&self) -> String {
        topic(&self.prefix)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.driver.abort();
        self.answers.abort();
    }
}

/// What all names of a network begin with.
fn prefix(network: NetworkId) -> String {
    let digits: String = network.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("/quorate/{digits}")
}

fn topic(prefix: &str) -> String {
    format!("{prefix}/gossip/1")
}

/// Writes and flushes; an error also if the other side takes nothing for a while, as it does who has given up reading.
pub(crate) async fn say(stream: &mut SubstreamBox, bytes: &[u8]) -> io::Result<()> {
    let writing = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    timeout(DEAF, writing).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// A frame of the direct protocol.
pub(crate) fn frame(body: &[u8]) -> Vec<u8> {
    [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], body].concat()
}

/// A field of protobuf that holds bytes.
pub(crate) fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2][..], &varint(bytes.len() as u64), bytes].concat()
}

/// A field of protobuf that holds a number.
pub(crate) fn number(at: u8, value: u64) -> Vec<u8> {
    [&[at << 3][..], &varint(value)].concat()
}

/// A message of gossip as it stands on its stream.
pub(crate) fn rpc(bytes: &[u8]) -> Vec<u8> {
    [&varint(bytes.len() as u64)[..], bytes].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

async fn open_raw(wanted: &mpsc::Sender<oneshot::Sender<SubstreamBox>>) -> io::Result<SubstreamBox> {
    let (reply, stream) = oneshot::channel();
    let gone = |_| io::Error::from(io::ErrorKind::NotConnected);
    wanted.send(reply).await.map_err(|_| io::ErrorKind::NotConnected)?;
    stream.await.map_err(gone)
}

async fn open(wanted: &mpsc::Sender<oneshot::Sender<SubstreamBox>>, protocol: &str) -> io::Result<SubstreamBox> {
    let mut stream = open_raw(wanted).await?;
    write_line(&mut stream, MULTISTREAM).await?;
    write_line(&mut stream, format!("{protocol}\n").as_bytes()).await?;
    read_line(&mut stream).await?;
    let agreed = read_line(&mut stream).await?;
    if agreed == NOT_KNOWN { Err(io::ErrorKind::Unsupported.into()) } else { Ok(stream) }
}

/// Opens streams as they are wanted, and hands over those that the other side opens, until the connection ends.
async fn drive(
    mut muxer: StreamMuxerBox,
    mut wanted: mpsc::Receiver<oneshot::Sender<SubstreamBox>>,
    arrived: mpsc::Sender<SubstreamBox>,
) {
    let mut waiting = VecDeque::new();
    poll_fn(|cx| {
        loop {
            while let Poll::Ready(Some(reply)) = wanted.poll_recv(cx) {
                waiting.push_back(reply);
            }
            if !waiting.is_empty() {
                match muxer.poll_outbound_unpin(cx) {
                    Poll::Ready(Ok(stream)) => {
                        // Whoever wanted it may have gone.
                        let _gone = waiting.pop_front().map(|reply: oneshot::Sender<_>| reply.send(stream));
                        continue;
                    }
                    Poll::Ready(Err(_)) => return Poll::Ready(()),
                    Poll::Pending => {}
                }
            }
            match muxer.poll_inbound_unpin(cx) {
                Poll::Ready(Ok(stream)) => {
                    // More at a time than an honest node opens are let go.
                    let _full = arrived.try_send(stream);
                    continue;
                }
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => {}
            }
            match muxer.poll_unpin(cx) {
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await;
}

/// What is answered on streams that the other side opens.
#[derive(Clone)]
struct Answers {
    ears: Ears,
    /// The identify message, if there is one.
    itself: Option<Vec<u8>>,
    was_asked: watch::Sender<bool>,
}

async fn answer_all(mut arrived: mpsc::Receiver<SubstreamBox>, answers: Answers) {
    while let Some(stream) = arrived.recv().await {
        tokio::spawn(answer(stream, answers.clone()));
    }
}

/// Agrees to the direct protocol, to gossip and to ping; reads what comes, and answers pings.
async fn answer(mut stream: SubstreamBox, answers: Answers) -> io::Result<()> {
    loop {
        let line = read_line(&mut stream).await?;
        let name = String::from_utf8_lossy(&line).trim_end().to_owned();
        if line == MULTISTREAM {
            write_line(&mut stream, MULTISTREAM).await?;
        } else if name.contains("/ping/") {
            write_line(&mut stream, &line).await?;
            let mut ping = [0; PING_BYTES];
            loop {
                stream.read_exact(&mut ping).await?;
                stream.write_all(&ping).await?;
                stream.flush().await?;
            }
        } else if let Some(itself) = answers.itself.as_ref().filter(|_| name.starts_with("/ipfs/id/1")) {
            write_line(&mut stream, &line).await?;
            stream.write_all(itself).await?;
            stream.close().await?;
            // It is read to its end before it is believed.
            let _end = stream.read(&mut [0]).await;
            answers.was_asked.send_replace(true);
            return Ok(());
        } else if name.contains("/direct/") || name.contains("/mesh/") {
            write_line(&mut stream, &line).await?;
            if answers.ears == Ears::Shut {
                return pending().await;
            }
            let mut bytes = vec![0; 1 << 16];
            while stream.read(&mut bytes).await? > 0 {}
            return Ok(());
        } else {
            write_line(&mut stream, NOT_KNOWN).await?;
        }
    }
}

async fn write_line(stream: &mut SubstreamBox, line: &[u8]) -> io::Result<()> {
    stream.write_all(&[&varint(line.len() as u64)[..], line].concat()).await?;
    stream.flush().await
}

async fn read_line(stream: &mut SubstreamBox) -> io::Result<Vec<u8>> {
    let mut len = 0;
    for shift in [0, 7, 14] {
        let mut byte = [0];
        stream.read_exact(&mut byte).await?;
        len |= usize::from(byte[0] & 0x7f) << shift;
        if byte[0] < 0x80 {
            break;
        }
    }
    let mut line = vec![0; len.min(LINE)];
    stream.read_exact(&mut line).await?;
    Ok(line)
}
